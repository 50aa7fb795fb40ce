"""Workers and drivers of a batch are killed at any moment: the same command ends with the bytes of an undisturbed."""

import os
import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

RUNS, STEPS = 24, 60
KILLS = ("worker", "driver", "worker", "worker", "driver")
PATIENCE_S = 300.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes end with their parent on Linux alone")


def arguments(out: Path) -> list[str]:
    """A batch as a command line."""
    options = ["--replicates", str(RUNS), "--steps", str(STEPS), "--jobs", "2", "--retries", "9", "--out", str(out)]
    return ["batch", "random_walk", *options, "--quiet"]


def begin(out: Path) -> subprocess.Popen:
    """Its driver, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "vesicle_abm", *arguments(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def done(out: Path) -> int:
    """Runs that have finished."""
    return len(list(out.glob("runs/*")))


def until(there, process) -> None:
    """Until something is so, or the process has ended."""
    end = time.monotonic() + PATIENCE_S
    while not there() and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.005)


def workers(driver: subprocess.Popen) -> list[psutil.Process]:
    """The driver's worker processes: those that its fork server has begun."""
    below = psutil.Process(driver.pid).children(recursive=True)
    return [process for process in below if process.ppid() != driver.pid]


def results(out: Path) -> dict[str, bytes]:
    """All that a run's files hold but when, where and how long."""
    files = [path for path in out.glob("runs/*/*") if path.name != "circumstances.json"]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The results of the batch that nobody disturbs."""
    out = tmp_path_factory.mktemp("whole") / "study"
    process = begin(out)
    printed, words = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, printed, words) == (0, f"{out}\n", "")
    found = results(out)
    assert len(found) == 2 * RUNS
    return found


def test_kills_of_workers_and_drivers_change_no_byte(tmp_path, whole):
    chance, out, driver = random.Random(3), tmp_path / "study", None
    for victim in KILLS:
        driver = driver or begin(out)
        before = done(out)
        until(lambda before=before: done(out) > before + 1, driver)
        time.sleep(chance.uniform(0.0, 0.1))
        crew = workers(driver)
        if victim == "driver":
            driver.kill()
            driver.communicate()
            assert not psutil.wait_procs(crew, timeout=PATIENCE_S)[1]
            driver = None
        else:
            chance.choice(crew).kill()
    assert 0 < done(out) < RUNS
    driver = begin(out)
    printed, words = driver.communicate(timeout=PATIENCE_S)
    assert (driver.returncode, printed, words) == (0, f"{out}\n", "")
    assert results(out) == whole
    assert not list((out / "tmp").iterdir())
    assert not list((out / "failed").iterdir())


def test_ctrl_c_ends_all_processes_and_says_how_to_go_on(tmp_path, whole):
    out = tmp_path / "a study"
    driver = begin(out)
    until(lambda: done(out) > 1, driver)
    crew = workers(driver)
    os.killpg(driver.pid, signal.SIGINT)  # as a terminal does: to the driver and all that it began
    printed, words = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 1
    assert printed == ""
    stopped, command = words.splitlines()
    count = int(stopped.removeprefix("vesicle-abm: stopped; ").partition(" ")[0])
    assert 0 <= count <= done(out) < RUNS
    assert stopped == (
        f"vesicle-abm: stopped; {count} of {RUNS} runs are done, and the same command goes on with the others:"
    )
    assert command == f"vesicle-abm {shlex.join(arguments(out))}"
    assert len(crew) == 2
    assert not psutil.wait_procs(crew, timeout=PATIENCE_S)[1]
    driver = begin(out)
    assert driver.wait(PATIENCE_S) == 0
    assert results(out) == whole
