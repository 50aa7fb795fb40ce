"""Growable columns with ids: the store under every agent.

A row is an agent; rows have no lasting place. Births are appended, deaths filled with rows from the end, and nothing
may depend on the order. An agent is found again by its id.
"""

import numpy as np

GROWTH = 1.5
FIRST_CAPACITY = 64


class Columns:
    """Named columns of one length, among them ``id`` (int64, unique).

    >>> vesicles = Columns({"id": ("i8", ()), "node": ("i4", ())})
    >>> rows = vesicles.append(np.array([7, 8, 9]))
    >>> vesicles["node"][rows] = [1, 2, 3]
    >>> vesicles.remove(np.array([0]))
    >>> sorted(vesicles["id"].tolist())
    [8, 9]
    """

    def __init__(self, layout: dict[str, tuple[str, tuple[int, ...]]]):
        """``layout``: name -> (dtype, shape of one row's entry)."""
        self.layout = dict(layout)
        self.size = 0
        self.version = 0  # grows with every birth or death, so that an index of rows knows when it is stale
        self._store = {name: np.zeros((0, *shape), dtype) for name, (dtype, shape) in self.layout.items()}
        self._index: tuple[int, np.ndarray, np.ndarray] | None = None

    def __getitem__(self, name: str) -> np.ndarray:
        """The live part of a column: a view, valid until the next birth or death."""
        return self._store[name][: self.size]

    def __contains__(self, name: str) -> bool:
        return name in self._store

    def __len__(self) -> int:
        return self.size

    @property
    def capacity(self) -> int:
        """Rows that fit without growing."""
        return len(self._store["id"])

    @property
    def nbytes(self) -> int:
        """Bytes held, room to grow included."""
        return sum(array.nbytes for array in self._store.values())

    def reserve(self, capacity: int) -> None:
        """Make room for so many rows."""
        if capacity > self.capacity:
            for name, old in self._store.items():
                new = np.zeros((capacity, *old.shape[1:]), old.dtype)
                new[: self.size] = old[: self.size]
                self._store[name] = new

    def append(self, ids: np.ndarray, most: int | None = None) -> slice:
        """Add rows with these ids, all else zero; returns where they stand. For more than ``most`` rows in all no room
        is made ahead.
        """
        start, stop = self.size, self.size + len(ids)
        if stop > self.capacity:
            ahead = max(int(self.capacity * GROWTH), FIRST_CAPACITY)
            self.reserve(max(stop, ahead if most is None else min(ahead, most)))
        self.size = stop
        self.version += 1
        rows = slice(start, stop)
        for array in self._store.values():
            array[rows] = 0
        self._store["id"][rows] = ids
        return rows

    def remove(self, rows: np.ndarray) -> None:
        """Drop the given rows (ascending, without repeats); rows from the end move into their places."""
        if not len(rows):
            return
        kept = self.size - len(rows)
        inside = int(np.searchsorted(rows, kept))  # the rest are at the end, where nothing needs to be filled
        if inside:
            holes = rows[:inside]
            tail = np.ones(self.size - kept, dtype=bool)
            tail[rows[inside:] - kept] = False
            moved = np.flatnonzero(tail) + kept
            for array in self._store.values():
                if array.size:  # a content of width 0 holds nothing to move
                    array[holes] = array[moved]
        self.size = kept
        self.version += 1

    def permute(self, order: np.ndarray) -> None:
        """Put the rows in another order: row i becomes what row ``order[i]`` was."""
        for name in self.layout:
            self[name][:] = self[name].take(order, axis=0)
        self.version += 1

    def find(self, ids) -> np.ndarray:
        """The rows of these ids, -1 where there is none."""
        if self._index is None or self._index[0] != self.version:
            order = np.argsort(self["id"], kind="stable")
            self._index = (self.version, order, self["id"][order])
        _, order, ordered = self._index
        ids = np.asarray(ids, dtype=np.int64)
        if not self.size:
            return np.full(ids.shape, -1)
        at = np.minimum(np.searchsorted(ordered, ids), self.size - 1)
        return np.where(ordered[at] == ids, order[at], -1)

    def in_order(self) -> np.ndarray:
        """Row numbers by ascending id: the canonical order."""
        return np.argsort(self["id"], kind="stable")

    def copy(self) -> "Columns":
        """An independent copy."""
        other = Columns(self.layout)
        other.append(self["id"])
        for name in self.layout:
            other[name][:] = self[name]
        return other
