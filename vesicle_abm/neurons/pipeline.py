"""The pipeline: what one step of learning would change, stage by stage, as the HMN document's appendix 10.4 writes it.

For one neuron or for a block of them at once, with the same bits.
"""

from dataclasses import dataclass

import numpy as np

from vesicle_abm.core import functions as xp
from vesicle_abm.neurons.answers import ask, checked, part_at
from vesicle_abm.neurons.network import Neurons
from vesicle_abm.neurons.plasticity import MEAN, Plasticity
from vesicle_abm.neurons.synapses import Synapses


@dataclass
class Update:
    """Every intermediate of a step for a block, per synapse (S,) or neuron (n,); None where a stage is absent."""

    correlation: np.ndarray
    eligibility: np.ndarray | None  # e_ij, (2)
    attention: np.ndarray | None  # alpha_ij, (11)
    signal: np.ndarray | None  # (n,) G_j, (6)
    factor: np.ndarray | None  # (n,) eta_local + eta_global (G_j + lambda M_j)
    preliminary: np.ndarray  # dw*, (3)
    gate: np.ndarray | None  # (4)
    gated: np.ndarray  # dw dagger, (4)
    probability: np.ndarray | None  # (5)
    kept: dict[str, np.ndarray]  # "part.name"
    drawn: np.ndarray | None = None  # bool, whether chance let it through
    change: np.ndarray | None = None  # dw


def propose(rule: Plasticity, synapses: Synapses) -> Update:
    """What one step would change at a block's synapses, before chance has its say. Changes nothing."""
    kept: dict[str, np.ndarray] = {}
    neurons = synapses.neurons
    synapses.correlation = ask(rule, "correlation", "correlation", synapses, kept)
    eligibility = eligibility_of(rule, synapses, kept)  # (2)
    attention = attention_of(rule, synapses, kept)  # (11)
    attended = product(eligibility, attention)  # (10)
    signal = signal_of(rule, neurons)  # (6), (7)
    factor = factor_of(neurons, signal)
    preliminary = product(attended, None if factor is None else synapses.spread(factor))  # (3)
    if preliminary is None:
        preliminary = np.ones(synapses.size)
    gate = gate_of(rule, synapses)
    gated = checked("the update", preliminary if gate is None else preliminary * gate, synapses)  # (4)
    probability = probability_of(rule, synapses, gated)  # (5)
    return Update(
        synapses.correlation, eligibility, attention, signal, factor, preliminary, gate, gated, probability, kept
    )


def eligibility_of(rule: Plasticity, synapses: Synapses, kept: dict) -> np.ndarray | None:
    """(S,) e_ij; without a trace, None."""
    match = rule.ablated.get("trace")
    if rule.trace is None:
        return None
    if match is None:
        return ask(rule, "trace", "eligibility", synapses, kept)
    return synapses.correlation * part_at(rule, "trace", synapses).gain(xp) if match == MEAN else synapses.correlation


def attention_of(rule: Plasticity, synapses: Synapses, kept: dict) -> np.ndarray | None:
    """(S,) alpha_ij."""
    if rule.attention is None:
        return None
    if "attention" in rule.ablated:
        return checked("attention", rule.attention.neutral(synapses), synapses)
    synapses.embedding = ask(rule, "embedding", "inputs", synapses, kept, vectors=True)
    synapses.query = part_at(rule, "embedding", synapses).queries(synapses, xp)
    return ask(rule, "attention", "weights", synapses, kept, low=0.0)


def signal_of(rule: Plasticity, neurons: Neurons) -> np.ndarray | None:
    """(n,) G_j."""
    match = rule.ablated.get("modulation")
    if rule.modulation is None:
        return None
    if match is None:
        return ask(rule, "modulation", "signal", neurons)
    if match == MEAN:
        return np.full(neurons.size, neurons.moment.once("mean signal", lambda: network_mean(rule, neurons)))
    return np.ones(neurons.size)


def network_mean(rule: Plasticity, neurons: Neurons) -> float:
    """The mean of G_j over all neurons, added in their order."""
    everyone = neurons.all()
    return xp.total(ask(rule, "modulation", "signal", everyone)) / everyone.size


def factor_of(neurons: Neurons, signal: np.ndarray | None) -> np.ndarray | None:
    """(n,) eta_local + eta_global (G_j + lambda M_j), of equation (3) and its extension in 7.4.1."""
    if signal is None:
        return None
    if neurons.astrocyte is not None:
        signal = signal + neurons.astrocyte
    return neurons.eta[:, 0] + neurons.eta[:, 1] * signal


def gate_of(rule: Plasticity, synapses: Synapses) -> np.ndarray | None:
    """(S,) the phase gate."""
    match = rule.ablated.get("phase")
    if rule.phase is None:
        return None
    if match is None:
        return ask(rule, "phase", "gate", synapses, low=0.0)
    return np.full(synapses.size, rule.phase.mean if match == MEAN else 1.0)


def probability_of(rule: Plasticity, synapses: Synapses, gated: np.ndarray) -> np.ndarray | None:
    """(S,) how likely each update is applied."""
    if rule.chance is None or rule.ablated.get("chance") not in (None, MEAN):
        return None
    return ask(rule, "chance", "probability", synapses, None, gated, low=0.0, high=1.0)


def changed(update: Update) -> np.ndarray:
    """(S,) dw: the gated updates that chance has let through; or their expectation, where nothing was drawn."""
    if update.probability is None:
        return update.gated
    return update.gated * update.probability if update.drawn is None else np.where(update.drawn, update.gated, 0.0)


def draws_chance(rule: Plasticity) -> bool:
    """Whether equation (5) is drawn: it may be absent, or ablated to its expectation."""
    return rule.chance is not None and "chance" not in rule.ablated


def limited(rule: Plasticity, synapses: Synapses, weight: np.ndarray) -> np.ndarray:
    """(S,) the weights that the bounds allow."""
    return weight if rule.bounds is None else ask(rule, "bounds", "limit", synapses, None, weight)


def product(a: np.ndarray | None, b: np.ndarray | None) -> np.ndarray | None:
    """a b, where None stands for 1."""
    if a is None or b is None:
        return b if a is None else a
    return a * b
