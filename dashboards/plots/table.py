"""Table: the rows of a run's steps that are held to be drawn, a bounded number of them however long the run is.

All rows are held until they are ``most``. Then every other goes, and of later steps only the multiples of ``stride``
are taken: 1, 2, 4 … Columns of numbers so far (births, say) lose nothing by it: their differences are exact sums.
"""

import numpy as np

MOST = 4096  # rows
ROOM = 256  # rows for which room is made at first


class Table:
    """Rows by ascending step; each has a number a column, NaN where there was none."""

    def __init__(self, columns: list[str], most: int = MOST):
        self.columns, self.most = ["step", *columns], most
        self.stride = 1
        self._store = np.empty((min(ROOM, most), len(self.columns)))
        self._held = 0

    def __len__(self) -> int:
        return self._held

    @property
    def rows(self) -> np.ndarray:
        """(rows, columns), "step" first."""
        return self._store[: self._held]

    @property
    def last(self) -> int:
        """The latest step held; -1 if there is none."""
        return int(self._store[self._held - 1, 0]) if self._held else -1

    def row(self, step: int) -> np.ndarray:
        """(columns,) of a step that is held."""
        return self._store[np.searchsorted(self.rows[:, 0], step)]

    def column(self, name: str) -> np.ndarray:
        """(rows,) of one column."""
        return self.rows[:, self.columns.index(name)]

    def regroup(self, columns: list[str]) -> None:
        """Take rows of other columns from now on. Those not among them stay, behind the others, with NaN to come."""
        before, rows = self.columns, self.rows
        self.columns = ["step", *columns, *(name for name in before[1:] if name not in columns)]
        self._store = np.full((max(self._held, ROOM), len(self.columns)), np.nan)
        self._store[: self._held, [self.columns.index(name) for name in before]] = rows

    def put(self, step: int, values: list[float]) -> bool:
        """A step's row, in place of what was held of this step; whether it was taken."""
        if step % self.stride:
            return False
        if step > self.last:
            if self._held == self.most:
                self._thin()
                return self.put(step, values)
            at = self._held
            self._make_room()
        else:
            at = int(np.searchsorted(self.rows[:, 0], step))
            if self._store[at, 0] != step:
                return False  # of a step that was never shown, before others that were
        self._store[at] = np.nan
        self._store[at, : len(values) + 1] = (step, *values)
        self._held = max(self._held, at + 1)
        return True

    def copy(self) -> "Table":
        """An independent copy."""
        copied = Table([], self.most)
        copied.columns, copied.stride = self.columns, self.stride
        copied._store, copied._held = self.rows.copy(), self._held
        return copied

    def cut(self, step: int) -> None:
        """Forget the steps after this one."""
        self._held = int(np.searchsorted(self.rows[:, 0], step, side="right"))

    def forget(self, columns: list[str]) -> None:
        """Put NaN in these columns."""
        for name in columns:
            self.column(name)[:] = np.nan

    def _make_room(self) -> None:
        if self._held == len(self._store):
            room = min(max(ROOM, self._held), self.most - self._held)
            self._store = np.concatenate([self._store, np.empty((room, len(self.columns)))])

    def _thin(self) -> None:
        self.stride *= 2
        kept = self.rows[self.rows[:, 0] % self.stride == 0]
        self._store[: len(kept)] = kept
        self._held = len(kept)
