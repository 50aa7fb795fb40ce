"""Lines, heat and events over time: what is held of each step, and how it is drawn."""
