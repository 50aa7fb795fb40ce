"""A run made again and compared, bit by bit, with what its folder holds: a run directory, or a run of a study."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.differences import Difference, differences
from vesicle_abm.experiments.environment import environment
from vesicle_abm.experiments.execute import Job, simulate
from vesicle_abm.experiments.identity import canonical
from vesicle_abm.experiments.run import Report, graph_checksum, run, silent
from vesicle_abm.experiments.rundir import MANIFEST, RunDirectory, checksum
from vesicle_abm.experiments.store import CIRCUMSTANCES, RUN, STUDY, Store
from vesicle_abm.scenario import Scenario


@dataclass(frozen=True)
class Found:
    """A finished run as its folder has it: what is told of it, and what it was made with."""

    path: Path
    told: dict
    made_with: dict

    @property
    def of_a_study(self) -> bool:
        """Whether it is a study's."""
        return (self.path / CIRCUMSTANCES).is_file()


@dataclass(frozen=True)
class Reproduction:
    """How a run made again compares.

    ``difference``: the first, none where both are equal; ``altered``: files that are no longer as the run left them;
    ``changed``: what it was made with and is different here, name -> (then, now).
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
    """Make a finished run again, aside, and compare series, tables, counts, metrics and digest with what it left.

    ``run_dir``: a run directory, or a run's folder in a study. ``report`` and ``threads`` are for the former, as in
    ``run``; a study's runs take one thread.

    >>> from vesicle_abm.experiments.run import run
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     reproduce(run(Scenario.load("random_walk"), steps=20, out=folder).path).equal
    True

    Raises
    ------
    InputError
        if the folder holds no finished run, or one that cannot be read, or the graph's file is not what it was.
    """
    found = finished_run(Path(run_dir))
    with tempfile.TemporaryDirectory(prefix="vesicle-abm-") as folder:
        path = Path(folder) / "again"
        told = study_run_again(found, path) if found.of_a_study else run_again(found, path, report, threads)
        difference = next(differences(found.path, found.told, path, told), None)
    return Reproduction(found.path, difference, altered(found), changes(found.made_with, environment()))


def finished_run(path: Path) -> Found:
    """What a folder holds.

    Raises
    ------
    InputError
        if it holds no run, or one that has not finished, or is damaged.
    """
    if (path / CIRCUMSTANCES).is_file():
        try:
            told, made_with = (json.loads((path / name).read_text("utf-8")) for name in (RUN, CIRCUMSTANCES))
        except (OSError, ValueError) as error:
            raise InputError(f"{str(path)!r} cannot be read: {error}", "run directory") from None
        return Found(path, told, made_with)
    if (path / STUDY).is_file():
        raise InputError(
            f"{str(path)!r} holds a study; one of its runs is allowed, {path}/runs/RUN_ID", "run directory"
        )
    directory = RunDirectory.open(path)
    if not directory.finished:
        raise InputError(
            f"{str(path)!r} holds a run that has not finished; vesicle-abm resume goes on with it", "run directory"
        )
    manifest = directory.read_json(MANIFEST)
    return Found(path, manifest, manifest)


def run_again(found: Found, path: Path, report: Report, threads: int | None) -> dict:
    """Make the run of a run directory again in another; what its manifest tells."""
    told = found.told
    scenario = Scenario(told["data"], f"{told['scenario']}.toml", Path(told.get("folder", "")))
    if graph_checksum(scenario) != told.get("graph_sha256"):
        file = scenario.folder / str(scenario.table.graph.file)
        raise InputError(f"{str(file)!r} is not the file that the run was made with", "graph.file")
    asked = {name: told[name] for name in ("seed", "steps", "view")}
    return run(scenario, **asked, out=path, threads=threads, report=report).manifest


def study_run_again(found: Found, path: Path) -> dict:
    """Make a study's run again in another folder; what is told of it."""
    store, told = Store(found.path.resolve().parents[1]), found.told
    metrics = tuple(store.read_json(STUDY)["metrics"])
    numbers = (told["seed"], told["steps"], told["view"])
    job = Job(str(store.path), told["run_id"], told["data"], f"{told['scenario']}.toml", *numbers, metrics)
    path.mkdir()
    return json.loads(canonical(simulate(job, Scenario(job.data, job.source, store.inputs), path)))


def altered(found: Found) -> tuple[str, ...]:
    """The files of a run that are gone, or do not have the checksum that it noted."""
    files = ((name, found.path / name, noted) for name, noted in found.told["files"].items())
    return tuple(name for name, path, noted in files if not path.is_file() or checksum(path) != noted)


def changes(then: dict, now: dict) -> dict[str, tuple[Any, Any]]:
    """What a run was made with and is different now, versions name by name."""
    versions = {name: (then["versions"].get(name), now["versions"].get(name)) for name in now["versions"]}
    others = {name: (then.get(name), now[name]) for name in now if name != "versions"}
    return {name: pair for name, pair in (versions | others).items() if pair[0] != pair[1]}
