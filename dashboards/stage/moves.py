"""Where all vesicles are, at one step and another, and which row each of them had before."""

from dataclasses import dataclass

import numpy as np

import vesicle_abm as va


@dataclass(frozen=True)
class Places:
    """Where each vesicle is, kind after kind: at the node ``start``, or a share ``way`` of the way on to ``end``."""

    time: int  # steps done
    first: np.ndarray  # (K + 1,) where each kind begins
    ids: np.ndarray  # (n,), and so are all below
    start: np.ndarray
    end: np.ndarray
    way: np.ndarray

    @classmethod
    def of(cls, model: va.VesicleModel) -> "Places":
        """The places now, copied."""
        parts = [places_of_kind(model, kind) for kind in model.kinds]
        first = np.cumsum([0, *(len(part[0]) for part in parts)])
        ids, start, end, way = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(model.time, first, ids, start, end, way)

    @property
    def kind(self) -> np.ndarray:
        """(n,) the number of each one's kind."""
        return np.repeat(np.arange(len(self.first) - 1, dtype=np.uint8), np.diff(self.first))

    def row(self, id_: int) -> int:
        """The row of a vesicle, -1 if it is not there."""
        found = np.flatnonzero(self.ids == id_)
        return int(found[0]) if len(found) else -1

    def of_group(self, from_: int, to: int, kind: int) -> int:
        """The id of a vesicle of a kind at, or coming to, the node ``to``; if there is one, of those from ``from_``."""
        own = slice(int(self.first[kind]), int(self.first[kind + 1]))
        there = self.ids[own][self.end[own] == to]
        coming = self.ids[own][(self.end[own] == to) & (self.start[own] == from_)]
        return int((coming if len(coming) else there)[0])

    def carried(self, rows: np.ndarray, now: "Places") -> "Places":
        """These places by the rows of ``now``; a vesicle that is new (row -1) is where it is now."""
        new = rows < 0
        columns = []
        for before, after in ((self.start, now.start), (self.end, now.end), (self.way, now.way)):
            taken = before.take(rows, mode="clip") if len(before) else after.copy()
            taken[new] = after[new]
            columns.append(taken)
        return Places(self.time, now.first, now.ids, *columns)


def places_of_kind(model: va.VesicleModel, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """ids, start, end, way, (n,) each, of one kind."""
    columns = model.state.vesicles[kind]
    start = columns["node"].copy()
    end, way = start, np.zeros(len(start), np.float32)
    if "edge" in columns and len(start):
        edge = columns["edge"]
        away = edge >= 0
        _, arrival = model.graph.ends(model.world.kinds[kind].migration.direction)
        end = np.where(away, arrival[edge], start)
        left = columns["remaining"] / (model.graph.delay[edge] + 1.0)
        way = np.where(away, np.clip(1.0 - left, 0.0, 1.0), 0.0).astype(np.float32)
    return columns["id"].copy(), start, end, way


def origins(before: Places, now: Places) -> Places:
    """Where the vesicles of ``now`` were before, row by row; one that was born since comes from its birthplace."""
    rows = rows_before(before, now)
    origin = before.carried(rows, now)
    new = np.flatnonzero(rows < 0)
    born, birthplace, _, _ = va.unpack(now.ids[new])
    come = (born >= before.time) & (birthplace != now.start[new])
    origin.start[new[come]] = origin.end[new[come]] = birthplace[come]
    origin.way[new[come]] = 0.0
    return origin


def rows_before(before: Places, now: Places) -> np.ndarray:
    """(n,) the row of ``before`` that each vesicle of ``now`` had, in whichever kind; -1 of one that is new.

    Most vesicles keep their row from step to step; only the others are searched for.
    """
    found = np.full(len(now.ids), -1)
    left = np.ones(len(before.ids), bool)
    for was, begins, count in zip(before.first, now.first, kept_counts(before, now), strict=False):
        same = np.flatnonzero(before.ids[was : was + count] == now.ids[begins : begins + count])
        found[begins + same] = was + same
        left[was + same] = False
    rest, pool = np.flatnonzero(found < 0), np.flatnonzero(left)
    if len(rest) and len(pool):
        pool = pool[np.argsort(before.ids[pool])]
        ids, wanted = before.ids[pool], now.ids[rest]
        at = np.minimum(np.searchsorted(ids, wanted), len(pool) - 1)
        known = ids[at] == wanted
        found[rest[known]] = pool[at[known]]
    return found


def kept_counts(before: Places, now: Places) -> list[int]:
    """How many rows each kind has in both."""
    return np.minimum(np.diff(before.first), np.diff(now.first)).tolist()
