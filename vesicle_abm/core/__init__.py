"""What every simulation of moving things on a graph needs; knows no neuroscience."""
