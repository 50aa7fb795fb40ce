"""Intermediates: the numbers between a synapse's activity and its update, by the names that ``replay`` gives them."""

from typing import Any

from vesicle_abm.core import functions
from vesicle_abm.neurons.answers import part_at
from vesicle_abm.neurons.gates import PhaseGate
from vesicle_abm.neurons.modulation import Modulation
from vesicle_abm.neurons.pipeline import Update
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.synapses import Synapses


def intermediates(rule: Plasticity, synapses: Synapses, update: Update) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of a block's synapses, each (S,), and of its neurons, (n,), "relevance" (n, K); None where a stage is absent."""
    by_synapse: dict[str, Any] = {
        "correlation": update.correlation,
        "trace": update.eligibility,
        "attention": update.attention,
        "preliminary": update.preliminary,
        "gate": update.gate,
        "gated": update.gated,
        "probability": update.probability,
    }
    by_neuron: dict[str, Any] = {"modulation": update.signal, "factor": update.factor}
    if isinstance(rule.phase, PhaseGate) and "phase" in rule.names:
        by_synapse["phase"] = part_at(rule, "phase", synapses).phase(synapses, functions)
    if isinstance(rule.modulation, Modulation) and "modulation" in rule.names:
        by_neuron["relevance"] = rule.modulation.relevance(synapses.neurons, functions)
    return by_synapse, by_neuron
