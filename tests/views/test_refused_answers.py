"""A user's turn, trail, migration, estimator or docking that answers nonsense is named, and the stage leaves no trace.

Kind "sound" acts before "broken" in every stage, so what it has done by the time of the refusal must be put back.
"""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core import functions
from vesicle_abm.views.step import VIEWS

SEED = 82


class Answers:
    """What the broken rules answer: ``wrong`` at the vesicles of one node, or altogether; None for a sound answer."""

    wrong: object = None

    @classmethod
    def give(cls, sound, rows):
        """(n,) the sound answer, or the wrong one at node 2, or of a wrong shape."""
        if cls.wrong is None or isinstance(cls.wrong, float):
            wrong = sound if cls.wrong is None else cls.wrong
            return functions.where(np.asarray(rows) == 2, wrong, sound)
        return cls.wrong


class OddTurn(va.Turn, name="odd_turn_in_tests"):
    """Wrong in its probability."""

    def probability(self, vesicles, nodes, xp):
        return Answers.give(0.3, vesicles.node)

    def content(self, vesicles, nodes, xp):
        return vesicles.content


class OddContent(va.Turn, name="odd_turned_content_in_tests"):
    """Wrong in the content."""

    def probability(self, vesicles, nodes, xp):
        return 0.5

    def content(self, vesicles, nodes, xp):
        answer = Answers.give(1.0, np.full(len(vesicles.node), 2))
        return answer if np.ndim(Answers.wrong) else answer[:, None]


class OddTrail(va.Trail, name="odd_trail_in_tests"):
    """Wrong in what is left."""

    def deposit(self, vesicles, nodes, xp):
        return Answers.give(1.0, vesicles.node)


class OddMigration(va.OwnMigration, name="odd_migration_in_tests"):
    """Wrong in what a vesicle prefers."""

    def preference(self, vesicles, ends, xp):
        return Answers.give(1.0, vesicles.node)


class OddDocking(va.Docking, name="odd_docking_in_tests"):
    """Wrong vesicle by vesicle."""

    def probability(self, vesicles, nodes, xp):
        return Answers.give(0.5, vesicles.node)


class OddRelease(va.Release, name="odd_release_in_tests"):
    """Wrong in what is given."""

    target = "modulator"

    def effect(self, vesicles, nodes, xp):
        return Answers.give(1.0, vesicles.node)


class OddDecay(va.Decay, name="odd_decay_in_tests"):
    """Wrong vesicle by vesicle."""

    def hazard(self, vesicles, nodes, xp):
        return Answers.give(0.1, vesicles.node)


class OddEstimator(va.Estimator, name="odd_estimator_in_tests"):
    """Answers whatever it is told to."""

    def first(self, graph):
        return {"mean": np.zeros(graph.size)}

    def estimate(self, kept, glance, xp):
        if callable(Answers.wrong):
            return Answers.wrong(kept, glance)
        return float(glance.activation[0]), {"mean": kept["mean"] + glance.activation}


RULES = {
    "turn": (OddTurn(into="sound"), "decay"),
    "turned content": (OddContent(into="sound"), "decay"),
    "trail": (OddTrail(), "migrate"),
    "migration": (OddMigration(stay=0.2), "migrate"),
    "docking": (OddDocking(), "dock"),
    "release": (OddRelease(), "release"),
    "decay": (OddDecay(), "decay"),
}
WRONG = {"nan": (np.nan, "nan"), "shape": (np.ones((7, 7)), "shape"), "negative": (-0.5, "gave -0.5")}
CASES = [(what, wrong) for what in RULES for wrong in WRONG if (what, wrong) not in (("turned content", "negative"),)]
CASES.remove(("release", "negative"))  # any number is allowed


def model_of(what: str, view: str) -> va.VesicleModel:
    """Two kinds that use all that vesicles have, the second with a broken rule; three sound steps behind them."""
    Answers.wrong = None
    rules = {
        "emission": va.ConstantEmission(rate=2.0), "docking": va.ConstantDocking(probability=0.6), "absorb": 0.1,
        "release": va.ModulatorRelease(amount=1.0), "lifetime": 9, "content_width": 1, "remembers": 2, "spend": 0.5,
        "releases": 3, "trail": va.ConstantTrail(), "migration": va.SelfAvoidingMigration(stay=0.3),
    }  # fmt: skip
    edges = [(a, b, {"delay": d}) for a, b, d in ((0, 1, 0), (1, 2, 1), (2, 3, 0), (3, 0, 0), (2, 0, 0), (1, 0, 0))]
    key = {"turned content": "turn"}.get(what, what)
    kinds = {"sound": va.Kind(**rules), "broken": va.Kind(**{**rules, key: RULES[what][0]})}
    model = va.VesicleModel(va.NeuralGraph.from_edges(edges), kinds, seed=SEED, view=view)
    model.run_for(3)
    return model


def go_on(model: va.VesicleModel, stages) -> None:
    """Through these stages."""
    for stage in stages:
        model.run_stage(stage)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("what", "wrong"), CASES)
def test_a_refused_answer_is_named_and_its_stage_leaves_no_trace(view, what, wrong):
    model, stage = model_of(what, view), RULES[what][1]
    at = va.STAGES.index(stage)
    go_on(model, va.STAGES[:at])
    before = model.state.digest()
    Answers.wrong, words = WRONG[wrong]
    with pytest.raises(va.InputError, match=words) as caught:
        model.run_stage(stage)
    assert caught.value.key == f"kinds.broken.{what.removeprefix('turned ').replace('content', 'turn')}"
    assert model.state.digest() == before
    Answers.wrong = None
    go_on(model, va.STAGES[at:])
    reference = model_of(what, view)
    reference.step()
    assert model.state.digest() == reference.state.digest()


@pytest.mark.parametrize("what", RULES)
def test_a_stage_by_hand_that_is_refused_leaves_no_trace(what):
    model, stage = model_of(what, "particles"), RULES[what][1]
    at = va.STAGES.index(stage)
    go_on(model, va.STAGES[:at])
    before, Answers.wrong = model.state.digest(), np.nan
    with pytest.raises(va.InputError, match="nan"), model.stage(stage):
        model.vesicles.shuffle_do(stage)
    assert model.state.digest() == before
    Answers.wrong = None
    go_on(model, va.STAGES[at:])
    reference = model_of(what, "compiled")
    reference.step()
    assert model.state.digest() == reference.state.digest()


# Estimators


def raising(kept, glance):
    raise KeyError("no such thing")


ESTIMATES = {
    "a signal of nan": (lambda kept, glance: (np.nan, {}), "estimate gave nan; finite numbers are allowed"),
    "an infinite one": (lambda kept, glance: (np.array([1.0, np.inf]), {}), "gave inf; finite numbers are allowed"),
    "a wrong shape": (
        lambda kept, glance: (np.ones(3), {}),
        r"gave a signal of shape \(3,\); a number, or one per node",
    ),
    "a text": (lambda kept, glance: ("much", {}), "estimate raised ValueError: could not convert"),
    "no pair": (lambda kept, glance: 1.0, "estimate raised TypeError"),
    "something else kept": (
        lambda kept, glance: (1.0, {"meen": 0.0}),
        "keeps 'meen', which is not there at first; did ",
    ),
    "kept of a wrong shape": (
        lambda kept, glance: (1.0, {"mean": np.ones(3)}),
        r"shape \(3,\); shape \(2,\) is needed",
    ),
    "kept that is nan": (lambda kept, glance: (1.0, {"mean": np.array([0.0, np.nan])}), "keeps nan in 'mean'"),
    "an error": (raising, "estimate raised KeyError: 'no such thing'"),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("what", ESTIMATES)
def test_a_wrong_estimate_is_named_and_nothing_has_happened(view, what):
    """Not even to the activations, or to the estimator before it."""

    def build():
        estimators = {"new": va.Novelty(), "odd": OddEstimator()}
        graph = va.NeuralGraph.from_edges([(0, 1), (1, 0)])
        neurons = va.HMNNeurons(activation="tanh", bias=0.3, noise=0.2)
        return va.VesicleModel(graph, {"v": va.Kind()}, neurons=neurons, estimators=estimators, seed=SEED, view=view)

    Answers.wrong = None
    model, reference = build(), build()
    model.run_for(2)
    model.run_stage("sense")
    before, signals = model.state.digest(), dict(model.signals)
    Answers.wrong, words = ESTIMATES[what]
    with pytest.raises(va.InputError, match=words) as caught:
        model.run_stage("activate")
    assert caught.value.key == "estimators.odd"
    assert model.state.digest() == before and model.signals == signals
    Answers.wrong = None
    go_on(model, va.STAGES[1:])
    reference.run_for(3)
    assert model.state.digest() == reference.state.digest()


def test_an_estimator_knows_the_signals_of_those_before_it_in_this_step():
    class Doubles(va.Estimator, name="doubles_in_tests"):
        def first(self, graph):
            return {}

        def estimate(self, kept, glance, xp):
            return 2.0 * glance.signals["new"], {}

    graph = va.NeuralGraph.from_edges([(0, 1), (1, 0)])
    neurons = va.HMNNeurons(activation="tanh", bias=0.3)
    estimators = {"new": va.Novelty(), "twice": Doubles()}
    model = va.VesicleModel(graph, {"v": va.Kind()}, neurons=neurons, estimators=estimators)
    for _ in range(3):
        model.step()
        assert model.signals["twice"] == 2.0 * model.signals["new"] != 0.0
    del va.Estimator.known["doubles_in_tests"]
