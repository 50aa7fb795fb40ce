"""Eligibility traces, equation (2): what a synapse remembers of recent correlation."""

from abc import abstractmethod

from vesicle_abm.core.parameters import EDGE, Rule, parameter
from vesicle_abm.neurons.synapses import SYNAPSE, Keeps


class Trace(Keeps, Rule):
    """Contract: ``eligibility`` of each synapse, from ``synapses.correlation`` of this step and what it keeps."""

    @abstractmethod
    def eligibility(self, synapses, xp):
        """(S,), of either sign; with what it keeps, if it keeps anything."""

    def gain(self, xp):
        """How many times a constant correlation its eligibility becomes: what an ablation may put instead."""
        return 1.0


class CompositeTrace(Trace, name="composite"):
    """e = psi_fast + psi_slow, HMN equation (2): each decays by exp(-1 / tau) a step, then gains the correlation.

    A pairing t steps ago thus leaves exp(-t / tau_fast) + exp(-t / tau_slow) of its correlation (appendix 10.1).
    """

    keeps = {"fast": SYNAPSE, "slow": SYNAPSE}  # noqa: RUF012
    tau_fast: float = parameter(20.0, "time constant of the fast part", per=EDGE, unit="steps", gt=0.0)
    tau_slow: float = parameter(200.0, "time constant of the slow part", per=EDGE, unit="steps", gt=0.0)

    def eligibility(self, synapses, xp):
        """The sum of both parts."""
        fast = synapses.kept["fast"] * xp.exp(-1.0 / self.tau_fast) + synapses.correlation
        slow = synapses.kept["slow"] * xp.exp(-1.0 / self.tau_slow) + synapses.correlation
        return fast + slow, {"fast": fast, "slow": slow}

    def gain(self, xp):
        """1 / (1 - exp(-1 / tau_fast)) + 1 / (1 - exp(-1 / tau_slow))."""
        return 1.0 / (1.0 - xp.exp(-1.0 / self.tau_fast)) + 1.0 / (1.0 - xp.exp(-1.0 / self.tau_slow))
