"""Where to draw each node: the positions that the graph gives, or a layout by networkx."""

import contextlib

import networkx as nx
import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph

DEPTH = 1 / 3  # share of z added to y: left and right partners, equal in x and y, then stand side by side
SPRING_LIMIT = 400  # a spring layout compares all pairs of nodes
SEED = 1
ROUNDS = 300  # of smoothing; neighbours then stand together


def layout(graph: NeuralGraph) -> np.ndarray:
    """(N, 2) positions: node attributes ``x``, ``y`` (and ``z``) if the graph has them, else a layout.

    Up to 400 nodes a spring layout, beyond that a spectral one; both without chance.

    >>> layout(NeuralGraph.from_networkx(nx.path_graph(3))).shape
    (3, 2)
    """
    if {"x", "y"} <= set(graph.node_data):
        with contextlib.suppress(InputError):  # x or y is missing here and there, or is text: not a place
            x, y = graph.attribute("x", "node"), graph.attribute("y", "node")
            depth = graph.attribute("z", "node") if "z" in graph.node_data else np.zeros(graph.size)
            return np.stack([x, y + DEPTH * depth], axis=1)
    if graph.size > SPRING_LIMIT:
        return smooth_layout(graph)
    plain = nx.Graph()
    plain.add_nodes_from(range(graph.size))
    plain.add_edges_from(zip(graph.source.tolist(), graph.target.tolist(), strict=True))
    plain.remove_edges_from(nx.selfloop_edges(plain))
    found = nx.spring_layout(plain, seed=SEED)
    return np.array([found[i] for i in range(graph.size)])


def smooth_layout(graph: NeuralGraph) -> np.ndarray:
    """(N, 2) the two slowest modes of spreading over the edges, by orthogonal iteration: a spectral layout.

    networkx has one too, but its eigenvectors begin with chance, and their signs with them.
    """
    ends = np.concatenate([graph.source, graph.target]), np.concatenate([graph.target, graph.source])
    degree = np.bincount(ends[0], minlength=graph.size) + 1.0
    place = np.stack([np.cos(np.arange(graph.size) * turn) for turn in (1.0, 2.0**0.5)], axis=1)
    for _ in range(ROUNDS):
        moved = [np.bincount(ends[0], column[ends[1]], minlength=graph.size) for column in place.T]
        place = (place + np.stack(moved, axis=1)) / degree[:, None]
        place -= (degree @ place) / degree.sum()
        place, _ = np.linalg.qr(place)
    return place
