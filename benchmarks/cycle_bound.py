"""The workload in C with AVX2 (``bound/cycle.c``): what this machine can do, with the bits of the model."""

import ctypes

import numpy as np
from c_library import build
from steady_state import Choices, Start
from workload import (
    ABSORB,
    AMOUNT,
    CLEARANCE,
    DEVIATION,
    DOCKING,
    GAIN,
    HAZARD,
    LIFETIME,
    LOGIT,
    MEAN,
    Workload,
)

from vesicle_abm.core import functions

SLOT = np.dtype([("threshold", np.uint64), ("own", np.uint32), ("other", np.uint32)])
RECEIVED = np.dtype([("units", np.int64), ("docked", np.int64)])
FRACTION = 2.0**33  # units of a draw's fraction
ROOM = 1.1  # rows for each vesicle of the start: the steady state stays far below
TILE, LINE = 128, 64  # rows; bytes
CUMULATIVE = 64  # terms of the Poisson distribution; 1 to 53 bits long before, for rates up to LARGEST_RATE
LARGEST_RATE = 16.0  # beyond, the model draws births in parts

COUNTS = ("nodes", "width", "rows", "holes", "capacity", "step", "lifetime", "born", "absorbed", "expired", "cleared")
NUMBERS = ("docking", "absorb", "hazard", "amount", "gain", "logit", "root", "keep", "mean", "deviation")
READ = ("first", "slots", "receptor", "below")
WRITTEN = ("received", "level", "emitted", "id", "node", "ttl", "content", "hole", "birth")


class World(ctypes.Structure):
    """``World`` of the C source."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in COUNTS),
        ("seed", ctypes.c_uint64),
        *((name, ctypes.c_double) for name in NUMBERS),
        *((name, ctypes.c_void_p) for name in (*READ, *WRITTEN)),
    )


class BoundModel:
    """The C program; ``born``, ``docked``, ``absorbed`` count events since the start.

    Raises
    ------
    NotBuiltError
        where there is no compiler.
    """

    def __init__(self, workload: Workload, start: Start, choices: Choices, seed: int):
        self.run = build("cycle.c").run_cycle
        self.run.argtypes = (ctypes.POINTER(World), ctypes.c_int64)
        rows, capacity = len(start.id), int(ROOM * len(start.id)) + 20 * TILE
        self.arrays = {
            **tables(workload, choices),
            "received": np.zeros(workload.nodes, RECEIVED),
            "level": start.level.copy(),
            "emitted": np.zeros(workload.nodes, np.int64),
            "id": with_room(start.id, capacity, np.int64),
            "node": with_room(start.node, capacity, np.uint32),
            "ttl": with_room(start.ttl, capacity, np.uint8),
            "content": with_room(start.content, capacity, np.float32),
            "hole": np.empty(capacity, np.int64),
            "birth": np.empty(capacity, np.int64),
        }
        self.world = World(
            nodes=workload.nodes,
            width=workload.width,
            rows=rows,
            capacity=capacity,
            step=start.step,
            lifetime=LIFETIME,
            seed=seed,
            docking=DOCKING,
            absorb=ABSORB,
            hazard=HAZARD,
            amount=AMOUNT,
            gain=GAIN,
            logit=LOGIT,
            root=workload.width**0.5,
            keep=float(functions.exp(-1.0 / CLEARANCE)),
            mean=MEAN,
            deviation=DEVIATION,
            **{name: array.ctypes.data for name, array in self.arrays.items()},
        )

    def step(self) -> None:
        """One step."""
        if self.run(self.world, 1):
            raise MemoryError("the births of a step find no room")

    @property
    def alive(self) -> int:
        """Vesicles alive."""
        return self.world.rows - self.world.holes

    @property
    def born(self) -> int:
        """Births."""
        return self.world.born

    @property
    def docked(self) -> int:
        """Dockings."""
        return int(self.arrays["received"]["docked"].sum())

    @property
    def absorbed(self) -> int:
        """Vesicles absorbed."""
        return self.world.absorbed

    @property
    def bytes_per_vesicle(self) -> float:
        """Bytes of the columns, room to grow included, for each vesicle alive."""
        columns = ("id", "node", "ttl", "content", "hole", "birth")
        return sum(self.arrays[name].nbytes for name in columns) / self.alive

    def where(self) -> np.ndarray:
        """(alive,) the node of each vesicle."""
        return self.arrays["node"][self.living()]

    def living(self) -> np.ndarray:
        """(alive,) the rows that are not those of the dead."""
        alive = np.ones(self.world.rows, bool)
        alive[self.arrays["hole"][: self.world.holes]] = False
        return np.flatnonzero(alive)

    def start(self) -> Start:
        """The vesicles and levels as they are now."""
        rows = self.living()
        columns = (self.arrays[name][rows] for name in ("id", "node", "ttl", "content"))
        return Start(self.world.step, *columns, self.arrays["level"])


def tables(workload: Workload, choices: Choices) -> dict[str, np.ndarray]:
    """What the loops look up: the model's alias tables, receptors, and the distribution of births."""
    slots = np.empty(len(choices.threshold), SLOT)
    slots["threshold"] = np.ceil(np.maximum(choices.threshold, 0.0) * FRACTION)
    slots["own"], slots["other"] = choices.ends.T
    return {
        "first": choices.first.astype(np.uint32),
        "slots": slots,
        "receptor": in_whole_lines(workload.receptor.astype(np.float32)),
        "below": poisson_below(workload.rate),
    }


def poisson_below(rate: float) -> np.ndarray:
    """(CUMULATIVE,) P(births <= k), summed as the model does; then 2, which no draw reaches."""
    if rate > LARGEST_RATE:
        raise ValueError(f"got {rate:g} births a node and step; the bound knows up to {LARGEST_RATE:g}")
    mass = below = float(functions.exp(-rate))
    found = [below]
    for count in range(1, CUMULATIVE):
        mass = mass * rate / count
        below = below + mass
        found.append(below)
    return np.array([*found, 2.0])


def in_whole_lines(values: np.ndarray) -> np.ndarray:
    """The values, from where a line of the cache begins, so that a row of 64 bytes takes one line and not two."""
    room = np.empty(values.nbytes + LINE, np.uint8)
    first = -room.ctypes.data % LINE
    found = room[first : first + values.nbytes].view(values.dtype).reshape(values.shape)
    found[:] = values
    return found


def with_room(values: np.ndarray, capacity: int, dtype) -> np.ndarray:
    """The values, then zeros up to ``capacity``."""
    found = np.zeros((capacity, *values.shape[1:]), dtype)
    found[: len(values)] = values
    return found
