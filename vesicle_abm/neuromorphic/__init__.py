"""A model on a neuromorphic mesh: placed, quantised, its events sent as packets, and what it all comes to."""
