"""Associability: the running size of errors, by a second implementation. Seed 12."""

import numpy as np
import pytest
from oracles import Z, isolated

import vesicle_abm as va
from vesicle_abm.core import functions as xp
from vesicle_abm.neurons.estimators import Glance
from vesicle_abm.scenario import Scenario
from vesicle_abm.views.step import VIEWS

SEED = 12


def told(rule, errors) -> list[float]:
    """The signal after each of the errors, numbers or (4,)."""
    kept, found = rule.first(isolated(4)), []
    for error in errors:
        signal, kept = rule.estimate(kept, Glance(isolated(4), np.zeros(4), {"error": np.asarray(error)}), xp)
        found.append(signal)
    return found


def test_it_follows_the_mean_size_of_the_errors_of_its_nodes():
    rule = va.Associability(rate=0.5, start=1.0, nodes=[1, 3])
    errors = [[9.0, 1.0, 9.0, -2.0], [9.0, -4.0, 0.0, 0.0]]
    assert told(rule, errors) == [0.5 * 1.0 + 0.5 * 1.5, 0.5 * 1.25 + 0.5 * 2.0]


def test_where_nothing_is_told_it_stays():
    rule = va.Associability(rate=0.5, nodes=[0])
    assert told(rule, [[2.0, 0.0, 0.0, 0.0], np.zeros(4), [0.0, 5.0, 5.0, 5.0]]) == [1.0, 1.0, 1.0]
    assert told(va.Associability(rate=0.5), [2.0, 0.0, -2.0]) == [1.0, 1.0, 1.5]


def test_less_the_usual_it_is_0_in_the_mean_while_nothing_changes_and_rises_when_errors_do():
    """6000 errors |N(0, 1)|, variance 1 - 2 / pi: the fast average less the slow one sums to near nothing, within the
    standard error of a mean whose terms are correlated over 1 / usual errors.
    """
    rule = va.Associability(rate=0.3, usual=0.03, start=np.sqrt(2.0 / np.pi))
    errors = va.normal(SEED, 0, np.arange(6000), "user")
    signal = np.array(told(rule, errors))
    assert abs(signal.mean()) < Z * np.sqrt((1.0 - 2.0 / np.pi) / 6000 / 0.03)
    assert told(rule, [*errors[:100], 4.0, 4.0, 4.0])[-1] > 1.0


def test_it_is_that_of_running_formulas_in_a_model_in_both_views():
    scenario = Scenario.load("nested_learning")
    rule = scenario.data["estimators"]["surprise"]
    fast = slow = rule["start"]
    models = [scenario.build(seed=SEED, view=view) for view in VIEWS]
    outputs = [models[0].graph.node(label) for label in rule["nodes"]]
    for _ in range(30):
        for model in models:
            model.step()
        size = np.abs(models[0].signals["error"][outputs]).mean()
        if size:
            fast, slow = fast + rule["rate"] * (size - fast), slow + rule["usual"] * (size - slow)
        assert models[0].signals["surprise"] == pytest.approx(fast - slow, rel=1e-9, abs=1e-12)
    assert models[0].state.digest() == models[1].state.digest()
