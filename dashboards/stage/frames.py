"""Motion: what is sent of the vesicles in a frame: the way of each since the frame before, or of too many their groups.

A dot is a way from one node to another, gone between two shares of it. A group is all vesicles of a kind with the same
way: one mark, sized by their number.
"""

from dataclasses import dataclass

import numpy as np

import vesicle_abm as va

from .moves import Places, origins

BUDGET = 12_000  # vesicles drawn one by one; more are drawn as groups
MOST_GROUPS = 12_000  # groups drawn; of more, the largest
SHORT = 2**16  # nodes that two bytes can tell apart
KINDS = 32  # at most
SPREADING = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: neighbouring ids get distant marks
FULL = 255


def dot_type(nodes: int) -> np.dtype:
    """A dot's bytes: from, to, the shares gone before and now, kind, and a mark: a spread-out number, or a size."""
    end = "<u2" if nodes <= SHORT else "<u4"
    bytes_ = [(name, "u1") for name in ("start", "end", "kind", "mark")]
    return np.dtype([("from", end), ("to", end), *bytes_])


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a frame's vesicles: ``dots`` (n,), and the way of the one that is watched."""

    dots: np.ndarray
    watched: list[int] | None = None  # the numbers of its dot
    grouped: bool = False
    most: int = 1  # vesicles in the largest group
    missing: int = 0  # vesicles in groups too small to be drawn


class Motion:
    """Knows where every vesicle is, and how it got there from where the last frame showed it."""

    def __init__(self, nodes: int, budget: int = BUDGET, most_groups: int = MOST_GROUPS):
        self.nodes, self.type = nodes, dot_type(nodes)
        self.budget, self.most_groups = budget, most_groups
        self.forget()

    def forget(self) -> None:
        """What is seen next appears where it is."""
        self.now: Places | None = None
        self.shown: Places | None = None  # in the last frame

    def step(self, model: va.VesicleModel) -> None:
        """Take in where a step has brought the vesicles."""
        self.now = Places.of(model)

    def draw(self, watched: int | None = None) -> Drawn:
        """The ways since the last frame; the next frame's begin here. ``watched``: the id of one to tell of apart."""
        before, now = self.shown, self.now
        if now is None:
            return Drawn(np.zeros(0, self.type))
        self.shown = now
        dots = ways(now if before is None else origins(before, now), now, self.type)
        way = None if watched is None else numbers_of(dots, now.row(watched))
        return Drawn(dots, way) if len(dots) <= self.budget else groups(dots, way, self.nodes, self.most_groups)

    def standing(self, id_: int) -> list[int] | None:
        """The dot of one vesicle where the last frame showed it."""
        shown = self.shown
        return None if shown is None else numbers_of(ways(shown, shown, self.type), shown.row(id_))


def numbers_of(dots: np.ndarray, row: int) -> list[int] | None:
    """A dot's numbers; none for row -1."""
    return None if row < 0 else [int(number) for number in dots[row]]


def marks(ids: np.ndarray) -> np.ndarray:
    """(n,) uint8 evenly spread numbers that stay with each vesicle for life."""
    mixed = ids.astype(np.uint64) * SPREADING
    return (((mixed ^ (mixed >> np.uint64(32))) * SPREADING) >> np.uint64(56)).astype(np.uint8)


def ways(origin: Places, now: Places, kind_of_dot: np.dtype) -> np.ndarray:
    """(n,) dots: each vesicle's way from where it was to where it is.

    Going on along an edge it has the edge's ends and two shares of it. Having arrived it comes along the edge that it
    was on or, from farther away, straight from where it was.
    """
    dots = np.zeros(len(now.ids), kind_of_dot)
    going_on = (origin.start == now.start) & (origin.end == now.end)
    arrived = ~going_on & (now.start == now.end)
    through = arrived & (origin.end == now.start)
    dots["from"] = np.where(arrived, np.where(through, origin.start, origin.end), now.start)
    dots["to"], dots["kind"], dots["mark"] = now.end, now.kind, marks(now.ids)
    begun = going_on | (through & (origin.start != origin.end))
    dots["start"] = np.rint(np.where(begun, origin.way, 0.0) * FULL)
    dots["end"] = np.rint(np.where(arrived, 1.0, now.way) * FULL)
    return dots


def groups(dots: np.ndarray, watched: list[int] | None, nodes: int, most_groups: int) -> Drawn:
    """One dot for all of a kind with the same way, its shares their means, its mark the root of their number."""
    way = (dots["from"].astype(np.int64) * nodes + dots["to"]) * KINDS + dots["kind"]
    keys = np.sort((way << 16) | (dots["start"].astype(np.int64) << 8) | dots["end"])
    begins = np.flatnonzero(np.diff(keys >> 16, prepend=-1))
    count = np.diff(begins, append=len(keys))
    start, end = (np.add.reduceat(part, begins) / count for part in ((keys >> 8) & FULL, keys & FULL))
    largest = slice(None)
    if len(count) > most_groups:
        largest = np.argpartition(-count, most_groups)[:most_groups]
    count, ends, kind = count[largest], *np.divmod(keys[begins][largest] >> 16, KINDS)
    made, most = np.zeros(len(count), dots.dtype), int(count.max())
    made["from"], made["to"] = np.divmod(ends, nodes)
    made["kind"], made["start"], made["end"] = kind, np.rint(start[largest]), np.rint(end[largest])
    made["mark"] = np.rint(np.sqrt(count / most) * FULL)
    return Drawn(made, watched, True, most, len(dots) - int(count.sum()))
