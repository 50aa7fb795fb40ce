"""A run that is killed at any moment goes on to the same bits; Ctrl-C says how."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vesicle_abm.experiments import run as running
from vesicle_abm.experiments.run import resume, run
from vesicle_abm.experiments.rundir import RunDirectory
from vesicle_abm.model import VesicleModel
from vesicle_abm.scenario import Scenario

STEPS, EVERY, SEED = 400, 3, 11
PATIENCE_S = 120.0
WRITES = ["checkpoint.npz", "run.json", *["checkpoint.npz"] * 40, "manifest.json"]  # of a run with 40 checkpoints


def command(out: Path, steps: int = STEPS) -> list[str]:
    """A run with many checkpoints, as a process of its own."""
    options = ["--steps", str(steps), "--seed", str(SEED), "--save-every", str(EVERY), "--out", str(out), "--quiet"]
    return [sys.executable, "-m", "vesicle_abm", "run", "random_walk", *options]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run that nobody interrupts."""
    return run(Scenario.load("random_walk"), seed=SEED, steps=STEPS, out=tmp_path_factory.mktemp("whole") / "run")


def same(result, whole) -> None:
    """Every result of two runs is the same to the bit."""
    assert result.manifest["digest"] == whole.manifest["digest"]
    assert result.manifest["counts"] == whole.manifest["counts"]
    for table in ("series.parquet", "nodes.parquet"):
        assert (result.path / table).read_bytes() == (whole.path / table).read_bytes()


class Kill(BaseException):
    """Stands for the end of the process: nothing catches it, and nothing is tidied up after it."""


@pytest.mark.parametrize("moment", [0, 1, 2, 3, 9, 26, 40, 41, 42])
def test_killed_at_any_write_the_run_goes_on_to_the_same_bits(tmp_path, monkeypatch, whole, moment):
    """Every write of a file is a moment: half of its bytes are there under the temporary name, then all is over."""
    left = moment
    replace = os.replace

    def killed(source, target):
        nonlocal left
        left -= 1
        if left < 0:
            content = Path(source).read_bytes()
            Path(source).with_name("half").write_bytes(content[: len(content) // 2])
            raise Kill
        replace(source, target)

    monkeypatch.setattr("vesicle_abm.experiments.rundir.os.replace", killed)
    out, kept = tmp_path / "run", tmp_path / "kept"
    with pytest.raises(Kill):
        run(Scenario.load("random_walk"), seed=SEED, steps=STEPS, out=out, save_every=10)
    monkeypatch.undo()
    assert not (out / WRITES[-1]).exists()
    shutil.copytree(out, kept)
    (kept / "half").rename(kept / f".{WRITES[moment]}.part")
    if (kept / "run.json").exists():
        same(resume(kept), whole)
    else:
        same(run(Scenario.load("random_walk"), seed=SEED, steps=STEPS, out=kept), whole)
    assert not list(kept.glob(".*.part"))


def wait_until(done, process) -> None:
    """Until something is there, or the process has ended."""
    end = time.monotonic() + PATIENCE_S
    while not done() and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.002)


def test_kill_9_at_random_moments_again_and_again_ends_in_the_same_bits(tmp_path, whole):
    chance, out, kills = random.Random(5), tmp_path / "run", 0
    again = [sys.executable, "-m", "vesicle_abm", "resume", str(out), "--quiet"]
    while not (out / "manifest.json").exists():
        process = subprocess.Popen(
            again if (out / "run.json").exists() else command(out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        if kills < 5:
            if kills:  # the first is killed somewhere in its start-up
                last = (out / "checkpoint.npz").stat().st_mtime_ns if (out / "checkpoint.npz").exists() else 0
                wait_until(lambda last=last: _newer(out / "checkpoint.npz", last), process)
            time.sleep(chance.uniform(0.0, 0.4))
            process.kill()
            kills += 1
        _, words = process.communicate(timeout=PATIENCE_S)
        assert b"Traceback" not in words
        assert process.returncode in (0, -signal.SIGKILL), words
    assert kills > 1
    same(resume(out), whole)


def _newer(path: Path, than: int) -> bool:
    return path.exists() and path.stat().st_mtime_ns > than


def test_ctrl_c_leaves_a_run_that_can_be_resumed_and_says_how(tmp_path, whole):
    out = tmp_path / "a run"
    process = subprocess.Popen(command(out), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = out / "checkpoint.npz"
    wait_until(lambda: (out / "run.json").exists() and _newer(first, (out / "run.json").stat().st_mtime_ns), process)
    process.send_signal(signal.SIGINT)
    printed, words = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1, words
    assert printed == ""
    assert words.splitlines() == [
        "vesicle-abm: stopped; to go on from the last checkpoint:",
        f"vesicle-abm resume '{out}'",
    ]
    assert not (out / "manifest.json").exists()
    same(resume(out), whole)


def test_ctrl_c_inside_a_stage_keeps_only_whole_steps(tmp_path, monkeypatch, whole):
    step = VesicleModel.step

    def interrupted(model):
        if model.time == 25:
            model.state.emitted[:] += 1  # half of a step
            raise KeyboardInterrupt
        step(model)

    monkeypatch.setattr(VesicleModel, "step", interrupted)
    with pytest.raises(running.RunStoppedError, match="vesicle-abm resume "):
        run(Scenario.load("random_walk"), seed=SEED, steps=STEPS, out=tmp_path / "run", save_every=10)
    monkeypatch.undo()
    assert VesicleModel.load(tmp_path / "run" / "checkpoint.npz").time == 20
    result = resume(tmp_path / "run")
    assert result.manifest["resumed_at_step"] == 20
    same(result, whole)


def test_ctrl_c_while_results_are_written_leaves_a_run_that_can_be_resumed(tmp_path, monkeypatch, whole):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "particle_results", interrupted)
    with pytest.raises(running.RunStoppedError, match="vesicle-abm resume "):
        run(Scenario.load("random_walk"), seed=SEED, steps=STEPS, out=tmp_path / "run")
    monkeypatch.undo()
    same(resume(tmp_path / "run"), whole)


def test_a_run_killed_before_it_began_says_so_and_its_folder_can_be_used_again(tmp_path, whole):
    RunDirectory.create(tmp_path / "run").unlock()
    (tmp_path / "run" / ".checkpoint.npz.part").write_bytes(b"PK")
    with pytest.raises(ValueError, match="a run stopped before its first step"):
        resume(tmp_path / "run")
    same(run(Scenario.load("random_walk"), seed=SEED, steps=STEPS, out=tmp_path / "run"), whole)
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["status"] == "finished"


def test_a_run_in_the_density_view_is_resumed_too(tmp_path, monkeypatch):
    scenario = Scenario.load("random_walk")
    expected = run(scenario, steps=20, view="density", out=tmp_path / "whole")
    monkeypatch.setattr(running, "density_results", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(running.RunStoppedError):
        run(scenario, steps=20, view="density", out=tmp_path / "run")
    monkeypatch.undo()
    assert resume(tmp_path / "run").manifest["digest"] == expected.manifest["digest"]
