"""Rows by node, where that pays: vesicles that stand together look up the same lines of every table.

It pays where ways are short, so that order lasts, and tables are too large for the cache. Rows may stand in any order,
so no bit depends on it. [our rule of thumb, from measurements]
"""

from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.core.graph import Ways
from vesicle_abm.core.scalar import kernel

if TYPE_CHECKING:
    from vesicle_abm.views.world import World

EVERY = 16  # steps
NODES, ROWS = 10_000, 100_000  # of fewer, everything fits the cache
NEAR = 64  # a way is short that leads past at most one in so many nodes, in their numbering
FAR_WAYS = 0.01  # the part of all ways that may lead farther


def ways_are_short(ways: Ways) -> bool:
    """Whether vesicles that start together stay together for many steps."""
    size = len(ways.indptr) - 1
    if size < NODES or not len(ways.end):
        return False
    distance = np.abs(np.repeat(np.arange(size, dtype=np.int32), np.diff(ways.indptr)) - ways.end)
    return bool(np.mean(np.minimum(distance, size - distance) > size // NEAR) <= FAR_WAYS)


def sort_rows(world: "World") -> None:
    """Now and then, at the end of a step, put the vesicles of large populations in the order of their nodes."""
    if world.state.step % EVERY:
        return
    for name, columns in world.state.vesicles.items():
        if columns.size >= ROWS and world.tables[name].short_ways:
            columns.permute(by_node(columns, world.graph.size))


def by_node(columns: Columns, nodes: int) -> np.ndarray:
    """(n,) the rows by their nodes, and as they stand within a node: a counting sort."""
    order = np.empty(columns.size, np.int64)
    count_sort(columns["node"], np.zeros(nodes + 1, np.int64), order)
    return order


@kernel
def count_sort(node, place, order):
    """``place`` (N + 1,) zeros at first."""
    for i in range(len(node)):
        place[node[i] + 1] += 1
    for here in range(1, len(place)):
        place[here] += place[here - 1]
    for i in range(len(node)):
        order[place[node[i]]] = i
        place[node[i]] += 1
