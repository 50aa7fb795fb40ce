"""Losses: what NIR cannot hold of a model, in words, each with what becomes of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.exchange.layout import MOST_SPLIT, Layout, holds_bias
from vesicle_abm.exchange.populations import CUBA_LIF, VALUES
from vesicle_abm.neurons.spiking import CONDUCTANCE, EXACT, LIFNeurons

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel

HELD = ("population", "sign", *VALUES)  # attributes that become nodes and matrices


def refuse(model: "VesicleModel") -> LIFNeurons:
    """The model's neurons, if NIR has a node for such.

    Raises
    ------
    InputError
        if it has none.
    """
    neurons: Any = model.world.neurons
    allowed = 'rule = "lif" with synapse = "pulse" or "current" is allowed'
    if neurons is None:
        raise InputError(f"the model has none, so there is nothing to export; {allowed}", "neurons")
    if not isinstance(neurons, LIFNeurons):
        raise InputError(f"NIR has no node for rule = {type(neurons).name!r}; {allowed}", "neurons")
    if neurons.synapse == CONDUCTANCE:
        raise InputError(f"NIR has no node for synapse = {CONDUCTANCE!r}; {allowed}", "neurons.synapse")
    if neurons.apart and np.any(np.asarray(neurons.tau_exc_ms) != neurons.tau_inh_ms):
        words = "differs from tau_exc_ms; NIR's CubaLIF has one time constant for both, equal ones are allowed"
        raise InputError(words, "neurons.tau_inh_ms")
    return neurons


def losses(model: "VesicleModel", layout: Layout) -> Iterator[str]:
    """What NIR cannot hold, a sentence each."""
    world, neurons = model.world, refuse(model)
    for name in world.kinds:
        yield f"vesicles of kind {name!r}: their rules are not in it"
    parts = {"plasticity": world.plasticity, "memory": world.memory, "task": world.task}
    for name, part in parts.items():
        if part is not None:
            yield f"{name}: NIR networks do not change; weights are those of step {model.time}"
    for name in world.estimators:
        yield f"estimator of the signal {name!r}"
    for name, words in (("noise", "noise of the input"), ("jitter", "even noise of the input")):
        if np.any(getattr(neurons, name)):
            yield words
    if np.any(neurons.refractory_ms):
        yield "refractory_ms: NIR's neurons can fire again in the next step"
    if neurons.gain_recovery is not None or not (model.state.gain == 1.0).all():
        yield "gain: each neuron's is 1 in NIR"
    if model.time > 0:
        yield f"potentials, currents and spikes under way of step {model.time}: a network of NIR's begins at rest"
    if neurons.integration == EXACT:
        yield 'integration = "exact": libraries take Euler steps, v + dt dv/dt; only "euler" gives their very spikes'
    yield from lost_of_layout(model, layout)


def lost_of_layout(model: "VesicleModel", layout: Layout) -> Iterator[str]:
    """What gets lost as neurons become populations, and edges matrices."""
    graph, whole = model.graph, layout.populations.values()
    for name in layout.mixed:
        yield f"population {name!r} has more than {MOST_SPLIT} sorts of neurons, and is one node: not all libraries can"
    if any(population.node == CUBA_LIF for population in whole):
        yield "a drive from outside: NIR leads it through the synapses' currents, here it acts at once"
    for population in whole:
        if not holds_bias(population) and np.any(model.state.bias[population.index]):
            yield f"bias of {population.name!r}: a {population.node} has none"
        if np.any(population.values["reset"] != population.values["rest"]) and population.node != "Threshold":
            yield f"reset of {population.name!r} is not rest: NIR holds it, Norse and snnTorch take it as rest"
    synapses = np.concatenate([block.edge for block in layout.blocks] or [np.zeros(0, np.int64)])
    ends = np.stack([graph.source[synapses], graph.target[synapses], graph.delay[synapses]])
    if np.unique(ends, axis=1).shape[1] < len(synapses):
        yield "parallel synapses with one delay: in a matrix they are one, of the sum of their weights"
    if len(synapses) < graph.edge_count:
        yield f"{graph.edge_count - len(synapses)} edges in layers that carry no activity"
    data = [name for name in (*graph.node_data, *graph.edge_data) if name not in HELD]
    if data:
        yield f"attributes of nodes and edges: {', '.join(dict.fromkeys(data))}"
