"""What goes wrong in a run fails that run alone, with its reason; what goes wrong with the disk stops the batch."""

import errno
import json
import os
import stat
import subprocess
import sys
from concurrent.futures import Future

import batch_metrics
import pytest

import vesicle_abm as va
from vesicle_abm.core.errors import RunStoppedError
from vesicle_abm.experiments import driver, execute, limits, store
from vesicle_abm.experiments.engines import Engine
from vesicle_abm.experiments.execute import Failure, Job, Outcome
from vesicle_abm.experiments.progress import Tally
from vesicle_abm.experiments.study import Study
from vesicle_abm.experiments.trial import Trial
from vesicle_abm.experiments.work import jobs_of

COUNT = "kinds.walker.emission.count"
TIMEOUT_S, MEMORY = 5.0, "500M"


def study(out, metrics=(), counts=(6,)):
    """A study of one short run for each number of walkers born at a time."""
    trials = [Trial(((COUNT, count),)) for count in counts]
    return Study.create(out, va.Scenario.load("random_walk"), trials, steps=4, metrics=metrics)


@pytest.mark.skipif(sys.platform != "linux", reason="how a process ends is Linux's own")
def test_a_run_in_trouble_fails_alone_with_its_reason(tmp_path):
    troubled = study(tmp_path / "study", [batch_metrics.trouble], counts=(1, 2, 3, 4, 6))
    events = []
    troubled.run(workers=1, retries=0, timeout_s=TIMEOUT_S, report=events.append)
    table = troubled.frame()
    assert list(table["status"]) == ["failed"] * 4 + ["done"]
    assert list(table["reason"]) == [
        "exception: ValueError: one walker is not enough",
        "exception: SystemExit: 3",
        "killed: its worker was ended by SIGKILL; the system does so when memory runs out",
        "timeout: it took more than 5 s",
        "",
    ]
    assert (events[-1].event, events[-1].done, events[-1].failed) == ("ended", 1, 4)
    record = json.loads((tmp_path / "study/failed" / f"{table['run_id'][0]}.json").read_text())
    assert record["attempts"] == 1
    assert record["where"].startswith(batch_metrics.__file__)
    assert record["where"].endswith("in trouble")


def test_a_worker_that_holds_more_than_it_may_fails_its_run_alone(tmp_path):
    """A worker holds some 300 MB before its run; of the troubled run it would hold 512 MiB more."""
    troubled = study(tmp_path / "study", [batch_metrics.trouble], counts=(5, 6))
    troubled.run(workers=1, retries=0, memory_limit=limits.read_size(MEMORY))
    assert list(troubled.frame()["reason"]) == ["memory: it held more than 0.488 GiB of memory", ""]


@pytest.fixture
def fails_once(tmp_path):
    """A metric that fails the first time that it is asked."""
    script = tmp_path / "once.py"
    script.write_text(f"""
from pathlib import Path

def once(model):
    note = Path({str(tmp_path / "note")!r})
    if not note.exists():
        note.touch()
        raise ValueError("the first time")
    return {{"fine": 1.0}}
""")
    return f"{script}:once"


def test_what_fails_is_tried_again_and_then_forgotten(tmp_path, fails_once):
    events = []
    asked = study(tmp_path / "study", [fails_once])
    asked.run(workers=1, retries=1, report=events.append)
    assert [event.event for event in events] == ["began", "retried", "done", "ended"]
    assert events[1].failure.message == "ValueError: the first time"
    assert list(asked.frame()["status"]) == ["done"]


def test_what_has_failed_is_tried_anew_by_the_same_command(tmp_path, fails_once):
    asked = study(tmp_path / "study", [fails_once])
    asked.run(workers=1, retries=0)
    assert list(asked.frame()["status"]) == ["failed"]
    asked.run(workers=1, retries=0)
    assert list(asked.frame()["status"]) == ["done"]
    assert not list((tmp_path / "study/failed").iterdir())


def test_what_a_kill_has_left_under_way_is_gone_at_the_end(tmp_path):
    script = tmp_path / "own.py"
    script.write_text(
        "import os, pathlib\n"
        "def once(model):\n"
        f"    note = pathlib.Path({str(tmp_path / 'note')!r})\n"
        "    if not note.exists():\n"
        "        note.touch()\n"
        "        os.kill(os.getpid(), 9)\n"
        "    return {}\n"
    )
    table = va.batch("random_walk", out=tmp_path / "study", steps=5, workers=1, metrics=[f"{script}:once"])
    assert list(table["status"]) == ["done"]
    assert not list((tmp_path / "study/tmp").iterdir())


class AtOnce:
    """An engine's ``submit`` that answers before it returns."""

    def __init__(self, *failures):
        self.failures, self.jobs = list(failures), []

    def submit(self, job):
        future = Future()
        self.jobs.append(job)
        future.set_result(Outcome(job.run_id, self.failures.pop(0) if self.failures else None))
        return future


def driven(tmp_path, *failures, retries=1):
    """What a driver makes of one job that fails so: the jobs it handed out, and what it noted."""
    noted, engine = [], AtOnce(*failures)
    job = Job(str(tmp_path), "a", {}, "s", 0, 1, "compiled")
    driver.drive(
        iter([job]),
        Engine(1, engine.submit),
        retries,
        lambda *what: noted.append(what),
        Tally(1, 0, lambda event: None),
    )
    return engine.jobs, noted


def test_a_wrong_scenario_is_not_tried_again(tmp_path):
    jobs, noted = driven(tmp_path, Failure("input", "no such edge attribute"), retries=5)
    assert len(jobs) == 1
    assert [attempts for *_, attempts in noted] == [1]


@pytest.mark.parametrize("kind", ["exception", "timeout", "memory", "killed"])
def test_so_many_attempts_are_made_and_no_more(tmp_path, kind):
    jobs, noted = driven(tmp_path, *[Failure(kind, "again")] * 9, retries=2)
    assert len(jobs) == 3
    assert [attempts for *_, attempts in noted] == [3]


def test_workers_that_never_begin_stop_the_batch(tmp_path):
    with pytest.raises(RunStoppedError, match="ended before they began; a script begins a batch under"):
        driven(tmp_path, Failure("start", "5 worker processes have ended before they began"))


def full(*_):
    """What a full disk says."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_and_leaves_no_half_run(tmp_path, monkeypatch):
    job = next(jobs_of(study(tmp_path / "study"), {"name": Trial()}, None, None))
    monkeypatch.setattr("vesicle_abm.experiments.store.os.fsync", full)
    failure = execute.execute(job).failure
    assert failure.kind == "disk"
    with pytest.raises(RunStoppedError, match=r"cannot write into '.*': OSError: \[Errno 28\] No space left on device"):
        driven(tmp_path, failure)
    assert not list((tmp_path / "study/runs").iterdir())
    assert not list((tmp_path / "study/tmp").iterdir())


def test_a_full_disk_under_the_rows_is_the_disks_failure_too(tmp_path, monkeypatch):
    job = next(jobs_of(study(tmp_path / "study"), {"name": Trial()}, None, None))
    monkeypatch.setattr("vesicle_abm.experiments.rowfile.RowFile.append", full)
    assert execute.execute(job).failure.kind == "disk"


def test_a_full_disk_under_the_plan_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("vesicle_abm.experiments.rundir.os.fsync", full)
    with pytest.raises(RunStoppedError, match=r"cannot write '.*plan.json': No space left on device"):
        study(tmp_path / "study")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path):
    (tmp_path / "closed").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(va.InputError, match="cannot be written to: Permission denied"):
        study(tmp_path / "closed" / "study")


def test_a_read_only_disk_is_told(tmp_path, monkeypatch):
    def read_only(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("pathlib.Path.mkdir", read_only)
    with pytest.raises(va.InputError, match="cannot be written to: Read-only file system"):
        study(tmp_path / "study")


def test_two_drivers_in_one_folder_are_refused(tmp_path):
    first = study(tmp_path / "study")
    with first.store.held(), pytest.raises(va.InputError, match=r"a batch is running in '.*'; wait for its end"):
        Study.open(tmp_path / "study").run(workers=1)


def test_a_run_that_is_done_twice_does_no_harm(tmp_path):
    two = study(tmp_path / "study")
    (job,) = jobs_of(two, dict.fromkeys(two.run_ids, two.trials[0]), None, None)
    assert execute.execute(job).failure is None
    before = {path: path.read_bytes() for path in (tmp_path / "study/runs").glob("*/*")}
    held = store.Store(tmp_path / "study")
    with held.writing(job.run_id) as part:
        (part / "series.parquet").write_bytes(b"another")
        held.commit(part, job.run_id, {})
    assert {path: path.read_bytes() for path in (tmp_path / "study/runs").glob("*/*")} == before
    assert not list((tmp_path / "study/tmp").iterdir())


def test_who_still_writes_into_a_folder_that_is_tidied_away_leaves_nothing(tmp_path):
    two = study(tmp_path / "study")
    held = two.store
    with held.writing("a") as part:
        (part / "series.parquet").write_bytes(b"half")
        held.tidy()
        with pytest.raises(FileNotFoundError):
            held.commit(part, "a", {})
    assert not list((tmp_path / "study/runs").iterdir())


def test_to_load_and_compile_is_not_a_part_of_the_time_that_a_run_may_take(tmp_path):
    """In a process of its own, since the alarm would end it."""
    study(tmp_path / "study")
    script = f"""
import time
from vesicle_abm.experiments import execute
from vesicle_abm.experiments.study import Study
from vesicle_abm.experiments.work import jobs_of

asked = Study.open({str(tmp_path / "study")!r})
(job,) = jobs_of(asked, dict.fromkeys(asked.run_ids, asked.trials[0]), {TIMEOUT_S}, None)
warm = execute.warm

def slow(*given):
    warm(*given)
    time.sleep({TIMEOUT_S + 1.0})

execute.warm = slow
print(execute.execute(job).failure)
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "None\n"), found.stderr


@pytest.mark.parametrize(
    ("text", "size"), [("1024", 1024), (5e3, 5000), ("2k", 2048), ("1.5 GiB", 3 * 2**29), ("3TB", 3 * 2**40)]
)
def test_sizes_are_read(text, size):
    assert limits.read_size(text) == size


def test_a_scenario_without_its_numbers_is_what_is_compiled():
    scenario = va.Scenario.load("random_walk")
    assert execute.shape(scenario.data) == execute.shape(scenario.override(COUNT, 7).data)
    assert execute.shape(scenario.data) != execute.shape(scenario.override("kinds.walker.absorb", 0.5).data)
