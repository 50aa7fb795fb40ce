"""Where two runs first differ, to the bit: tables by row and then by column, then what is counted at the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.rundir import EDGES, NODES, SERIES, SPIKES

TIMED = ("wall_s", "steps_per_s")  # metrics that tell of the machine
COUNTED = ("counts", "counts_by_kind", "expected_alive", "metrics", "warnings", "digest")  # at the end, in this order
TABLES = {SERIES: "step", SPIKES: "step", NODES: "node", EDGES: "row"}  # what a row of each stands for
ABSENT, THERE = "nothing", "there"


@dataclass(frozen=True)
class Difference:
    """A place ("step 31", say), what is different there, and both values.

    >>> str(Difference("step 31", "walker.alive", 124, 125))
    'step 31: walker.alive was 124, and is 125'
    """

    place: str
    name: str
    then: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.place}: {self.name} was {self.then}, and is {self.now}"


def differences(then: Path, told: dict, now: Path, tells: dict) -> Iterator[Difference]:
    """Of two runs' folders, then of what is told of their ends."""
    for name, row in TABLES.items():
        there = [(folder / name).is_file() for folder in (then, now)]
        if there[0] != there[1]:
            yield Difference(name, "the file", *(THERE if is_there else ABSENT for is_there in there))
        elif all(there):
            yield from table_differences(then / name, now / name, row)
    for name in COUNTED:
        yield from value_differences(name, told.get(name, ABSENT), tells.get(name, ABSENT))


def table_differences(then: Path, now: Path, row: str) -> Iterator[Difference]:
    """The first difference of two Parquet files; a column of each is held at a time.

    Raises
    ------
    InputError
        if the first cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = [pq.read_schema(path).names for path in (then, now)]
        for column in [*names[0], *(name for name in names[1] if name not in names[0])]:
            if not all(column in found for found in names):
                there = (THERE if column in found else ABSENT for found in names)
                yield Difference(then.name, f"column {column}", *there)
                return
        rows = [pq.read_metadata(path).num_rows for path in (then, now)]
        if rows[0] != rows[1]:
            yield Difference(then.name, "rows", *rows)
            return
        first, found = rows[0], None
        for column in names[0]:
            values = [pq.read_table(path, columns=[column])[column].to_numpy() for path in (then, now)]
            unequal = np.flatnonzero(different(*values))
            if len(unequal) and unequal[0] < first:
                first, found = int(unequal[0]), (column, *(value[unequal[0]] for value in values))
        if found is not None:
            place = pq.read_table(then, columns=[row])[row][first].as_py() if row in names[0] else first
            yield Difference(f"{row} {place}", *found)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{str(then)!r} cannot be read: {error}", "run directory") from None


def different(then: np.ndarray, now: np.ndarray) -> np.ndarray:
    """(rows,) where two columns differ, floating-point numbers by their bits."""
    if then.dtype != now.dtype:
        return np.ones(len(then), bool)
    if then.dtype.kind == "f":
        bits = np.dtype(f"u{then.dtype.itemsize}")
        then, now = then.view(bits), now.view(bits)
    return then != now


def value_differences(name: str, then: Any, now: Any) -> Iterator[Difference]:
    """Of two values, those that are tables key by key."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in [*then, *(key for key in now if key not in then)]:
            if key not in TIMED:
                yield from value_differences(f"{name}.{key}", then.get(key, ABSENT), now.get(key, ABSENT))
    elif then != now:
        yield Difference("the end", name, then, now)
