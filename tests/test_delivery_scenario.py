"""The scenario delivery shows what it says, and its script compares agents on the same episodes."""

import importlib.util
import subprocess
import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest

import vesicle_abm as va
from vesicle_abm.places import shipped

SMELL = {"kinds.courier.migration": {"rule": "signal", "signal": "demand", "stay": 0.5}}
FEWER = {"kinds.courier.emission.count": 0.1}


@cache
def script():
    """The script beside the scenario."""
    spec = importlib.util.spec_from_file_location("delivery", shipped("scenarios") / "delivery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def finished(changes: dict | None = None) -> dict[str, float]:
    """The metrics of the scenario after its steps."""
    scenario = va.Scenario.load("delivery")
    for key, value in (changes or {}).items():
        scenario = scenario.override(key, value)
    model = scenario.build()
    model.run_for(scenario.steps)
    return model.metrics


@pytest.mark.parametrize(
    ("changes", "share", "births", "reward"),
    [({}, 0.63, 2.3, 0.056), (SMELL, 0.73, 2.0, 0.085), (FEWER, 0.41, 1.9, 0.043)],
)
def test_a_run_tells_what_the_scenario_says(changes, share, births, reward):
    found = finished(changes)
    assert round(found["served_share"], 2) == share
    assert round(found["vesicles_per_unit"], 1) == births
    assert round(found["reward_per_step"], 3) == reward


def test_couriers_that_smell_calls_do_better_over_the_same_episodes():
    """Eight seeds, pair by pair: mean difference above 4.5 standard errors."""
    scenario, earned = va.Scenario.load("delivery"), []
    for changes in ({}, SMELL):
        for key, value in changes.items():
            scenario = scenario.override(key, value)
        models = [scenario.build(seed=seed) for seed in range(1, 9)]
        for model in models:
            model.run_for(400)
        earned.append([model.metrics["reward_per_step"] for model in models])
    difference = np.subtract(earned[1], earned[0])
    assert difference.mean() > 4.5 * difference.std(ddof=1) / np.sqrt(len(difference))


@pytest.mark.slow
def test_reinforce_comes_out_ahead_of_the_best_constant():
    """16,000 steps of learning, seed 1; 20 held-out episodes, pair by pair, more than 2 standard errors ahead."""
    act, course = script().reinforced(1, 16_000)
    assert course[-1, 0] == 16_000
    ours = script().judged(lambda seen, _: act(seen), script().HELD_OUT, 20)
    constant = script().judged(script().constant_agent(script().environment(), 0.2, -1.0), script().HELD_OUT, 20)
    ahead = ours - constant
    assert ahead.mean() > 2.0 * ahead.std(ddof=1) / np.sqrt(len(ahead))


@pytest.mark.slow
def test_the_script_trains_judges_and_draws_all(tmp_path):
    command = [sys.executable, str(shipped("scenarios") / "delivery.py"), "--out", str(tmp_path)]
    command += ["--seeds", "2", "--steps", "1024", "--episodes", "2", "--jobs", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ["random", "constant", "REINFORCE", "PPO"]
    assert lines[-1].startswith("best constant: ")
    found = pd.read_csv(tmp_path / "delivery.csv")
    assert (found["low"] <= found["reward"]).all()
    assert found["ahead"][1] == 0.0
    assert (tmp_path / "delivery.png").stat().st_size > 10_000
