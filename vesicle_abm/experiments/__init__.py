"""Experiments: every one is a list of scenarios, each run into a directory of its own."""
