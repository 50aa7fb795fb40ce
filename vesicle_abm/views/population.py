"""The vesicles of a kind as columns: which a kind needs, how a life begins in them, and who is where in its life."""

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.prefetch import prefetch
from vesicle_abm.core.scalar import kernel
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.sight import NEVER

FREE, DOCKED, ABSORBED, EXPIRED, CLEARED = range(5)  # the status of a vesicle; from ABSORBED on, how it ended
AHEAD = 64  # vesicles whose node's count is on its way
TURNED = CLEARED + 1  # it goes on as one of another kind


def layout_of(graph: NeuralGraph, kind: Kind) -> dict:
    """The columns of one kind's vesicles: only those that it needs."""
    columns: dict = {
        "id": ("i8", ()),
        "node": ("i4", ()),
        "ttl": ("i4", ()),
        "status": ("u1", ()),
        "content": ("f4", (kind.content_width,)),
    }
    if travels(graph, kind):
        columns |= {"edge": ("i4", ()), "remaining": ("i4", ())}
    if kind.trail is not None:
        columns["crossed"] = ("i4", ())
    if kind.remembers:
        columns["remembered"] = ("i4", (kind.remembers,))
    if kind.spend is not None:
        columns["payload"] = ("f8", ())
    if kind.releases is not None:
        columns["left"] = ("i4", ())
    return columns


def begin_lives(columns: Columns, rows: slice, nodes: np.ndarray, kind: Kind) -> None:
    """What a vesicle has as its life begins, whether it is born or turned: no past, its whole payload."""
    columns["node"][rows] = nodes
    first = {"edge": -1, "crossed": -1, "remembered": NEVER, "payload": 1.0, "left": kind.releases}
    for name, value in first.items():
        if name in columns:
            columns[name][rows] = value


def releasing(columns: Columns, rows) -> np.ndarray:
    """(n,) which of the vesicles in these rows release: those that have docked, and are not used up."""
    docked = columns["status"][rows] == DOCKED
    return docked & (columns["left"][rows] > 0) if "left" in columns else docked


def travels(graph: NeuralGraph, kind: Kind) -> bool:
    """Whether vesicles of the kind can be under way between nodes."""
    return kind.migration.travel and bool(graph.delay[graph.in_layers(kind.migration.layers)].any())


def add_occupancy(columns: Columns, counts: np.ndarray) -> None:
    """``counts`` (N,) grow by the vesicles at each node; those under way between nodes are at none."""
    if "edge" in columns:
        count_staying(columns["node"], columns["edge"], counts)
    else:
        count_at(columns["node"], counts)


@kernel
def count_at(nodes, counts):
    """``counts[l]`` grows by how often l is among ``nodes``."""
    ahead = max(0, len(nodes) - AHEAD)
    for i in range(ahead):
        prefetch(counts, np.intp(nodes[i + AHEAD]))
        counts[np.uint32(nodes[i])] += 1
    for i in range(ahead, len(nodes)):
        counts[nodes[i]] += 1


@kernel
def count_staying(nodes, edge, counts):
    """As ``count_at``, of the vesicles that are on no edge."""
    for i in range(len(nodes)):
        if edge[i] < 0:
            counts[nodes[i]] += 1
