"""Page: what stands where. Everything that a visitor changes lives in this visitor's kernel."""

from pathlib import Path

import solara

import vesicle_abm as va

from . import layout, start
from .banner import Banner, load
from .desk import Desk
from .form import Form
from .lessons_tab import Lessons
from .log import Log
from .network import ACTIVATION, LEVEL, MEMORY, OCCUPANCY, NetworkScreen
from .picker import Picker, choices
from .plan import ALONE
from .plots import Plots
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
                    Network(desk.networks[0], running, status)
                if plan is not None and plan.beside != ALONE:
                    with solara.Div(classes=["va-panel"]):
                        solara.HTML(tag="h2", unsafe_innerHTML=plan.beside, classes=["va-h2"])
                        Network(desk.networks[1], running, status)
            with solara.Div(classes=["va-panel", "va-side"]):
                Tabs(
                    {
                        "Plots": lambda: Plots(desk.board, running, status),
                        "Parameters": lambda: Form(session, plan, running, status),
                        "Log": lambda: Log(desk.log),
                        "Lessons": lambda: Lessons(desk, plan, status),
                    }
                )


@solara.component
def Network(screen: NetworkScreen, running: va.Scenario | None, status: Status):
    """The canvas, and what it shows."""
    colour, set_colour = solara.use_state(OCCUPANCY)
    selected, set_selected = solara.use_state(-1)
    chosen, set_chosen = solara.use_state("")
    shown, set_shown = solara.use_state([])
    model = screen.model
    kinds = list(running.data["kinds"]) if running else []
    memory = [MEMORY] if running and "memory" in running.data else []
    by = [OCCUPANCY, ACTIVATION, *memory, *(LEVEL + kind for kind in kinds)]

    def follow():
        widget = screen.widget

        def on_selected(change):
            set_selected(change["new"])

        widget.observe(on_selected, "selected")
        return lambda: widget.unobserve(on_selected, "selected")

    def renew():
        set_chosen(screen.chosen_layout)
        set_shown([layer["name"] for layer in screen.widget.layers if layer["shown"]])
        set_colour(screen.colour_by)

    solara.use_effect(follow, [])
    solara.use_effect(renew, [status.run])
    names = screen.widget.names

    def find(label):
        screen.select(names.index(label) if label in names else -1)

    def recolour(value):
        set_colour(value)
        screen.colour(value)

    def lay_out(value):
        set_chosen(value)
        screen.lay_out(value)

    def layers(values):
        set_shown(values)
        screen.show_layers(values)

    with solara.Div(classes=["va-choices"]):
        solara.Select(
            "Colour neurons by", values=by, value=colour if colour in by else OCCUPANCY, on_value=recolour, dense=True
        )
        if model is not None:
            solara.Select(
                "Places", values=layout.layouts(model.graph), value=chosen or None, on_value=lay_out, dense=True
            )
            every = [layer["name"] for layer in screen.widget.layers]
            if len(every) > 1:
                solara.SelectMultiple("Edges drawn", shown, every, on_value=layers, dense=True)
        solara.v.Autocomplete(
            label="Find a neuron",
            items=list(names),
            v_model=names[selected] if 0 <= selected < len(names) else None,
            on_v_model=find,
            clearable=True,
            dense=True,
            hide_details=True,
        )
    solara.display(screen.widget)
