"""The scenario learn_to_deliver: a network learns where to bring vesicles, and agents do what the field predicts."""

import importlib.util
import re
import subprocess
import sys
from functools import cache

import networkx as nx
import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from oracles import Z  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm.places import shipped  # noqa: E402

SCRIPT = shipped("scenarios") / "learn_to_deliver.py"
SCENARIO = va.Scenario.load("learn_to_deliver")
BORN, RUNS, EPOCHS = 300, 200, 60


@cache
def script():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("learn_to_deliver", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def trained() -> tuple[va.Trainable, va.Training]:
    """As the script trains it."""
    module = va.Trainable(SCENARIO, script().LEARNED)
    return module, script().train(module, SCENARIO.steps, EPOCHS, quiet=True)


@cache
def deliveries() -> np.ndarray:
    """(RUNS,) of agents that run with what was learned."""
    return script().deliveries(script().agents(trained()[0], SCENARIO.steps, RUNS))


def said(pattern: str) -> float:
    """A number of what the scenario says one should see."""
    return float(re.search(pattern, SCENARIO.expect)[1])


def test_training_brings_vesicles_to_targets_that_only_the_loss_knows():
    """The loss is -log of the deliveries: 0.36 before, 152.2 after 60 updates."""
    module, done = trained()
    before, after = np.exp(-done.history.loss.iloc[0]), script().expected(module, SCENARIO.steps)
    assert round(before, 2) == said(r"born, (\S+) are to be expected")
    assert round(after, 1) == said(r"makes that (\S+) after 60 updates")
    assert after == pytest.approx(np.exp(-done.loss), rel=1e-12)
    assert all("26" not in str(rule) for rule in SCENARIO.data["kinds"]["messenger"].values())


def test_trained_agents_deliver_what_the_field_predicts_within_the_standard_error():
    """200 runs, seeds 1 … 200: the standard error of their mean is 0.6, and the mean less than one of it away."""
    found, expected = deliveries(), script().expected(trained()[0], SCENARIO.steps)
    error = found.std(ddof=1) / np.sqrt(RUNS)
    assert round(error, 1) == said(r"with a standard error of (\S+)\.")
    assert round(found.mean(), 1) == said(r"deliver (\S+) in the mean of 200 runs")
    assert abs(found.mean() - expected) < error
    assert error < 0.005 * expected


def test_before_training_agents_deliver_what_the_field_predicts_too():
    """30 runs, seeds 1 … 30, of which 0.36 are expected each: Poisson but for the rare two of one birth."""
    module = va.Trainable(SCENARIO, script().LEARNED)
    found, expected = script().deliveries(script().agents(module, SCENARIO.steps, 30)), said(r"born, (\S+) are to be")
    assert abs(found.mean() - expected) < Z * np.sqrt(expected / 30)


def test_the_way_that_is_learned_is_nearly_the_best():
    """From neuron 4 ten edges; nine neurons on the way each take 1 in 20: 0.95**9 of those that have had the time."""
    graph = SCENARIO.build().graph.to_networkx()
    away = min(nx.shortest_path_length(graph, script().SOURCE, target) for target in script().TARGETS)
    assert away == 10
    best = 0.95 ** (away - 1)
    assert 100 * best == pytest.approx(said(r"more than (\d+) in 100"), abs=0.5)
    last = 25  # steps, by which all but 1 in 3 have come and docked
    assert 0.9 * best < script().expected(trained()[0], SCENARIO.steps) / (BORN - 2 * last) < best


def test_the_script_tells_writes_a_scenario_that_runs_and_draws(tmp_path):
    command = [sys.executable, str(SCRIPT), "--out", str(tmp_path), "--epochs", "2", "--seeds", "2"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told[0].split() == ["at", "targets", "field", "agents", "error", "z", "share"]
    before, after = (line.split() for line in told[1:])
    assert (before[0], after[0], float(before[1])) == ("before", "after", pytest.approx(0.36, abs=0.005))
    assert 2.0 < float(after[1]) < 152.0
    model = va.Scenario.load(tmp_path / "learn_to_deliver_trained.toml").build(seed=1)
    model.run_for(SCENARIO.steps)
    assert model.state.docked[0, script().TARGETS].sum() > 2
    with Image.open(tmp_path / "learn_to_deliver.png") as picture:
        assert len(picture.convert("L").getcolors(256)) > 20
