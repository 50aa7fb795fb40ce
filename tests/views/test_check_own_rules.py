"""check_rule names what a broken turn, trail, migration of its own, release or estimator does; so does a model."""

import itertools

import numpy as np
import pytest

import vesicle_abm as va

COUNTER = itertools.count()


def turn(probability=lambda v, nodes: 0.5, content=lambda v, nodes: v.content):
    methods = {
        "probability": lambda self, v, nodes, xp: probability(v, nodes),
        "content": lambda self, v, nodes, xp: content(v, nodes),
    }
    return type("TrialTurn", (va.Turn,), methods)()


def trail(deposit):
    return type("TrialTrail", (va.Trail,), {"deposit": lambda self, v, nodes, xp: deposit(v, nodes)})()


def preference(wish):
    return type("TrialOwn", (va.OwnMigration,), {"preference": lambda self, v, ends, xp: wish(v, ends)})()


def release(effect, target, width=0, **more):
    methods = {"effect": lambda self, v, nodes, xp: effect(v), "width": lambda self, w: width, "target": target, **more}
    return type("TrialRelease", (va.Release,), methods)()


def weights(changed):
    methods = {"changed": lambda self, weight, given, there, xp: changed(weight)}
    return type("TrialWeights", (va.WeightRelease,), methods)()


def estimator(estimate, first=lambda: {"kept": 0.0}):
    methods = {
        "first": lambda self, graph: {name: np.array(value) for name, value in first().items()},
        "estimate": lambda self, kept, glance, xp: estimate(kept, glance),
    }
    return type("TrialEstimator", (va.Estimator,), methods)()


def write(slot, strength, vesicles):
    columns = [np.full(len(vesicles.node), slot), np.full(len(vesicles.node), strength), *vesicles.content.T]
    return np.stack(columns, axis=1)


BROKEN = {
    "turning above 1": (turn(lambda v, nodes: v.content[:, 0] + 0.5), "probability gave 1"),
    "turning at random": (turn(lambda v, nodes: (next(COUNTER) % 7) / 7.0), "second time"),
    "turning by the mean over rows": (turn(lambda v, nodes: v.content.mean() ** 2 + 0.0 * v.ttl), "among many"),
    "turning of a wrong shape": (turn(lambda v, nodes: v.content), "shape"),
    "turned content of a wrong width": (turn(content=lambda v, nodes: v.content[:, :2]), "content raised.*shape"),
    "turned content that is nan": (turn(content=lambda v, nodes: np.nan * v.content), "content gave nan"),
    "turning that raises": (turn(lambda v, nodes: nodes.nothing), "probability raised AttributeError: nodes have no"),
    "negative trail": (trail(lambda v, nodes: v.content[:, 0]), "deposit gave -"),
    "infinite trail": (trail(lambda v, nodes: np.inf), "deposit gave inf"),
    "huge trail": (trail(lambda v, nodes: 1e9), "1e\\+09"),
    "trail of a wrong shape": (trail(lambda v, nodes: np.ones(3)), "shape"),
    "trail by the mean over rows": (trail(lambda v, nodes: v.content.mean() ** 2 + 0.0 * v.ttl), "among many"),
    "negative preference": (preference(lambda v, ends: v.content[:, 0]), "preference gave -"),
    "preference that is nan": (preference(lambda v, ends: np.nan), "preference gave nan"),
    "preference of a wrong shape": (preference(lambda v, ends: np.ones((2, 2))), "shape"),
    "preference at random": (preference(lambda v, ends: 1.0 + next(COUNTER)), "second time"),
    "preference by the mean over rows": (preference(lambda v, ends: abs(v.content.mean())), "among"),
    "activation without two numbers": (release(lambda v: 1.0, "activation"), "width gave 0; .* has a width of 2"),
    "a level of two numbers": (release(lambda v: v.content[:, :2], "modulator", 2), "has a width of 0"),
    "memory of a wrong width": (release(lambda v: v.content, "memory", 3), "has a width of 5"),
    "a slot that is none": (release(lambda v: write(2, 1.0, v), "memory", 5), "a slot that is none; whole numbers"),
    "a slot below 0": (release(lambda v: write(-1, 1.0, v), "memory", 5), "slot that is none"),
    "half a slot": (release(lambda v: write(0.5, 1.0, v), "memory", 5), "slot that is none"),
    "a strength below 0": (release(lambda v: write(0, -1.0, v), "memory", 5), "strength of -1; numbers >= 0"),
    "a change of nothing": (release(lambda v: 1.0, "change"), "does not say of what; subclass ChangeRelease"),
    "weights that are nan": (weights(lambda weight: weight * np.nan), "changed gave nan; finite weights are needed"),
    "weights of a wrong shape": (weights(lambda weight: weight[:3]), "changed gave an answer of shape"),
    "weights that raise": (weights(lambda weight: weight / None), "changed raised TypeError"),
    "estimate of nan": (estimator(lambda kept, glance: (np.nan, {})), "estimate gave nan"),
    "estimate of a wrong shape": (estimator(lambda kept, glance: (np.ones(3), {})), r"signal of shape \(3,\)"),
    "estimate at random": (estimator(lambda kept, glance: (float(next(COUNTER)), {})), "second time"),
    "estimate that raises": (estimator(lambda kept, glance: (glance.signals["mood"], {})), "raised KeyError: 'mood'"),
    "estimate that keeps something else":
        (estimator(lambda kept, glance: (1.0, {"kpet": 1.0})), "keeps 'kpet'.*'kept'"),
    "estimate that keeps nan": (estimator(lambda kept, glance: (1.0, {"kept": np.nan})), "keeps nan in 'kept'"),
    "estimate that changes what it is given":
        (estimator(lambda kept, glance: (1.0, {"kept": kept["kept"].__iadd__(1.0)})), "raised ValueError: .*read-only"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_rule_is_refused_and_the_reason_named(what):
    rule, reason = BROKEN[what]
    with pytest.raises(va.InputError, match=reason):
        va.check_rule(rule)


# The same in a model, without check_rule


@pytest.mark.parametrize("view", ["particles", "compiled"])
@pytest.mark.parametrize("what", ["a slot that is none", "a slot below 0", "a strength below 0"])
def test_a_write_beside_the_memory_is_refused_where_it_is_made_and_nothing_is_written(view, what):
    rules = {"emission": va.ConstantEmission(rate=2.0), "docking": va.ConstantDocking(probability=1.0)}
    kind = va.Kind(release=[va.GainRelease(), BROKEN[what][0]], content_width=3, **rules)
    graph = va.NeuralGraph.from_edges([(0, 1), (1, 0)])
    model = va.VesicleModel(graph, {"v": kind}, memory=va.Memory(slots=2, width=3), seed=5, view=view)
    for stage in va.STAGES[: va.STAGES.index("release")]:
        model.run_stage(stage)
    before = model.state.digest()
    with pytest.raises(va.InputError, match=BROKEN[what][1]) as caught:
        model.run_stage("release")
    assert caught.value.key == "kinds.v.release.1"
    assert model.state.digest() == before


@pytest.mark.parametrize("recovery", [None, 3.0], ids=["for good", "for a time"])
def test_weights_that_a_release_makes_infinite_are_refused_before_they_are_the_weights(recovery):
    """exp(1000) is none; 100 vesicles of amount 10 dock at each of two nodes."""
    rules = {"emission": va.PulseEmission(count=100), "docking": va.ConstantDocking(probability=1.0)}
    release = [va.ModulatorRelease(), va.ScaleRelease(amount=10.0, recovery=recovery)]
    graph = va.NeuralGraph.from_edges([(0, 1), (1, 0)])
    model = va.VesicleModel(graph, {"v": va.Kind(release=release, **rules)}, neurons=va.HMNNeurons(bias=1.0), seed=5)
    with pytest.raises(va.InputError, match=r"ScaleRelease\.changed gave inf; finite weights are needed") as caught:
        model.run_for(2)
    assert caught.value.key == "kinds.v.release.1"
    assert np.isfinite(model.state.weight).all() and np.isfinite(model.state.activation).all()
    assert model.state.modulator.any() == (recovery is not None)  # the whole release stage is refused, or the next step
