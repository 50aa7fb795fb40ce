"""Between networkx and arrays: what a NeuralGraph is made of, and what it becomes again."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from vesicle_abm.core.errors import InputError, nearest

if TYPE_CHECKING:
    from vesicle_abm.core.graph import NeuralGraph

DEFAULT_LAYER = "synaptic"
READERS = {".graphml": nx.read_graphml, ".gexf": nx.read_gexf}
OWN_ATTRIBUTES = ("weight", "delay", "layer")
LONGEST_DELAY = 2**31 - 1  # what an int32 holds


def fields_of(graph: nx.Graph) -> dict[str, Any]:
    """The arguments of NeuralGraph for a networkx graph of any class."""
    if not isinstance(graph, nx.Graph):
        raise InputError(f"got {type(graph).__name__}; a networkx graph is allowed", "graph")
    index = {label: i for i, label in enumerate(graph)}
    directed = graph if graph.is_directed() else graph.to_directed(as_view=True)
    if graph.is_multigraph():
        rows = [(u, v, data, key) for u, v, key, data in directed.edges(keys=True, data=True)]
    else:
        rows = [(u, v, data, None) for u, v, data in directed.edges(data=True)]
    names = dict.fromkeys(name for *_, data, _ in rows for name in data)
    edge_data = {name: [data.get(name) for *_, data, _ in rows] for name in names if name not in OWN_ATTRIBUTES}
    node_names = dict.fromkeys(name for _, data in graph.nodes(data=True) for name in data)
    node_data = {name: [graph.nodes[label].get(name) for label in index] for name in node_names}
    return {
        "nodes": index,
        "source": [index[u] for u, *_ in rows],
        "target": [index[v] for _, v, *_ in rows],
        "weight": [_number(data.get("weight", 1.0), u, v, "weight") for u, v, data, _ in rows],
        "delay": [_whole(data.get("delay", 0), u, v) for u, v, data, _ in rows],
        "layer": np.array([str(data.get("layer", DEFAULT_LAYER)) for *_, data, _ in rows], dtype=object),
        "keys": [key for *_, key in rows] if graph.is_multigraph() else None,
        "node_data": node_data,
        "edge_data": edge_data,
        "directed": graph.is_directed(),
        "multigraph": graph.is_multigraph(),
        "name": str(graph.graph.get("name", "")),
    }


def of_edges(edges, nodes, parallel: bool) -> nx.MultiDiGraph:
    """A networkx graph of edges given one by one, dangling and repeated ones refused."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(nodes or ())
    seen = set()
    for source, target, *rest in edges:
        data = dict(rest[0]) if rest else {}
        for label in (source, target):
            if nodes is not None and label not in graph:
                raise InputError(
                    f"edge {source!r} -> {target!r} is dangling: no node {label!r}; {nearest(label, graph)}",
                    "edges",
                )
        place = (source, target, data.get("layer", DEFAULT_LAYER))
        if place in seen and not parallel:
            raise InputError(
                f"edge {source!r} -> {target!r} is given twice in layer {place[2]!r}; parallel=True allows it",
                "edges",
            )
        seen.add(place)
        graph.add_edge(source, target, **data)
    return graph


def read(path) -> nx.Graph:
    """A networkx graph from a GraphML or GEXF file."""
    path = Path(path)
    if path.suffix not in READERS:
        raise InputError(f"got {path.name or '.'!r}; {nearest(path.suffix, [*READERS, '.npz'])}, as its ending", "file")
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}", "file")
    try:
        return READERS[path.suffix](path)
    except Exception as error:  # the readers raise whatever their XML parser raises
        raise InputError(f"{str(path)!r} is not a {path.suffix[1:]} graph: {error}", "file") from error


def networkx_of(frozen: "NeuralGraph", node_values: dict, edge_values: dict) -> nx.Graph:
    """The networkx graph that a frozen one came from, with attributes replaced or added."""
    directed = frozen.directed or bool(edge_values)
    kind = {
        (False, False): nx.Graph,
        (True, False): nx.DiGraph,
        (False, True): nx.MultiGraph,
        (True, True): nx.MultiDiGraph,
    }
    graph = kind[directed, frozen.multigraph](name=frozen.name)
    node_data = {**frozen.node_data, **{k: np.asarray(v).tolist() for k, v in node_values.items()}}
    edge_data = {
        **frozen.edge_data,
        "weight": frozen.weight.tolist(),
        "delay": frozen.delay.tolist(),
        "layer": [frozen.layer_names[i] for i in frozen.layer],
        **{k: np.asarray(v).tolist() for k, v in edge_values.items()},
    }
    for i, label in enumerate(frozen.nodes):
        graph.add_node(label, **{k: v[i] for k, v in node_data.items() if v[i] is not None})
    for e in range(frozen.edge_count):
        ends = (frozen.nodes[frozen.source[e]], frozen.nodes[frozen.target[e]])
        data = {k: v[e] for k, v in edge_data.items() if v[e] is not None}
        if frozen.multigraph:
            graph.add_edge(*ends, key=frozen.keys[e] if frozen.keys else None, **data)
        else:
            graph.add_edge(*ends, **data)
    return graph


def _number(value, u, v, name) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(f"edge {u!r} -> {v!r} has {name} {value!r}; a number is allowed", "graph") from None


def _whole(value, u, v) -> int:
    number = _number(value, u, v, "delay")
    if not abs(number) <= LONGEST_DELAY or number != int(number):
        raise InputError(f"edge {u!r} -> {v!r} has delay {value!r}; a whole number of steps is allowed", "graph")
    return int(number)
