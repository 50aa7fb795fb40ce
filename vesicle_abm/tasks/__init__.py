"""Tasks: what a network is judged on. A task shows it something, looks at what it does, and rewards it."""

from vesicle_abm.tasks import contextual_bandit  # noqa: F401 - so that scenarios and checkpoints know it by name
