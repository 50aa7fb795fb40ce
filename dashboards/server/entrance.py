"""Entrance: a dashboard for each visitor for whom there is room, while the visitor is there."""

import threading
from collections.abc import Callable

import solara

from . import start

COMING, INSIDE, FULL, ASLEEP = "coming", "inside", "full", "asleep"
WORDS = {
    FULL: "This server is full: as many dashboards are open as it allows. Try again in some minutes.",
    ASLEEP: "This dashboard has rested for long, and was closed to make room. It goes on where it was.",
}
BUTTONS = {FULL: "Try again", ASLEEP: "Go on"}


@solara.component
def Entrance(dashboard: Callable[[str, Callable[[str], None], Callable[[], None]], None]):
    """``dashboard(query, keep, fall_asleep)``: draws it as the query of the address asks; ``keep(query)`` is told what
    the query is now, ``fall_asleep()`` closes it until the visitor comes back.
    """
    kept = solara.use_ref(solara.use_router().search or "")
    place, set_place = solara.use_state(COMING)

    def come():
        if place == COMING:
            set_place(INSIDE if start.rooms.enter() else FULL)

    def stay():
        return start.rooms.leave if place == INSIDE else None

    def keep(query: str):
        kept.current = query

    solara.use_effect(come, [place])
    solara.use_effect(stay, [place])
    if place == INSIDE:
        dashboard(kept.current, keep, lambda: set_place(ASLEEP))
    elif place in WORDS:
        with solara.Div(classes=["va-main"], attributes={"role": "alert"}), solara.Info(WORDS[place]):
            solara.Button(BUTTONS[place], on_click=lambda: set_place(COMING), small=True)


def use_rest(moment, minutes: int | None, fall_asleep: Callable[[], None]) -> None:
    """Call ``fall_asleep`` when ``moment`` has not changed for so many minutes; never for None."""

    def wait():
        if minutes is None:
            return None
        timer = threading.Timer(60.0 * minutes, fall_asleep)
        timer.daemon = True
        timer.start()
        return timer.cancel

    solara.use_effect(wait, [moment])
