"""Where to draw each node: at the positions that the graph gives, or by its connections, neighbours near each other."""

import networkx as nx
import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph

DEPTH = 1 / 3  # share of z added to y: left and right partners, equal in x and y, then stand side by side
SPRING_LIMIT = 1000  # nodes; springs compare all pairs
SPRING_ROUNDS = 60
SMOOTHING_ROUNDS = 200
SEED = 0
TINY = 1e-12


def positions(graph: NeuralGraph) -> np.ndarray:
    """(N, 2) positions: the graph's own if it has them, else by its connections.

    >>> positions(NeuralGraph.from_networkx(nx.path_graph(3))).shape
    (3, 2)
    """
    own = own_positions(graph)
    return positions_by_connections(graph) if own is None else own


def own_positions(graph: NeuralGraph) -> np.ndarray | None:
    """(N, 2) node attributes ``x`` and ``y``, with a third of ``z`` added to y; None where one is missing."""
    try:
        x, y = graph.attribute("x", "node"), graph.attribute("y", "node")
    except InputError:  # missing here and there, or text: not a place
        return None
    try:
        depth = graph.attribute("z", "node")
    except InputError:
        depth = np.zeros(graph.size)
    return np.stack([x, y + DEPTH * depth], axis=1)


def positions_by_connections(graph: NeuralGraph) -> np.ndarray:
    """(N, 2) springs along the edges, from a smooth start; beyond 1000 nodes the smooth start alone. Without chance."""
    start = smooth_positions(graph)
    if not 3 <= graph.size <= SPRING_LIMIT:
        return start
    plain = nx.Graph()
    plain.add_nodes_from(range(graph.size))
    plain.add_edges_from(zip(graph.source.tolist(), graph.target.tolist(), strict=True))
    plain.remove_edges_from(nx.selfloop_edges(plain))
    scaled = start / max(float(np.abs(start).max()), TINY)
    first = dict(enumerate(scaled))
    found = nx.spring_layout(plain, pos=first, iterations=SPRING_ROUNDS, method="force", seed=SEED, weight=None)
    return np.array([found[i] for i in range(graph.size)])


def smooth_positions(graph: NeuralGraph) -> np.ndarray:
    """(N, 2) the two smoothest patterns over the graph: each node at the mean of its neighbours, as far as can be.

    They are the second and third eigenvectors of the random walk's matrix, by orthogonal iteration in O(E) a round.
    networkx has a spectral layout too, but its eigenvectors begin with chance, and so do their signs.
    """
    size = graph.size
    angle = 2.0 * np.pi * np.arange(size) / size
    place = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    if size < 3:
        return place
    ends = np.concatenate([graph.source, graph.target]), np.concatenate([graph.target, graph.source])
    degree = np.maximum(np.bincount(ends[0], minlength=size), 1).astype(np.float64)
    for _ in range(SMOOTHING_ROUNDS):
        mean = np.stack([np.bincount(ends[0], side[ends[1]], size) for side in place.T], axis=1) / degree[:, None]
        place = 0.5 * (place + mean)
        place -= (degree @ place) / degree.sum()
        place[:, 0] /= np.maximum(np.sqrt(degree @ place[:, 0] ** 2), TINY)
        place[:, 1] -= (degree @ (place[:, 0] * place[:, 1])) * place[:, 0]
        place[:, 1] /= np.maximum(np.sqrt(degree @ place[:, 1] ** 2), TINY)
    return place
