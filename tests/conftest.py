"""What all tests share: Hypothesis repeats the same examples in every run, and never judges by time."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
