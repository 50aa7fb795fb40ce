"""Gates: when a synapse may change (phase, equation 4), and with what probability it does (equation 5)."""

from abc import abstractmethod
from math import pi
from typing import ClassVar

import numpy as np

from vesicle_abm.core.parameters import EDGE, NODE, RADIANS, Rule, parameter

PHASE = "phase"  # the signal that is Phi, if the oscillation comes from outside
TURN = 2.0 * pi
PREFERRED = "preferred_phase"


class Gate(Rule):
    """Contract: ``gate`` >= 0, the factor of each synapse's update in equation (4)."""

    mean: ClassVar[float] = 1.0  # its average over time, what an ablation of equal mean puts instead

    @abstractmethod
    def gate(self, synapses, xp):
        """(S,)."""


class PhaseGate(Gate, name="phase"):
    """max(0, cos(Phi_j(t) - phi_ij)), HMN equation (4), with Phi_j(t) = 2 pi frequency_j t + offset_j.

    One oscillator for all, or one a region: frequency and offset may be given per (postsynaptic) neuron. phi_ij is the
    edge attribute ``preferred_phase``, 0 where the graph has none. The signal "phase" (a number, or one per neuron),
    where it is given, is Phi instead. ``shift`` is added to Phi, wherever it comes from. All phases are in radians.
    """

    mean = 1.0 / pi
    frequency: float = parameter(0.05, "of the oscillation", per=NODE, unit="cycles per step", ge=0.0)
    offset: float = parameter(0.0, "phase at step 0", per=NODE, unit=RADIANS, ge=-TURN, le=TURN)
    shift: float = parameter(0.0, "added to Phi; what vesicles shift", per=NODE, unit=RADIANS, ge=-TURN, le=TURN)
    preferred: float | None = parameter(
        None, "phi_ij; none: the edge attribute preferred_phase, or 0", per=EDGE, unit=RADIANS, optional=True,
        ge=-TURN, le=TURN,
    )  # fmt: skip

    def gate(self, synapses, xp):
        """The half-wave of the phase difference."""
        preferred = 0.0 if self.preferred is None else self.preferred
        return xp.maximum(0.0, xp.cos(self.phase(synapses, xp) - preferred) + np.zeros(synapses.size))

    def phase(self, synapses, xp):
        """Phi at each synapse, in radians."""
        neurons = synapses.neurons
        if PHASE in neurons.moment.signals:
            return synapses.spread(neurons.signal(PHASE)) + self.shift
        cycles = self.frequency * neurons.step
        return TURN * (cycles - np.floor(cycles)) + self.offset + self.shift


class Chance(Rule):
    """Contract: ``probability`` in [0, 1] that a gated update is applied, in equation (5)."""

    @abstractmethod
    def probability(self, gated, synapses, xp):
        """(S,), of the gated updates (S,)."""


class ProbabilisticGate(Chance, name="probabilistic"):
    """sigmoid(beta (|dw| - theta)), HMN equation (5).

    >>> from vesicle_abm.core import functions
    >>> float(ProbabilisticGate(beta=50.0, theta=0.01).probability(-0.01, None, functions))
    0.5
    """

    beta: float = parameter(50.0, "beta_p, steepness; negative would favour small updates", per=EDGE, ge=0.0)
    theta: float = parameter(0.01, "theta_p, the size of update that is applied every other time", per=EDGE, ge=0.0)

    def probability(self, gated, synapses, xp):
        """By size."""
        return xp.sigmoid(self.beta * (xp.absolute(gated) - self.theta))
