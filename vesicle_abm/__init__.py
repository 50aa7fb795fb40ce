"""vesicle_abm: neuromodulation as a population of moving vesicles."""
