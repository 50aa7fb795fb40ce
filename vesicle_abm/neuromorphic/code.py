"""Code: numbers as whole multiples of a step, in so many bits; rounded to the nearest, or up or down by chance.

With ``top`` = 2**(bits - 1) - 1 for numbers of either sign and 2**bits - 1 for those >= 0, step = largest / top. Of
what lies within ``largest``, rounding to the nearest is off by at most step / 2; rounding by chance by less than a
step, and right in the mean. What lies beyond is held at ``largest``, and counted.
"""

from dataclasses import dataclass

import numpy as np

NEAREST, STOCHASTIC = "nearest", "stochastic"
ROUNDINGS = (STOCHASTIC, NEAREST)
ALMOST = 4.0  # ulps, within which a number is taken to be the multiple that it was made as


@dataclass(frozen=True)
class Code:
    """``bits`` for numbers up to ``largest`` in size; ``signed``: of either sign.

    >>> Code(4, 1.0, signed=True).step
    0.14285714285714285
    """

    bits: int
    largest: float
    signed: bool

    @property
    def top(self) -> int:
        """The largest code."""
        return (1 << (self.bits - self.signed)) - 1

    @property
    def step(self) -> float:
        """From one code to the next."""
        return self.largest / self.top if self.largest else 1.0

    def beyond(self, values: np.ndarray) -> int:
        """How many numbers are held at the ends."""
        high = self.largest * (1.0 + ALMOST * np.finfo(np.asarray(values).dtype).eps)
        return int(np.count_nonzero((values > high) | (values < (-high if self.signed else 0.0))))

    def codes(self, values: np.ndarray, draws: np.ndarray | None = None) -> np.ndarray:
        """int64 codes, the nearest; or with ``draws`` u of (0, 1), floor(value / step + u)."""
        ratio = np.asarray(values, np.float64) / self.step
        codes = np.rint(ratio)
        if draws is not None:
            slack = ALMOST * np.finfo(np.asarray(values).dtype).eps * np.abs(codes)
            codes = np.where(np.abs(ratio - codes) <= slack, codes, np.floor(ratio + draws))
        return np.clip(codes, -self.top if self.signed else 0, self.top).astype(np.int64)

    def values(self, codes: np.ndarray) -> np.ndarray:
        """float64 numbers that codes stand for."""
        return codes * self.step
