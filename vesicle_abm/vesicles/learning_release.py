"""Release onto learning rules: what docked vesicles make of the numbers by which their node's synapses learn.

With C_j the sum of what they gave at the postsynaptic neuron j (see ``change``), each number but a phase is multiplied
by exp(C_j), so it keeps its sign, every vesicle multiplies by exp(amount), and the order does not matter; a phase has
C_j added. [our formulas]
"""

from abc import abstractmethod
from typing import ClassVar

from vesicle_abm.core.parameters import option
from vesicle_abm.vesicles.change import LEARNING, ChangeRelease

BOTH = "both"


class LearningRelease(ChangeRelease, contract=True):
    """Contract: ``part`` of the learning rule and ``numbers`` of it that are changed, and how."""

    changes = LEARNING
    part: ClassVar[str]

    @property
    @abstractmethod
    def numbers(self) -> tuple[str, ...]:
        """The names of the numbers."""

    @abstractmethod
    def changed(self, value, given, xp):
        """A number, or an array of them, where vesicles have given C."""


class Multiplies(LearningRelease, contract=True):
    """Contract: as LearningRelease, of numbers that are multiplied."""

    def changed(self, value, given, xp):
        """value * exp(C)."""
        return value * xp.exp(given)


class RateRelease(Multiplies, name="learning_rate"):
    """eta_local, eta_global or both times exp(C_j), in equation (3)."""

    part = "eta"
    rate: str = option("eta_global", "which rate", choices=("eta_local", "eta_global", BOTH))

    @property
    def numbers(self):
        """The rates."""
        return ("eta_local", "eta_global") if self.rate == BOTH else (self.rate,)


class TraceRelease(Multiplies, name="trace_time"):
    """tau_fast, tau_slow or both times exp(C_j), in equation (2): how long synapses remember a coincidence."""

    part = "trace"
    time: str = option(BOTH, "which time constant", choices=("tau_fast", "tau_slow", BOTH))

    @property
    def numbers(self):
        """The time constants."""
        return ("tau_fast", "tau_slow") if self.time == BOTH else (self.time,)


class GateRelease(Multiplies, name="update_gate"):
    """beta_p, the slope, or theta_p, the threshold, times exp(C_j), in equation (5): how choosy synapses are."""

    part = "chance"
    number: str = option("theta", "the slope or the threshold", choices=("beta", "theta"))

    @property
    def numbers(self):
        """The number."""
        return (self.number,)


class PhaseRelease(LearningRelease, name="phase"):
    """Phi_j plus C_j radians, in equation (4): the oscillation at the node is shifted, and with it when it learns."""

    part = "phase"

    @property
    def numbers(self):
        """The shift of Phi."""
        return ("shift",)

    def changed(self, value, given, xp):
        """value + C."""
        return value + given
