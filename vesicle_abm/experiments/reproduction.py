"""A run made again and compared, bit by bit, with what its run directory holds: the first difference is named."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.environment import environment
from vesicle_abm.experiments.run import Report, graph_checksum, run, silent
from vesicle_abm.experiments.rundir import EDGES, MANIFEST, NODES, SERIES, RunDirectory, checksum
from vesicle_abm.scenario import Scenario

TIMED = ("wall_s", "steps_per_s")  # metrics that tell of the machine
COUNTED = ("counts", "counts_by_kind", "expected_alive", "metrics", "warnings", "digest")  # of a manifest, in order
TABLES = {SERIES: "step", NODES: "node", EDGES: "row"}  # what a row of each stands for
ABSENT = "nothing"


@dataclass(frozen=True)
class Difference:
    """Where two runs first differ: a place ("step 31", say), what is different there, and both values."""

    place: str
    name: str
    then: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.place}: {self.name} was {self.then}, and is {self.now}"


@dataclass(frozen=True)
class Reproduction:
    """How a run made again compares.

    ``difference``: the first, none where both are equal; ``altered``: files that are no longer as the run left them;
    ``changed``: what it ran with and is different here, name -> (then, now).
    """

    path: Path
    difference: Difference | None
    altered: tuple[str, ...]
    changed: dict[str, tuple[Any, Any]]

    @property
    def equal(self) -> bool:
        """Whether the run came out the same, to the bit."""
        return self.difference is None


def reproduce(run_dir, report: Report = silent, threads: int | None = None) -> Reproduction:
    """Make a finished run again, in a folder for the while, and compare series, tables, counts, metrics and digest.

    >>> from tempfile import mkdtemp
    >>> from vesicle_abm.experiments.run import run
    >>> found = run(Scenario.load("random_walk"), steps=20, out=Path(mkdtemp()) / "walk")
    >>> reproduce(found.path).equal
    True

    Raises
    ------
    InputError
        if the folder holds no finished run, or one that cannot be read, or the graph's file is not what it was.
    """
    directory = RunDirectory.open(run_dir)
    if not directory.finished:
        raise InputError(
            f"{str(run_dir)!r} holds a run that has not finished; vesicle-abm resume goes on with it", "run directory"
        )
    then = directory.read_json(MANIFEST)
    scenario = scenario_of(then)
    with tempfile.TemporaryDirectory(prefix="vesicle-abm-") as folder:
        again = run(
            scenario, seed=then["seed"], steps=then["steps"], view=then["view"], out=Path(folder) / "again",
            threads=threads, report=report,
        )  # fmt: skip
        difference = next(differences(directory, then, RunDirectory(again.path), again.manifest), None)
    return Reproduction(directory.path, difference, altered(directory, then), changes(then, environment()))


def scenario_of(manifest: dict) -> Scenario:
    """The scenario that a run was of, with what was set."""
    scenario = Scenario(manifest["data"], f"{manifest['scenario']}.toml", Path(manifest.get("folder", "")))
    if graph_checksum(scenario) != manifest.get("graph_sha256"):
        file = scenario.folder / str(scenario.table.graph.file)
        raise InputError(f"{str(file)!r} is not the file that the run was made with", "graph.file")
    return scenario


def differences(then: RunDirectory, told: dict, now: RunDirectory, tells: dict) -> Iterator[Difference]:
    """Of two runs' tables, then of what their manifests count."""
    for name, row in TABLES.items():
        there = [(directory / name).is_file() for directory in (then, now)]
        if there[0] != there[1]:
            yield Difference(name, "the file", *("there" if is_there else ABSENT for is_there in there))
        elif all(there):
            yield from table_differences(then / name, now / name, name, row)
    for name in COUNTED:
        yield from value_differences(name, told.get(name, ABSENT), tells.get(name, ABSENT))


def table_differences(then: Path, now: Path, name: str, row: str) -> Iterator[Difference]:
    """The first difference of two Parquet files, by row and then by column; a column of each is held at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = [pq.read_schema(path).names for path in (then, now)]
        for column in [*names[0], *(n for n in names[1] if n not in names[0])]:
            if not all(column in found for found in names):
                yield Difference(name, f"column {column}", *("there" if column in n else ABSENT for n in names))
                return
        rows = [pq.read_metadata(path).num_rows for path in (then, now)]
        if rows[0] != rows[1]:
            yield Difference(name, "rows", *rows)
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


def value_differences(name: str, then, now) -> Iterator[Difference]:
    """Of two values of a manifest, those that are tables key by key."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in [*then, *(k for k in now if k not in then)]:
            if key not in TIMED:
                yield from value_differences(f"{name}.{key}", then.get(key, ABSENT), now.get(key, ABSENT))
    elif then != now:
        yield Difference("the end", name, then, now)


def altered(directory: RunDirectory, manifest: dict) -> tuple[str, ...]:
    """The files of a run that are gone, or do not have the checksum that it noted."""
    sums = manifest["files"].items()
    return tuple(
        name for name, noted in sums if not (directory / name).is_file() or checksum(directory / name) != noted
    )


def changes(then: dict, now: dict) -> dict[str, tuple[Any, Any]]:
    """What a run was made with and is different now, versions name by name."""
    versions = {name: (then["versions"].get(name), now["versions"].get(name)) for name in now["versions"]}
    others = {name: (then.get(name), now[name]) for name in now if name != "versions"}
    return {name: pair for name, pair in (versions | others).items() if pair[0] != pair[1]}
