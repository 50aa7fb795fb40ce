"""Entrance: room for so many, and for those who are there; drawn without a browser."""

import pytest

solara = pytest.importorskip("solara", reason="the extra 'dashboard' is not installed")

import ipyvuetify  # noqa: E402

from vesicle_abm.dashboards.server import entrance, start  # noqa: E402
from vesicle_abm.dashboards.server.rooms import Rooms  # noqa: E402

from .test_session import until  # noqa: E402


@pytest.fixture
def visit(monkeypatch):
    """Visitors of a server with one room; each is given what its dashboard was given, when it is drawn."""
    monkeypatch.setattr(start, "rooms", Rooms(1))
    made = []

    def come():
        seen = []

        @solara.component
        def Dashboard(query, keep, fall_asleep):
            seen.append((query, keep, fall_asleep))
            solara.Text("the dashboard")

        _, context = solara.render(entrance.Entrance(Dashboard), handle_error=False)
        made.append(context)
        return context, seen

    yield come
    for context in made:
        context.close()


def test_who_is_too_many_is_told_and_let_in_when_another_has_left(visit):
    first, inside = visit()
    second, outside = visit()
    assert (len(inside) > 0, outside) == (True, [])
    assert start.rooms.taken == 1
    first.close()
    assert start.rooms.taken == 0
    second.find(ipyvuetify.Btn, children=["Try again"]).widget.click()
    assert outside
    assert start.rooms.taken == 1


def test_who_rests_leaves_the_room_and_comes_back_to_where_it_was(visit):
    first, inside = visit()
    _, keep, fall_asleep = inside[-1]
    keep("scenario=cascade&step=7")
    fall_asleep()
    assert start.rooms.taken == 0
    first.find(ipyvuetify.Btn, children=["Go on"]).widget.click()
    assert inside[-1][0] == "scenario=cascade&step=7"
    assert start.rooms.taken == 1


def test_a_rest_begins_anew_with_every_change():
    slept = []

    @solara.component
    def Resting(moment, minutes):
        entrance.use_rest(moment, minutes, lambda: slept.append(moment))

    _, context = solara.render(Resting("never", None), handle_error=False)
    context.render(Resting("first", 10.0))
    context.render(Resting("second", 1e-4))
    until(lambda: slept == ["second"])
    context.close()
