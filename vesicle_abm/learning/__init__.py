"""Learning from outside: what torch and reinforcement learning bring to vesicles. Extras [learn] and [rl]."""
