"""Range: the values that a parameter may take, evenly, by equal ratios, or whole numbers alone."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from vesicle_abm.core.errors import InputError

FLAGS = ("log", "int")


@dataclass(frozen=True)
class Range:
    """From ``low`` to ``high``; ``log``: equal ratios are equally likely; ``whole``: whole numbers, both ends included.

    Raises
    ------
    InputError
        if it is empty, or cannot be logarithmic or whole.

    >>> Range("kinds.walker.decay.hazard", 0.0, 0.5).at([0.0, 0.5])
    [0.0, 0.25]
    >>> Range("kinds.walker.emission.count", 1, 4, whole=True).at([0.0, 0.49, 0.99])
    [1, 2, 4]
    """

    key: str
    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self):
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise InputError(f"got {self.low:g}:{self.high:g}; finite numbers are allowed", self.key)
        if self.low >= self.high:
            words = f"the range {self.low:g}:{self.high:g} is empty; the first number has to be the lower"
            raise InputError(words, self.key)
        if self.log and self.low <= 0.0:
            raise InputError(f"got {self.low:g}:{self.high:g}:log; numbers > 0 have logarithms", self.key)
        if self.whole and (self.low % 1 or self.high % 1):
            raise InputError(f"got {self.low:g}:{self.high:g}:int; whole numbers are allowed", self.key)

    def at(self, parts: Iterable[float]) -> list:
        """The values at these parts of the way, 0 <= part < 1: floats, or ints of a whole range."""
        part = np.asarray(parts, float)
        low, high = (self.low - 0.5, self.high + 0.5) if self.whole else (self.low, self.high)
        found = low * (high / low) ** part if self.log else low + part * (high - low)
        found = np.clip(np.rint(found) if self.whole else found, self.low, self.high)
        return [int(value) if self.whole else float(value) for value in found]


def ranges_by_key(ranges: Iterable[Range]) -> list[Range]:
    """The ranges, each of another key.

    Raises
    ------
    InputError
        if there is none, or a key stands twice.
    """
    found = list(ranges)
    if not found:
        raise InputError("no range is given; KEY=LOW:HIGH is needed, say kinds.walker.decay.hazard=0.01:0.1")
    keys = [each.key for each in found]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError("stands twice; one range a key is allowed", key)
    return found
