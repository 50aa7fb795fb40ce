"""Baselines: what reward was to be expected, taken off what came, so that the gradient scatters less.

A baseline that does not hang on the actions which it judges leaves the mean of the gradient alone (Williams 1992). So
these predict by earlier batches, then learn from this one.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

KEPT = 0.7  # of the running mean, with each batch
RIDGE = 1e-3  # of the least squares, so that what never varies has no weight


class Baseline(ABC):
    """Contract: ``predict`` the reward to go, then ``learn`` what it was."""

    @abstractmethod
    def predict(self, observations: np.ndarray) -> np.ndarray:
        """(T,) expected reward to go at each decision of an episode that saw ``observations`` (T, O)."""

    @abstractmethod
    def learn(self, observations: Sequence[np.ndarray], to_go: Sequence[np.ndarray]) -> None:
        """From the episodes of a batch: (T, O) seen, and (T,) reward to go in each."""


class NoBaseline(Baseline):
    """Nothing is expected."""

    def predict(self, observations: np.ndarray) -> np.ndarray:
        """(T,) zeros."""
        return np.zeros(len(observations))

    def learn(self, observations: Sequence[np.ndarray], to_go: Sequence[np.ndarray]) -> None:
        """Nothing."""


class MeanBaseline(Baseline):
    """The running mean of the reward to go, decision by decision; episodes have one length."""

    def __init__(self) -> None:
        self.mean: np.ndarray | None = None  # (T,)

    def predict(self, observations: np.ndarray) -> np.ndarray:
        """(T,) the running mean; zeros before the first batch."""
        return np.zeros(len(observations)) if self.mean is None else self.mean

    def learn(self, observations: Sequence[np.ndarray], to_go: Sequence[np.ndarray]) -> None:
        """Move towards the mean of the batch."""
        new = np.mean(to_go, axis=0)
        self.mean = new if self.mean is None else KEPT * self.mean + (1.0 - KEPT) * new


class ValueBaseline(Baseline):
    """A value function, linear in the observation, its square, and time up to its cube, by least squares over the batch
    before (Duan et al. 2016, "Benchmarking deep reinforcement learning for continuous control", appendix).
    """

    def __init__(self) -> None:
        self.coefficients: np.ndarray | None = None  # (F,)

    def predict(self, observations: np.ndarray) -> np.ndarray:
        """(T,) the value; zeros before the first batch."""
        return np.zeros(len(observations)) if self.coefficients is None else features(observations) @ self.coefficients

    def learn(self, observations: Sequence[np.ndarray], to_go: Sequence[np.ndarray]) -> None:
        """Fit to the batch."""
        seen, wanted = np.concatenate([features(part) for part in observations]), np.concatenate(to_go)
        normal = seen.T @ seen + RIDGE * len(seen) * np.eye(seen.shape[1])
        self.coefficients = np.linalg.solve(normal, seen.T @ wanted)


def features(observations: np.ndarray) -> np.ndarray:
    """(T, F) what the value function is linear in; time in hundreds of decisions."""
    time = np.arange(len(observations))[:, None] / 100.0
    return np.concatenate([observations, observations**2, time, time**2, time**3, np.ones_like(time)], axis=1)
