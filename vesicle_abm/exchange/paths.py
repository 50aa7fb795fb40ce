"""Paths: what leads from one population of a NIR graph to another, as one matrix of weights and one of delays.

Linear, Affine, Scale, Delay and Flatten are functions of what passes through them, and become synapses; graphs inside
a graph are laid open first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.exchange.populations import INPUT, NEURONS, Timing

GRAPH, OUTPUT, LINEAR, AFFINE, SCALE, DELAY, FLATTEN = (
    "NIRGraph", "Output", "Linear", "Affine", "Scale", "Delay", "Flatten"
)  # fmt: skip
PASSING = (LINEAR, AFFINE, SCALE, DELAY, FLATTEN)
INSIDE = ("Inside",)  # Input or Output of a graph inside the graph: both pass on what they are given
ALLOWED = (INPUT, OUTPUT, *NEURONS, *PASSING, GRAPH)


@dataclass(frozen=True)
class Opened:
    """A NIR graph without graphs inside: ``nodes`` name -> node, ``kinds`` name -> type, and what ``after`` each."""

    nodes: dict[str, Any]
    kinds: dict[str, str]
    after: dict[str, list[str]]


def opened(graph: Any) -> Opened:
    """Lay open the graphs inside a graph; a node ``b`` of a graph ``a`` is called ``a.b``.

    Raises
    ------
    InputError
        naming every node of a type that cannot be read.
    """
    nodes: dict[str, Any] = {}
    kinds: dict[str, str] = {}
    edges: list[tuple[str, str]] = []

    def lay(inner: Any, prefix: str) -> None:
        ends = {}
        for name, node in inner.nodes.items():
            kind, full = type(node).__name__, prefix + name
            if kind == GRAPH:
                lay(node, f"{full}.")
                ends[name] = tuple(one_end(node, full, sort) for sort in (INPUT, OUTPUT))
            else:
                nodes[full], kinds[full] = node, INSIDE[0] if prefix and kind in (INPUT, OUTPUT) else kind
        edges.extend(
            (ends[a][1] if a in ends else prefix + a, ends[b][0] if b in ends else prefix + b) for a, b in inner.edges
        )

    lay(graph, "")
    wrong = [f"{name!r} is a {kind}" for name, kind in kinds.items() if kind not in (*ALLOWED, *INSIDE)]
    if wrong:
        raise InputError(f"{'; '.join(wrong)}; {', '.join(ALLOWED)} are allowed", "nir")
    after: dict[str, list[str]] = {name: [] for name in nodes}
    for a, b in edges:
        after[a].append(b)
    return Opened(nodes, kinds, after)


def one_end(graph: Any, name: str, sort: str) -> str:
    """The only Input, or Output, of a graph inside the graph."""
    found = [inner for inner, node in graph.nodes.items() if type(node).__name__ == sort]
    if len(found) != 1:
        raise InputError(f"the graph {name!r} has {len(found)} nodes {sort}; one is allowed inside a graph", "nir")
    return f"{name}.{found[0]}"


@dataclass(frozen=True)
class Way:
    """What has been gone through so far: ``weight`` (there, here), or before any matrix None, and ``scale`` (here,) of
    each; ``early`` steps of delay (here,) of what begins and ``late`` (there,) of what has come so far, or one number.
    """

    weight: np.ndarray | None = None
    scale: Any = 1.0
    early: Any = 0
    late: Any = 0

    def through(self, node: Any, kind: str, name: str, timing: Timing) -> "Way":
        """And through one node more.

        Raises
        ------
        InputError
            for delays between two matrices that are not all the same: no synapse has these.
        """
        if kind in (LINEAR, AFFINE):
            matrix = np.asarray(node.weight, np.float64)
            if matrix.ndim != 2:
                raise InputError(f"has weights of shape {matrix.shape}; (outputs, inputs) is allowed", name)
            if self.weight is None:
                return Way(matrix * self.scale, early=self.early + self.late)
            if np.ptp(self.late) > 0:
                raise InputError("comes after delays that differ, which come after a matrix; equal ones can", name)
            return Way(matrix @ self.weight, early=self.early + np.max(self.late))
        if kind == SCALE:
            scale = np.ravel(np.asarray(node.scale, np.float64))
            if self.weight is None:
                return replace(self, scale=self.scale * scale)
            return replace(self, weight=scale[:, None] * self.weight)
        if kind == DELAY:
            return replace(self, late=self.late + timing.steps(np.ravel(node.delay), name))
        return self

    def settled(self, here: int, there: int) -> tuple[np.ndarray, np.ndarray]:
        """(there, here) the weights, and the delays."""
        weight = np.diag(np.broadcast_to(np.float64(self.scale), here)) if self.weight is None else self.weight
        early, late = np.broadcast_to(self.early, here), np.broadcast_to(self.late, there)
        return weight, np.asarray(early[None, :] + late[:, None], np.int64)


def ways_from(graph: Opened, name: str, timing: Timing, first: Way) -> Iterator[tuple[str, Way]]:
    """(population or output, way) of every path that leads from behind a node to one.

    Raises
    ------
    InputError
        for a loop without neurons.
    """
    waiting: list[tuple[str, Way, tuple[str, ...]]] = [(after, first, (name,)) for after in graph.after[name]]
    while waiting:
        at, way, behind = waiting.pop()
        kind = graph.kinds[at]
        if kind in (*NEURONS, OUTPUT):
            yield at, way
        elif at in behind:
            raise InputError("is in a loop without neurons; a loop has to lead through some", at)
        else:
            passed = way.through(graph.nodes[at], kind, at, timing)
            waiting += [(after, passed, (*behind, at)) for after in graph.after[at]]
