"""The state before the first step."""

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.state import CROSSINGS, DOCKINGS, SATURATED, TURNINGS, State
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.neurons.neuron import NeuronModel
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.tasks.task import Task
from vesicle_abm.vesicles.lifecycle import Lifecycle
from vesicle_abm.vesicles.memory import Memory
from vesicle_abm.views.population import layout_of
from vesicle_abm.views.world import change_width, learning_layers

SEED_LIMIT = 2**64


def history_depth(graph: NeuralGraph, neurons: NeuronModel | None, plasticity: Plasticity | None) -> int:
    """How many past activations are needed: for the longest delay, and, if synapses learn after the neurons have
    answered, one more.
    """
    if neurons is None:
        return 1
    longest = _longest_delay(graph, neurons.layers)
    if plasticity is None:
        return 1 + max(longest, 1)
    return 2 + max(longest, _longest_delay(graph, plasticity.layers or neurons.layers))


def _longest_delay(graph: NeuralGraph, layers) -> int:
    return int(graph.delay.max(where=graph.in_layers(layers), initial=0))


def synapse_count(graph: NeuralGraph, neurons: NeuronModel | None, plasticity: Plasticity | None) -> int:
    """S, how many synapses learn."""
    if neurons is None or plasticity is None:
        return 0
    return int(np.count_nonzero(graph.in_layers(learning_layers(neurons, plasticity))))


def first_state(
    graph: NeuralGraph,
    lifecycle: Lifecycle,
    neurons: NeuronModel | None,
    seed: int,
    plasticity: Plasticity | None = None,
    task: Task | None = None,
    memory: Memory | None = None,
    estimators: dict[str, Estimator] | None = None,
) -> State:
    """The state before the first step: no vesicles, silent neurons, gain 1, levels 0, empty memory, no trails.

    Raises
    ------
    InputError
        for a seed that is not a whole number below 2**64.
    """
    seed = checked_seed(seed)
    n, k = graph.size, len(lifecycle.names)
    depth = history_depth(graph, neurons, plasticity)
    weight = neurons.initial_weight(graph) if neurons else graph.weight.copy()
    eta = plasticity.first_eta(graph) if plasticity else np.zeros((n, 2))
    return State(
        seed=seed,
        step=0,
        weight=weight.astype(plasticity.precision if plasticity else np.float64, copy=False),
        bias=np.array(np.broadcast_to(neurons.bias if neurons else 0.0, n), dtype=np.float64),
        eta=eta,
        activation=np.zeros(n),
        history=np.zeros((depth, n)),
        drive=np.zeros(n),
        gain=np.ones(n),
        modulator=np.zeros((n, k)),
        emitted=np.zeros((k, n), np.int64),
        docked=np.zeros((k, n), np.int64),
        born_now=np.zeros((k, n), np.int32),
        fates=np.zeros((k, 3), np.int64),
        vesicles={name: Columns(layout_of(graph, kind)) for name, kind in lifecycle.kinds.items()},
        cells=first_cells(neurons, n),
        kept=plasticity.first_kept(graph, synapse_count(graph, neurons, plasticity)) if plasticity else {},
        task=task.first(graph, eta) if task else {},
        memory=np.zeros((n, memory.slots, memory.width)) if memory else None,
        changes={
            name: np.zeros((n, change_width(lifecycle.kinds[kind], rule)))
            for name, kind, rule in lifecycle.changes
            if rule.lasts
        },
        trails={name: np.zeros(graph.edge_count) for name in lifecycle.trails},
        estimates={
            f"{name}.{what}": array
            for name, estimator in (estimators or {}).items()
            for what, array in estimator.first(graph).items()
        },
        tallies=first_tallies(lifecycle, graph),
    )


def first_cells(neurons: NeuronModel | None, nodes: int) -> dict[str, np.ndarray]:
    """What the neurons keep beside their activation, at the start."""
    first = neurons.first() if neurons else {}
    return {name: np.array(np.broadcast_to(value, nodes), dtype=np.float64) for name, value in first.items()}


def first_tallies(lifecycle: Lifecycle, graph: NeuralGraph) -> dict[str, np.ndarray]:
    """The further counts that the kinds need, at the start."""
    found = {DOCKINGS + name: np.zeros(graph.size, np.int32) for name in lifecycle.triggers}
    for name, kind in lifecycle.kinds.items():
        if kind.turn is not None:
            found[TURNINGS + name] = np.zeros(len(lifecycle.names), np.int64)
        if kind.cap is not None:
            found[SATURATED + name] = np.array([0, -1, 0], np.int64)
        if kind.trail is not None:
            found[CROSSINGS + name] = np.zeros(graph.edge_count, np.int64)
    return found


def checked_seed(seed) -> int:
    """A whole number below 2**64."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < SEED_LIMIT:
        raise InputError(f"got {seed!r}; a whole number from 0 to 2**64 - 1 is allowed", "seed")
    return int(seed)
