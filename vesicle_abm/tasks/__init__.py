"""Tasks: what a network is judged on. A task shows it something, looks at what it does, and rewards it."""

from vesicle_abm.tasks import (  # noqa: F401 - so that scenarios and checkpoints know them by name
    association,
    classification,
    conditioning,
    context_switch,
    contextual_bandit,
    delivery,
    distal_reward,
    limits,
    path_choice,
    path_memory,
    volatile_world,
)
