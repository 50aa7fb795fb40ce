"""Meta-signals: what estimators tell and tasks tell becomes vesicles; by hand, across a restart, in both views."""

import re
from functools import cache

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core import functions as xp
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.scenario import Scenario
from vesicle_abm.tasks.task import Task

# Births from a signal, above or below a base


class OneNode:
    """A node as an emission rule sees it."""

    @staticmethod
    def of_each(values):
        return np.atleast_1d(np.asarray(values, dtype=float))


@pytest.mark.parametrize(
    ("sign", "base", "expected"),
    [
        ("positive", 0.0, [0.0, 0.0, 4.0]),
        ("negative", 0.0, [2.0, 0.0, 0.0]),
        ("both", 0.0, [2.0, 0.0, 4.0]),
        ("positive", 3.0, [1.0, 3.0, 7.0]),  # a tonic rate, a pause and a burst
        ("positive", 1.5, [0.0, 1.5, 5.5]),  # a pause stops at none
        ("positive", -3.0, [0.0, 0.0, 1.0]),  # a threshold of 1.5
        ("both", -3.0, [0.0, 0.0, 1.0]),
    ],
)
def test_births_are_the_base_and_the_signals_part_and_never_below_0(sign, base, expected):
    """2 births a unit of the signals -1, 0 and 2."""
    rule = va.SignalEmission(signal="s", scale=2.0, base=base, sign=sign)
    assert [rule.rate(OneNode, {"s": s}, xp)[0] for s in (-1.0, 0.0, 2.0)] == expected


# An estimator's signal outlives a restart


class Counts(Estimator, name="counts_steps"):
    """1, 2, 3 …; ``per`` node it is that number times the node's index."""

    per: str = va.option("network")

    def first(self, graph):
        return {"steps": np.zeros(())}

    def estimate(self, kept, glance, xp):
        steps = kept["steps"] + 1.0
        return (steps * np.arange(glance.graph.size) if self.per == "node" else float(steps)), {"steps": steps}


class Listens(Task, name="listens"):
    """Keeps what the signals "one" and "each" were as the step before ended."""

    def first(self, graph, eta):
        return {"heard": np.zeros(2)}

    def sense(self, scene):
        scene.kept["heard"][:] = [np.sum(scene.signals.get(name, 0.0)) for name in ("one", "each")]

    def metrics(self, kept):
        return {}


def listening() -> va.VesicleModel:
    estimators = {"one": Counts(), "each": Counts(per="node")}
    kind = va.Kind(emission=va.SignalEmission(signal="each"), lifetime=2)
    graph = va.NeuralGraph(range(3), [], [])
    return va.VesicleModel(graph, {"v": kind}, neurons=va.HMNNeurons(), task=Listens(), estimators=estimators, seed=4)


def test_a_task_hears_what_estimators_told_in_the_step_before():
    model = listening()
    heard = []
    for _ in range(4):
        model.step()
        heard.append(model.state.task["heard"].tolist())
    assert heard == [[0.0, 0.0], [1.0, 3.0], [2.0, 6.0], [3.0, 9.0]]


def test_a_task_hears_the_same_across_a_restart(tmp_path):
    model = listening()
    model.run_for(3)
    model.save(tmp_path / "model.npz")
    resumed = va.VesicleModel.load(tmp_path / "model.npz")
    for going_on in (model, resumed):
        going_on.step()
        assert going_on.state.task["heard"].tolist() == [3.0, 9.0]
    assert model.state.digest() == resumed.state.digest()


# Novelty and uncertainty, in the scenario

SEEDS = (1, 2, 3)
CHANGE, BLOCK, TRIALS = 300, 25, 400
AMOUNT, ETA = "kinds.norepinephrine.release.1.amount", "plasticity.modulation.eta_global"
LEFT_ALONE, HIGH = {AMOUNT: 0.0}, {AMOUNT: 0.0, ETA: 0.07}


@cache
def lived(seed: int, changes: tuple = ()) -> va.VesicleModel:
    """The scenario novelty through 400 of its 500 trials."""
    scenario = Scenario.load("novelty")
    for key, value in changes:
        scenario = scenario.override(key, value)
    model = scenario.build(seed=seed, threads=1)
    model.run_for(3 * TRIALS)
    return model


def errors(changes: dict, first: int, last: int) -> np.ndarray:
    """(seeds,) mean squared error over the trials ``first … last - 1``."""
    models = [lived(seed, tuple(changes.items())) for seed in SEEDS]
    return np.array([m.state.task["blocks"][first // BLOCK : last // BLOCK, 0].mean() for m in models])


def by_trial(seed: int, name: str) -> np.ndarray:
    """A recorded quantity at the end of each trial."""
    return lived(seed).record[name].to_numpy()


def test_the_comments_tell_the_settings_that_are_compared():
    text = Scenario.load("novelty").text
    lines = [re.findall(r"--set (\S+)", line) for line in re.findall(r"^#   .*$", text, re.M)]
    assert lines[1] == [f"{AMOUNT}=0"]
    assert lines[2] == [f"{AMOUNT}=0", f"{ETA}=0.07"]


@pytest.mark.parametrize("seed", SEEDS)
def test_norepinephrine_is_born_at_the_beginning_and_at_the_change_and_hardly_between(seed):
    novelty, born = by_trial(seed, "signal.novelty"), by_trial(seed, "norepinephrine.born")
    assert novelty[:8].mean() > 1.5
    assert novelty[CHANGE : CHANGE + 8].mean() > 1.3
    assert novelty[100:CHANGE].mean() < 0.9
    between = born[CHANGE - 1] - born[100]
    assert between < 20
    assert born[49] > 200
    assert born[CHANGE + 49] - born[CHANGE - 1] > 100


def test_norepinephrine_raises_the_learning_rate_and_lets_it_go_again():
    model = Scenario.load("novelty").build(seed=1, threads=1)
    outputs = [model.graph.node(label) for label in model.world.task.outputs]
    factor = []
    for _ in range(3 * TRIALS):
        model.step()
        factor.append(np.exp(model.state.changes["norepinephrine.1"][outputs, 0].mean()))
    assert factor[3 * CHANGE - 1] < 1.1
    assert 2.0 < max(factor[3 * CHANGE :]) < 3.0
    assert factor[-1] < 1.6  # a hundred trials after
    inputs = [model.graph.node(label) for label in model.world.task.inputs]
    assert (model.state.changes["norepinephrine.1"][inputs] == 0.0).all()


def test_novelty_lets_the_network_learn_anew_faster_than_without_it():
    """Error over the 100 trials after the change, seed by seed with the same patterns."""
    gain = errors(LEFT_ALONE, CHANGE, TRIALS) - errors({}, CHANGE, TRIALS)
    assert gain.min() > 0.015
    assert errors({}, CHANGE, TRIALS).mean() == pytest.approx(0.10, abs=0.02)
    assert errors(LEFT_ALONE, CHANGE, TRIALS).mean() == pytest.approx(0.14, abs=0.02)


def test_a_learning_rate_that_is_always_high_costs_where_nothing_changes():
    loss = errors(HIGH, 150, CHANGE) - errors({}, 150, CHANGE)
    assert loss.min() > 0.01
    assert errors(HIGH, 150, CHANGE).mean() == pytest.approx(0.066, abs=0.01)
    assert errors({}, 150, CHANGE).mean() == pytest.approx(0.045, abs=0.003)


def test_answers_are_uncertain_until_learned_and_again_after_the_change_and_acetylcholine_follows():
    blocks = {}
    for name in ("signal.uncertainty", "acetylcholine.level"):
        blocks[name] = np.mean([by_trial(seed, name).reshape(-1, BLOCK).mean(axis=1) for seed in SEEDS], axis=0)
    first, last, anew = (blocks["signal.uncertainty"][i] for i in (0, CHANGE // BLOCK - 1, CHANGE // BLOCK))
    assert first == pytest.approx(0.64, abs=0.08)
    assert last == pytest.approx(0.15, abs=0.03)
    assert anew == pytest.approx(0.59, abs=0.08)
    assert blocks["acetylcholine.level"][12] > 2.0 * blocks["acetylcholine.level"][11]
    assert blocks["acetylcholine.level"][1] > 2.0 * blocks["acetylcholine.level"][11]


def test_novelty_in_both_views_and_across_a_restart_is_the_same_to_the_bit(tmp_path):
    scenario = Scenario.load("novelty").override("task.block", 5).override("task.change_at", 15)
    model = scenario.build(threads=1)
    model.run_for(80)
    particles = scenario.build(view="particles")
    particles.run_for(47)
    particles.save(tmp_path / "model.npz")
    resumed = va.VesicleModel.load(tmp_path / "model.npz")
    resumed.view = "compiled"
    for going_on in (particles, resumed):
        going_on.run_for(33)
        assert going_on.state.digest() == model.state.digest()
    assert model.counts_by_kind["norepinephrine"]["born"] > 0
    assert resumed.record.equals(model.record)
