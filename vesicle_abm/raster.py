"""Raster: every spike of a run, as pairs of a step and a node, in memory or streamed away."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vesicle_abm.recorder import Stream

COLUMNS = ("step", "node")
HELD = 2**14  # spikes that are held before they are streamed away


class Raster:
    """Spikes in order of steps, then nodes; ``step`` counts steps done, so that the first step's are of step 1."""

    def __init__(self) -> None:
        self.mark: dict[str, int] | None = None  # of the stream that held the earlier ones, after a load
        self._stream: Stream | None = None
        self._held: list[np.ndarray] = []
        self._count = 0

    def take(self, step: int, activation: np.ndarray) -> None:
        """The spikes of a step."""
        nodes = np.flatnonzero(activation)
        self.keep(np.stack([np.full(len(nodes), step), nodes], axis=1))

    def keep(self, spikes: np.ndarray) -> None:
        """(n, 2) the spikes that follow."""
        self._held.append(spikes)
        self._count += len(spikes)
        if self._stream is not None and self._count > HELD:
            self._send(self._stream)

    @property
    def table(self) -> np.ndarray:
        """(n, 2) int64 what is held in memory."""
        self._held = [np.concatenate([np.zeros((0, 2), np.int64), *self._held])]
        return self._held[0]

    def blocks(self, most: int) -> Iterator[np.ndarray]:
        """(n, 2) int64 all spikes, at most so many at a time, in one block at least."""
        if self._stream is None:
            table = self.table
            yield from (table[first : first + most] for first in range(0, max(1, len(table)), most))
        else:
            self._send(self._stream)
            yield from (block.astype(np.int64) for block in self._stream.blocks(most))

    def stream_to(self, stream: "Stream") -> None:
        """Hold no more than some thousands from now on, and give the others to a stream."""
        self._stream = stream
        self._send(stream)

    def _send(self, stream: "Stream") -> None:
        stream.append(self.table)
        self._held, self._count = [], 0

    def settle(self) -> dict[str, int] | None:
        """Make what is streamed outlast the process; the stream's mark, None without one."""
        if self._stream is not None:
            self._send(self._stream)
            self.mark = self._stream.sync()
        return self.mark

    def restore(self, table: np.ndarray, mark: dict[str, int] | None = None) -> None:
        """Go on from what was recorded earlier: ``table``, and before it what the stream holds whose mark this is."""
        self.mark, self._held, self._count = mark, [np.array(table, np.int64).reshape(-1, 2)], len(table)
