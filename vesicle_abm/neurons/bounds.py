"""Bounds of synaptic weights, and Dale's principle: a synapse keeps its sign."""

from abc import abstractmethod

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
        if isinstance(self.low, int | float) and isinstance(self.high, int | float) and self.low > self.high:
            raise InputError(f"got {self.low:g}, above high = {self.high:g}; at most that is allowed", "low")

    def limit(self, weight, synapses, xp):
        """Clipped."""
        if self.low is not None:
            weight = xp.maximum(self.low, weight)
        if self.high is not None:
            weight = xp.minimum(self.high, weight)
        if self.dale:
            weight = xp.where(synapses.sign > 0.0, xp.maximum(0.0, weight), xp.minimum(0.0, weight))
        return weight
