"""Small worlds of any size, drawn straight into arrays: a ring whose edges are rewired (Watts and Strogatz 1998).

Each node leads to the ``degree / 2`` next nodes on either side of a ring. Then, one after the other, each of its edges
leads instead, with probability ``rewired``, to a node drawn evenly among those that are neither itself nor the ends of
its other edges. So every node has ``degree`` edges out, to different nodes; with ``rewired = 0`` it is the ring, with 1
the ends are drawn evenly. Unlike in the original, an edge has one direction, and its way back is rewired by itself.
"""

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import MAX_NODES
from vesicle_abm.core.machine import free_memory, refuse_beyond
from vesicle_abm.core.random import SEED_LIMIT, uniform_at
from vesicle_abm.core.scalar import LARGEST, kernel

BYTES_AN_EDGE = 32  # two ends, the weight and its copy, marks
ENDS, WEIGHT = np.uint64(stages.ENDS), np.uint64(stages.WEIGHT)
ZERO, ONE = np.uint64(0), np.uint64(1)


def small_world(
    nodes: int, degree: int = 10, rewired: float = 0.1, low: float = 1.0, high: float = 1.0, seed: int = 0
) -> NeuralGraph:
    """A small world of ``nodes * degree`` edges, with weights drawn evenly between ``low`` and ``high``.

    Raises
    ------
    InputError
        for numbers out of bounds, or more edges than the memory holds.

    >>> small_world(5, degree=2, rewired=0.0).edges[:4]
    [(0, 4), (0, 1), (1, 0), (1, 2)]
    """
    _check_whole("nodes", nodes, 3, MAX_NODES)
    _check_whole("degree", degree, 2, nodes - 1)
    _check_whole("seed", seed, 0, SEED_LIMIT - 1)
    if degree % 2:
        raise InputError(f"got {degree}; an even number is allowed, half of it on either side", "degree")
    _check_number("rewired", rewired, 0.0, 1.0)
    _check_number("low", low, 0.0, LARGEST)
    _check_number("high", high, low, LARGEST)
    count = nodes * degree
    refuse_beyond(free_memory(), count * BYTES_AN_EDGE, f"a graph of {count:,} edges", "degree")
    source, target = np.repeat(np.arange(nodes, dtype=np.int32), degree), np.empty((nodes, degree), np.int32)
    weight = np.empty((nodes, degree) if high > low else (0, 0))
    draw(np.uint64(seed), rewired, low, high, target, weight)
    return NeuralGraph(range(nodes), source, target.reshape(-1), weight=weight.reshape(-1) if high > low else low)


def _check_whole(key: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(f"got {value!r}; a whole number from {least} to {most:,} is allowed", key)


def _check_number(key: str, value: object, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        allowed = f"from {least:g} to {most:g}" if most < LARGEST else f">= {least:g}"
        raise InputError(f"got {value!r}; a number {allowed} is allowed", key)


@kernel
def draw(seed, rewired, low, high, target, weight):
    """Fill ``target`` (N, degree), and ``weight`` of the same shape if it has any rows."""
    nodes, degree = target.shape
    for node in range(nodes):
        place = np.uint64(node)
        row = target[node]
        for k in range(degree):
            away = k - degree // 2
            row[k] = (node + (away if away < 0 else away + 1)) % nodes
        for k in range(degree):
            edge = np.uint64(k)
            if uniform_at(seed, place, edge, ENDS, ZERO) < rewired:
                row[k] = another_end(seed, node, k, row, nodes)
            if len(weight):
                weight[node, k] = low + (high - low) * uniform_at(seed, place, edge, WEIGHT, ZERO)


@kernel
def another_end(seed, node, k, row, nodes):
    """A node drawn evenly among those that are neither ``node`` nor the ends of its edges but for number ``k``."""
    attempt = ONE
    while True:
        end = int(uniform_at(seed, np.uint64(node), np.uint64(k), ENDS, attempt) * nodes)
        fits = end != node
        for other in range(len(row)):
            fits = fits and (other == k or row[other] != end)
        if fits:
            return end
        attempt += ONE
