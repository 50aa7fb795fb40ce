"""Bounds of synaptic weights, and Dale's principle: a synapse keeps its sign."""

from abc import abstractmethod

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.parameters import EDGE, Rule, option, parameter


class Bounds(Rule):
    """Contract: ``limit`` gives the weights that are allowed in place of those that an update would make."""

    @abstractmethod
    def limit(self, weight, synapses, xp):
        """(S,) of (S,)."""


class WeightBounds(Bounds, name="bounds"):
    """w <- clip(w, low, high); with ``dale``, a synapse that began at 0 or above stays there, one below 0 likewise."""

    low: float | None = parameter(None, "the least weight; none: no bound", per=EDGE, optional=True)
    high: float | None = parameter(None, "the greatest weight; none: no bound", per=EDGE, optional=True)
    dale: bool = option(False, "whether signs are kept", choices=(False, True))

    def __post_init__(self):
        super().__post_init__()
        if isinstance(self.low, int | float) and isinstance(self.high, int | float):
            self.check_order()

    def check_order(self) -> None:
        """Refuse a low bound above the high one."""
        if self.low is None or self.high is None:
            return
        low, high = np.broadcast_arrays(self.low, self.high)
        for at in np.argwhere(low > high)[:1]:
            raise InputError(
                f"got {low[tuple(at)]:g}, above high = {high[tuple(at)]:g}; at most that is allowed", "low"
            )

    def limit(self, weight, synapses, xp):
        """Clipped."""
        if self.low is not None:
            weight = xp.maximum(self.low, weight)
        if self.high is not None:
            weight = xp.minimum(self.high, weight)
        if self.dale:
            weight = xp.where(synapses.sign > 0.0, xp.maximum(0.0, weight), xp.minimum(0.0, weight))
        return weight
