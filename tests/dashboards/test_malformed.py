"""Malformed messages of a page, or of whoever plays one, neither kill nor stall its session, nor anyone else's."""

import importlib.util
import json
from pathlib import Path

import pytest

CLIENT = Path(__file__).parents[2] / "benchmarks" / "dashboard_client.py"
NUMBERS = ["abc", -1, 10**30, 1.5, 1e300, None, True, [], {}, [[1]]]
CONTENTS = ["", "play", 3, None, [], [1], {"what": []}, {"order": []}, {"order": {}}, {"what": None, "order": None}]
TRAITS = {
    "rate": [0, -5, 10**9, "x", None, []],
    "status": [3, "x", {}, {"step": "x"}],
    "layers": [[], [1], ["x"], [{"name": 3}], {}],
    "kinds": [[1], "x", {"a": []}],
    "names": [5, "x", [[]]],
    "selected": [10**6, -7, "x", 1.5],
    "places": ["x", 3, []],
    "most": [10**9],
    "query": ["x" * 10_000, 3],
}


@pytest.fixture(scope="module")
def visitor():
    pytest.importorskip("websockets", reason="the extra 'dashboard' is not installed")
    spec = importlib.util.spec_from_file_location("dashboard_client", CLIENT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Visitor


@pytest.fixture
def visit(visitor, server):
    made = []

    def come(query="scenario=random_walk&step=2"):
        made.append(visitor(server.port, query))
        made[-1].wait(lambda: made[-1].paused and made[-1].step == 2, "step 2")
        return made[-1]

    yield come
    for each in made:
        each.close()


def steps_on(visitor):
    """Whether the session still does what it is told: it goes to a step where it has not been, then on to the next."""
    there = visitor.step + 5
    visitor.order("seek", there)
    visitor.wait(lambda: visitor.paused and visitor.step == there, f"at step {there}")
    visitor.order("step", 1)
    visitor.wait(lambda: visitor.paused and visitor.step == there + 1, "a step on")


def test_orders_with_wrong_numbers_are_not_followed(visit):
    own = visit()
    for order in ("step", "run_to", "seek", "play", "pause", "reset", "", "__init__", "close"):
        for number in NUMBERS:
            if order not in ("play", "pause", "reset") or number is True:
                own.tell(own.bar, {"order": order, "number": number})
    steps_on(own)


def test_messages_of_any_form_to_any_widget_are_survived(visit):
    own, other = visit(), visit()
    for comm in list(own.widgets):
        for content in CONTENTS:
            own.tell(comm, content)
    for comm in own.find("places"):
        for what in ("seen", "ask", "ready", "pick", "follow", "unfollow"):
            for value in NUMBERS:
                own.tell(comm, {"what": what, "id": value, "node": value, "frame": value, "row": value})
    steps_on(own)
    steps_on(other)


def test_traits_of_any_value_are_survived(visit):
    own = visit()
    for trait, values in TRAITS.items():
        for comm in own.find(trait):
            for value in values:
                own.set(comm, **{trait: value})
    steps_on(own)


def test_messages_that_are_no_messages_end_their_own_connection_at_most(visit, visitor, server):
    other = visit()
    for raw in ("", "{}", "[]", "nonsense", json.dumps({"header": {}}), b"", b"\0" * 3, b"\xff" * 64):
        own = visit()
        own.raw(raw)
        own.leave()
    steps_on(other)


NO_ORDERS = {
    "comm_msg": {"comm_id": "nobody", "data": {}},
    "comm_open": {"comm_id": "x", "target_name": "jupyter.widget", "data": {"state": {"_model_name": "AnyModel"}}},
    "comm_close": {"comm_id": "nobody", "data": {}},
    "execute_request": {"code": "import os; os._exit(3)"},
    "shutdown_request": {},
    "comm_info_request": {},
}


@pytest.mark.parametrize("kind", NO_ORDERS)
def test_what_no_page_would_ask_of_its_kernel_concerns_no_one_else(visit, kind):
    own, other = visit(), visit()
    own.send(kind, **NO_ORDERS[kind])
    steps_on(other)


def test_an_upload_that_is_too_large_or_has_no_name_is_dropped(visit):
    own = visit()
    (tabs,) = own.find("show_arrows", "v_model")
    own.set(tabs, v_model=4)  # "Take away"
    own.wait(lambda: own.find("accept", "most"), "the field for a file")
    (field,) = own.find("accept", "most")
    own.set(field, most=2**40)
    own.tell(field, {"what": "file", "name": "x.toml"}, (b"#" * (2**20 + 1),))
    own.tell(field, {"what": "file", "name": 3}, (b"#",))
    own.tell(field, {"what": "file", "name": "x.toml"})
    steps_on(own)


def test_two_visitors_share_nothing(visit):
    first, second = visit(), visit()
    first.order("run_to", 30)
    first.wait(lambda: first.paused and first.step == 30, "step 30")
    assert second.step == 2
    assert not first.widgets.keys() & second.widgets.keys()
    second.set(first.bar, rate=3)
    second.tell(first.bar, {"order": "seek", "number": 0})
    steps_on(second)
    assert first.step == 30
