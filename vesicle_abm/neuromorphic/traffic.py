"""Flow: how many flits pass between each two neurons, whichever way, in a run: what a placement tries to keep short."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Flow:
    """``amount`` (F,) > 0 between the neurons ``first`` < ``second`` (F,), of ``size`` N; each pair once, in order."""

    size: int
    first: np.ndarray
    second: np.ndarray
    amount: np.ndarray

    @classmethod
    def of(cls, size: int, source, target, amount) -> "Flow":
        """The sum of what is given, (n,) each; what stays at a neuron does not count."""
        source, target = np.asarray(source, np.int64), np.asarray(target, np.int64)
        low, high = np.minimum(source, target), np.maximum(source, target)
        amount = np.broadcast_to(np.asarray(amount, np.float64), low.shape)
        moving = (low != high) & (amount > 0.0)
        pair, place = np.unique(low[moving] * size + high[moving], return_inverse=True)
        return cls(size, pair // size, pair % size, np.bincount(place, amount[moving], len(pair)))

    def plus(self, other: "Flow") -> "Flow":
        """Both together."""
        ends = (np.concatenate([getattr(f, name) for f in (self, other)]) for name in ("first", "second", "amount"))
        return Flow.of(self.size, *ends)

    def between(self, part: np.ndarray, parts: int) -> np.ndarray:
        """(P, P) symmetric: what flows between parts, and within them on the diagonal."""
        table = np.zeros((parts, parts))
        np.add.at(table, (part[self.first], part[self.second]), self.amount)
        return table + table.T
