"""From a model to what is sent of a step: the neurons' values, and each vesicle's way since the frame before."""

from dataclasses import dataclass

import numpy as np

import vesicle_abm as va

BUDGET = 8000  # vesicles drawn; of more, an even sample
MOST_NODES = 2**16 - 1
DOT = np.dtype([("from", "<u2"), ("to", "<u2"), ("start", "u1"), ("end", "u1"), ("kind", "u1"), ("mark", "u1")])
SPREADING = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: neighbouring ids get distant marks


@dataclass(frozen=True)
class Snapshot:
    """A step's numbers, copied, so that they may be read while the model goes on."""

    step: int
    occupancy: np.ndarray  # (K, N)
    level: np.ndarray  # (N, K)
    activation: np.ndarray  # (N,)
    memory: np.ndarray | None = None  # (N, slots, width)

    @classmethod
    def of(cls, model: va.VesicleModel) -> "Snapshot":
        """The model's numbers now."""
        state = model.state
        memory = None if state.memory is None else state.memory.copy()
        return cls(model.time, model.occupancy(), state.modulator.copy(), state.activation.copy(), memory)

    def stored(self) -> np.ndarray:
        """(N,) how much each node's memory holds, the root of the sum of squares; 0 without memory."""
        if self.memory is None:
            return np.zeros(len(self.activation))
        return np.sqrt(np.square(self.memory).sum(axis=(1, 2)))


@dataclass(frozen=True)
class Places:
    """Where vesicles of one kind are, by ascending id: at ``start``, or a share ``way`` of the way on to ``end``."""

    ids: np.ndarray
    start: np.ndarray
    end: np.ndarray
    way: np.ndarray


class Motion:
    """Remembers where each vesicle was in the frame before, and tells how it got to where it is now."""

    def __init__(self, budget: int = BUDGET):
        self.budget = budget
        self.before: dict[str, Places] = {}
        self.stride = 1

    def dots(self, model: va.VesicleModel) -> np.ndarray:
        """(n,) DOT: n is at most about the budget; ``stride`` says that one vesicle in so many is drawn."""
        total = sum(columns.size for columns in model.state.vesicles.values())
        self.stride = max(1, -(-total // self.budget))
        parts = []
        for k, (kind, columns) in enumerate(model.state.vesicles.items()):
            _, arrival = model.graph.ends(model.world.kinds[kind].migration.direction)
            now = places_of(columns, arrival, model.graph.delay, self.stride)
            parts.append(ways(self.before.get(kind), now, k))
            self.before[kind] = now
        return np.concatenate(parts) if parts else np.zeros(0, DOT)


def marks(ids: np.ndarray) -> np.ndarray:
    """(n,) uint64 evenly spread numbers that stay with each vesicle for life."""
    mixed = ids.astype(np.uint64) * SPREADING
    return ((mixed ^ (mixed >> np.uint64(32))) * SPREADING) >> np.uint64(32)


def places_of(columns, arrival: np.ndarray, delay: np.ndarray, stride: int) -> Places:
    """The places of every ``stride``-th vesicle; ``arrival``, ``delay`` (E,): where an edge leads, and its delay."""
    rows = np.flatnonzero(marks(columns["id"]) % np.uint64(stride) == 0) if stride > 1 else np.arange(len(columns))
    rows = rows[np.argsort(columns["id"][rows], kind="stable")]
    start = columns["node"][rows]
    end, way = start, np.zeros(len(rows))
    if "edge" in columns:
        edge = columns["edge"][rows]
        away = edge >= 0
        end = np.where(away, arrival[edge], start)
        left = columns["remaining"][rows] / (delay[edge] + 1.0)
        way = np.where(away, np.clip(1.0 - left, 0.0, 1.0), 0.0)
    return Places(columns["id"][rows].copy(), start.copy(), end, way)


def ways(before: Places | None, now: Places, kind: int) -> np.ndarray:
    """(n,) DOT: each vesicle's way from its place before to its place now. A new one appears where it is."""
    dots = np.zeros(len(now.ids), DOT)
    dots["from"], dots["to"], dots["kind"] = now.start, now.end, kind
    dots["mark"] = (marks(now.ids) & np.uint64(255)).astype(np.uint8)
    begin, end = now.way.copy(), now.way.copy()
    if before is not None and len(before.ids) and len(now.ids):
        at = np.minimum(np.searchsorted(before.ids, now.ids), len(before.ids) - 1)
        known = before.ids[at] == now.ids
        was_start, was_end, was_way = before.start[at], before.end[at], before.way[at]
        going_on = known & (was_start == now.start) & (was_end == now.end)
        begin[going_on] = was_way[going_on]
        resting = now.start == now.end
        arrived = known & ~going_on & resting
        through = arrived & (was_end == now.start)
        dots["from"][arrived] = np.where(through, was_start, was_end)[arrived]
        begin[arrived] = np.where(through & (was_start != was_end), was_way, 0.0)[arrived]
        end[arrived] = 1.0
        begin[known & ~going_on & ~resting] = 0.0
    dots["start"], dots["end"] = np.rint(begin * 255.0), np.rint(end * 255.0)
    return dots
