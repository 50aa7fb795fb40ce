"""Correlation of what a synapse brings with what its neuron answers: what the trace of equation (2) gains."""

from abc import abstractmethod
from collections.abc import Callable

import numpy as np

from vesicle_abm.core.parameters import SCALAR, Rule, option, parameter
from vesicle_abm.neurons.synapses import NEURON, SYNAPSE, Keeps

ALL, NEAREST = "all", "nearest"
SLOPES: dict[str, Callable] = {
    "identity": lambda z: 1.0,
    "relu": lambda z: 1.0 * (z > 0.0),
    "sigmoid": lambda z: z * (1.0 - z),
    "tanh": lambda z: 1.0 - z * z,
}  # f'(u) by z = f(u)


class Correlation(Keeps, Rule):
    """Contract: ``correlation`` of x_i(t - tau_ij) and z_j(t) at each synapse."""

    @abstractmethod
    def correlation(self, synapses, xp):
        """(S,), of either sign; with what it keeps, if it keeps anything."""


class HebbianCorrelation(Correlation, name="hebbian"):
    """x_i(t - tau_ij) z_j(t): what fires together. HMN appendix 10.1.

    >>> from types import SimpleNamespace
    >>> HebbianCorrelation().correlation(SimpleNamespace(x=2.0, z=3.0), None)
    6.0
    """

    def correlation(self, synapses, xp):
        """The product."""
        return synapses.x * synapses.z


class DeltaCorrelation(Correlation, name="delta"):
    """x_i(t - tau_ij) f'(u_j): what a synapse must know of itself for its neuron's error, as third factor, to make the
    delta rule of it: dw_ij ~ error_j f'(u_j) x_i (Widrow and Hoff 1960; with f' Rumelhart, Hinton and Williams 1986).

    The slope f' is told by the answer: 1 of "identity", [z > 0] of "relu", z (1 - z) of "sigmoid", 1 - z**2 of "tanh".

    >>> from types import SimpleNamespace
    >>> DeltaCorrelation(slope="sigmoid").correlation(SimpleNamespace(x=2.0, z=0.5), None)
    0.5
    """

    slope: str = option("identity", "of which function f' is the slope", choices=tuple(SLOPES))

    def correlation(self, synapses, xp):
        """The input times the slope."""
        return synapses.x * SLOPES[self.slope](synapses.z)


class STDPCorrelation(Correlation, name="stdp"):
    """Spike timing (HMN appendix 10.1): a_plus exp(-dt / tau_plus) when the neuron fires dt steps after the input,
    -a_minus exp(-dt / tau_minus) when it fired dt steps before it; dt >= 1, a coincidence counts as neither.

    Inputs and activations are spikes, 0 or 1 (a rate counts as a part of a spike). Each side leaves a trace that
    decays: ``pairing="all"`` adds every earlier spike (Morrison, Diesmann and Gerstner 2008), "nearest" only the last.
    """

    keeps = {"before": SYNAPSE, "after": NEURON}  # noqa: RUF012
    tau_plus: float = parameter(20.0, "time constant of potentiation", per=SCALAR, unit="steps", gt=0.0)
    tau_minus: float = parameter(20.0, "time constant of depression", per=SCALAR, unit="steps", gt=0.0)
    a_plus: float = parameter(1.0, "potentiation by a pair of no distance", per=SCALAR, ge=0.0)
    a_minus: float = parameter(1.0, "depression by a pair of no distance", per=SCALAR, ge=0.0)
    pairing: str = option(ALL, "which pairs of spikes count", choices=(ALL, NEAREST))

    def correlation(self, synapses, xp):
        """a_plus p z - a_minus q x, with p and q the decayed traces of earlier inputs and answers."""
        x, z, own = synapses.x, synapses.z, synapses.neurons.activation
        before = synapses.kept["before"] * xp.exp(-1.0 / self.tau_plus)  # p
        after = synapses.kept["after"] * xp.exp(-1.0 / self.tau_minus)  # q
        found = self.a_plus * before * z - self.a_minus * synapses.spread(after) * x
        if self.pairing == NEAREST:
            return found, {"before": xp.where(x > 0.0, x, before), "after": xp.where(own > 0.0, own, after)}
        return found, {"before": before + x, "after": after + own}


class IzhikevichSTDP(Correlation, name="izhikevich_stdp"):
    """Spike timing by one trace a neuron, as Izhikevich's program daspnet.m has it (Cerebral Cortex 17:2443, 2007).

    A synapse gains a_plus exp(-(dt - 1) / tau) where its neuron fires dt >= 1 steps after the presynaptic one, and
    loses a_minus exp(-dt / tau) where it fires dt >= 0 steps before it. It tells what happened in the step before, when
    the spike set out that arrives now; ``pairing`` as in "stdp". With a delay the presynaptic spike counts so many
    steps later, and its trace is that of then, as in his spnet.m (Neural Computation 18:245, 2006). What is kept is the
    trace as it was the longest delay ago; the spikes since then are in the history.
    """

    keeps = {"trace": NEURON}  # noqa: RUF012
    tau: float = parameter(20.0, "time constant of the trace", per=SCALAR, unit="steps", gt=0.0)
    a_plus: float = parameter(0.1, "potentiation where the neuron fires one step later", per=SCALAR, ge=0.0)
    a_minus: float = parameter(0.15, "depression where both fire in one step", per=SCALAR, ge=0.0)
    pairing: str = option(NEAREST, "which pairs of spikes count", choices=(ALL, NEAREST))

    def correlation(self, synapses, xp):
        """a_plus p f_j - a_minus q x_i: f_j the neuron's spike, p the other's trace before it, q its own with it."""
        neurons, delay = synapses.neurons, synapses.moment.wiring.delay[synapses.start : synapses.stop]
        past = synapses.moment.once("correlation.past", lambda: self.past(synapses.moment, xp))
        own = past[:, neurons.first : neurons.last]
        before = past[1 + delay if len(delay) else 1, synapses.pre]
        gained = self.a_plus * before * synapses.spread(neurons.activation_before)
        return gained - self.a_minus * synapses.spread(own[0]) * synapses.x, {"trace": own[-2]}

    def past(self, moment, xp):
        """(2 + longest delay, N) all traces: after the spikes of the step before, and before those of earlier ones."""
        found, history = [moment.kept["correlation.trace"]], moment.history
        for late in range(int(moment.wiring.delay.max(initial=0)), -1, -1):
            found.append(self.renewed(found[-1], history[(moment.step - 1 - late) % len(history)], xp))
        return np.stack(found[::-1])

    def renewed(self, trace, fired, xp):
        """The trace, decayed, and with this spike."""
        decayed = trace * xp.exp(-1.0 / self.tau)
        return xp.where(fired > 0.0, fired, decayed) if self.pairing == NEAREST else decayed + fired
