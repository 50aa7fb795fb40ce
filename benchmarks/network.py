"""The workload's graph in networkx, and the ways out of each node, as the versions with an object an agent use them."""

from itertools import accumulate

import networkx as nx
from workload import STAY, Workload


def directed(workload: Workload) -> nx.DiGraph:
    """Nodes 0 … N - 1 and weighted edges."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(workload.nodes))
    source, target, weight = (column.tolist() for column in workload.edges)
    graph.add_weighted_edges_from(zip(source, target, weight, strict=True))
    return graph


def ways_of(graph: nx.DiGraph) -> list[tuple[list[int], list[float]]]:
    """For each node, staying and its neighbours, with the running sum of their weights."""
    return [
        ([node, *graph[node]], list(accumulate([STAY, *(edge["weight"] for edge in graph[node].values())])))
        for node in range(len(graph))
    ]
