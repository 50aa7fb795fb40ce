"""Session: one thread steps; commands are flags; an error is told and survived."""

import threading
import time

import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.session import FAILED, PAUSED, PLAYING, WAITING, Session


class Watcher:
    """A screen that notes what it is shown, and by which thread."""

    def __init__(self):
        self.steps, self.threads, self.rests = [], set(), 0
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

    def silent_for(self):
        return self.silence


@pytest.fixture
def watcher():
    return Watcher()


@pytest.fixture
def session(watcher):
    made = Session([watcher])
    made.pace(1000)
    made.begin()
    made.open(va.Scenario.load("random_walk"))
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
    until(lambda: session.model.time > 20)
    session.pause()
    until(lambda: session.status.phase == PAUSED)
    stopped = session.model.time
    time.sleep(0.2)
    assert session.model.time == stopped == session.status.step
    assert watcher.steps == list(range(stopped + 1))


def test_play_keeps_the_pace_asked_for(session):
    session.step()
    until(lambda: session.status.step == 1)
    session.pace(20)
    session.play()
    time.sleep(1.5)
    session.pause()
    assert 20 <= session.model.time <= 34  # 1 + 30, less if the machine is busy


def test_a_run_pauses_at_the_scenarios_end_and_can_be_taken_further(session):
    session.open(va.Scenario.load("random_walk").override("steps", 5))
    until(lambda: session.status.run == 2)
    session.play()
    until(lambda: session.status.step == 5 and session.status.phase == PAUSED)
    session.play()
    until(lambda: session.model.time > 6)


def test_reset_gives_the_same_run_again(session):
    session.step(10)
    until(lambda: session.status.step == 10 and session.status.phase == PAUSED)
    first = session.model.state.digest()
    session.reset()
    until(lambda: session.status.run == 2)
    assert session.status.step == 0
    session.step(10)
    until(lambda: session.status.step == 10 and session.status.phase == PAUSED)
    assert session.model.state.digest() == first


def test_an_exception_is_told_and_a_reset_lives_on(session, watcher):
    watcher.fail_at = 3
    session.play()
    until(lambda: session.status.phase == FAILED)
    assert "broken on purpose" in session.status.message
    watcher.fail_at = None
    session.reset()
    until(lambda: session.status.phase == PAUSED and session.status.run == 2)
    session.step()
    until(lambda: session.status.step == 1)


def test_a_scenario_that_cannot_be_built_is_told(session):
    session.open(va.Scenario.load("random_walk").override("kinds.walker.migration.stay", "no_such_attribute"))
    until(lambda: session.status.phase == FAILED)
    assert "no_such_attribute" in session.status.message


def test_stepping_waits_for_a_silent_browser_and_goes_on_when_it_speaks(session, watcher):
    session.step()
    until(lambda: session.status.step == 1)
    watcher.silence = 100.0
    session.play()
    until(lambda: session.status.phase == WAITING)
    assert session.model.time == 1
    watcher.silence = 0.0
    until(lambda: session.status.phase == PLAYING and session.model.time > 5)


def test_closing_ends_the_thread_at_once_even_at_a_slow_pace(watcher):
    slow = Session([watcher])
    slow.pace(0.01)
    slow.begin()
    slow.open(va.Scenario.load("random_walk"))
    until(lambda: slow.status.run == 1)
    slow.play()
    until(lambda: slow.status.step == 1)
    began = time.monotonic()
    slow.close()
    assert time.monotonic() - began < 2.0
    assert not slow._thread.is_alive()
