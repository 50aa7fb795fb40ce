"""Parameters: the form's inputs come from the declarations, and go back into a valid scenario or an error."""

import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.parameters import changed, entries, problems, typed


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
