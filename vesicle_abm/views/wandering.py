"""Migration of vesicles that have preferences of their own, remember where they were, leave trails, or carry what edges
change.

One text for both views, for one vesicle or for many: first the slot that each draws (0: stay; k: the k-th way out of
its node), then the step along it. Kinds that do none of this take the faster loops of ``kernels``.
"""

from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.core.alias import choose
from vesicle_abm.core.columns import Columns
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.fixedpoint import add_at, check_sums, to_float
from vesicle_abm.core.scalar import LARGEST, kernel
from vesicle_abm.core.state import CROSSINGS
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.sight import VesiclesIn
from vesicle_abm.views.tables import CONTENT, KindTables

if TYPE_CHECKING:
    from vesicle_abm.views.world import World

ROWS_A_BLOCK = 16_384  # vesicles whose ways are weighed at once
NOWHERE = -1


def wanders(kind: Kind) -> bool:
    """Whether vesicles of the kind migrate by this text."""
    changed = kind.trail is not None or kind.passage is not None
    return changed or kind.remembers > 0 or kind.migration.reads_vesicles


def wander(world: "World", tables: KindTables, columns: Columns, rows: slice, u: np.ndarray) -> None:
    """Move the vesicles in these rows, by their draws ``u`` (n,)."""
    graph, ways = world.graph, tables.ways
    slot = own_slots(tables, columns, rows, u) if tables.own_ways else common_slots(tables, columns, rows, u)
    _, arrival = graph.ends(tables.kind.migration.direction)
    node = columns["node"][rows]
    away = "edge" in columns
    edge = columns["edge"][rows] if away else np.full(len(node), NOWHERE, np.int32)
    remaining = columns["remaining"][rows] if away else np.zeros(len(node), np.int32)
    crossed = columns["crossed"][rows] if "crossed" in columns else np.zeros(len(node), np.int32)
    remembered = columns["remembered"][rows] if "remembered" in columns else np.zeros((len(node), 0), np.int32)
    delay = graph.delay if away else np.zeros(0, np.int32)
    taken = np.empty(len(node), np.int32)
    walk(slot, node, edge, remaining, crossed, remembered, taken, ways.indptr, ways.edge, ways.end, arrival, delay)
    if tables.kind.passage is not None:
        pass_along(tables, columns["content"][rows], taken)


def pass_along(tables: KindTables, content: np.ndarray, taken: np.ndarray) -> None:
    """Multiply the ``content`` (n, D) of each vesicle by the factor of the edge ``taken`` (n,), -1 for none.

    Raises
    ------
    InputError
        if that is more than a content can hold.
    """
    went = np.flatnonzero(taken >= 0)
    carried = content[went] * tables.passage()[taken[went], None]
    low, high = CONTENT
    if not ((carried >= low) & (carried <= high)).all():
        wrong = int(np.flatnonzero(~((carried >= low) & (carried <= high)).all(axis=1))[0])
        edge = tables.world.graph.edges[taken[went[wrong]]]
        words = f"makes a content of {np.abs(carried[wrong]).max():g} on the edge {edge!r}; at most {high:g} is allowed"
        raise InputError(words, f"kinds.{tables.name}.passage")
    content[went] = carried


def common_slots(tables: KindTables, columns: Columns, rows: slice, u: np.ndarray) -> np.ndarray:
    """(n,) the slot that each vesicle draws from the table that all of its kind share."""
    table, slot = tables.migration(), np.empty(len(u), np.int64)
    draw_slots(u, columns["node"][rows], table.indptr, table.threshold, table.alias, slot)
    return slot


def own_slots(tables: KindTables, columns: Columns, rows: slice, u: np.ndarray) -> np.ndarray:
    """(n,) the slot that each vesicle draws by its own preferences: the first whose cumulative weight exceeds u times
    the sum.
    """
    stay, weight = tables.way_weights()
    indptr, slot = tables.ways.indptr, np.zeros(len(u), np.int64)
    node = columns["node"][rows]
    for first in range(0, len(u), ROWS_A_BLOCK):
        part = slice(first, min(first + ROWS_A_BLOCK, len(u)))
        here = node[part].astype(np.int64)
        counts = indptr[here + 1] - indptr[here]
        starts = np.zeros(len(here) + 1, np.int64)
        np.cumsum(counts, out=starts[1:])
        ways = np.repeat(indptr[here] - starts[:-1], counts) + np.arange(starts[-1])
        own = VesiclesIn(columns, slice(rows.start + part.start, rows.start + part.stop))
        wish = tables.preference(own.repeated(counts), ways) if len(ways) else np.zeros(0)
        with np.errstate(over="ignore"):
            weighed = np.minimum(weight[ways] * wish, LARGEST)
        weigh_slots(u[part], stay[here], weighed, starts, slot[part])
    return slot


def settle_trails(world: "World") -> None:
    """What travellers have left on the edges along which they came in this stage is added to the trails, and each
    traversal is counted.
    """
    travellers = [tables for tables in world.tables.values() if tables.kind.trail is not None]
    for tables, (edges, sums) in zip(travellers, [left_by(tables) for tables in travellers], strict=True):
        name, onto = tables.name, tables.kind.trail.onto  # type: ignore[union-attr]
        world.state.tallies[CROSSINGS + name] += np.bincount(edges, minlength=len(sums))
        world.state.trails[name if onto is None else onto] += to_float(sums)
        world.state.vesicles[name]["crossed"][:] = NOWHERE


def left_by(tables: KindTables) -> tuple[np.ndarray, np.ndarray]:
    """(n,) the edges that vesicles of a kind have passed in this stage; (E,) fixed point, what they leave there."""
    crossed = tables.world.state.vesicles[tables.name]["crossed"]
    rows, sums = np.flatnonzero(crossed >= 0), np.zeros(tables.world.graph.edge_count, np.int64)
    if len(rows):
        row, graph = add_at(sums, crossed[rows], tables.deposits_of(rows)), tables.world.graph
        check_sums(row, lambda found: f"edge {graph.edges[found]!r}", f"kinds.{tables.name}.trail")
    return crossed[rows], sums


@kernel
def draw_slots(u, node, slots, threshold, alias, slot):
    """``slot[i]`` from the alias table at ``node[i]``."""
    for i in range(len(u)):
        row = slots[node[i]]
        slot[i] = choose(u[i], row, slots[node[i] + 1] - row, threshold, alias)


@kernel
def weigh_slots(u, stay, weight, starts, slot):
    """``slot[i]`` from [stay_i, the weights from ``starts[i]`` on]; 0 where none weighs anything."""
    for i in range(len(u)):
        scale = 1.0
        total = stay[i]
        for way in range(starts[i], starts[i + 1]):
            total += weight[way]
        if total == np.inf:  # the sum of finite weights overflows: once more, each divided by how many there are
            scale = 1.0 / (starts[i + 1] - starts[i] + 1)
            total = stay[i] * scale
            for way in range(starts[i], starts[i + 1]):
                total += weight[way] * scale
        target = u[i] * total
        below = stay[i] * scale
        slot[i] = 0
        if target < below or not total > 0.0:
            continue
        for way in range(starts[i], starts[i + 1]):
            if weight[way] > 0.0:
                slot[i] = way - starts[i] + 1  # also of the last, whatever rounding makes of the sum
                below += weight[way] * scale
                if target < below:
                    break


@kernel
def walk(slot, node, edge, remaining, crossed, remembered, taken, ways, way_edge, end, arrival, delay):
    """One step of each vesicle along its slot; one under way comes nearer. ``crossed``: the edge that it has passed,
    ``taken``: that on which it has set out.
    """
    for i in range(len(slot)):
        left = node[i]
        arrived = -1
        taken[i] = -1
        if edge[i] >= 0:
            remaining[i] -= 1
            if remaining[i] == 0:
                arrived = edge[i]
                node[i] = arrival[arrived]
                edge[i] = -1
        elif slot[i] > 0:
            way = ways[left] + slot[i] - 1
            taken[i] = way_edge[way]
            if len(delay) > 0 and delay[way_edge[way]] > 0:
                edge[i] = way_edge[way]
                remaining[i] = delay[edge[i]]
            else:
                arrived = way_edge[way]
                node[i] = end[way]
        crossed[i] = arrived
        if arrived >= 0 and remembered.shape[1] > 0:
            for j in range(remembered.shape[1] - 1, 0, -1):
                remembered[i, j] = remembered[i, j - 1]
            remembered[i, 0] = left
