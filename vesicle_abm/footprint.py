"""Footprint: the memory that a model will take, part by part, predicted before anything of it is made.

Every array of the state, and every table that follows from it, is counted by its length. The vesicles are counted at
the population that their rules let expect; what a step, or a checkpoint, takes for a time comes on top. The program
itself, some 0.3 GiB, does not count.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core.columns import room_ahead
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.machine import gib
from vesicle_abm.neurons.neuron import NeuronModel
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.synapses import SYNAPSE
from vesicle_abm.vesicles.expected import expected_population
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.lifecycle import Lifecycle
from vesicle_abm.vesicles.memory import Memory
from vesicle_abm.views.beginning import history_depth, synapse_count
from vesicle_abm.views.population import layout_of
from vesicle_abm.views.world import change_width, learning_layers

NUMBER, INDEX = 8, 4  # bytes of a float64 or int64, and of an int32
NAMED, WORTH_NAMING = 3, 0.01  # parts that a refusal names, if they make so much of the whole
PASSING_ROW = 12  # bytes a vesicle: the order of ids while a state is saved, the marks of a stage
OWN_ROW = 40  # bytes a vesicle, and as many as 3 numbers for each of its content: what rules see that read vesicles
WITHOUT_DELAYS, WITH_DELAYS = 16, 20  # bytes an edge of a graph: ends, weight; delay


@dataclass(frozen=True)
class Part:
    """``name`` in words; ``bytes`` held; ``key`` and ``remedy``: what to change for less."""

    name: str
    bytes: int
    key: str
    remedy: str


@dataclass(frozen=True)
class Footprint:
    """``held`` for good, the graph first; ``passing``: bytes that a step or a checkpoint takes for a time;
    ``untold``: the kinds whose numbers the rules do not tell beforehand, and which are not counted.
    """

    held: list[Part]
    passing: int
    untold: list[str]

    @property
    def total(self) -> int:
        """Bytes in all."""
        return sum(part.bytes for part in self.held) + self.passing

    @property
    def further(self) -> int:
        """Bytes beyond the graph, which is there already."""
        return self.total - self.held[0].bytes

    def refuse_beyond(self, free: int) -> None:
        """Refuse a model that needs more than the ``free`` bytes.

        Raises
        ------
        InputError
            naming its largest parts, and what to change.
        """
        if self.further <= free:
            return
        largest = sorted(self.held[1:], key=lambda part: -part.bytes)[:NAMED]
        named = ", ".join(
            f"{part.name} {gib(part.bytes)}" for part in largest if part.bytes > WORTH_NAMING * self.total
        )
        words = f"the model needs {gib(self.further)}, and {gib(max(free, 0))} of memory are free: {named}"
        raise InputError(f"{words}; {largest[0].remedy}", largest[0].key)


def footprint_of(
    graph: NeuralGraph,
    lifecycle: Lifecycle,
    neurons: NeuronModel | None = None,
    plasticity: Plasticity | None = None,
    memory: Memory | None = None,
) -> Footprint:
    """The footprint of a model of these parts, bound to the graph."""
    held = [
        Part("the graph", (WITH_DELAYS if graph.delayed else WITHOUT_DELAYS) * graph.edge_count, "graph", ""),
        _neurons(graph, lifecycle, history_depth(graph, neurons, plasticity) + _cells(neurons)),
        _synapses(graph, neurons, plasticity),
        _ways(graph, lifecycle),
        _memory(graph, memory),
    ]
    passing, untold = 0, []
    become = {kind.turns_into for kind in lifecycle.kinds.values()}
    for name, kind in lifecycle.kinds.items():
        count = expected_population(kind, graph.size) if name not in become else None
        if count is None:
            untold.append(name)
            continue
        part, row = _vesicles(graph, name, kind, int(count))
        held.append(part)
        passing = max(passing, int(count) * row)
    return Footprint(held, passing, untold)


def _vesicles(graph: NeuralGraph, name: str, kind: Kind, count: int) -> tuple[Part, int]:
    """A kind's columns with their room ahead, and the bytes a vesicle that a stage takes for a time."""
    entries = 1 + sum(np.dtype(entry).itemsize for entry in layout_of(graph, kind).values())  # and its lot
    remedy = "fewer births, a shorter life, or a cap make fewer vesicles"
    held = Part(f"{count:,} vesicles of {name!r}", entries * room_ahead(count, kind.cap), f"kinds.{name}", remedy)
    asked = kind.docking.reads_vesicles or kind.decay.reads_vesicles
    return held, PASSING_ROW + ((OWN_ROW + 3 * NUMBER * kind.content_width) if asked else 0)


def _neurons(graph: NeuralGraph, lifecycle: Lifecycle, depth: int) -> Part:
    """The state's numbers of each neuron, what a stage proposes of them, and the tables of the kinds' rules."""
    kinds = list(lifecycle.kinds.values())
    own = 10 + depth  # bias, eta twice, activation, drive, gain, context; proposed activation and gain; input
    by_kind = sum(13 + 2 * kind.content_width for kind in kinds)  # level, books, proposals, what the rules answer
    changed = sum(2 * change_width(lifecycle.kinds[name], rule) for _, name, rule in lifecycle.changes)
    words = "fewer neurons or kinds, or shorter delays, take less"
    return Part("numbers of neurons", NUMBER * graph.size * (own + by_kind + changed), "graph", words)


def _cells(neurons: NeuronModel | None) -> int:
    """What each neuron keeps beside its activation, kept and proposed."""
    return 2 * len(neurons.first()) if neurons is not None else 0


def _synapses(graph: NeuralGraph, neurons: NeuronModel | None, plasticity: Plasticity | None) -> Part:
    """Weights, the synapses by postsynaptic neuron, and what the learning rule keeps of them."""
    edges, number = graph.edge_count, NUMBER
    words, key, total = "fewer edges take less", "graph", 0
    if neurons is not None:
        total += 2 * INDEX * edges  # by postsynaptic neuron: edge, presynaptic neuron
    if neurons is not None and plasticity is not None:
        synapses, number = synapse_count(graph, neurons, plasticity), np.dtype(plasticity.precision).itemsize
        if learning_layers(neurons, plasticity) != neurons.layers:
            total += 2 * INDEX * synapses
        kept = sum(scope == SYNAPSE for _, rule in plasticity.keepers() for scope in rule.keeps.values())
        preferred: Any = getattr(plasticity.phase, "preferred", None)
        phase = NUMBER * bool(np.ndim(preferred))
        delay = INDEX * bool(graph.delayed)
        total += synapses * (1 + delay + phase + kept * number)  # sign, delay
        if number == NUMBER:
            words, key = 'precision = "float32" keeps them in half, and fewer edges take less', "plasticity"
    return Part(f"{edges:,} synapses", total + number * edges, key, words)


def _ways(graph: NeuralGraph, lifecycle: Lifecycle) -> Part:
    """The ways of the vesicles, shared by kinds that have the same, and each kind's table to draw one from; trails."""
    ways = {}
    total = 2 * NUMBER * graph.edge_count * sum(kind.trail is not None for kind in lifecycle.kinds.values())
    total += NUMBER * graph.edge_count * sum(kind.passage is not None for kind in lifecycle.kinds.values())
    for kind in lifecycle.kinds.values():
        migration = kind.migration
        chosen = np.count_nonzero(graph.in_layers(migration.layers))
        ways[None if migration.layers is None else tuple(migration.layers), migration.direction] = int(chosen)
        total += (2 * NUMBER + INDEX) * (int(chosen) + graph.size) + 2 * NUMBER * graph.size
    total += sum(2 * INDEX * count + NUMBER * graph.size for count in ways.values())
    return Part("tables of the ways", total, "graph", "fewer edges or kinds take less")


def _memory(graph: NeuralGraph, memory: Memory | None) -> Part:
    """The slots of each node, and the sums of what a stage writes to them."""
    numbers = 0 if memory is None else memory.slots * (2 * memory.width + 1)
    return Part("memories of nodes", NUMBER * graph.size * numbers, "memory", "fewer or narrower slots take less")
