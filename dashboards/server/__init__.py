"""Who may come, how much each may have, and what the server answers."""
