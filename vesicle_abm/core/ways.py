"""Ways: which edges lead out of each node, as compressed rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core.scalar import kernel


@dataclass(frozen=True)
class Ways:
    """The ways out of each node that a traveller may take: compressed rows over nodes.

    ``indptr`` (N + 1,) int64; ``edge`` (W,) int32, the edge of each way; ``end`` (W,) int32, where it leads.
    """

    indptr: np.ndarray
    edge: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, start: np.ndarray, end: np.ndarray, chosen: np.ndarray, nodes: int) -> "Ways":
        """Of the ``chosen`` (E,) bool among the edges from ``start`` to ``end`` (E,), each row in their order."""
        indptr, count = np.zeros(nodes + 1, np.int64), int(np.count_nonzero(chosen))
        ways = cls(indptr, np.empty(count, np.int32), np.empty(count, np.int32))
        list_ways(start, end, chosen, indptr, ways.edge, ways.end)
        return ways


def runs(indptr: np.ndarray, most: int) -> list[tuple[int, int]]:
    """Runs of rows (first, last) with about ``most`` entries each."""
    rows, size = len(indptr) - 1, int(indptr[-1])
    if size <= most:
        return [(0, rows)]
    cuts: Any = np.searchsorted(indptr, np.arange(most, size, most))
    edges = np.unique([0, *cuts, rows])
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


@kernel
def list_ways(start, end, chosen, indptr, way_edge, way_end):
    """Sort the chosen edges by the node where they start; ``indptr`` begins as zeros."""
    for e in range(len(start)):
        if chosen[e]:
            indptr[start[e] + 1] += 1
    for node in range(len(indptr) - 1):
        indptr[node + 1] += indptr[node]
    free = indptr[:-1].copy()
    for e in range(len(start)):
        if chosen[e]:
            at = free[start[e]]
            free[start[e]] = at + 1
            way_edge[at] = e
            way_end[at] = end[e]
