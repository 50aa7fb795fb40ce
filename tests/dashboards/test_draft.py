"""Draft: what was typed waits, is applied as a whole or refused as a whole, and waits no longer once it runs."""

import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.controls.draft import Draft, seed_entry
from vesicle_abm.dashboards.controls.parameters import SEED_PATH

HAZARD = ("kinds", "walker", "decay", "hazard")


@pytest.fixture
def running():
    return va.Scenario.load("random_walk")


def test_what_is_typed_waits_and_what_runs_already_does_not(running):
    draft = Draft().write(HAZARD, "0.02", "0.5").write(SEED_PATH, str(running.seed), "9")
    assert draft.count == 2
    assert draft.write(HAZARD, "0.02", " 0.02 ").texts == {SEED_PATH: "9"}


def test_what_takes_hold_at_once_can_be_applied_without_the_rest(running):
    draft = Draft().write(HAZARD, "0.02", "0.5").write(SEED_PATH, str(running.seed), "9")
    after, scenario = draft.applied(running, leave_out={SEED_PATH})
    assert scenario.data["kinds"]["walker"]["decay"]["hazard"] == 0.5
    assert scenario.seed == running.seed
    assert after.still_waiting(scenario).texts == {SEED_PATH: "9"}


def test_a_refusal_is_told_by_key_and_nothing_is_lost(running):
    draft = Draft().write(HAZARD, "0.02", "1.5")
    after, scenario = draft.applied(running)
    assert scenario is None
    assert after.texts == draft.texts
    assert "a number >= 0 and <= 1 is allowed" in after.wrong["kinds.walker.decay.hazard"]
    assert after.told.startswith("kinds.walker.decay.hazard: ")
    assert after.write(HAZARD, "0.02", "0.3").applied(running)[0].wrong == {}


def test_what_another_scenario_lacks_no_longer_waits(running):
    draft = Draft().write(HAZARD, "0.02", "0.5")
    assert draft.still_waiting(va.Scenario.load("worm_wireless")).count == 0


def test_the_seed_is_a_number_of_the_form_that_needs_a_restart(running):
    assert (seed_entry(running).text, seed_entry(running).begins) == (str(running.seed), True)
