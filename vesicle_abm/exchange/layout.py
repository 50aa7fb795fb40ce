"""Layout: the neurons of a model as populations that NIR can hold, each of one time constant and one threshold.

Libraries that speak NIR differ in what they do with a population of mixed time constants (snnTorch scales all by the
same one, SpikingJelly refuses), and most take v_leak as 0; so a population is split until all its neurons are alike,
and potentials count from rest.
"""

import re
from dataclasses import dataclass, field

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.exchange.populations import CUBA_LIF, INPUT, VALUES, Population, Timing, node_of
from vesicle_abm.exchange.retiming import delay_shift, latencies_of, loops_of
from vesicle_abm.neurons.spiking import LIFNeurons

POPULATION = "population"  # the node attribute that says which
ALL = "neurons"  # where nothing says it
MOST_SPLIT = 32  # sorts of neurons in a population, beyond which it stays whole
MOST_WEIGHTS = 50_000_000  # numbers in all matrices: 400 MB
ALIKE = ("tau_ms", "leak", "rest", "threshold", "reset", "resistance", "tau_exc_ms")


@dataclass
class Block:
    """The synapses from one population to another with one delay in NIR: ``edge`` (n,) of the graph."""

    source: str
    target: str
    delay: int
    edge: np.ndarray


@dataclass
class Layout:
    """``populations`` by name, ``blocks`` of synapses between them, ``roots`` that nothing else leads to, ``leaves``
    that lead to nothing else, ``mixed`` populations that were left whole, ``place`` (N,) of each node in its own.
    """

    graph: NeuralGraph
    timing: Timing
    place: np.ndarray
    populations: dict[str, Population]
    blocks: list[Block] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    leaves: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)


def layout_of(graph: NeuralGraph, neurons: LIFNeurons, synapses: np.ndarray) -> Layout:
    """The layout of neurons that are bound to a graph; ``synapses``: the edges that carry activity.

    Raises
    ------
    InputError
        for more weights than matrices can hold.
    """
    timing = Timing(neurons.dt_ms, neurons.integration, neurons.synapse)
    values = {name: np.array(np.broadcast_to(getattr(neurons, name), graph.size), np.float64) for name in VALUES}
    found = Layout(graph, timing, np.zeros(graph.size, np.int64), {})
    code = np.zeros(graph.size, np.int64)
    alone = np.ones(graph.size, bool)
    alone[graph.target[synapses]] = False
    for name, index in groups(graph).items():
        kinds = [values[key][index] for key in ALIKE] + [alone[index].astype(float)]
        _, sort = np.unique(np.stack(kinds), axis=1, return_inverse=True)
        sort = sort.ravel()
        if sort.max() >= MOST_SPLIT:
            found.mixed.append(name)
            sort = np.zeros_like(sort)
        for k in range(sort.max() + 1):
            rows = index[sort == k]
            own = unique(name if sort.max() == 0 else f"{name}_{k}", found.populations)
            part = {key: array[rows] for key, array in values.items()}
            node = node_of(part, timing, bool(alone[rows].all()))
            code[rows], found.place[rows] = len(found.populations), np.arange(len(rows))
            found.populations[own] = Population(own, node, len(rows), part, rows)
    add_blocks(found, synapses, code)
    return found


def groups(graph: NeuralGraph) -> dict[str, np.ndarray]:
    """name -> (n,) the nodes of each population, as their attribute says; else of all."""
    given = graph.node_data.get(POPULATION)
    if given is None:
        return {ALL: np.arange(graph.size)}
    names = [plain_name(ALL if name is None else str(name)) for name in given]
    found: dict[str, list[int]] = {}
    for node, name in enumerate(names):
        found.setdefault(name, []).append(node)
    return {name: np.array(rows) for name, rows in found.items()}


def plain_name(name: str) -> str:
    """A name that files and other libraries can bear."""
    return re.sub(r"[^\w-]", "_", name)


def unique(name: str, taken) -> str:
    """The name, with ``_`` behind it as long as it is taken."""
    while name in taken:
        name += "_"
    return name


def add_blocks(found: Layout, synapses: np.ndarray, code: np.ndarray) -> None:
    """The synapses by their populations and delays, retimed."""
    graph, names = found.graph, list(found.populations)
    rows = np.stack([code[graph.source[synapses]], code[graph.target[synapses]], graph.delay[synapses]])
    kinds, sort = np.unique(rows, axis=1, return_inverse=True)
    sizes = [found.populations[name].size for name in names]
    if sum(sizes[a] * sizes[b] for a, b, _ in kinds.T) > MOST_WEIGHTS:
        words = f"as NIR, its weights would be matrices of more than {MOST_WEIGHTS:,} numbers"
        raise InputError(f"{words}; fewer neurons in a population, or fewer different delays, can be exported", "nir")
    links = [(names[a], names[b], int(late)) for a, b, late in kinds.T]
    latency, loops = latencies_of(names, links), loops_of(names, links)
    together = loops.graph["mapping"]
    for name in names:
        found.populations[name].latency = latency[name]
    order = np.argsort(sort.ravel(), kind="stable")
    ends = np.searchsorted(sort.ravel()[order], np.arange(len(links) + 1))
    for k, (a, b, late) in enumerate(links):
        delay = late - delay_shift(a, b, latency, together)
        found.blocks.append(Block(a, b, delay, synapses[order[ends[k] : ends[k + 1]]]))
    found.roots = [name for name in names if loops.in_degree(together[name]) == 0]
    found.leaves = [name for name in names if loops.out_degree(together[name]) == 0]


def holds_bias(population: Population) -> bool:
    """Whether NIR can add a constant to the input of such neurons."""
    return population.node not in (INPUT, CUBA_LIF)
