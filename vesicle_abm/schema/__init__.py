"""What a scenario file may hold: its tables, typed, each read to its end so that every problem is told at once."""
