"""One run of a study, in a worker process: from a scenario's data to a finished folder; done twice, it does no harm."""

import json
import re
import socket
import time
import traceback
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.ahead import expected_frames, expected_names, look_ahead
from vesicle_abm.experiments.environment import environment
from vesicle_abm.experiments.limits import PREPARING_S, alarm, end_beyond
from vesicle_abm.experiments.measures import Summary, measured, plain_numbers
from vesicle_abm.experiments.rowfile import RowFile
from vesicle_abm.experiments.run import DENSITY, now
from vesicle_abm.experiments.rundir import ROWS, SERIES, SPIKES
from vesicle_abm.experiments.series import write_series, write_spikes
from vesicle_abm.experiments.store import CIRCUMSTANCES, OF_THE_DISK, Store
from vesicle_abm.scenario import Scenario
from vesicle_abm.views.density import densities

if TYPE_CHECKING:
    import pandas as pd

WARM_STEPS = 3
LONGEST = 2000  # characters of a failure's text: a message from a worker must fit into a pipe at once
DISK = "disk"


@dataclass(frozen=True)
class Job:
    """A run to be done: plain numbers and text, for any process that sees the study's folder."""

    folder: str
    run_id: str
    data: dict  # the scenario, its settings in it
    source: str
    seed: int
    steps: int
    view: str
    metrics: tuple[str, ...] = ()
    timeout_s: float | None = None
    memory_limit: int | None = None


@dataclass(frozen=True)
class Failure:
    """Why a run has not finished: "exception", "input", "timeout", "memory", "killed", "disk" or "start"."""

    kind: str
    message: str
    where: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a job."""

    run_id: str
    failure: Failure | None = None


def execute(job: Job) -> Outcome:
    """Do a run; whatever goes wrong inside it comes back as its failure."""
    store = Store(job.folder)
    if store.done(job.run_id):
        return Outcome(job.run_id)
    try:
        scenario = Scenario(job.data, job.source, store.inputs)
        with alarm(job.timeout_s and job.timeout_s + PREPARING_S):
            warm(shape(job.data), job.view, scenario)
            with alarm(job.timeout_s):
                _perform(job, scenario, store)
    except InputError as error:
        return Outcome(job.run_id, failure_of("input", error))
    except MemoryError as error:
        return Outcome(job.run_id, failure_of("memory", error))
    except (Exception, SystemExit) as error:  # a user's rule or metric may raise anything
        disk = isinstance(error, OSError) and error.errno in OF_THE_DISK
        return Outcome(job.run_id, failure_of(DISK if disk else "exception", error))
    return Outcome(job.run_id)


def failure_of(kind: str, error: BaseException) -> Failure:
    """What to keep of an exception: what it says, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
    name = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
    return Failure(kind, f"{name}{error}"[:LONGEST], where[-LONGEST:])


def shape(data: dict) -> str:
    """A scenario without its numbers: scenarios of one shape are compiled to the same code."""
    return re.sub(r"-?\b\d[\d.eE+-]*", "0", json.dumps(data, sort_keys=True, default=str))


_WARM: set[tuple[str, str]] = set()


def warm(shape: str, view: str, scenario: Scenario) -> None:
    """Load or compile what such a scenario needs, by a few steps of a model that is then thrown away."""
    if (shape, view) not in _WARM:
        model = scenario.build(view=view)
        if view == DENSITY:
            deque(densities(model, WARM_STEPS), maxlen=0)
        else:
            model.run_for(WARM_STEPS)
        _WARM.add((shape, view))


def _perform(job: Job, scenario: Scenario, store: Store) -> None:
    started, began = time.perf_counter(), now()
    with store.writing(job.run_id) as part:
        result = simulate(job, scenario, part)
        end_beyond(job.memory_limit)
        took = time.perf_counter() - started
        circumstances = {
            "began": began,
            "wall_s": took,
            "steps_per_s": job.steps / took,
            "host": socket.gethostname(),
            **environment(),
        }
        (part / CIRCUMSTANCES).write_text(json.dumps(circumstances, indent=1) + "\n", "utf-8")
        store.commit(part, job.run_id, result)


def simulate(job: Job, scenario: Scenario, part: Path) -> dict:
    """Step to the end, write the series, and give what ``run.json`` says of the run."""
    model = scenario.build(seed=job.seed, view=job.view)
    recorder, kinds = model.recorder, model.kinds
    names = expected_names(model) if job.view == DENSITY else recorder.names
    rows = RowFile(part / ROWS, len(names))
    try:
        if job.view == DENSITY:
            ahead = look_ahead(model, job.steps, rows)
            digest, count = ahead.digest, rows.rows
        else:
            recorder.stream_to(rows)
            model.run_for(job.steps)
            digest, count = model.state.digest(), recorder.rows
        summary = Summary(count)

        def frames(most: int) -> Iterator["pd.DataFrame"]:
            dense = job.view == DENSITY
            return summary.watch(expected_frames(rows, names, most) if dense else recorder.frames(most))

        series = write_series(part / SERIES, kinds, count, frames)
        if recorder.raster is not None and job.view != DENSITY:
            write_spikes(part / SPIKES, recorder.raster)
    finally:
        rows.close()
        (part / ROWS).unlink(missing_ok=True)
    metrics = summary.metrics() | {"vesicles_max": series.vesicles_max}
    if job.view == DENSITY:
        metrics |= ahead.metrics
        told: dict = {"warnings": ahead.warnings}
    else:
        metrics |= model.metrics | measured(model, job.metrics)
        told = {"counts": model.counts, "counts_by_kind": model.counts_by_kind, "warnings": model.warnings}
    return {
        "run_id": job.run_id,
        "scenario": Path(job.source).stem,
        "data": job.data,
        "seed": job.seed,
        "steps": job.steps,
        "view": job.view,
        "digest": digest,
        "metrics": plain_numbers(metrics),
        **told,
    }
