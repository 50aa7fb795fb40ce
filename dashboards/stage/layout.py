"""Where each neuron is drawn: its own place if the graph has one, else a layout that brings connected neurons together.

A layout is computed once for a graph and kept; it never runs in a thread that steps a model.
"""

import hashlib
import threading
from collections import OrderedDict

import numpy as np

import vesicle_abm as va

BODY, SPREAD, SPRINGS = "as placed", "as placed, spread out", "by connections"
EVENNESS = 0.6  # share of the even spacing in a spread-out layout
KEPT = 32
_kept: OrderedDict[tuple[str, str], np.ndarray] = OrderedDict()
_lock = threading.Lock()


def layouts(graph: va.NeuralGraph) -> list[str]:
    """The layouts that a graph can have, the best first."""
    return [SPRINGS] if va.own_positions(graph) is None else [SPREAD, BODY, SPRINGS]


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
    """(N, 2) places on a circle: where nodes wait until their layout is there."""
    angle = 2.0 * np.pi * np.arange(size) / size
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def framed(xy: np.ndarray) -> np.ndarray:
    """The places moved and scaled, both sides alike, to fill [-1, 1]."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    half = max(float((high - low).max()) / 2.0, 1e-9)
    return ((xy - (low + high) / 2.0) / half).astype(np.float32)


def as_placed(graph: va.NeuralGraph) -> np.ndarray:
    """(N, 2) the graph's own positions."""
    own = va.own_positions(graph)
    if own is None:
        raise va.InputError("the nodes have no x and y", "graph")
    return own


def spread_out(graph: va.NeuralGraph) -> np.ndarray:
    """As placed, but crowded parts take more room: each coordinate is mixed with its even spacing, sides 2 : 1."""
    xy = as_placed(graph)
    sides = np.ptp(xy, axis=0)
    wide = np.array([1.0, 0.5]) if sides[0] >= sides[1] else np.array([0.5, 1.0])
    even = np.argsort(np.argsort(xy, axis=0, kind="stable"), axis=0) / max(1, len(xy) - 1)
    plain = (xy - xy.min(axis=0)) / np.maximum(sides, 1e-9)
    return (EVENNESS * even + (1.0 - EVENNESS) * plain) * wide


LAYOUTS = {BODY: as_placed, SPREAD: spread_out, SPRINGS: va.positions_by_connections}
