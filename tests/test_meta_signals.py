"""Meta-signals: what estimators tell and tasks tell becomes vesicles; by hand, across a restart, in both views."""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core import functions as xp
from vesicle_abm.neurons.estimators import Estimator
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
