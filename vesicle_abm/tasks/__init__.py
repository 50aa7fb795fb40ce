"""Tasks: what a network is judged on. A task shows it something, looks at what it does, and rewards it."""
