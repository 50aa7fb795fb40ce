"""Where to draw each node: the positions that the graph gives, or a layout by networkx."""

import networkx as nx
import numpy as np

from vesicle_abm.core.graph import NeuralGraph

DEPTH = 1 / 3  # share of z added to y: left and right partners, equal in x and y, then stand side by side
SPRING_LIMIT = 1000  # spring layouts of larger graphs take minutes
SEED = 1


def layout(graph: NeuralGraph) -> np.ndarray:
    """(N, 2) positions: node attributes ``x``, ``y`` (and ``z``) if the graph has them, else a layout.

    Up to 1000 nodes a spring layout, beyond that a spectral one; both without chance.

    >>> layout(NeuralGraph.from_networkx(nx.path_graph(3))).shape
    (3, 2)
    """
    if {"x", "y"} <= set(graph.node_data):
        x, y = graph.attribute("x", "node"), graph.attribute("y", "node")
        depth = graph.attribute("z", "node") if "z" in graph.node_data else np.zeros(graph.size)
        return np.stack([x, y + DEPTH * depth], axis=1)
    plain = nx.Graph()
    plain.add_nodes_from(range(graph.size))
    plain.add_edges_from(zip(graph.source.tolist(), graph.target.tolist(), strict=True))
    plain.remove_edges_from(nx.selfloop_edges(plain))
    found = nx.spring_layout(plain, seed=SEED) if graph.size <= SPRING_LIMIT else nx.spectral_layout(plain)
    return np.array([found[i] for i in range(graph.size)])
