"""Session: one thread steps; commands are flags; an error is told and survived."""

import threading
import time

import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.run.plan import PARTICLES, Plan
from vesicle_abm.dashboards.run.session import Session
from vesicle_abm.dashboards.run.status import FAILED, PAUSED, PLAYING, WAITING


class Watcher:
    """A screen that notes what it is shown, and by which thread."""

    def __init__(self):
        self.steps, self.threads, self.rests = [], set(), 0
        self.jumps, self.cuts = [], []
        self.silence, self.fail_at = 0.0, None

    def begin(self, model, scenario):
        self.steps.append(model.time)

    def show(self, model, rate):
        self.threads.add(threading.current_thread())
        self.steps.append(model.time)
        if model.time == self.fail_at:
            raise RuntimeError("broken on purpose")

    def rest(self, model):
        self.rests += 1

    def jump(self, model):
        self.jumps.append(model.time)

    def cut(self, step):
        self.cuts.append(step)

    def silent_for(self):
        return self.silence


@pytest.fixture
def watcher():
    return Watcher()


@pytest.fixture
def session(watcher):
    made = Session([[watcher]])
    made.aim_for(1000)
    made.begin()
    made.open(Plan(va.Scenario.load("random_walk")))
    until(lambda: made.status.run == 1)
    yield made
    made.close()
    assert not made._thread.is_alive()


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def test_a_session_begins_paused_at_step_0(session, watcher):
    assert (session.status.phase, session.status.step, watcher.steps) == (PAUSED, 0, [0])


def test_one_step_is_one_step_in_the_sessions_own_thread(session, watcher):
    session.step()
    until(lambda: session.status.step == 1 and session.status.phase == PAUSED)
    assert watcher.steps == [0, 1]
    assert watcher.threads == {session._thread}
    assert watcher.rests == 1


def test_play_steps_on_and_pause_stops_after_the_step_in_progress(session, watcher):
    session.play()
    until(lambda: session.course.time > 20)
    session.pause()
    until(lambda: session.status.phase == PAUSED)
    stopped = session.course.time
    time.sleep(0.2)
    assert session.course.time == stopped == session.status.step
    assert watcher.steps == list(range(stopped + 1))


def test_play_keeps_the_pace_asked_for(session):
    session.step()
    until(lambda: session.status.step == 1)
    session.aim_for(20)
    session.play()
    time.sleep(1.5)
    session.pause()
    assert 20 <= session.course.time <= 34  # 1 + 30, less if the machine is busy


def test_a_run_pauses_at_the_scenarios_end_and_can_be_taken_further(session):
    session.open(Plan(va.Scenario.load("random_walk").override("steps", 5)))
    until(lambda: session.status.run == 2)
    session.play()
    until(lambda: session.status.step == 5 and session.status.phase == PAUSED)
    session.play()
    until(lambda: session.course.time > 6)


def test_reset_gives_the_same_run_again(session):
    session.step(10)
    until(lambda: session.status.step == 10 and session.status.phase == PAUSED)
    first = session.course.models[0].state.digest()
    session.reset()
    until(lambda: session.status.run == 2)
    assert session.status.step == 0
    session.step(10)
    until(lambda: session.status.step == 10 and session.status.phase == PAUSED)
    assert session.course.models[0].state.digest() == first


def at_rest_at(session, step):
    until(lambda: session.status.phase == PAUSED and session.status.step == step)


def test_run_to_shows_every_step_and_going_back_shows_the_one_step_again(session, watcher):
    session.run_to(30)
    at_rest_at(session, 30)
    there = session.course.models[0].state.digest()
    assert watcher.steps == list(range(31))
    session.run_to(12)
    at_rest_at(session, 12)
    assert (watcher.jumps, session.status.reached) == ([12], 30)
    session.seek(30)
    at_rest_at(session, 30)
    assert session.course.models[0].state.digest() == there
    assert watcher.jumps == [12, 30]
    assert watcher.steps == list(range(31))


def test_a_step_that_is_asked_for_on_the_way_back_is_taken_from_there(session):
    session.run_to(60)
    at_rest_at(session, 60)
    with session.still:  # so that the way back cannot be over before the step is asked for
        session.seek(3)
        session.step(2)
    at_rest_at(session, 5)


def test_seeking_beyond_what_was_reached_shows_the_new_steps(session, watcher):
    session.step(3)
    at_rest_at(session, 3)
    session.seek(9)
    at_rest_at(session, 9)
    assert watcher.steps == list(range(10))


def test_a_change_takes_hold_in_the_running_model_and_what_was_shown_later_is_cut(session, watcher):
    session.run_to(20)
    at_rest_at(session, 20)
    session.seek(8)
    at_rest_at(session, 8)
    session.take(session.plan.scenario.override("kinds.walker.decay.hazard", 1.0))
    until(lambda: session.status.changes == 1)
    assert (session.status.refused, session.status.reached, watcher.cuts) == ("", 8, [8])
    session.step()
    at_rest_at(session, 9)
    assert session.course.models[0].counts["alive"] == 0
    assert [step for step, _ in session.plan.changes] == [8]


def test_a_change_that_cannot_be_taken_is_told_and_the_run_goes_on(session):
    session.step(3)
    at_rest_at(session, 3)
    session.take(session.plan.scenario.override("seed", 12345))
    until(lambda: session.status.changes == 1)
    assert "only as a run begins, in its seed" in session.status.refused
    session.step()
    at_rest_at(session, 4)


def test_a_change_reaches_a_model_that_is_playing(session):
    session.play()
    until(lambda: session.course.time > 5)
    session.take(session.plan.scenario.override("kinds.walker.decay.hazard", 1.0))
    until(lambda: session.status.changes == 1)
    until(lambda: session.course.models[0].counts["alive"] == 0)
    assert session.status.phase == PLAYING


def test_reset_begins_anew_with_the_rules_in_force(session):
    session.step(5)
    at_rest_at(session, 5)
    changed = session.plan.scenario.override("kinds.walker.decay.hazard", 0.5)
    session.take(changed)
    until(lambda: session.status.changes == 1)
    session.reset()
    until(lambda: session.status.run == 2)
    assert session.plan == Plan(changed)


def test_going_far_can_be_paused(session):
    session.run_to(10_000_000)
    until(lambda: session.status.phase == PLAYING and session.course.time > 20)
    session.pause()
    until(lambda: session.status.phase == PAUSED)
    assert session.course.time < 10_000_000


def test_two_lanes_have_their_own_screens(watcher):
    other = Watcher()
    both = Session([[watcher], [other]])
    both.begin()
    both.open(Plan(va.Scenario.load("random_walk"), beside=PARTICLES))
    until(lambda: both.status.run == 1)
    both.run_to(6)
    at_rest_at(both, 6)
    with both.at_rest(0) as one, both.at_rest(1) as two:
        assert one.state.digest() == two.state.digest()
    assert watcher.steps == other.steps == list(range(7))
    both.close()


def test_opening_at_a_step_stands_there(session):
    session.open(Plan(va.Scenario.load("random_walk")), step=14)
    at_rest_at(session, 14)
    assert session.status.run == 2


def test_an_exception_is_told_and_a_reset_lives_on(session, watcher):
    watcher.fail_at = 3
    session.play()
    until(lambda: session.status.phase == FAILED)
    assert "broken on purpose" in session.status.message
    watcher.fail_at = None
    session.seek(1)
    at_rest_at(session, 1)
    session.reset()
    until(lambda: session.status.phase == PAUSED and session.status.run == 2)
    session.step()
    until(lambda: session.status.step == 1)


def test_a_scenario_that_cannot_be_built_is_told(session):
    session.open(Plan(va.Scenario.load("random_walk").override("kinds.walker.migration.stay", "no_such_attribute")))
    until(lambda: session.status.phase == FAILED)
    assert "no_such_attribute" in session.status.message


def test_stepping_waits_for_a_silent_browser_and_goes_on_when_it_speaks(session, watcher):
    session.step()
    until(lambda: session.status.step == 1)
    watcher.silence = 100.0
    session.play()
    until(lambda: session.status.phase == WAITING)
    assert session.course.time == 1
    watcher.silence = 0.0
    until(lambda: session.status.phase == PLAYING and session.course.time > 5)


def test_closing_ends_the_thread_at_once_even_at_a_slow_pace(watcher):
    slow = Session([[watcher]])
    slow.aim_for(0.01)
    slow.begin()
    slow.open(Plan(va.Scenario.load("random_walk")))
    until(lambda: slow.status.run == 1)
    slow.play()
    until(lambda: slow.status.step == 1)
    began = time.monotonic()
    slow.close()
    assert time.monotonic() - began < 2.0
    assert not slow._thread.is_alive()
