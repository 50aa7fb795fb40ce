"""Page: what stands where. Everything that a visitor changes lives in this visitor's kernel."""

from pathlib import Path

import solara

from .away import arrivals, library
from .away.address import Address, use_query
from .away.arrivals import Arrival
from .away.kept import NOTHING, Kept
from .away.link import FILE
from .away.tab import TakeAway
from .classroom.tab import Lessons
from .controls.banner import Banner
from .controls.form import Form
from .controls.picker import Picker, choices
from .controls.tabs import Tabs
from .controls.theme import Theme
from .desk import Desk
from .plots.log import Log
from .plots.tab import Plots
from .run.plan import ALONE, ORIGINAL, Plan
from .run.status import Status
from .server import start
from .server.entrance import Entrance, use_rest
from .stage.tab import Stage

STYLE = Path(__file__).with_name("page.css")


@solara.component
def Layout(children):
    """The page alone: no sidebar, no bar."""
    with solara.Div(classes=["va-page"]):
        solara.Style(STYLE)
        for child in children:
            solara.display(child)


@solara.component
def Page():
    """The dashboard, for whom there is room."""
    solara.Title("vesicle-abm")
    Entrance(Dashboard)


@solara.component
def Dashboard(query: str, keep, fall_asleep):
    """``query``: what to begin with; ``keep(query)`` is told what would bring one back to where it is now."""
    desk = solara.use_memo(lambda: Desk(start.limits), [])
    status, set_status = solara.use_state(Status())
    asked = solara.use_memo(lambda: {library.label(name): text for name, text in choices(start.scenario).items()}, [])
    source, set_source = solara.use_state({})
    refused, set_refused = solara.use_state("")
    session = desk.session

    def live():
        desk.begin(set_status)
        arrive(arrivals.first(query))
        return session.close

    def find(*file: str):
        if not source:  # the visitor waits for it
            arrive(arrivals.first(query, file))

    def arrive(arrival: Arrival | None):
        if arrival is None:
            return
        set_source(arrival.source)
        set_refused(arrival.problem)
        if arrival.plan is not None:
            session.open(arrival.plan, arrival.step)

    def choose(label: str):
        arrive(arrivals.chosen(label))

    solara.use_effect(live, [])
    plan = session.plan
    running = plan.at(status.step) if plan is not None else None
    name = source.get("scenario") or (running.name if running is not None else next(iter(asked)))
    address = use_query(plan, status.step, source)
    keep(address)
    use_rest(status, start.limits.idle, fall_asleep)
    with solara.Div(classes=["va-main"], attributes={"role": "main"}):
        with solara.Div(classes=["va-head"]):
            solara.HTML(tag="h1", unsafe_innerHTML="Vesicles", classes=["va-title"])
            Theme()
            Address(address)
            Kept([source[FILE], plan.scenario.text or ""] if FILE in source and plan is not None else NOTHING, find)
        Picker(name, asked, running, choose)
        Banner(session, status, refused)
        with solara.Div(classes=["va-transport"]):
            solara.display(desk.transport.widget)
        with solara.Div(classes=["va-columns"]):
            with solara.Div(classes=["va-stages"]):
                for lane, heading in enumerate(headings(plan)):
                    with solara.Div(classes=["va-panel"], key=f"lane {lane}"):
                        if heading:
                            solara.HTML(tag="h2", unsafe_innerHTML=heading, classes=["va-h2"])
                        Stage(desk.networks[lane], running, status)
            with solara.Div(classes=["va-panel", "va-side"]):
                Tabs(
                    {
                        "Plots": lambda: Plots(desk.board, running, status),
                        "Parameters": lambda: Form(session, plan, running, status),
                        "Log": lambda: Log(desk.log),
                        "Lessons": lambda: Lessons(desk, plan, status, choose),
                        "Take away": lambda: TakeAway(desk, plan, running, status, address, source, arrive),
                    }
                )


def headings(plan: Plan | None) -> list[str]:
    """What stands over each lane: nothing over a single one."""
    if plan is None or plan.beside == ALONE:
        return [""]
    return ["changed" if plan.beside == ORIGINAL else plan.scenario.view, plan.beside]
