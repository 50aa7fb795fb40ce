"""Learning: what is trained, as a density or by vesicles themselves."""
