"""Page: what stands where. Everything that a visitor changes lives in this visitor's kernel."""

from pathlib import Path

import solara

from . import start
from .banner import Banner, load
from .desk import Desk
from .form import Form
from .log import Log
from .picker import Picker, choices
from .plan import ALONE
from .plots import Plots
from .stage import Stage
from .status import Status
from .tabs import Tabs
from .theme import Theme

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
    """The dashboard."""
    solara.Title("vesicle-abm")
    desk = solara.use_memo(Desk, [])
    status, set_status = solara.use_state(Status())
    names = solara.use_memo(lambda: choices(start.scenario), [])
    name, set_name = solara.use_state(start.first())
    refused, set_refused = solara.use_state("")
    session = desk.session

    def live():
        desk.begin(set_status)
        pick(name)
        return session.close

    def pick(chosen):
        set_name(chosen)
        scenario, problem = load(chosen)
        set_refused(problem)
        if scenario is not None:
            desk.open(scenario)

    solara.use_effect(live, [])
    plan = session.plan
    running = plan.at(status.step) if plan is not None else None
    with solara.Div(classes=["va-main"], attributes={"role": "main"}):
        with solara.Div(classes=["va-head"]):
            solara.HTML(tag="h1", unsafe_innerHTML="Vesicles", classes=["va-title"])
            Theme()
        Picker(name, list(names), running, pick)
        Banner(session, status, refused)
        with solara.Div(classes=["va-transport"]):
            solara.display(desk.transport.widget)
        with solara.Div(classes=["va-columns"]):
            with solara.Div(classes=["va-stages"]):
                with solara.Div(classes=["va-panel"]):
                    Stage(desk.networks[0], running, status)
                if plan is not None and plan.beside != ALONE:
                    with solara.Div(classes=["va-panel"]):
                        solara.HTML(tag="h2", unsafe_innerHTML=plan.beside, classes=["va-h2"])
                        Stage(desk.networks[1], running, status)
            with solara.Div(classes=["va-panel", "va-side"]):
                Tabs(
                    {
                        "Plots": lambda: Plots(desk.board, running, status),
                        "Parameters": lambda: Form(session, plan, running, status),
                        "Log": lambda: Log(desk.log),
                    }
                )
