"""NeuralGraph: a networkx graph frozen to arrays, with named edge layers, delays and weights; and back.

Nodes keep their labels and attributes, edges theirs. Edges are directed; an undirected edge becomes one each way. Edge
arrays stand in ``graph.edges`` order: by source node, then as networkx lists them.
"""

from collections.abc import Hashable, Iterable, Mapping
from functools import cached_property
from pathlib import Path

import networkx as nx
import numpy as np

from vesicle_abm.core import exchange
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.exchange import DEFAULT_LAYER, LONGEST_DELAY
from vesicle_abm.core.parameters import EDGE, NODE
from vesicle_abm.core.ways import Ways

FORWARD, BACKWARD = "forward", "backward"


class NeuralGraph:
    """Nodes and directed, weighted, delayed edges in named layers, as arrays.

    Attributes
    ----------
    nodes : list of the N labels, or the range that was given
    source, target : (E,) int32, node indices
    weight : (E,) float64, >= 0
    delay : (E,) int32, extra steps on the way, >= 0
    layer : (E,) int16, index into ``layer_names``; given as names, or with ``layer_names`` as indices

    >>> graph = NeuralGraph.from_networkx(nx.path_graph(3))
    >>> graph.size, graph.edges
    (3, [(0, 1), (1, 0), (1, 2), (2, 1)])
    """

    def __init__(
        self,
        nodes,
        source,
        target,
        *,
        weight=1.0,
        delay=0,
        layer=None,
        layer_names=None,
        keys=None,
        node_data=None,
        edge_data=None,
        directed=True,
        multigraph=False,
        name="",
    ):
        self.nodes = nodes if isinstance(nodes, range) else list(nodes)
        self.source = np.asarray(source, dtype=np.int32)
        self.target = np.asarray(target, dtype=np.int32)
        count = len(self.source)
        for what, values in (("target", self.target), ("weight", weight), ("delay", delay)):
            if np.shape(values) != (count,) and (what == "target" or np.ndim(values)):
                raise InputError(f"{what} has shape {np.shape(values)}; {count} edges need shape ({count},)", "graph")
        self.weight = np.array(np.broadcast_to(np.asarray(weight, dtype=np.float64), count))
        self.delay = _spread(_whole_steps(delay), count)
        self.layer_names, self.layer = _layers(layer, layer_names, count)
        self.keys = list(keys) if keys is not None else None
        self.node_data = dict(node_data or {})
        self.edge_data = dict(edge_data or {})
        self.directed, self.multigraph, self.name = directed, multigraph, name
        self._ways: dict[tuple, Ways] = {}
        self._asked: dict[tuple, Ways] = {}  # the same, by how they were asked for
        self._check()
        for array in (self.source, self.target, self.weight, self.delay, self.layer):
            array.setflags(write=False)

    def _check(self):
        if not self.nodes:
            raise InputError("the graph has no nodes; at least one is needed", "graph")
        if not isinstance(self.nodes, range) and len(self.index) < self.size:
            twice = next(label for i, label in enumerate(self.nodes) if self.index[label] != i)
            raise InputError(f"node {twice!r} is given twice; each label may stand once", "graph")
        if not self.edge_count:
            return
        for ends in (self.source, self.target):
            if ends.min() < 0 or ends.max() >= self.size:
                wrong = int(ends[(ends < 0) | (ends >= self.size)][0])
                raise InputError(
                    f"an edge ends at node {wrong}, which does not exist; indices 0 … {self.size - 1} are allowed",
                    "graph",
                )
        for name, values in (("weight", self.weight), ("delay", self.delay)):
            if values.min() >= 0.0 and values.max() < np.inf:  # false of NaN too
                continue
            at = int(np.flatnonzero(~np.isfinite(values) | (values < 0.0))[0])
            edge = f"edge {self.nodes[self.source[at]]!r} -> {self.nodes[self.target[at]]!r}"
            hint = (
                "; give an inhibitory synapse a positive weight and sign = -1"
                if name == "weight" and values[at] < 0
                else ""
            )
            raise InputError(f"{edge} has {name} {values[at]:g}; a finite number >= 0 is allowed{hint}", "graph")

    @classmethod
    def from_networkx(cls, graph: nx.Graph) -> "NeuralGraph":
        """Freeze a Graph, DiGraph, MultiGraph or MultiDiGraph.

        Edge attributes ``weight`` (default 1), ``delay`` (default 0, whole steps), ``layer`` (default "synaptic") are
        read; all others, and all node attributes, are kept. Sinks, self-loops and isolated nodes are legal, and so are
        parallel edges of a multigraph.

        Raises
        ------
        InputError
            for a graph without nodes, a weight that is negative or not finite, a delay that is not a whole number.
        """
        return cls(**exchange.fields_of(graph))

    @classmethod
    def from_edges(cls, edges, nodes=None, parallel: bool = False) -> "NeuralGraph":
        """From an iterable of ``(source, target)`` or ``(source, target, attributes)``.

        With ``nodes`` given, an edge to any other node is refused as dangling; with ``parallel=False``, a second edge
        between the same nodes in the same layer is refused.
        """
        return cls.from_networkx(exchange.of_edges(edges, nodes, parallel))

    @classmethod
    def read(cls, path) -> "NeuralGraph":
        """Read a GraphML or GEXF file, through networkx's own readers, or an ``.npz`` file that ``write`` wrote.

        Raises
        ------
        InputError
            if the file is missing, has another ending, or does not hold a graph.
        """
        from vesicle_abm.core import graphfile  # which is made of graphs

        return graphfile.read(Path(path)) if Path(path).suffix == ".npz" else cls.from_networkx(exchange.read(path))

    def write(self, path) -> None:
        """Write it to an ``.npz`` file, from which ``read`` makes the same graph, with its labels and attributes."""
        from vesicle_abm.core import graphfile

        if Path(path).suffix != ".npz":
            raise InputError(f"got {Path(path).name!r}; .npz, as its ending, is allowed", "file")
        graphfile.write(self, Path(path))

    def with_data(self, node_data: dict | None = None, edge_data: dict | None = None) -> "NeuralGraph":
        """The same graph with further attributes, name -> (N,) or (E,) values, in place of those of the same name."""
        copy = object.__new__(NeuralGraph)
        copy.__dict__.update(self.__dict__)
        copy.node_data, copy.edge_data = (
            {**self.node_data, **(node_data or {})},
            {**self.edge_data, **(edge_data or {})},
        )
        return copy

    def to_networkx(self, node_values=None, edge_values=None) -> nx.Graph:
        """A networkx graph of the class it came from, with all attributes.

        ``node_values`` and ``edge_values`` (name -> array) replace or add attributes, say an activation or a learned
        weight; with ``edge_values`` the result is directed, since the two ways of an edge may now differ.
        """
        return exchange.networkx_of(self, node_values or {}, edge_values or {})

    @property
    def size(self) -> int:
        """N, the number of nodes."""
        return len(self.nodes)

    @property
    def edge_count(self) -> int:
        """E, the number of directed edges."""
        return len(self.source)

    @property
    def edges(self) -> list[tuple]:
        """The edges as (source label, target label) or, of a multigraph, (source, target, key)."""
        labels = self.nodes
        ends = [(labels[s], labels[t]) for s, t in zip(self.source.tolist(), self.target.tolist(), strict=True)]
        return [(*pair, key) for pair, key in zip(ends, self.keys, strict=True)] if self.keys is not None else ends

    @cached_property
    def delayed(self) -> bool:
        """Whether any edge has a delay."""
        return bool(self.delay.any())

    @cached_property
    def index(self) -> dict:
        """Label -> node index."""
        return {label: i for i, label in enumerate(self.nodes)}

    def node(self, label) -> int:
        """The index of a node, given by its label; a list, as a file writes one, stands for a tuple.

        Raises
        ------
        InputError
            naming the nearest label, if there is none such.
        """
        label = _hashable(label)
        if isinstance(self.nodes, range) and isinstance(label, int) and label in self.nodes:
            return self.nodes.index(label)
        if label not in self.index:
            raise InputError(f"no node {label!r}; {nearest(label, self.nodes)}", "node")
        return self.index[label]

    def attribute(self, name: str, per: str | None = None) -> np.ndarray:
        """A numeric node or edge attribute as float64, (N,) or (E,); ``per`` ("node" or "edge") asks for one."""
        tables: dict[str, dict] = {
            NODE: self.node_data,
            EDGE: {**self.edge_data, "weight": self.weight, "delay": self.delay},
        }
        wanted = {per: tables[per]} if per in tables else tables
        for where, table in wanted.items():
            if name in table:
                given = table[name]
                try:
                    missing = not isinstance(given, np.ndarray) or given.dtype == object
                    values = np.asarray([np.nan if v is None else v for v in given] if missing else given, np.float64)
                except (TypeError, ValueError):
                    raise InputError(f"{where} attribute {name!r} is not numeric") from None
                if np.isnan(values).any():
                    raise InputError(
                        f"{where} attribute {name!r} is missing or NaN on {int(np.isnan(values).sum())} {where}s"
                    )
                return values
        allowed = [key for table in wanted.values() for key in table]
        raise InputError(f"no {' or '.join(wanted)} attribute {name!r}; {nearest(name, allowed)}")

    def in_layers(self, layers) -> np.ndarray:
        """(E,) bool: which edges lie in the named layers; None means all.

        Raises
        ------
        InputError
            for a layer that the graph lacks, naming the nearest.
        """
        if layers is None:
            return np.ones(self.edge_count, dtype=bool)
        if isinstance(layers, str | Mapping) or not isinstance(layers, Iterable):
            raise InputError(f"got {layers!r}; a list of layer names is allowed, say [{str(layers)!r}]", "layers")
        for name in layers:
            if name not in self.layer_names:
                raise InputError(f"no edge layer {name!r}; {nearest(name, self.layer_names)}", "layers")
        return np.isin(self.layer_names, list(layers))[self.layer]

    def ends(self, direction: str = FORWARD) -> tuple[np.ndarray, np.ndarray]:
        """(E,) and (E,): the nodes where each edge begins and where it leads, travelled forward or backward."""
        return (self.source, self.target) if direction == FORWARD else (self.target, self.source)

    def ways(self, layers=None, direction: str = FORWARD) -> Ways:
        """The ways along the named layers, forward or backward, as compressed rows over the node they leave from.
        Computed once, and shared by all that ask for them.
        """
        asked = (repr(layers), direction)
        if asked not in self._asked:
            chosen = self.in_layers(layers)
            key = (None if chosen.all() else tuple(sorted(set(layers))), direction)
            if key not in self._ways:
                start, end = self.ends(direction)
                self._ways[key] = Ways.of(start, end, chosen, self.size)
            self._asked[asked] = self._ways[key]
        return self._asked[asked]

    def __repr__(self):
        return (
            f"<NeuralGraph {self.name!r}: {self.size} nodes, {self.edge_count} edges in {', '.join(self.layer_names)}>"
        )


def _hashable(label):
    label = tuple(map(_hashable, label)) if isinstance(label, list) else label
    if not isinstance(label, Hashable):
        raise InputError(f"got {label!r}; a node's label is allowed: a word, a number, or a list of these", "node")
    return label


def _whole_steps(delay) -> np.ndarray:
    steps = np.asarray(delay)
    whole = steps.dtype.kind in "iu" or not steps.size or (np.isfinite(steps) & (steps == np.floor(steps))).all()
    if not whole or (steps.size and max(-int(steps.min()), int(steps.max())) > LONGEST_DELAY):
        raise InputError(f"got delays {delay!r}; whole numbers of steps up to {LONGEST_DELAY} are allowed", "graph")
    return steps.astype(np.int32)


def _spread(value: np.ndarray, count: int) -> np.ndarray:
    """(count,) of one number, or a copy. Zeros that nobody writes to take no memory."""
    return np.array(np.broadcast_to(value, count)) if value.any() else np.zeros(count, value.dtype)


def _layers(layer, names, count: int) -> tuple[list[str], np.ndarray]:
    """The names of the layers and (count,) int16, the place of each edge's among them; ``layer``: one for all, or one
    each, given by name, or where there are ``names`` by place.
    """
    if layer is None or isinstance(layer, str):
        return [layer or DEFAULT_LAYER], np.zeros(count, np.int16)
    if names is not None:
        return list(names), _spread(np.asarray(layer, np.int16), count)
    given = np.broadcast_to(np.asarray(layer, dtype=object), count)
    place = {name: number for number, name in enumerate(dict.fromkeys(given))}
    return list(place) or [DEFAULT_LAYER], np.fromiter((place[name] for name in given), np.int16, count)
