"""SONATA: the nodes and edges of a circuit that another tool has written in HDF5, as a graph; read by libsonata.

The format is that of Dai et al. (2020), PLOS Computational Biology 16:e1007696. It holds networks and spikes; models of
neurons it only names. So neurons are given to such a graph here, as to any other.
"""

from pathlib import Path
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.exchange import DEFAULT_LAYER
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.exchange.layout import POPULATION
from vesicle_abm.experiments.extra import needed
from vesicle_abm.neurons.neuron import SIGN

LAYER, WEIGHT, DELAY = "layer", "syn_weight", "delay"  # edge attributes: the first is ours, the others SONATA's
SOURCE, TARGET = "source", "target"
ENDS = ("source_node", "target_node")  # given as attributes too, where a file has them so


def from_sonata(config: Any, dt_ms: float = 1.0, weight: str | None = WEIGHT, delay: str | None = DELAY) -> NeuralGraph:
    """The network of a SONATA circuit: a node for each of its nodes, called ``population.id``, an edge for each edge.

    Parameters
    ----------
    config : the path of a ``circuit_config.json``
    dt_ms : the length of a step, by which delays become whole steps: an edge of 3 ms has 2 further steps of 1 ms
    weight : the edge attribute that is the weight; below 0 it becomes ``sign = -1``. None: all weigh 1
    delay : the edge attribute that is the delay, in ms. None: no delays

    Node attributes are those of the file, and ``population``; edge attributes likewise. The layer of an edge is its
    attribute ``layer``, else the name of its population.

    Raises
    ------
    InputError
        if libsonata is not installed, the circuit cannot be read, or a population lacks an attribute that is asked for.
    """
    if not dt_ms > 0.0:
        raise InputError(f"got {dt_ms!r}; a number > 0 is allowed", "dt_ms")
    sonata = needed("libsonata", "exchange")
    try:
        circuit = sonata.CircuitConfig.from_file(Path(config))
        nodes = [circuit.node_population(name) for name in sorted(circuit.node_populations)]
        edges = [circuit.edge_population(name) for name in sorted(circuit.edge_populations)]
        first = dict(zip((part.name for part in nodes), np.cumsum([0, *(part.size for part in nodes)]), strict=False))
        attributes = [attributes_of(part) | {POPULATION: [part.name] * part.size} for part in nodes]
        found = [ends_of(part, first) | edges_of(part, dt_ms, weight, delay) for part in edges]
    except (sonata.SonataError, RuntimeError, UnicodeDecodeError) as error:
        raise InputError(f"{str(config)!r} cannot be read: {error}", "sonata") from None
    labels = [f"{part.name}.{id}" for part in nodes for id in range(part.size)]
    found.append({key: [] for key in (SOURCE, TARGET, "weight", "delay", LAYER)})  # there may be no edges
    table = joined(found, [*(part.size for part in edges), 0])
    order = np.argsort(table[SOURCE], kind="stable")
    own = {name: [values[at] for at in order] for name, values in table.items()}
    return NeuralGraph(
        labels,
        *(np.array(own.pop(name), dtype=np.int64) for name in (SOURCE, TARGET)),
        weight=np.array(own.pop("weight"), dtype=np.float64),
        delay=np.array(own.pop("delay"), dtype=np.int64),
        layer=np.array(own.pop(LAYER), dtype=object),
        node_data=joined(attributes, [part.size for part in nodes]),
        edge_data=own,
        multigraph=True,
        name=Path(config).stem,
    )


def attributes_of(part: Any, without: tuple = ()) -> dict[str, list]:
    """name -> a value for each node or edge of a population."""
    names = sorted(part.attribute_names - {*without})
    return {name: part.get_attribute(name, part.select_all()).tolist() for name in names}


def ends_of(part: Any, first: dict[str, int]) -> dict[str, list]:
    """Where each edge of a population begins and ends, as indices of nodes."""
    every, ends = part.select_all(), {}
    for end, population, ids in (
        (SOURCE, part.source, part.source_nodes(every)),
        (TARGET, part.target, part.target_nodes(every)),
    ):
        if population not in first:
            words = f"{end}s are of {population!r}, which is no population of nodes; {nearest(population, first)}"
            raise InputError(words, f"edges.{part.name}")
        ends[end] = (ids.astype(np.int64) + first[population]).tolist()
    return ends


def edges_of(part: Any, dt_ms: float, weight: str | None, delay: str | None) -> dict[str, list]:
    """What each edge of a population has: weight, sign, delay in steps, layer, and the other attributes."""
    for name in (weight, delay):
        if name is not None and name not in part.attribute_names:
            words = f"has no attribute {name!r}; {nearest(name, part.attribute_names)}, or None"
            raise InputError(words, f"edges.{part.name}")
    own = attributes_of(part, without=ENDS)
    size = np.array(own.pop(weight) if weight is not None else [1.0] * part.size, dtype=np.float64)
    late = np.array(own.pop(delay) if delay is not None else [0.0] * part.size, dtype=np.float64)
    steps = np.maximum(0.0, np.round(late / dt_ms) - 1.0)  # every edge takes one step as it is
    layer = own.pop(LAYER, [part.name or DEFAULT_LAYER] * part.size)
    sign = np.where(np.signbit(size), -1.0, 1.0)
    return own | {"weight": np.abs(size).tolist(), SIGN: sign.tolist(), "delay": steps.tolist(), LAYER: layer}


def joined(parts: list[dict[str, list]], sizes: list[int]) -> dict[str, list]:
    """The tables of several populations one after another; None where one has not what another has."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {
        name: [value for part, size in zip(parts, sizes, strict=True) for value in part.get(name, [None] * size)]
        for name in names
    }
