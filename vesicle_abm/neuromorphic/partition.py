"""Partition: which neurons share a core, so that few packets leave it; by partitioners of other libraries.

``bisection`` halves the neurons again and again by networkx's Kernighan-Lin; it needs nothing further, and suits
thousands of neurons. ``metis`` is METIS's recursive bisection (Karypis and Kumar 1998), of the extra [neuromorphic].
Both make parts of equal size, up to one neuron; METIS up to a few.
"""

from importlib import import_module
from typing import Any

import networkx as nx
import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.neuromorphic.traffic import Flow

BISECTION, METIS = "bisection", "metis"
PARTITIONERS = (BISECTION, METIS)
EXTRA = 'pip install "vesicle-abm[neuromorphic]"'
LARGEST_WEIGHT = 2**20  # METIS adds up 32-bit weights


def partition(flow: Flow, parts: int, by: str = BISECTION) -> np.ndarray:
    """(N,) the part, from 0 to ``parts - 1``, of each neuron; little flows between the parts.

    Raises
    ------
    InputError
        for an unknown partitioner, one that is not installed, or more parts than neurons.

    >>> flow = Flow.of(4, [0, 2], [1, 3], [5.0, 5.0])
    >>> part = partition(flow, 2)
    >>> bool(part[0] == part[1] != part[2] == part[3])
    True
    """
    check_partitioner(by)
    if not 1 <= parts <= flow.size:
        raise InputError(f"got {parts}; 1 … {flow.size} parts of {flow.size} neurons are allowed", "cores")
    if parts == 1:
        return np.zeros(flow.size, np.int64)
    return _bisected(flow, parts) if by == BISECTION else _by_metis(flow, parts)


def check_partitioner(by: str) -> None:
    """Refuse a partitioner that is unknown, or not installed."""
    if by not in PARTITIONERS:
        raise InputError(f"got {by!r}; {nearest(by, PARTITIONERS)}", "partition")
    if by == METIS:
        _pymetis()


def _pymetis() -> Any:
    try:
        return import_module("pymetis")
    except ModuleNotFoundError:
        raise InputError(f"metis needs pymetis, which is not installed: {EXTRA}", "partition") from None


def _bisected(flow: Flow, parts: int) -> np.ndarray:
    """Halve by Kernighan-Lin, from the order of the neurons, until each half is one part."""
    graph: Any = nx.Graph()
    graph.add_nodes_from(range(flow.size))
    graph.add_weighted_edges_from(zip(flow.first.tolist(), flow.second.tolist(), flow.amount.tolist(), strict=True))
    part = np.zeros(flow.size, np.int64)
    sizes = np.full(parts, flow.size // parts) + (np.arange(parts) < flow.size % parts)
    waiting = [(list(range(flow.size)), 0, parts)]
    while waiting:
        nodes, first, last = waiting.pop()
        part[nodes] = first
        if last - first > 1:
            middle = (first + last) // 2
            cut = int(sizes[first:middle].sum())
            given = set(nodes[:cut]), set(nodes[cut:])
            halves = nx.community.kernighan_lin_bisection(graph.subgraph(nodes), given)
            below, above = sorted(map(sorted, halves), key=lambda half: (len(half) != cut, half))
            waiting += [(below, first, middle), (above, middle, last)]
    return part


def _by_metis(flow: Flow, parts: int) -> np.ndarray:
    start, end = np.concatenate([flow.first, flow.second]), np.concatenate([flow.second, flow.first])
    amount = np.concatenate([flow.amount, flow.amount])
    order = np.lexsort((end, start))
    weight = np.ceil(amount[order] / amount.max() * LARGEST_WEIGHT).astype(int) if len(amount) else amount
    indptr = np.concatenate([[0], np.cumsum(np.bincount(start, minlength=flow.size))])
    adjacency = _pymetis().CSRAdjacency(indptr.tolist(), end[order].tolist())
    _, part = _pymetis().part_graph(parts, adjacency, eweights=weight.tolist(), recursive=True)
    return np.array(part, np.int64)
