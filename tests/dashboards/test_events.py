"""The event log: every event of the books, once, at its step; bounded; and found again by filters."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.plots.events import (
    ABSORBED,
    BORN,
    CLEARED,
    DOCKED,
    EXPIRED,
    NOTE,
    SUPPRESSED,
    TURNED,
    Events,
)
from vesicle_abm.dashboards.plots.sought import Sought, csv, row_of

EVERYTHING = Sought()


def watched(model, steps, most=20_000):
    events = Events(model, most)
    for _ in range(steps):
        model.step()
        events.look(model)
    return events


def pulse():
    """4 nodes bear one vesicle each in step 1; each docks at every step, and expires in step 3."""
    kind = va.Kind(
        emission=va.PulseEmission(count=1.0, at=0), lifetime=3, docking=va.ConstantDocking(probability=1.0), absorb=0.0
    )
    return va.VesicleModel(nx.path_graph(["a", "b", "c", "ab"]), {"reward": kind}, seed=7)


def told(events, sought=EVERYTHING):
    return [(row["step"], row["event"], row["neuron"], row["count"]) for row in wanted(events, sought)]


def wanted(events, sought=EVERYTHING):
    return [row_of(events, event) for event in sought.among(events)]


def test_the_events_of_a_pulse_are_those_worked_out_by_hand():
    events = watched(pulse(), 4)
    assert told(events, Sought(events=frozenset({BORN}))) == [(1, "born", name, 1) for name in ("ab", "c", "b", "a")]
    assert told(events, Sought(events=frozenset({EXPIRED}))) == [(3, "expired", "", 4)]
    docked = told(events, Sought(events=frozenset({DOCKED})))
    assert sum(row[3] for row in docked) == 12
    assert {row[0] for row in docked} == {1, 2, 3}


@pytest.mark.parametrize("name", ["cascade", "path_memory", "worm_wireless", "double_bridge"])
def test_all_events_together_are_the_books(name):
    model = va.Scenario.load(name).build(threads=1)
    held = watched(model, 60, most=100_000).held
    for event, books in ((BORN, model.state.emitted.sum(axis=1)), (DOCKED, model.state.docked.sum(axis=1)),
                         (TURNED, model.state.turnings().sum(axis=1))):  # fmt: skip
        own = held[held["event"] == event]
        assert np.bincount(own["kind"], own["count"], len(model.kinds)).tolist() == books.tolist()
    for number, event in enumerate((ABSORBED, EXPIRED, CLEARED)):
        assert held["count"][held["event"] == event].sum() == model.state.fates[:, number].sum()


def test_a_cap_is_told_with_a_warning_the_first_time():
    scenario = va.Scenario.load("cascade").override("kinds.wave.cap", 20)
    model = scenario.build(threads=1)
    events = watched(model, 30)
    held = events.held
    assert held["count"][held["event"] == SUPPRESSED].sum() > 0
    warnings = [row for row in wanted(events) if row["event"].startswith("warning")]
    assert len(warnings) == 1
    assert "to keep within its cap of 20" in warnings[0]["event"]


def test_the_latest_are_held_and_the_number_of_those_dropped_is_told():
    model = va.Scenario.load("worm_wireless").build(threads=1)
    every, few = Events(model), Events(model, most=50)
    for _ in range(25):
        model.step()
        every.look(model)
        few.look(model)
    assert 0 < len(few) <= 100
    assert len(few) + few.dropped == len(every)
    assert few.held.tolist() == every.held[-len(few) :].tolist()


def test_steps_shown_again_after_a_rewind_are_not_told_twice_and_a_cut_forgets():
    straight = watched(pulse(), 4).held.tolist()
    model, again = pulse(), pulse()
    events = watched(model, 3)
    again.step()
    events.follow(again)  # rewound to step 1
    for _ in range(3):
        again.step()
        events.look(again)
    assert events.held.tolist() == straight
    events.cut(1)
    assert set(events.held["step"].tolist()) == {1}


def test_a_note_stands_after_the_events_of_its_step():
    events = watched(pulse(), 3)
    events.note(1, "hazard 0.1 -> 0.2")
    held = events.held
    at = held["event"].tolist().index(NOTE)
    assert (held["step"][at - 1], held["step"][at], held["step"][at + 1]) == (1, 1, 2)
    assert wanted(events, Sought(text="HAZARD"))[0]["event"] == "you: hazard 0.1 -> 0.2"


def test_filters_choose_by_neuron_steps_and_text():
    events = watched(pulse(), 4)
    assert {row[2] for row in told(events, Sought(neuron="a"))} == {"a"}
    assert {row[0] for row in told(events, Sought(first=2, last=3))} == {2, 3}
    assert {row[1] for row in told(events, Sought(text="dock"))} == {"docked"}
    assert {row[2] for row in told(events, Sought(text="ab", events=frozenset({BORN})))} == {"ab"}
    assert told(events, Sought(kinds=frozenset({7}))) == []


def test_the_file_has_a_line_an_event_in_order():
    events = watched(pulse(), 3)
    lines = csv(events, Sought().among(events)).decode().splitlines()
    assert lines[:2] == ["step,event,kind,neuron,count", "1,born,reward,a,1"]
    assert len(lines) == 1 + len(events)
