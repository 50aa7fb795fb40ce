"""Course: any step can be had again, to the bit; changes take hold where they were made; lanes keep in step."""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.run.course import Course
from vesicle_abm.dashboards.run.field import HORIZON, Field
from vesicle_abm.dashboards.run.plan import DENSITY, ORIGINAL, PARTICLES, Plan

HAZARD = "kinds.walker.decay.hazard"


@pytest.fixture
def scenario():
    return va.Scenario.load("random_walk")


def digest(course: Course) -> str:
    return course.models[0].state.digest()


def digests(scenario, steps: int) -> list[str]:
    model, found = scenario.build(), []
    for _ in range(steps + 1):
        found.append(model.state.digest())
        model.step()
    return found


def test_every_step_can_be_had_again_backwards_and_forwards(scenario):
    expected, course = digests(scenario, 40), Course(Plan(scenario))
    for step in (0, 40, 7, 8, 39, 0, 25, 24, 40):
        course.seek(step)
        assert (course.time, digest(course)) == (step, expected[step])
    assert len(course.models[0].record) == 40


@pytest.mark.parametrize("name", ["worm_wireless", "path_memory", "norepinephrine_astrocyte"])
def test_rewinding_and_going_on_gives_the_same_bits(name):
    scenario = va.Scenario.load(name)
    course = Course(Plan(scenario))
    course.seek(33)
    there = digest(course)
    course.seek(11)
    course.seek(33)
    model = scenario.build()
    model.run_for(33)
    assert digest(course) == there == model.state.digest()


def test_a_change_takes_hold_where_it_was_made_each_time_one_passes_there(scenario):
    course = Course(Plan(scenario))
    course.seek(17)
    course.change(scenario.override(HAZARD, 0.9))
    course.seek(30)
    changed = digest(course)
    assert changed != digests(scenario, 30)[30]
    course.seek(3)
    assert digest(course) == digests(scenario, 3)[3]
    course.seek(30)
    assert digest(course) == changed
    model = scenario.build()
    model.run_for(17)
    model = model.with_rules_of(scenario.override(HAZARD, 0.9).build())
    model.run_for(13)
    assert model.state.digest() == changed


def test_a_change_in_the_past_drops_those_that_were_to_come(scenario):
    course = Course(Plan(scenario))
    course.seek(20)
    course.change(scenario.override(HAZARD, 0.9))
    course.seek(10)
    course.change(scenario.override(HAZARD, 0.5))
    assert [step for step, _ in course.plan.changes] == [10]
    course.seek(25)
    assert course.plan.at(25).data["kinds"]["walker"]["decay"]["hazard"] == 0.5


def test_what_only_sets_the_beginning_is_refused_in_the_midst(scenario):
    course = Course(Plan(scenario))
    course.seek(5)
    with pytest.raises(va.InputError, match="only as a run begins, in its seed"):
        course.change(scenario.override("seed", 99))
    assert course.plan.changes == ()


def test_copies_stay_within_their_budget_and_every_step_can_still_be_had(scenario):
    course = Course(Plan(scenario), budget=60_000)
    course.seek(200)
    assert course.gap > 10
    assert sum(course._sizes.values()) <= 60_000
    there = digest(course)
    course.seek(3)
    course.seek(200)
    assert digest(course) == there


def test_two_views_side_by_side_are_one_to_the_bit(scenario):
    course = Course(Plan(scenario, beside=PARTICLES))
    course.seek(12)
    one, other = course.models
    assert (one.view, other.view) == ("compiled", "particles")
    assert one.state.digest() == other.state.digest()
    course.change(scenario.override(HAZARD, 0.4))
    course.seek(20)
    assert course.models[0].state.digest() == course.models[1].state.digest()


def test_the_file_s_own_stands_beside_what_was_changed(scenario):
    course = Course(Plan(scenario.override(HAZARD, 0.9), beside=ORIGINAL))
    course.seek(20)
    course.change(scenario.override(HAZARD, 0.8))
    course.seek(30)
    assert course.models[1].state.digest() == digests(scenario, 30)[30] != digest(course)


def test_density_beside_is_what_the_density_view_says_also_beyond_its_first_horizon(scenario):
    course, steps = Course(Plan(scenario, beside=DENSITY)), HORIZON + 20
    expected = va.density(scenario.build(), steps)
    for step in (5, steps, 7):
        course.seek(step)
        assert isinstance(course.models[1], Field)
        assert np.allclose(course.models[1].occupancy(), expected[step], rtol=1e-12)


def test_after_a_change_density_tells_what_to_expect_from_there(scenario):
    course = Course(Plan(scenario, beside=DENSITY))
    course.seek(20)
    course.change(scenario.override(HAZARD, 1.0))
    assert np.array_equal(course.models[1].occupancy(), course.models[0].occupancy())
    course.step()
    assert course.models[1].occupancy().sum() == 0.0


def test_density_alone_runs_and_takes_changes_at_its_start_only(scenario):
    course = Course(Plan(scenario.override("view", DENSITY)))
    course.seek(4)
    assert np.allclose(course.models[0].occupancy(), va.density(scenario.build(), 4)[4])
    with pytest.raises(va.InputError, match="at its start only"):
        course.change(scenario.override("view", DENSITY).override(HAZARD, 0.4))


def test_going_somewhere_can_be_called_off(scenario):
    course, asked = Course(Plan(scenario)), []
    course.seek(100, lambda: asked.append(1) or len(asked) < 12)
    assert course.time == 11
