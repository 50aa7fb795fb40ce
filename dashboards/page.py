"""Page: what stands where. Everything that a visitor changes lives in this visitor's kernel."""

from pathlib import Path

import solara

import vesicle_abm as va

from . import start
from .banner import Banner, load
from .canvas import NetworkWidget
from .charts import ChartScreen, ChartWidget
from .form import Form
from .network import NetworkScreen
from .picker import Picker, choices
from .session import FAILED, Session, Status
from .stage import Stage
from .theme import Theme
from .transport import Transport

STYLE = Path(__file__).with_name("page.css")
FAVOURITE = "worm_wireless"


class Desk:
    """All that belongs to one visitor: the session, its screens, their widgets."""

    def __init__(self):
        self.network = NetworkScreen(NetworkWidget())
        self.charts = ChartScreen(ChartWidget(title="vesicles over time"), ChartWidget(title="levels over time"))
        self.session = Session([self.network, self.charts])

    def csv(self) -> bytes:
        """What the model recorded so far."""
        with self.session.at_rest() as model:
            return b"" if model is None else model.record.to_csv().encode()


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
    name, set_name = solara.use_state(start.scenario or (FAVOURITE if FAVOURITE in names else next(iter(names))))
    original, set_original = solara.use_state(None)
    running, set_running = solara.use_state(None)
    refused, set_refused = solara.use_state("")
    session = desk.session

    def live():
        session.tell = set_status
        session.begin()
        pick(name)
        return session.close

    def pick(chosen):
        set_name(chosen)
        scenario, problem = load(chosen)
        set_refused(problem)
        if scenario is not None:
            set_original(scenario)
            run(scenario)

    def run(scenario):
        set_running(scenario)
        session.open(scenario)

    solara.use_effect(live, [])
    with solara.Div(classes=["va-main"]):
        with solara.Div(classes=["va-head"]):
            solara.HTML(tag="h1", unsafe_innerHTML="Vesicles", classes=["va-title"])
            Theme()
        Picker(name, list(names), running, pick)
        Banner(session, status, refused)
        Transport(session, status, running.steps if running else 0)
        with solara.Div(classes=["va-columns"]):
            with solara.Div(classes=["va-panel", "va-wide"]):
                Stage(desk.network, running, status)
            with solara.Div(classes=["va-panel", "va-narrow"]):
                Charts(desk, running, status)
        if running is not None:
            with solara.Div(classes=["va-panel"]):
                solara.HTML(tag="h2", unsafe_innerHTML="Seed and parameters", classes=["va-h2"])
                Form(original, running, run, status.busy)


@solara.component
def Charts(desk: Desk, running: va.Scenario | None, status: Status):
    """The charts and the download of their rows."""
    solara.HTML(tag="h2", unsafe_innerHTML="Vesicles alive", classes=["va-h2"])
    solara.display(desk.charts.population.widget)
    solara.HTML(tag="h2", unsafe_innerHTML="Mean level, and activation", classes=["va-h2"])
    solara.display(desk.charts.level.widget)
    if running is not None and status.run and status.phase != FAILED:
        solara.FileDownload(desk.csv, f"{running.name}.csv", label="Download as CSV", mime_type="text/csv")
