"""Pace: when the next step is due, and how many there were a second, of late."""

import time

CATCH_UP = 0.1  # s, a late step may be made up for by so much
SPAN = 2.0  # s over which steps are counted
LEAST = 0.5  # s that must have been counted over


class Pace:
    """Told of each step."""

    def __init__(self, rate: float = 10.0):
        self.rate = rate  # steps a second to aim for
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget the steps so far."""
        self._due = time.monotonic()
        self._moments: list[float] = []

    def stepped(self) -> float:
        """Note a step; seconds until the next is due."""
        now = time.monotonic()
        self._moments = [moment for moment in self._moments if moment > now - SPAN] + [now]
        interval = 1.0 / self.rate
        self._due = min(max(self._due + interval, now - CATCH_UP), now + interval)
        return max(0.0, self._due - now)

    @property
    def measured(self) -> float:
        """Steps per second; 0 where it is too early to say."""
        span = self._moments[-1] - self._moments[0] if self._moments else 0.0
        return (len(self._moments) - 1) / span if span > LEAST else 0.0
