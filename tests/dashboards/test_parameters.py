"""Parameters: the form's inputs come from the declarations, and go back into a valid scenario or an error."""

import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.controls.parameters import changed, entries, headings, problems, typed
from vesicle_abm.dashboards.run.course import Course
from vesicle_abm.dashboards.run.plan import Plan


def found(scenario, *path):
    return next(entry for group in entries(scenario).values() for entry in group if entry.path == path)


def test_an_input_carries_value_doc_bounds_and_unit():
    entry = found(va.Scenario.load("random_walk"), "kinds", "walker", "decay", "hazard")
    assert entry.value == 0.02
    assert entry.allowed == "≥ 0, ≤ 1, per step"
    assert "clear" in entry.doc


def test_attribute_names_and_vectors_are_no_inputs():
    names = {entry.path for group in entries(va.Scenario.load("worm_wireless")).values() for entry in group}
    assert ("kinds", "dopamine", "emission", "scale") not in names
    assert ("kinds", "dopamine", "docking", "receptor") not in names
    assert ("kinds", "dopamine", "release", 1, "amount") in names
    assert ("neurons", "bias") in names


@pytest.mark.parametrize("name", list(va.shipped_scenarios()))
def test_every_input_written_back_as_it_stands_gives_a_valid_scenario(name):
    scenario = va.Scenario.load(name)
    texts = {entry.path: entry.text for group in entries(scenario).values() for entry in group}
    again = changed(scenario, texts)
    assert entries(again) == entries(scenario)


def test_changes_reach_the_model():
    scenario = changed(
        va.Scenario.load("reward_wave"),
        {
            ("seed",): "9",
            ("kinds", "dopamine", "release", 0, "amount"): "2.5",
            ("kinds", "dopamine", "clearance"): "",
        },
    )
    assert scenario.seed == 9
    assert scenario.data["kinds"]["dopamine"]["release"][0]["amount"] == 2.5
    assert "clearance" not in scenario.data["kinds"]["dopamine"]
    assert scenario.build().state.seed == 9


def test_every_wrong_number_is_named_with_what_is_allowed():
    with pytest.raises(va.InputError) as caught:
        changed(
            va.Scenario.load("random_walk"),
            {
                ("kinds", "walker", "decay", "hazard"): "1.5",
                ("kinds", "walker", "migration", "stay"): "-1",
                ("seed",): "seven",
            },
        )
    wrong = problems(caught.value)
    assert wrong["kinds.walker.decay.hazard"].startswith("got 1.5")
    assert set(wrong) == {"kinds.walker.decay.hazard", "kinds.walker.migration.stay", "seed"}


def test_words_are_no_numbers():
    with pytest.raises(va.InputError, match=r"seed: got 'seven'; a number is allowed"):
        typed("seven", "seed")


@pytest.fixture
def learning():
    """A scenario whose synapses learn; of the parts that it leaves out, some have a rule all the same."""
    data = va.Scenario.load("reward_wave").data
    data["plasticity"] = {
        "modulation": {"rule": "modulation", "eta_global": 0.002, "weights": {"dopamine": 1.0}},
        "phase": {"rule": "phase", "frequency": 0.05},
    }
    data.setdefault("neurons", {})
    return va.Scenario(data)


def test_every_part_of_a_learning_rule_has_a_title_also_without_numbers_or_table(learning):
    assert headings(learning, "plasticity") == {
        "correlation: hebbian": "correlation",
        "trace: composite": "trace",
        "modulation": "modulation",
        "phase": "phase",
    }
    assert set(headings(learning, "neurons").values()) == {""}


def test_an_embedding_is_shown_only_where_attention_compares_it(learning):
    data = {**learning.data, "plasticity": {"attention": {"rule": "local"}}}
    assert headings(va.Scenario(data), "plasticity")["embedding: average"] == "embedding"


def test_the_parameters_of_a_learning_rule_are_inputs(learning):
    shown = {entry.path[1:]: entry for entry in entries(learning)["plasticity"]}
    assert shown["modulation", "eta_global"].value == 0.002
    assert shown["phase", "frequency"].allowed == "≥ 0, cycles per step"
    assert shown["trace", "tau_slow"].value == 200.0
    assert ("modulation", "weights") not in shown


def test_a_number_of_a_part_that_the_file_leaves_out_can_be_changed(learning):
    scenario = changed(learning, {("plasticity", "trace", "tau_slow"): "300"})
    assert scenario.data["plasticity"]["trace"] == {"rule": "composite", "tau_slow": 300}
    assert scenario.build().world.plasticity.trace.tau_slow == 300


def test_all_inputs_of_a_learning_rule_written_back_give_the_same_scenario(learning):
    texts = {entry.path: entry.text for entry in entries(learning)["plasticity"]}
    assert entries(changed(learning, texts)) == entries(learning)


def test_memory_and_estimators_have_groups_of_their_own():
    assert found(va.Scenario.load("path_memory"), "memory", "slots").value == 4
    assert found(va.Scenario.load("novelty"), "estimators", "novelty", "rate").group == "novelty: novelty"


def test_where_releases_are_counted_a_vesicle_is_not_absorbed_before_they_are_used_up():
    couriers = va.Scenario.load("couriers")
    assert found(couriers, "kinds", "peptide", "absorb").value == 0.0
    assert found(couriers, "kinds", "peptide", "releases").value == 8
    assert found(va.Scenario.load("random_walk"), "kinds", "walker", "absorb").value == 1.0


@pytest.mark.parametrize("name", list(va.shipped_scenarios()))
def test_what_is_declared_to_act_at_the_beginning_only_is_what_a_running_model_refuses(name):
    scenario = va.Scenario.load(name).override("view", "compiled")
    course = Course(Plan(scenario))
    course.seek(2)
    tried = 0
    for entry in (entry for group in entries(scenario).values() for entry in group if entry.value is not None):
        other = another(scenario, entry)
        if other is None:
            continue
        tried += 1
        try:
            course.change(other)
        except va.InputError:
            assert entry.begins, entry
        else:
            assert not entry.begins or other.build().state.digest() == scenario.build().state.digest(), entry
            course.change(scenario)
    assert tried > 2


def another(scenario, entry):
    """The scenario with another number that is allowed there; None if none of those tried is."""
    for value in (entry.value * 0.9, entry.value * 0.5 + 0.1, entry.value + 1, entry.value - 1):
        if (int(value) if entry.whole else value) == entry.value:
            continue
        try:
            return changed(scenario, {entry.path: repr(int(value) if entry.whole else float(value))})
        except va.InputError:
            continue
    return None


@pytest.mark.parametrize("name", ["worm_wireless", "novelty", "contextual_bandit"])
def test_a_slider_covers_the_value_and_stays_within_the_bounds(name):
    for entry in (entry for group in entries(va.Scenario.load(name)).values() for entry in group):
        if entry.value is None:
            assert entry.span is None
            continue
        low, high, step = entry.span
        assert low <= entry.value <= high, entry
        assert step > 0
        assert low >= entry.bounds.get("ge", low)
        assert low > entry.bounds.get("gt", low - 1)
        assert high <= entry.bounds.get("le", high)
