"""A batch on a Dask cluster, whose scheduler and two workers are processes of their own."""

import json
import os
import random
import subprocess
import sys
import time

import batch_metrics
import psutil
import pytest

import vesicle_abm as va
from vesicle_abm.experiments.batch import batch
from vesicle_abm.experiments.engines import EXTRA

COUNT = "kinds.walker.emission.count"
PATIENCE_S = 300.0


def walk(out, **options):
    """A small batch of the random walk."""
    given = {"replicates": 8, "steps": 30, "metrics": [batch_metrics.threads]}
    return batch("random_walk", out=out, **given | options)


def results(out):
    """All that a run's files hold but when, where and how long."""
    files = [path for path in out.glob("runs/*/*") if path.name != "circumstances.json"]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler and two workers; gives the scheduler's address."""
    folder = tmp_path_factory.mktemp("cluster")
    about = folder / "scheduler.json"
    surroundings = os.environ | {
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    common = ["--scheduler-file", str(about), "--no-dashboard"]
    commands = [["scheduler", "--host", "127.0.0.1", "--port", "0", *common]]
    commands += [["worker", "--nthreads", "1", "--local-directory", str(folder), *common]] * 2
    with open(folder / "log", "w") as log:
        processes = [
            subprocess.Popen([sys.executable, "-m", "dask", *command], env=surroundings, stdout=log, stderr=log)
            for command in commands
        ]
        try:
            yield _address(about, processes)
        finally:
            for process in processes[::-1]:
                process.terminate()
            for process in processes:
                process.wait(PATIENCE_S)


def _address(about, processes) -> str:
    """Where the scheduler is, once it has both workers."""
    from distributed import Client

    end = time.monotonic() + PATIENCE_S
    while not about.exists() or not about.read_text():
        assert time.monotonic() < end
        assert all(process.poll() is None for process in processes)
        time.sleep(0.05)
    address = json.loads(about.read_text())["address"]
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=PATIENCE_S)
    return address


@pytest.mark.slow
def test_a_cluster_gives_the_bytes_of_this_machine_also_when_its_processes_are_killed(cluster, tmp_path):
    here = walk(tmp_path / "here", workers=2)
    chance, kills = random.Random(1), 0

    def kill(event):
        """Kill a process that a worker has begun, or a worker, after some of the runs."""
        nonlocal kills
        if event.event == "done" and kills < 2:
            named = "vesicle_abm.experiments.execute" if kills == 0 else "multiprocessing.spawn"
            # process_iter reads "cmdline" as None where a process has ended meanwhile
            below = {process.pid for process in psutil.Process().children(recursive=True)}
            running = [process for process in psutil.process_iter(["cmdline"]) if process.pid in below]
            found = [process for process in running if named in " ".join(process.info["cmdline"] or ())]
            chance.choice(found).kill()
            kills += 1

    there = walk(tmp_path / "there", cluster=cluster, retries=9, report=kill)
    assert kills == 2
    assert list(there["status"]) == ["done"] * 8
    assert set(there["metric.threads"]) == {1.0}
    assert list(there["digest"]) == list(here["digest"])
    assert results(tmp_path / "there") == results(tmp_path / "here")


@pytest.mark.slow
def test_a_run_in_trouble_on_a_cluster_fails_alone_with_its_reason(cluster, tmp_path):
    sweep = {COUNT: [1, 3, 4, 6]}
    metrics = [batch_metrics.trouble]
    table = walk(
        tmp_path / "study", cluster=cluster, sweep=sweep, replicates=1, metrics=metrics, retries=0, timeout_s=3.0
    )
    assert [reason.partition(":")[0] for reason in table["reason"]] == ["exception", "killed", "timeout", ""]


def test_no_scheduler_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("vesicle_abm.experiments.engines.PATIENCE_S", 1)
    with pytest.raises(va.InputError, match="--cluster: no scheduler answers at"):
        walk(tmp_path / "study", cluster="tcp://127.0.0.1:9")


def test_without_dask_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(va.InputError, match="--cluster: a cluster needs Dask: pip install") as error:
        walk(tmp_path / "study", cluster="tcp://127.0.0.1:9")
    assert str(error.value).endswith(EXTRA)
