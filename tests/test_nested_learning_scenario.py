"""The scenario nested_learning: what the outer loop found holds in tasks that it has not seen.

Held-out tasks are the first of ``task_seeds(1, n, HELD_OUT)``; a difference is a mean over pairs of lives of one seed,
its standard error that of the pairs.
"""

import importlib.util
from functools import cache

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.learning.lives import HELD_OUT, lived, task_seeds
from vesicle_abm.places import shipped
from vesicle_abm.scenario import Scenario


@cache
def script():
    """The script beside the scenario."""
    spec = importlib.util.spec_from_file_location("nested_learning", shipped("scenarios") / "nested_learning.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_scenario_has_what_was_found_and_the_search_began_elsewhere_in_its_ranges():
    shipped_numbers = script().scenario_with({}).data
    assert script().scenario_with(script().UNTUNED).data != shipped_numbers
    for text in script().RANGES:
        key, _, ends = text.partition("=")
        low, high = map(float, ends.split(":")[:2])
        assert low < script().UNTUNED[key] < high


@pytest.mark.parametrize(("name", "error", "late"), [("found", 0.181, 0.071), ("untuned", 0.244, 0.129)])
def test_a_run_prints_what_the_scenario_says(name, error, late):
    scenario = Scenario.load("nested_learning") if name == "found" else script().scenario_with(script().UNTUNED)
    model = scenario.build()
    model.run_for(scenario.steps)
    assert (round(model.metrics["error"], 3), round(model.metrics["error_late"], 3)) == (error, late)
    assert f"{error}" in scenario.expect


def test_a_constant_rate_is_the_one_asked_for():
    """Of 480 steps, Poisson(4) births each."""
    scenario = script().scenario_with(script().UNTUNED | script().constant(4.0))
    model = scenario.build(seed=2)
    model.run_for(200)
    assert abs(model.counts_by_kind["norepinephrine"]["born"] - 800.0) < 4.0 * np.sqrt(800.0)


@pytest.mark.slow
def test_what_was_found_has_less_loss_in_held_out_tasks_than_where_the_search_began():
    """Twelve pairs; by more than two standard errors."""
    compared = {"untuned": script().scenario_with(script().UNTUNED), "found": Scenario.load("nested_learning")}
    table = lived(compared, task_seeds(1, 12, HELD_OUT), script().LOSS).pivot(
        index="seed", columns="scenario", values="loss"
    )
    less = table["untuned"] - table["found"]
    assert less.mean() > 2.0 * less.std(ddof=1) / np.sqrt(12)


@pytest.mark.slow
def test_the_script_searches_compares_and_draws(tmp_path, monkeypatch, capsys):
    short = {"RATES": (4.0,), "PLACES": (0.0,), "DURATIONS": (45.0,), "BATCH": 1}
    short["RULE"] = va.REINFORCE(samples=2, antithetic=True)
    for name, value in short.items():
        monkeypatch.setattr(script(), name, value)
    script().main(["--out", str(tmp_path), "--generations", "1", "--tasks", "2"])
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines()[-5:]] == [
        "untuned",
        "constant",
        "evenly",
        "anywhere",
        "found",
    ]
    assert (tmp_path / "nested_learning.png").stat().st_size > 10_000
    Scenario.load(tmp_path / "nested_learning.toml").check()
