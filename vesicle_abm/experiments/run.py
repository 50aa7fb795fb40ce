"""One run of a scenario into a run directory: advance, checkpoint, and at the end series, figures and a manifest.

Killed at any moment, it resumes from the last checkpoint with the bits of an uninterrupted run.
"""

import contextlib
import shlex
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vesicle_abm.books import accounting
from vesicle_abm.core.errors import InputError, RunStoppedError
from vesicle_abm.core.identity import MAX_STEPS
from vesicle_abm.experiments.ahead import expected_frames, expected_names, expected_nodes, look_ahead
from vesicle_abm.experiments.environment import environment
from vesicle_abm.experiments.measures import plain_numbers
from vesicle_abm.experiments.rundir import (
    CHECKPOINT,
    MANIFEST,
    REQUEST,
    SCENARIO,
    SERIES,
    SPIKE_ROWS,
    SPIKES,
    RunDirectory,
    checksum,
)
from vesicle_abm.experiments.series import write_series, write_spikes
from vesicle_abm.experiments.tables import edge_table, edges_of, node_table, write_tables
from vesicle_abm.model import VesicleModel
from vesicle_abm.raster import COLUMNS
from vesicle_abm.scenario import Scenario
from vesicle_abm.views.density import refuse_what_density_cannot_hold

DENSITY = "density"
SECONDS_BETWEEN_CHECKPOINTS = 10.0
SECONDS_BETWEEN_REPORTS = 0.1
RUNS = Path("runs")

Report = Callable[[int, int], None]  # (steps done, steps in all)


def silent(done: int, steps: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Result:
    """A finished run: its folder and its manifest."""

    path: Path
    manifest: dict


def run(
    scenario: Scenario,
    *,
    seed: int | None = None,
    steps: int | None = None,
    view: str | None = None,
    out=None,
    save_every: int | None = None,
    overrides: dict[str, Any] | None = None,
    threads: int | None = None,
    report: Report = silent,
) -> Result:
    """Run a scenario to its end.

    Parameters
    ----------
    scenario : with ``overrides`` already in it; they are only noted here
    seed, steps, view : instead of the scenario's own
    out : the run directory, new or empty; by default ``runs/NAME-SEED``
    save_every : steps between checkpoints; by default one every ten seconds
    report : called with the steps done and the steps in all, some ten times a second

    Raises
    ------
    InputError
        for bad input; nothing is written then.
    RunStoppedError
        if Ctrl-C stops it, or the disk fails; ``resume`` goes on with it.
    """
    seed, view = scenario.seed if seed is None else seed, scenario.view if view is None else view
    steps = checked(scenario.steps if steps is None else steps, "steps", MAX_STEPS)
    if save_every is not None:
        checked(save_every, "save_every", MAX_STEPS)
    model = scenario.build(seed=seed, view=view, threads=threads)
    if view == DENSITY:
        refuse_what_density_cannot_hold(model)  # before anything is written
    name = f"{scenario.name}-{seed}"
    directory = RunDirectory.fresh(RUNS, name) if out is None else RunDirectory.create(out)
    request = {
        "scenario": scenario.name,
        "question": scenario.question,
        "expect": scenario.expect,
        "data": scenario.data,
        "folder": str(scenario.folder.resolve()),
        "graph_sha256": graph_checksum(scenario),
        "overrides": overrides or {},
        "seed": seed,
        "steps": steps,
        "view": view,
        "save_every": save_every,
        "started": now(),
    }
    with stoppable(directory):
        directory.checkpoint(model)
        if scenario.text is not None:
            (directory / SCENARIO).write_text(scenario.text, encoding="utf-8")
        directory.write_json(REQUEST, request)
        return finish(directory, request, model, report)


def resume(path, report: Report = silent, threads: int | None = None) -> Result:
    """Go on with a run from its last checkpoint; a finished run is left as it is.

    Raises
    ------
    InputError
        if the folder holds no run, another process is running it, or its checkpoint is damaged.
    RunStoppedError
        if it is stopped again, or the disk fails.
    """
    directory = RunDirectory.open(path)
    if directory.finished:
        directory.remove_rows()  # a run that was killed in its last moment leaves them
        return Result(directory.path, directory.read_json(MANIFEST))
    request = directory.read_json(REQUEST)
    with stoppable(directory):
        directory.lock()
        model = VesicleModel.load(directory / CHECKPOINT, threads=threads)
        return finish(directory, request, model, report)


@contextlib.contextmanager
def stoppable(directory: RunDirectory) -> Iterator[None]:
    """Whatever stops the writing of a run is told with the way to go on; the folder is let go in any case."""
    try:
        yield
    except KeyboardInterrupt:
        raise RunStoppedError(f"stopped; {how_to_go_on(directory)}") from None
    except OSError as error:
        words = error.strerror or str(error)
        raise RunStoppedError(
            f"cannot write into {str(directory.path)!r}: {words}; {how_to_go_on(directory)}"
        ) from error
    finally:
        directory.unlock()


def how_to_go_on(directory: RunDirectory) -> str:
    """The command that goes on with a run that was stopped."""
    if not (directory / REQUEST).exists():
        return "it had not begun, and may be started again with the same command"
    return f"to go on from the last checkpoint:\nvesicle-abm resume {shlex.quote(str(directory.path))}"


def finish(directory: RunDirectory, request: dict, model: VesicleModel, report: Report) -> Result:
    """Run to the end and write the results, the manifest last."""
    started, first = time.perf_counter(), model.time
    if request["view"] == DENSITY:
        results = density_results(directory, request, model)
        stepping = time.perf_counter() - started
    else:
        advance(directory, request, model, report)
        stepping = time.perf_counter() - started
        results = particle_results(directory, model)
    done = request["steps"] - first
    metrics = {
        "wall_s": time.perf_counter() - started,
        "steps_per_s": done / stepping if done else 0.0,
        **results.pop("metrics"),
    }
    manifest = {
        "format": 1,
        "status": "finished",
        **request,
        "warnings": [],
        **results,
        "metrics": metrics,
        "resumed_at_step": first or None,
        "finished": now(),
        **environment(),
        "files": directory.checksums(),
    }
    directory.write_json(MANIFEST, manifest)
    directory.unlock()
    directory.remove_rows()
    return Result(directory.path, directory.read_json(MANIFEST))


def advance(directory: RunDirectory, request: dict, model: VesicleModel, report: Report) -> None:
    """Step to the end, with checkpoints on the way and one at the end."""
    steps, every = request["steps"], request["save_every"]
    recorder = model.recorder
    recorder.stream_to(directory.rows(len(recorder.names), recorder.mark))
    if recorder.raster is not None:
        recorder.raster.stream_to(directory.rows(len(COLUMNS), recorder.raster.mark, SPIKE_ROWS))
    saved = reported = time.monotonic()
    report(model.time, steps)
    with interrupted_between_steps() as asked:
        while model.time < steps:
            left = steps - model.time
            model.advance(min(left, every - model.time % every) if every else left)
            if asked():
                raise KeyboardInterrupt
            instant = time.monotonic()
            due = model.time % every == 0 if every else instant - saved > SECONDS_BETWEEN_CHECKPOINTS
            if due and model.time < steps:
                directory.checkpoint(model)
                saved = time.monotonic()
            if instant - reported > SECONDS_BETWEEN_REPORTS:
                report(model.time, steps)
                reported = instant
    report(model.time, steps)
    directory.checkpoint(model)


@contextlib.contextmanager
def interrupted_between_steps() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed, as a function: it takes hold between two steps. While compiled code is being loaded
    it would end the process at once.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def particle_results(directory: RunDirectory, model: VesicleModel) -> dict:
    """Write what the steps have left; what the manifest says of it."""
    recorder = model.recorder
    series = write_series(directory / SERIES, model.kinds, recorder.rows, recorder.frames)
    if recorder.raster is not None:
        write_spikes(directory / SPIKES, recorder.raster)
    write_tables(directory, model, series.brief, node_table(model), edge_table(model))
    return {
        "digest": model.state.digest(),
        "counts": model.counts,
        "counts_by_kind": model.counts_by_kind,
        "accounting": accounting(model).as_dict(),
        "warnings": model.warnings,
        "metrics": {"vesicles_max": int(series.vesicles_max), **plain_numbers(model.metrics)},
    }


def density_results(directory: RunDirectory, request: dict, model: VesicleModel) -> dict:
    """Look ahead by the density view; write what is expected, step by step, and of nodes and edges at the end."""
    kinds, names = model.kinds, expected_names(model)
    rows = directory.rows(len(names))
    ahead = look_ahead(model, request["steps"], rows)
    series = write_series(directory / SERIES, kinds, rows.rows, lambda most: expected_frames(rows, names, most))
    write_tables(directory, model, series.brief, expected_nodes(ahead, model), edges_of(ahead.world))
    return {
        "digest": ahead.digest,
        "expected_alive": {kind: float(ahead.last.occupancy[k].sum()) for k, kind in enumerate(kinds)},
        "warnings": ahead.warnings,
        "metrics": {"vesicles_max": float(series.vesicles_max), **ahead.metrics},
    }


def graph_checksum(scenario: Scenario) -> str | None:
    """The SHA-256 of the file that a scenario reads its graph from, if it reads one that is there."""
    file = scenario.folder / (scenario.table.graph.file or "")
    return checksum(file) if file.is_file() else None


def checked(number, key: str, most: int) -> int:
    """A whole number from 1 to ``most``."""
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
        raise InputError(f"got {number!r}; a whole number >= 1 and <= {most} is allowed", key)
    return number


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
