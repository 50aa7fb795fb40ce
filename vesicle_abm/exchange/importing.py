"""Importing: a NIR graph as a graph of neurons and synapses of ours, on which vesicles can live."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.plain import graph_from_plain, rule_from_plain
from vesicle_abm.exchange.exporting import DOT, DT, OURS, SLASH, nodes_and_edges, signed
from vesicle_abm.exchange.layout import Layout, layout_of
from vesicle_abm.exchange.network import Network
from vesicle_abm.exchange.populations import MS, VALUES, Population, Timing
from vesicle_abm.exchange.reading import Read, read
from vesicle_abm.exchange.retiming import delay_shift, latencies_here, loops_of
from vesicle_abm.experiments.extra import needed
from vesicle_abm.neurons.neuron import NeuronModel
from vesicle_abm.neurons.spiking import EULER, EXACT, LIFNeurons

CHANGED = "it was exported from here, but it, or what is exported, has changed since: its nodes count, not its metadata"
LOOPS = "{} lead to each other: their synapses take one step each here; elsewhere some take none, as that tool has it"


def from_nir(graph: Any, dt_ms: float | None = None, integration: str = EULER) -> Network:
    """A network of a ``nir.NIRGraph``, or of a file that holds one.

    LIF, CubaLIF, IF, LI and Threshold become neurons, as does each Input: neurons that fire when they are driven.
    Linear, Affine, Scale, Delay and Flatten become synapses, an Affine's bias that of neurons; graphs inside are laid
    open. A CubaLIF's current gains w_in dt / tau_syn with a spike, then acts. Where it was exported from here, and has
    not been changed, the graph, the neurons and all their numbers are the same to the bit.

    Parameters
    ----------
    graph : NIRGraph, or a path
    dt_ms : length of a step; None for what the file says, which those of other tools do not (times are in seconds)
    integration : "euler", as most libraries that speak NIR have it, or "exact"

    Raises
    ------
    InputError
        naming the node that cannot be had here, or a step that is not given.
    """
    if integration not in (EULER, EXACT):
        raise InputError(f"got {integration!r}; {EULER} or {EXACT} is allowed", "integration")
    graph = graph if hasattr(graph, "nodes") else from_file(graph)
    said = graph.metadata.get(DT)
    if dt_ms is None and said is None:
        raise InputError("the network does not say how long a step is; give it, in ms", "dt_ms")
    if dt_ms is not None and not (isinstance(dt_ms, int | float) and 0.0 < dt_ms < np.inf):
        raise InputError(f"got {dt_ms!r}; a number > 0 is allowed", "dt_ms")
    own = carried(graph) if OURS in graph.metadata else None
    if own is not None and dt_ms in (None, own.neurons.dt_ms):
        return own
    found = read(graph, float(said) * MS if dt_ms is None else float(dt_ms), integration)
    network = network_of(found)
    if OURS in graph.metadata and own is None:
        network.notes.insert(0, CHANGED)
    return network


def from_file(path) -> Any:
    """The graph that a file holds; types are not checked there, since tools leave them out."""
    nir = needed("nir", "exchange")
    if not Path(path).is_file():
        raise InputError(f"no file {str(path)!r}; the path of a .nir file is allowed", "nir")
    try:
        return nir.read(path, type_check=False)
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{str(path)!r} holds no NIR graph that can be read: {error}", "nir") from None


def carried(graph: Any) -> Network | None:
    """The network that a graph's metadata hold, if they still say what its nodes say."""
    nir = needed("nir", "exchange")
    ours = json.loads(text(graph.metadata[OURS]))
    arrays = {
        key.removeprefix(f"{OURS}.").replace(DOT, SLASH): np.asarray(value)
        for key, value in graph.metadata.items()
        if key.startswith(f"{OURS}.")
    }
    arrays = {
        f"graph/{name}": np.zeros(0, np.int64) for name in ("source", "target", "weight", "delay", "layer")
    } | arrays
    whole = graph_from_plain(ours["graph"], arrays)
    neurons: Any = rule_from_plain(ours["neurons"], NeuronModel, arrays).bind(whole)
    layout = layout_of(whole, neurons, np.flatnonzero(whole.in_layers(neurons.layers)))
    nodes, edges = nodes_and_edges(nir, layout, signed(whole, neurons))
    if not same(nodes, graph.nodes) or set(edges) != {tuple(edge) for edge in graph.edges}:
        return None
    return Network(whole, neurons, layout.populations, layout.leaves, notes_of(layout), ours["scenario"])


def text(value: Any) -> str:
    """Metadata as text, which files give as bytes."""
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def notes_of(layout: Layout) -> list[str]:
    """What to know of populations that lead to each other."""
    return loop_notes(list(layout.populations), [(block.source, block.target, 0) for block in layout.blocks])


def same(nodes: dict[str, Any], others: dict[str, Any]) -> bool:
    """Whether two graphs have the same nodes, to the bit."""
    if nodes.keys() != others.keys():
        return False
    for name, node in nodes.items():
        mine, other = vars(node), vars(others[name])
        if type(node) is not type(others[name]):
            return False
        arrays = [key for key, value in mine.items() if isinstance(value, np.ndarray)]
        if not all(np.array_equal(mine[key], other[key]) for key in arrays):
            return False
    return True


def network_of(found: Read) -> Network:
    """Graph and neurons of what was read; neurons in the order of populations, by latency."""
    names = list(found.populations)
    links = [(way.source, way.target, least_of(way.delay)) for way in found.projections]
    latency, together = latencies_here(names, links), loops_of(names, links).graph["mapping"]
    populations = {name: found.populations[name] for name in sorted(names, key=lambda name: latency[name])}
    first = 0
    for name, population in populations.items():
        population.latency, population.index = latency[name], np.arange(first, first + population.size)
        first += population.size
    columns: dict[str, list[np.ndarray]] = {"source": [], "target": [], "weight": [], "delay": []}
    for way in found.projections:
        post, pre = np.nonzero(way.weight)
        columns["source"].append(index_of(populations[way.source])[pre])
        columns["target"].append(index_of(populations[way.target])[post])
        columns["weight"].append(way.weight[post, pre])
        shift = delay_shift(way.source, way.target, latency, together)
        columns["delay"].append(way.delay[post, pre] + shift)
    graph = graph_of(populations, {key: np.concatenate([np.zeros(0), *parts]) for key, parts in columns.items()})
    return Network(graph, neurons_of(found.timing), populations, found.outputs, loop_notes(names, links))


def least_of(delay: np.ndarray) -> int:
    """The least delay; 0 where there is no synapse."""
    return int(delay.min()) if delay.size else 0


def index_of(population: Population) -> np.ndarray:
    """(n,) the places of a population's neurons."""
    return np.arange(0) if population.index is None else population.index


def graph_of(populations: dict[str, Population], columns: dict[str, np.ndarray]) -> NeuralGraph:
    """The graph; what differs between neurons stands in attributes of its nodes, with their population."""
    order = np.lexsort((columns["target"], columns["source"]))
    source, target, weight, delay = (columns[key][order] for key in ("source", "target", "weight", "delay"))
    labels = [f"{name}.{i}" for name, population in populations.items() for i in range(population.size)]
    values = {key: np.concatenate([part.values[key] for part in populations.values()]) for key in VALUES}
    names = [name for name, population in populations.items() for _ in range(population.size)]
    return NeuralGraph(
        labels,
        source.astype(np.int32),
        target.astype(np.int32),
        weight=np.abs(weight),
        delay=delay.astype(np.int32),
        keys=keys_of(source, target),
        node_data={"population": names, **values},
        edge_data={"sign": np.where(weight < 0.0, -1.0, 1.0)},
        multigraph=True,
        name="nir",
    )


def keys_of(source: np.ndarray, target: np.ndarray) -> list[int]:
    """Keys of edges that stand in order of their ends: how many of the same ends stand before."""
    keys: list[int] = []
    for k in range(len(source)):
        again = k > 0 and source[k] == source[k - 1] and target[k] == target[k - 1]
        keys.append(keys[-1] + 1 if again else 0)
    return keys


def neurons_of(timing: Timing) -> LIFNeurons:
    """Neurons that read their numbers from the attributes of the graph's nodes."""
    inhibited = {"tau_inh_ms": "tau_exc_ms"}  # NIR's currents have one time constant
    how = {"dt_ms": timing.dt_ms, "integration": timing.integration, "synapse": timing.synapse}
    return LIFNeurons(**dict(zip(VALUES, VALUES, strict=True)), **inhibited, **how)


def loop_notes(names: list[str], links: list[tuple[str, str, int]]) -> list[str]:
    """A note on each loop of more than one population."""
    loops = loops_of(names, links)
    members = [sorted(inside) for _, inside in loops.nodes(data="members") if len(inside) > 1]
    return [LOOPS.format(" and ".join(map(repr, inside))) for inside in members]
