"""The network on its canvas: what is drawn of each step, and the screen that sends it."""
