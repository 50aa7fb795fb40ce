"""Growable columns with ids: the store under every agent.

A row is an agent; rows have no lasting place. Births are appended, deaths filled with rows from the end, and nothing
may depend on the order. An agent is found again by its id.
"""

from collections.abc import Callable

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.machine import free_memory, refuse_beyond
from vesicle_abm.core.scalar import kernel

FIRST_CAPACITY = 64
MANY = 1_000_000  # rows; room ahead is a half of fewer, an eighth of more: copied rarely enough, and never much unused
WATCHED = 2**26  # bytes; growth by fewer does not ask the machine
WORD = 4  # bytes that are moved at once, where a row's entry is made of such


class Columns:
    """Named columns of one length, among them ``id`` (int64, unique).

    >>> vesicles = Columns({"id": ("i8", ()), "node": ("i4", ())})
    >>> rows = vesicles.append(np.array([7, 8, 9]), node=np.array([1, 2, 3]))
    >>> vesicles.remove(np.array([0]))
    >>> sorted(vesicles["id"].tolist())
    [8, 9]
    """

    def __init__(self, layout: dict[str, tuple[str, tuple[int, ...]]], free: Callable[[], int] = free_memory):
        """``layout``: name -> (dtype, shape of one row's entry); ``free``: bytes that the machine can still give."""
        self.layout = dict(layout)
        self.size = 0
        self.version = 0  # grows with every birth or death, so that an index of rows knows when it is stale
        self.free = free
        self._store = {name: np.zeros((0, *shape), dtype) for name, (dtype, shape) in self.layout.items()}
        self._index: tuple[int, np.ndarray, np.ndarray] | None = None

    @classmethod
    def of(cls, layout: dict[str, tuple[str, tuple[int, ...]]], given: dict[str, np.ndarray]) -> "Columns":
        """Of arrays, one for each column, that are kept as they are.

        Raises
        ------
        InputError
            if they do not fit the layout.
        """
        columns = cls(layout)
        columns.size = columns.version = len(given["id"])
        for name, (dtype, shape) in columns.layout.items():
            array = given[name]
            if array.dtype != np.dtype(dtype) or array.shape != (columns.size, *shape):
                words = f"{array.dtype} {array.shape}; {np.dtype(dtype)} {(columns.size, *shape)} is needed"
                raise InputError(f"got {words}", name)
            columns._store[name] = array
        return columns

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

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return sum(self._entry_bytes())

    def reserve(self, capacity: int) -> None:
        """Make room for so many rows.

        Raises
        ------
        InputError
            if the machine has not the memory for it; nothing is changed then.
        """
        if capacity <= self.capacity:
            return
        grown = self.row_bytes * (capacity - self.capacity)
        if grown > WATCHED:
            widest = max(self._entry_bytes()) * self.size  # is copied while both stand
            refuse_beyond(self.free(), grown + widest, f"room for {capacity:,} vesicles", "vesicles")
        for name, old in self._store.items():
            new = np.zeros((capacity, *old.shape[1:]), old.dtype)
            new[: self.size] = old[: self.size]
            self._store[name] = new

    def make_room(self, count: int, most: int | None = None) -> None:
        """Room for ``count`` further rows, and some ahead; for more than ``most`` rows in all none is made ahead."""
        needed = self.size + count
        if needed > self.capacity:
            self.reserve(room_ahead(needed, most))

    def append(self, ids: np.ndarray, most: int | None = None, **given: np.ndarray) -> slice:
        """Add rows with these ids and ``given`` values, all others zero; returns where they stand. ``most`` as in
        ``make_room``.
        """
        self.make_room(len(ids), most)
        rows = slice(self.size, self.size + len(ids))
        self.size = rows.stop
        self.version += 1
        for name, array in self._store.items():
            array[rows] = ids if name == "id" else given.get(name, 0)
        return rows

    def remove(self, rows: np.ndarray) -> None:
        """Drop the given rows (ascending, without repeats); rows from the end move into their places."""
        if not len(rows):
            return
        kept = self.size - len(rows)
        inside = int(np.searchsorted(rows, kept))  # the rest are at the end, where nothing needs to be filled
        if inside:
            moved = np.empty(inside, np.int64)
            list_survivors(rows[inside:], kept, self.size, moved)
            for array in self._store.values():
                if array.size:  # a content of width 0 holds nothing to move
                    fill(words_of(array), rows[:inside], moved)
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

    def _entry_bytes(self) -> list[int]:
        return [np.dtype(entry).itemsize for entry in self.layout.values()]

    def copy(self) -> "Columns":
        """An independent copy."""
        other = Columns.of(self.layout, {name: self[name].copy() for name in self.layout})
        other.free = self.free
        return other


def room_ahead(needed: int, most: int | None = None) -> int:
    """Rows to make room for where so many are needed."""
    ahead = max(needed + needed // (8 if needed > MANY else 2), FIRST_CAPACITY)
    return max(needed, ahead if most is None else min(ahead, most))


def words_of(column: np.ndarray) -> np.ndarray:
    """(n, w) a column as words, so that one loop moves them all, whatever they mean."""
    rows = column.reshape(len(column), -1)
    return rows.view(np.uint32 if rows.itemsize * rows.shape[1] % WORD == 0 else np.uint8)


@kernel
def list_survivors(dead, first, last, survivors):
    """The rows from ``first`` up to ``last`` that are not among the ``dead``, which ascend."""
    at = 0
    found = 0
    for row in range(first, last):
        if at < len(dead) and dead[at] == row:
            at += 1
        else:
            survivors[found] = row
            found += 1


@kernel
def fill(words, holes, moved):
    """``words[holes[i]] = words[moved[i]]``, row by row."""
    for i in range(len(holes)):
        for j in range(words.shape[1]):
            words[holes[i], j] = words[moved[i], j]
