"""Bounds kept by a change of variable: a declared parameter x as a function of a free one u, so that any optimiser may
move u as it likes.

    no bound             x = u
    a lower bound a      x = a + softplus(u)
    an upper bound b     x = b - softplus(u)
    both                 x = a + (b - a) sigmoid(u)

``ge`` and ``le`` bounds can be reached by rounding; of ``gt`` and ``lt`` ones x stays ``MARGIN`` away.
"""

from dataclasses import dataclass

import numpy as np

from vesicle_abm.learning.needed import torch

MARGIN = 1e-12  # relative to a bound's size where that is above 1


@dataclass(frozen=True)
class Bounds:
    """An interval, perhaps open to one side or both; x = ``value(u)``, u = ``free(x)``.

    >>> probability = Bounds.of({"ge": 0.0, "le": 1.0})
    >>> float(probability.value(torch.tensor(0.0)))
    0.5
    """

    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, declared: dict[str, float]) -> "Bounds":
        """Of what ``parameter`` declares: ``ge``, ``gt``, ``le``, ``lt``."""
        margins = {name: MARGIN * max(1.0, abs(bound)) for name, bound in declared.items()}
        lows = [declared["ge"]] if "ge" in declared else []
        lows += [declared["gt"] + margins["gt"]] if "gt" in declared else []
        highs = [declared["le"]] if "le" in declared else []
        highs += [declared["lt"] - margins["lt"]] if "lt" in declared else []
        return cls(max(lows) if lows else None, min(highs) if highs else None)

    def inside(self, x: np.ndarray) -> np.ndarray:
        """Which values lie between the bounds and on none of them: those that a free u can stand for."""
        above = np.ones(np.shape(x), bool) if self.low is None else x > self.low
        return above if self.high is None else above & (x < self.high)

    def value(self, u: torch.Tensor) -> torch.Tensor:
        """x, within the bounds for every u."""
        if self.low is not None and self.high is not None:
            return (self.low + (self.high - self.low) * torch.sigmoid(u)).clamp(max=self.high)
        if self.low is not None:
            return self.low + softplus(u)
        return u if self.high is None else self.high - softplus(u)

    def free(self, x: torch.Tensor) -> torch.Tensor:
        """u, for values that lie ``inside``."""
        if self.low is not None and self.high is not None:
            return torch.log(x - self.low) - torch.log(self.high - x)
        if self.low is not None:
            return softplus_inverse(x - self.low)
        return x if self.high is None else softplus_inverse(self.high - x)


def softplus(u: torch.Tensor) -> torch.Tensor:
    """log(1 + exp(u)) without the shortcut that torch's own takes above 20, by which starts would be missed by 2e-9."""
    return torch.logaddexp(u, torch.zeros_like(u))


def softplus_inverse(x: torch.Tensor) -> torch.Tensor:
    """log(exp(x) - 1), for x > 0."""
    return x + torch.log(-torch.expm1(-x))
