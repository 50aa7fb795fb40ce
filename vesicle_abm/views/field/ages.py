"""Ages: mass in classes by the steps that it has left to live, so that limited lifetimes stay exact.

Classes 0, 1, … have 1, 2, … steps left; behind them come those that a step does not change: what outlives the horizon,
and newborns of a memoryless lifetime, which survive each step with one probability.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError
from vesicle_abm.vesicles.decay import UNLIMITED, Lifetime
from vesicle_abm.views.field.arrays import Arrays

MEMORYLESS_TOLERANCE = 1e-12
MOST_CLASSES = 4096
LEAST = 1e-18  # probability of outliving all classes that is as good as none


@dataclass(frozen=True)
class Ages:
    """``finite`` classes that age; of each (classes,): ``born``, its share of newborns, and ``survival`` a step."""

    finite: int
    born: np.ndarray
    survival: np.ndarray

    @classmethod
    def of(cls, lifetime: Lifetime | None, ttl: np.ndarray, horizon: int | None, key: str) -> "Ages":
        """Of a kind's lifetime and of the ``ttl`` (n,) of those that live, for a look of ``horizon`` steps, or any.

        Raises
        ------
        InputError
            if without a horizon there were too many classes.
        """
        shares, memoryless = newborn_shares(lifetime, horizon, key)
        limited = ttl[ttl < UNLIMITED] if horizon is None else ttl[ttl <= horizon]
        finite = max(int(limited.max(initial=0)), len(shares) - 1)
        if horizon is None and finite > MOST_CLASSES:
            raise InputError(f"some live {finite} steps; at most {MOST_CLASSES} without a horizon; give one", key)
        born = np.zeros(finite + 1 + (memoryless < 1.0))
        born[: len(shares) - 1] = shares[:-1]
        born[-1] = shares[-1]
        return cls(finite, born, np.append(np.ones(len(born) - 1), memoryless))

    def class_of(self, ttl: np.ndarray) -> np.ndarray:
        """(n,) the class of each that lives."""
        return np.minimum(ttl.astype(np.int64) - 1, self.finite)

    def newborn(self, arrays: Arrays, rows) -> Any:
        """(classes, …) of what is born, (…)."""
        share = arrays.array(self.born).reshape(-1, *[1] * len(rows.shape))
        return share * rows

    def older(self, arrays: Arrays, mass) -> Any:
        """(classes, …) one step later: the first class is gone, the others move up."""
        lasting = mass[self.finite :]
        if (self.survival != 1.0).any():
            lasting = lasting * arrays.array(self.survival[self.finite :]).reshape(-1, *[1] * (len(mass.shape) - 1))
        if not self.finite:
            return lasting
        return arrays.join([mass[1 : self.finite], arrays.zeros(1, *mass.shape[1:]), lasting])


def newborn_shares(lifetime: Lifetime | None, horizon: int | None, key: str) -> tuple[np.ndarray, float]:
    """(H,) share of newborns with 1, 2, … steps to live, the last for all that outlive the others; survival of these.

    A memoryless lifetime needs one class and a survival below 1.
    """
    if lifetime is None or horizon == 0:
        return np.ones(1), 1.0
    alive = lifetime.survival(np.arange(1 + (MOST_CLASSES if horizon is None else horizon)), functions)
    longest = int(np.count_nonzero(alive > LEAST))
    known = alive[: longest + 1]
    memoryless = np.allclose(known[1:] / known[:-1], alive[1], rtol=MEMORYLESS_TOLERANCE, atol=0.0)
    if memoryless and (alive[1] < 1.0 or horizon is not None):
        return np.ones(1), float(alive[1])
    if horizon is None and longest == len(alive):
        raise InputError(f"is longer than {MOST_CLASSES} steps; give a horizon", key)
    return np.append(-np.diff(alive)[:longest], alive[min(longest, len(alive) - 1)]), 1.0
