"""Recorded rows on disk: float64 numbers, row after row, and nothing else, so that to append is all there is to do.

What was appended survives the end of the process, however it ends, and after ``sync`` that of the machine. A mark says
how many rows there were and what their checksum is: rows behind it are cut off, rows before it are checked.
"""

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vesicle_abm.core.errors import InputError

NUMBER = np.dtype("<f8")
BLOCK = 4096  # rows that are checked at a time


class RowFile:
    """A file of rows of ``width`` numbers, open for more.

    Raises
    ------
    InputError
        if the rows of the ``mark`` are not in the file, or not as they were written.
    """

    def __init__(self, path: Path, width: int, mark: dict[str, int] | None = None):
        self.path, self.width = path, width
        self.rows, self._sum = 0, 0
        self._file = open(path, "r+b" if path.exists() else "x+b", buffering=0)  # noqa: SIM115 - until close()
        if mark is not None:
            self._check(mark)
        self._file.truncate(self.rows * width * NUMBER.itemsize)
        self._file.seek(0, os.SEEK_END)

    def _check(self, mark: dict[str, int]) -> None:
        self.rows = mark["rows"]
        held = os.fstat(self._file.fileno()).st_size // (self.width * NUMBER.itemsize)
        if held >= self.rows:
            for block in self.blocks(BLOCK):
                self._sum = zlib.crc32(block.tobytes(), self._sum)
        if held < self.rows or self._sum != mark["crc32"]:
            self.close()
            raise InputError(
                f"{str(self.path)!r} is damaged: it does not hold the {self.rows} rows of the checkpoint", "series"
            )

    def append(self, rows: np.ndarray) -> None:
        """Write (n, width) rows behind the others."""
        content = np.asarray(rows, NUMBER).tobytes()
        left = memoryview(content)
        while left:
            left = left[self._file.write(left) :]
        self.rows += len(rows)
        self._sum = zlib.crc32(content, self._sum)

    def sync(self) -> dict[str, int]:
        """Have all rows on the disk itself; their mark."""
        os.fsync(self._file.fileno())
        return {"rows": self.rows, "crc32": self._sum}

    def blocks(self, most: int) -> Iterator[np.ndarray]:
        """(n, width) all rows in order, at most so many at a time, in one block at least."""
        with open(self.path, "rb") as file:
            for first in range(0, max(1, self.rows), most):
                numbers = min(most, self.rows - first) * self.width
                yield np.fromfile(file, NUMBER, numbers).reshape(-1, self.width)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
