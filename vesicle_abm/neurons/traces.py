"""Eligibility traces, equation (2): what a synapse remembers of recent correlation."""

from abc import abstractmethod

from vesicle_abm.core.parameters import EDGE, SCALAR, Rule, parameter
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


class ExponentialTrace(Trace, name="exponential"):
    """e decays by exp(-1 / tau) a step, then gains the correlation: one time constant, as eligibility mostly is given.

    >>> ExponentialTrace(tau=1000.0).tau
    1000.0
    """

    keeps = {"sum": SYNAPSE}  # noqa: RUF012
    tau: float = parameter(1000.0, "time constant", per=EDGE, unit="steps", gt=0.0)

    def eligibility(self, synapses, xp):
        """What is left, and the correlation."""
        total = synapses.kept["sum"] * xp.exp(-1.0 / self.tau) + synapses.correlation
        return total, {"sum": total}

    def gain(self, xp):
        """1 / (1 - exp(-1 / tau))."""
        return 1.0 / (1.0 - xp.exp(-1.0 / self.tau))


class PeriodicTrace(Trace, name="periodic"):
    """A sum of correlations that is used, then decays by exp(-every / tau), once in ``every`` steps and only then.

    So programs that count time in coarse steps beside fine ones do, for speed: Izhikevich's daspnet.m, every 10 ms.
    """

    keeps = {"sum": SYNAPSE}  # noqa: RUF012
    tau: float = parameter(1000.0, "time constant of the sum", per=SCALAR, unit="steps", gt=0.0)
    every: int = parameter(10, "steps from one use to the next", per=SCALAR, unit="steps", whole=True, ge=1)

    def eligibility(self, synapses, xp):
        """The sum, each time that ``every`` steps are done; 0 in the others."""
        total = synapses.kept["sum"] + synapses.correlation
        if (synapses.neurons.step + 1) % self.every:
            return 0.0, {"sum": total}
        return total, {"sum": xp.exp(-self.every / self.tau) * total}

    def gain(self, xp):
        """1 / (1 - exp(-every / tau)), in the steps of its use: a step's mean is that of ``every`` correlations."""
        return 1.0 / (1.0 - xp.exp(-self.every / self.tau))
