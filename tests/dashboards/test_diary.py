"""Diary: changes of a running model are noted with the step and what was changed; refusals with their reason."""

import time

import vesicle_abm as va
from vesicle_abm.dashboards.run.diary import Diary
from vesicle_abm.dashboards.run.plan import Plan
from vesicle_abm.dashboards.run.session import Session
from vesicle_abm.dashboards.run.status import PAUSED


def test_changes_and_refusals_are_noted_once_each():
    notes, session = [], Session()
    diary = Diary(session, lambda step, text: notes.append((step, text)))
    session.tell = diary.tell
    scenario = va.Scenario.load("random_walk")
    session.begin()
    session.open(Plan(scenario), 5)
    until(lambda: session.status.phase == PAUSED and session.status.step == 5)
    session.take(scenario.override("kinds.walker.decay.hazard", 0.5))
    until(lambda: session.status.changes == 1)
    session.take(scenario.override("seed", 99))
    until(lambda: session.status.changes == 2)
    session.close()
    assert notes[0] == (5, "changed kinds.walker.decay.hazard = 0.5")
    assert notes[1][1].startswith("change refused: takes hold only as a run begins")
    assert len(notes) == 2


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)
