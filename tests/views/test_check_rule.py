"""check_rule passes what keeps its contract and names what does not."""

import itertools

import numpy as np
import pytest
from shipped_rules import RULES

import vesicle_abm as va

COUNTER = itertools.count()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.family.__name__}-{rule.name}")
def test_every_shipped_rule_passes(rule):
    va.check_rule(rule, signals={"reward": 1.5, "error": -0.5})


def test_no_shipped_rule_of_a_vesicles_life_is_left_out():
    families = [*va.FAMILIES.values(), va.Estimator]
    known = {rule for family in families for rule in family.known.values()}
    shipped = {rule for rule in known if rule.__module__.startswith("vesicle_abm.")}
    assert shipped - {type(rule) for rule in RULES} == set()


def emission(rate, law="poisson"):
    return type(
        "TrialEmission", (va.Emission,), {"rate": lambda self, nodes, signals, xp: rate(nodes, xp), "law": law}
    )()


def docking(probability, reads=True):
    methods = {"probability": lambda self, v, nodes, xp: probability(v, nodes), "reads_vesicles": reads}
    return type("TrialDocking", (va.Docking,), methods)()


def decay(hazard):
    return type("TrialDecay", (va.Decay,), {"hazard": lambda self, vesicles, nodes, xp: hazard(vesicles, nodes)})()


def release(effect, **target):
    methods = {"effect": lambda self, vesicles, nodes, xp: effect(vesicles, nodes), **target}
    return type("TrialRelease", (va.Release,), methods)()


def migration(weights, stay):
    methods = {
        "weights": lambda self, graph, nodes, xp: weights(graph),
        "stay": lambda self, graph, nodes, xp: stay(graph),
    }
    return type("TrialMigration", (va.Migration,), methods)()


def lifetime(quantile, survival):
    methods = {"quantile": lambda self, u, xp: quantile(u), "survival": lambda self, age, xp: survival(age)}
    return type("TrialLifetime", (va.Lifetime,), methods)()


def content(mean, deviation):
    methods = {
        "mean": lambda self, nodes, signals, xp: mean(nodes),
        "deviation": lambda self, nodes, signals, xp: deviation(nodes),
    }
    return type("TrialContent", (va.Content,), methods)()


BROKEN = {
    "emission of a wrong shape": (emission(lambda nodes, xp: np.ones(5)), "shape"),
    "negative emission": (emission(lambda nodes, xp: nodes.activation - 0.9), "rate gave -"),
    "NaN emission": (emission(lambda nodes, xp: xp.log(-nodes.gain)), "rate gave nan"),
    "random emission": (emission(lambda nodes, xp: next(COUNTER) + 0.0 * nodes.gain), "second time"),
    "emission by the mean over rows": (emission(lambda nodes, xp: nodes.gain.mean() + 0.0 * nodes.gain), "among many"),
    "emission by an unknown law": (emission(lambda nodes, xp: 1.0, law="binomial"), "law is 'binomial'"),
    "emission that raises": (emission(lambda nodes, xp: nodes.nothing), "rate raised AttributeError"),
    "emission of too many": (emission(lambda nodes, xp: 1e9), "16384"),
    "docking above 1": (docking(lambda v, nodes: v.content[:, 0] + 0.5), "probability gave 1"),
    "docking of a matrix": (docking(lambda v, nodes: v.content), "shape"),
    "docking by the mean over rows": (
        docking(lambda v, nodes: 0.5 * v.content.mean() ** 2 + 0.0 * nodes.gain),
        "among",
    ),
    "docking that reads what it says it does not": (docking(lambda v, nodes: v.ttl / 99.0, reads=False), "raised"),
    "negative hazard": (decay(lambda v, nodes: -0.1), "hazard gave -0.1"),
    "random hazard": (decay(lambda v, nodes: (next(COUNTER) % 7) / 7.0), "second time"),
    "infinite release": (release(lambda v, nodes: np.inf, target="gain"), "effect gave inf"),
    "huge release": (release(lambda v, nodes: 1e9, target="gain"), "1e\\+09"),
    "undeclared target": (release(lambda v, nodes: 1.0), "target is not declared"),
    "unknown target": (release(lambda v, nodes: 1.0, target="mood"), "target is not declared"),
    "weights of a wrong shape": (migration(lambda graph: np.ones(3), lambda graph: 1.0), "weights raised"),
    "negative weights": (migration(lambda graph: 1.0 - graph.weight, lambda graph: 1.0), "weights gave -"),
    "NaN stay": (migration(lambda graph: graph.weight, lambda graph: np.nan), "stay gave nan"),
    "random weights": (migration(lambda graph: graph.weight * next(COUNTER), lambda graph: 1.0), "second time"),
    "lifetime 0": (lifetime(lambda u: np.zeros(u.shape), lambda age: 0.0 * age), "quantile gave 0"),
    "half a step": (lifetime(lambda u: 1.5 + 0.0 * u, lambda age: 1.0 * (age < 2)), "whole steps"),
    "NaN lifetime": (lifetime(lambda u: np.nan * u, lambda age: 0.0 * age), "quantile gave nan"),
    "endless lifetime": (lifetime(lambda u: 1e12 + 0.0 * u, lambda age: 1.0 + 0.0 * age), "quantile gave 1e\\+12"),
    "survival of another law": (lifetime(lambda u: np.ceil(10.0 * u), lambda age: 0.9**age), "survival\\("),
    "survival one step late": (
        lifetime(lambda u: np.ceil(10.0 * u), lambda age: 1.0 - (age - 1) / 10.0),
        "survival\\(",
    ),
    "lifetime by the mean over draws": (lifetime(lambda u: np.ceil(20 * u.mean() + 0 * u), lambda age: 1.0), "among"),
    "content of a wrong width": (content(lambda nodes: [1.0, 2.0], lambda nodes: 0.0), "mean raised.*shape"),
    "negative deviation": (content(lambda nodes: 1.0, lambda nodes: -1.0), "deviation gave -1"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_rule_is_refused_and_the_reason_named(what):
    rule, reason = BROKEN[what]
    with pytest.raises(va.InputError, match=reason):
        va.check_rule(rule)


def test_all_reasons_are_named_at_once():
    answers = itertools.count(2)
    with pytest.raises(va.InputError, match=r"gave 2;.*second time;.*step in the compiled view"):
        va.check_rule(docking(lambda v, nodes: next(answers)))


def test_something_else_than_a_rule_is_refused():
    with pytest.raises(va.InputError, match="Emission, Migration"):
        va.check_rule(0.5)


def test_a_rule_may_be_tried_on_ones_own_graph_and_signals():
    graph = va.NeuralGraph.from_edges([(0, 1), (1, 0)])
    graph.node_data["receptor"] = [1.0, 0.5]

    class Attentive(va.Emission, name="test_attentive"):
        def rate(self, nodes, signals, xp):
            return signals.reward * nodes.receptor

    va.check_rule(Attentive(), graph, {"reward": 2.0})
    with pytest.raises(va.InputError, match="reward"):
        va.check_rule(Attentive(), graph)
    va.check_rule(va.ConstantDocking(probability="receptor"), graph)
