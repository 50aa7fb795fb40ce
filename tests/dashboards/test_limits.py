"""Limits: too much is refused in words, before it is made where that can be told, and the session lives on."""

import inspect

import networkx as nx
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.desk import Desk
from vesicle_abm.dashboards.run.plan import Plan
from vesicle_abm.dashboards.run.session import Session
from vesicle_abm.dashboards.run.status import FAILED, PAUSED
from vesicle_abm.dashboards.server.asked import GENERATORS, refuse_too_much, size_asked
from vesicle_abm.dashboards.server.limits import HOSTED, LOCAL, Limits
from vesicle_abm.dashboards.server.rooms import Rooms
from vesicle_abm.dashboards.server.watch import Watch

from .test_session import until


@pytest.fixture
def session():
    made = []

    def start(limits, admit=lambda plan: None):
        session = Session([[Watch(limits)], [Watch(limits)]], admit=admit)
        session.begin()
        made.append(session)
        return session

    yield start
    for each in made:
        each.close()


def walk(**overrides):
    scenario = va.Scenario.load("random_walk")
    for key, value in overrides.items():
        scenario = scenario.override(key.replace("__", "."), value)
    return scenario


@pytest.mark.parametrize("text", ["nodes", "nodes=", "nodes=0", "nodes=-1", "nodes=1.5", "people=3", "=3", "nodes=²"])
def test_a_limit_that_is_none_is_refused(text):
    with pytest.raises(va.InputError, match="--limit"):
        LOCAL.given([text])


def test_every_limit_of_a_hosted_server_is_told():
    assert len(HOSTED.told()) == len(vars(HOSTED))
    assert LOCAL.given(["nodes=7"]).nodes == 7


def test_every_shipped_scenario_fits_a_hosted_server():
    for name in va.shipped_scenarios():
        refuse_too_much(va.Scenario.load(name).data, HOSTED)


@pytest.mark.parametrize("name", GENERATORS)
def test_no_generator_makes_more_than_is_told_beforehand(name):
    given = {"n": 12, "m": 4, "k": 4, "p": 0.9, "d": 3, "radius": 0.9}
    takes = inspect.signature(inspect.unwrap(getattr(nx, name))).parameters
    arguments = {key: value for key, value in given.items() if key in takes}
    graph = getattr(nx, name)(**arguments)
    nodes, edges = size_asked({"generator": name, "arguments": arguments})
    assert len(graph) <= nodes
    assert graph.number_of_edges() <= edges


@pytest.mark.parametrize(
    "graph",
    [
        {"small_world": {"nodes": 10**8}},
        {"small_world": {"nodes": 4000, "degree": 1000}},
        {"generator": "complete_graph", "arguments": {"n": 3000}},
        {"generator": "hypercube_graph", "arguments": {"n": 40}},
        {"generator": "path_graph", "arguments": {"n": "abc"}},
        {"generator": "grid_2d_graph", "arguments": {"m": [1] * 100, "n": [2] * 100}},
        {"populations": {"a": {"size": 3000}, "b": {"size": 3000}}},
        {"populations": ["a"]},
        {"small_world": 5},
        {"generator": ["path_graph"]},
        {},
        "graph",
    ],
)
def test_a_graph_that_is_too_large_is_refused_before_it_is_made(graph):
    with pytest.raises(va.InputError, match="this server"):
        refuse_too_much({"graph": graph}, HOSTED)


def test_a_graph_that_is_too_large_is_words_and_another_scenario_opens(session):
    limits = Limits(nodes=20)
    made = session(limits, Desk(limits).admit)
    made.open(Plan(walk()))
    until(lambda: made.status.phase == FAILED)
    assert "this server allows 20" in made.status.message
    made.open(Plan(walk(graph={"generator": "path_graph", "arguments": {"n": 10}})))
    until(lambda: made.status.phase == PAUSED and made.status.run == 1)


def test_too_many_vesicles_stop_the_session_in_words_and_one_can_go_back(session):
    made = session(Limits(vesicles=50))
    made.open(Plan(walk()))
    made.run_to(1000)
    until(lambda: made.status.phase == FAILED)
    assert "this server allows 50" in made.status.message
    made.seek(0)
    until(lambda: made.status.phase == PAUSED)


def test_a_run_ends_at_the_limit_of_steps(session):
    made = session(Limits(steps=12))
    made.open(Plan(walk()))
    made.run_to(100)
    until(lambda: made.status.phase == FAILED)
    assert made.status.step == 12
    assert "12 steps at most" in made.status.message


def test_a_model_that_takes_too_much_memory_is_refused(session):
    made = session(Limits(memory=1))
    made.open(Plan(va.Scenario.load("worm_wireless")))
    until(lambda: made.status.phase == FAILED)
    assert "MiB of memory" in made.status.message


def test_as_fast_as_it_goes_is_no_faster_than_allowed():
    watch, model, slept = Watch(Limits(rate=10)), walk().build(), []
    watch.sleep = slept.append
    for _ in range(5):
        watch.show(model, 0.0)
    assert sum(slept) > 0.3  # five steps at ten a second, less what the loop itself took


def test_rooms_are_given_back():
    rooms = Rooms(2)
    assert [rooms.enter() for _ in range(3)] == [True, True, False]
    rooms.leave()
    assert rooms.enter()
    assert all(Rooms().enter() for _ in range(100))


def test_the_size_of_a_piece_of_cortex_is_told_before_it_is_made():
    numbers = {"excitatory": 30, "inhibitory": 10, "synapses": 5, "neighbours": 2}
    graph = va.cortex(**numbers)
    assert size_asked({"cortex": numbers}) == (graph.size, graph.edge_count)
    assert size_asked({"cortex": {}}) == (1000, 100_000)
