"""The density view as something that steps: the mean of all vesicles, and of everything that they change."""
