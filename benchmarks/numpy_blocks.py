"""The workload in numpy: columns, worked off in blocks that stay in the cache; births go into the rows of the dead."""

import numpy as np
from column_cycle import ColumnCycle, ColumnModel
from steady_state import Choices, Start
from workload import LIFETIME, Workload

BLOCK = 16_384  # vesicles; the best of 4 096 … 65 536 on the machine where this was written
ROOM = 1.1  # rows for each vesicle of the start: the steady state stays far below


class NumpyModel(ColumnModel):
    """The model; ``born``, ``docked``, ``absorbed`` count events."""

    def __init__(self, workload: Workload, start: Start, choices: Choices, seed: int):
        self.cycle = ColumnCycle(workload, choices, start.level, seed)
        self.rows, self.dead = len(start.node), np.empty(0, np.int64)
        room = int(ROOM * self.rows) + BLOCK
        self.node, self.ttl = np.empty(room, np.int32), np.empty(room, np.int32)
        self.content = np.empty((room, workload.width), np.float32)
        self.put(slice(0, self.rows), start.node, start.ttl, start.content)

    def step(self) -> None:
        """Vesicles are born, and each lives one step."""
        births, content = self.cycle.begin()
        beyond = max(0, len(births) - len(self.dead))
        rows = np.concatenate([self.dead[: len(births)], np.arange(self.rows, self.rows + beyond)])
        self.put(rows, births, LIFETIME, content)
        self.rows += beyond
        self.close(self.dead[len(births) :])
        ended = []
        for first in range(0, self.rows, BLOCK):
            block = slice(first, min(first + BLOCK, self.rows))
            self.node[block], ends = self.cycle.live(self.node[block], self.ttl[block], self.content[block])
            ended.append(first + np.flatnonzero(ends))
        self.dead = np.concatenate(ended)

    def put(self, rows, node, ttl, content) -> None:
        """Fill rows."""
        self.node[rows], self.ttl[rows], self.content[rows] = node, ttl, content

    def close(self, holes: np.ndarray) -> None:
        """Rows from the end move to those of the dead that no birth has taken."""
        self.rows -= len(holes)
        tail = np.setdiff1d(np.arange(self.rows, self.rows + len(holes)), holes, assume_unique=True)
        self.put(holes[holes < self.rows], self.node[tail], self.ttl[tail], self.content[tail])

    @property
    def alive(self) -> int:
        """Vesicles alive."""
        return self.rows - len(self.dead)

    @property
    def bytes_per_vesicle(self) -> float:
        """Bytes of the columns, room to grow included, for each vesicle alive."""
        return (self.node.nbytes + self.ttl.nbytes + self.content.nbytes) / self.alive

    def where(self) -> np.ndarray:
        """(alive,) the node of each vesicle."""
        return np.delete(self.node[: self.rows], self.dead)
