"""Continuation: a copy has the same future; other rules go on from the same state."""

import numpy as np
import pytest

import vesicle_abm as va

SCENARIOS = ("worm_wireless", "norepinephrine_astrocyte", "contextual_bandit", "path_memory", "cascade", "novelty")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_copy_has_the_same_future_and_leaves_the_model_alone(name):
    model = va.Scenario.load(name).build()
    model.run_for(12)
    here = model.state.digest()
    copy = model.copy()
    assert copy.state.digest() == here
    copy.run_for(9)
    assert model.state.digest() == here
    model.run_for(9)
    assert copy.state.digest() == model.state.digest()
    assert copy.record.equals(model.record)
    assert copy.metrics == model.metrics
    assert np.array_equal(copy.recorder.presence, model.recorder.presence)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_rules_go_on_with_the_same_bits(name):
    scenario = va.Scenario.load(name)
    model = scenario.build()
    model.run_for(12)
    taken = model.with_rules_of(scenario.build())
    taken.run_for(9)
    model.run_for(9)
    assert taken.state.digest() == model.state.digest()
    assert taken.record.equals(model.record)


def test_a_changed_hazard_takes_hold_from_here_on():
    scenario = va.Scenario.load("random_walk")
    model = scenario.build()
    model.run_for(30)
    before = model.counts
    changed = model.with_rules_of(scenario.override("kinds.walker.decay.hazard", 1.0).build())
    assert changed.counts == before
    changed.step()
    assert changed.time == 31
    assert changed.counts["alive"] == 0
    assert changed.counts["born"] >= before["born"]


def test_a_stage_that_is_ablated_in_a_run_takes_hold_from_here_on():
    scenario = va.Scenario.load("vesicles_or_broadcast")
    model = scenario.build()
    model.run_for(80)
    ablated = model.with_rules_of(scenario.override("plasticity.ablated", {"modulation": "none"}).build())
    assert np.array_equal(ablated.state.weight, model.state.weight)
    assert ablated.state.kept.keys() == model.state.kept.keys()
    ablated.run_for(5)
    model.run_for(5)
    assert not np.array_equal(ablated.state.weight, model.state.weight)


def test_another_graph_other_kinds_and_other_columns_are_refused_by_name():
    scenario = va.Scenario.load("random_walk")
    model = scenario.build()
    model.run_for(3)
    ring = scenario.override("graph", {"generator": "cycle_graph", "arguments": {"n": 34}})
    with pytest.raises(va.InputError, match="graph: the graph is another"):
        model.with_rules_of(ring.build())
    with pytest.raises(va.InputError, match=r"kinds\.walker"):
        model.with_rules_of(scenario.override("kinds.walker.remembers", 3).build())


def test_what_a_user_gave_a_neuron_comes_with_the_copy():
    model = va.Scenario.load("random_walk").build()
    neuron = next(iter(model.neurons))
    neuron.colour = "red"
    assert next(iter(model.copy().neurons)).colour == "red"


def test_inside_a_stage_nothing_is_copied():
    model = va.Scenario.load("random_walk").build()
    with model.stage("emit"), pytest.raises(va.InputError, match="between stages"):
        model.copy()
