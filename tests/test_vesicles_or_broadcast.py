"""The scenario vesicles_or_broadcast, and the script beside it that runs it both ways.

Vesicles and broadcast agree where vesicles are dense, short-lived and quick to dock, and not where they are sparse, far
or slow. Pairs of runs share their seed, 1 … 3; errors are told with their standard error over seeds, and bounds hold
with Z of these between.
"""

import importlib.util
import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from oracles import Z
from PIL import Image

from vesicle_abm.places import shipped
from vesicle_abm.scenario import Scenario

SCRIPT = shipped("scenarios") / "vesicles_or_broadcast.py"
SEEDS, STEPS = (1, 2, 3), 200
AT, DURATION, EVERY, CLEARANCE = 50, 10, 100, 20.0


@cache
def script():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("vesicles_or_broadcast", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def pairs(regime: str) -> list:
    """A regime both ways, for each seed."""
    return [script().pair(regime, seed, STEPS) for seed in SEEDS]


def errors(regime: str, what: str) -> tuple[float, float]:
    """Mean and standard error over seeds."""
    found = [getattr(pair, what) for pair in pairs(regime)]
    return np.mean(found), np.std(found, ddof=1) / np.sqrt(len(found))


def pulses() -> np.ndarray:
    """(STEPS,) 1 in the steps of a pulse."""
    since = np.arange(STEPS) - AT
    return ((since >= 0) & (since % EVERY < DURATION)).astype(float)


def cleared(births: np.ndarray, factor: float) -> np.ndarray:
    """What is left at each step of all that came so far, if a step leaves ``factor`` of it."""
    left = np.zeros(len(births))
    for step, born in enumerate(births):
        left[step] = (left[step - 1] if step else 0.0) * factor + born
    return left


def test_the_comments_tell_the_overrides_of_every_regime():
    text = Scenario.load("vesicles_or_broadcast").text
    for regime, overrides in script().REGIMES.items():
        (line,) = re.findall(rf"^#   .* {regime}$", text, re.M)
        told = set(re.findall(r"--set (\S+)", line))
        assert told == {f"kinds.dopamine.{key}={value}".replace(" ", "") for key, value in overrides.items()}


@pytest.mark.parametrize("what", ["level_error", "weight_error"])
def test_dense_vesicles_give_what_a_broadcast_gives_to_within_a_tenth(what):
    mean, error = errors("dense", what)
    assert mean + Z * error < 0.1


@pytest.mark.parametrize(("regime", "least"), [("sparse", 1.0), ("far", 2.0), ("slow", 0.5)])
def test_sparse_far_and_slow_vesicles_do_not(regime, least):
    for what in ("level_error", "weight_error"):
        mean, error = errors(regime, what)
        assert mean - Z * error > least, what


def test_a_broadcast_level_is_the_closed_form_at_every_neuron():
    """20 vesicles a neuron and step of a pulse bring 0.02 each, which clears with exp(-1 / 20)."""
    expected = cleared(20 * 0.02 * pulses(), np.exp(-1 / CLEARANCE))
    for pair in pairs("dense"):
        assert np.allclose(pair.levels[1], expected[:, None], rtol=1e-6)


@pytest.mark.parametrize("regime", ["sparse", "far", "slow"])
def test_the_broadcast_is_the_same_in_every_regime_that_brings_the_same_in_all(regime):
    for pair, dense in zip(pairs(regime), pairs("dense"), strict=True):
        assert np.allclose(pair.levels[1], dense.levels[1], rtol=1e-6)


def test_sparse_vesicles_bring_as_much_but_as_shot_noise():
    """Births of probability q = 0.02 a step: a level's variance is q a**2 sum d**(2 k), its mean q a sum d**k."""
    chance, kept = 0.02 * pulses(), np.exp(-1 / CLEARANCE)
    variance, mean = cleared(chance, kept**2), cleared(chance, kept)
    expected = np.sqrt(variance.sum() / (mean**2).sum())
    found, error = errors("sparse", "level_error")
    assert abs(found - expected) < Z * error + 0.02 * expected  # a vesicle in fifty moves before it docks
    born = 100 * chance.sum()
    share = np.mean([pair.levels[0].mean() / pair.levels[1].mean() for pair in pairs("sparse")])
    assert abs(share - 1.0) < Z / np.sqrt(born * len(SEEDS))


def test_far_vesicles_bring_as_much_but_to_the_sources_neighbourhood_alone():
    for pair in pairs("far"):
        assert pair.levels[0].mean() == pytest.approx(pair.levels[1].mean(), rel=0.01)
        nearest = np.sort(pair.levels[0].mean(axis=0))[::-1]
        assert nearest[:9].sum() > 0.9 * nearest.sum()


def test_slow_vesicles_expire_before_most_have_docked():
    """One docks within its 30 steps with probability 1 - 0.99**30 = 0.26; error sqrt(q (1 - q) / born)."""
    chance = 1 - 0.99**30
    scenario = Scenario.load("vesicles_or_broadcast").override("kinds.dopamine.docking.probability", 0.01)
    model = scenario.build(seed=1)
    model.run_for(AT + DURATION + 30)
    counts = model.counts
    assert counts["alive"] == 0
    assert abs(counts["absorbed"] / counts["born"] - chance) < Z * np.sqrt(chance * (1 - chance) / counts["born"])


def test_the_script_tells_a_line_a_regime_and_draws_a_picture(tmp_path):
    command = [sys.executable, str(SCRIPT), "--out", str(tmp_path / "new"), "--steps", "60", "--seeds", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["regime", "dense", "sparse", "far", "slow"]
    assert all(line.count("±") == 2 for line in lines[1:])
    with Image.open(tmp_path / "new" / "vesicles_or_broadcast.png") as picture:
        pixels = np.asarray(picture.convert("L"))
    assert 0.005 < (pixels < 240).mean() < 0.9


def test_the_script_refuses_a_run_without_a_pulse(tmp_path):
    command = [sys.executable, str(SCRIPT), "--out", str(tmp_path / "new"), "--steps", "50"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "first pulse comes in step 50" in done.stderr
    assert not (tmp_path / "new").exists()
