"""Learning: through the field in torch, by policies, in nested loops, and by vesicles that carry credit."""
