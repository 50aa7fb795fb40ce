"""Where each neuron is drawn: its own place if the graph has one, else a layout that brings connected neurons together.

A layout is computed once for a graph and kept; it never runs in a thread that steps a model.
"""

import hashlib
import threading
from collections import OrderedDict

import networkx as nx
import numpy as np

import vesicle_abm as va

BODY, SPREAD, SPRINGS = "as placed", "as placed, spread out", "by connections"
DEPTH = (
    1.0 / 3.0
)  # how much of the third coordinate goes upwards, so that left and right partners do not hide each other
EVENNESS = 0.6  # share of the even spacing in a spread-out layout
SPRING_LIMIT = 2000  # nodes; above it the springs would take minutes
SPRING_ROUNDS = 60
SMOOTHING_ROUNDS = 200
KEPT = 32
_kept: OrderedDict[tuple[str, str], np.ndarray] = OrderedDict()
_lock = threading.Lock()


def layouts(graph: va.NeuralGraph) -> list[str]:
    """The layouts that a graph can have, the best first."""
    return [SPREAD, BODY, SPRINGS] if has_places(graph) else [SPRINGS]


def has_places(graph: va.NeuralGraph) -> bool:
    """Whether every node has a number x and y."""
    try:
        return all(np.isfinite(graph.attribute(name, "node")).all() for name in ("x", "y"))
    except va.InputError:
        return False


def places(graph: va.NeuralGraph, layout: str) -> np.ndarray:
    """(N, 2) float32 places within [-1, 1] x [-1, 1], the wider side filling it; kept from one call to the next."""
    key = (fingerprint(graph), layout)
    with _lock:
        if key in _kept:
            return _kept[key]
    made = framed(LAYOUTS[layout](graph))
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def fingerprint(graph: va.NeuralGraph) -> str:
    """A hash of what layouts depend on."""
    hasher = hashlib.sha256(repr(graph.nodes).encode())
    for array in (graph.source, graph.target, *(graph.node_data.get(name, ()) for name in "xyz")):
        hasher.update(np.asarray(array).astype(str).tobytes() if not len(array) else np.asarray(array).tobytes())
    return hasher.hexdigest()


def ring(size: int) -> np.ndarray:
    """(N, 2) places on a circle."""
    angle = 2.0 * np.pi * np.arange(size) / size
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def framed(xy: np.ndarray) -> np.ndarray:
    """The places moved and scaled, both sides alike, to fill [-1, 1]."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    half = max(float((high - low).max()) / 2.0, 1e-9)
    return ((xy - (low + high) / 2.0) / half).astype(np.float32)


def as_placed(graph: va.NeuralGraph) -> np.ndarray:
    """(N, 2): x, and y with a share of z."""
    x, y = graph.attribute("x", "node"), graph.attribute("y", "node")
    if "z" in graph.node_data:
        y = y + DEPTH * graph.attribute("z", "node")
    return np.stack([x, y], axis=1)


def spread_out(graph: va.NeuralGraph) -> np.ndarray:
    """As placed, but crowded parts take more room: each coordinate is mixed with its even spacing, sides 2 : 1."""
    xy = as_placed(graph)
    sides = np.ptp(xy, axis=0)
    wide = np.array([1.0, 0.5]) if sides[0] >= sides[1] else np.array([0.5, 1.0])
    even = np.argsort(np.argsort(xy, axis=0, kind="stable"), axis=0) / max(1, len(xy) - 1)
    plain = (xy - xy.min(axis=0)) / np.maximum(sides, 1e-9)
    return (EVENNESS * even + (1.0 - EVENNESS) * plain) * wide


def by_connections(graph: va.NeuralGraph) -> np.ndarray:
    """Springs along the edges, from a smooth start; for large graphs the smooth start alone."""
    start = smooth(graph)
    if graph.size > SPRING_LIMIT or graph.size < 3:
        return start
    plain = nx.Graph()
    plain.add_nodes_from(range(graph.size))
    plain.add_edges_from(zip(graph.source.tolist(), graph.target.tolist(), strict=True))
    first = {node: place for node, place in enumerate(framed(start).astype(float))}
    found = nx.spring_layout(plain, pos=first, iterations=SPRING_ROUNDS, method="force", seed=0, weight=None)
    return np.array([found[node] for node in range(graph.size)])


def smooth(graph: va.NeuralGraph) -> np.ndarray:
    """(N, 2) the two smoothest patterns over the graph: each neuron at the mean of its neighbours, as far as can be.

    They are the second and third eigenvectors of the random walk's matrix, by orthogonal iteration in O(E) a round.
    """
    size = graph.size
    if size < 3:
        return ring(size)
    ends = np.concatenate([graph.source, graph.target]), np.concatenate([graph.target, graph.source])
    degree = np.maximum(np.bincount(ends[0], minlength=size), 1).astype(float)
    xy = ring(size).astype(float)
    for _ in range(SMOOTHING_ROUNDS):
        mean = np.stack([np.bincount(ends[0], xy[ends[1], side], size) for side in (0, 1)], axis=1) / degree[:, None]
        xy = 0.5 * (xy + mean)
        xy -= (degree @ xy) / degree.sum()
        xy[:, 0] /= max(np.sqrt(degree @ xy[:, 0] ** 2), 1e-12)
        xy[:, 1] -= (degree @ (xy[:, 0] * xy[:, 1])) * xy[:, 0]
        xy[:, 1] /= max(np.sqrt(degree @ xy[:, 1] ** 2), 1e-12)
    return xy


LAYOUTS = {BODY: as_placed, SPREAD: spread_out, SPRINGS: by_connections}
