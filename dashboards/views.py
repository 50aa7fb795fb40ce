"""Views: in which view a scenario runs, and what runs beside it with the same seed."""

from dataclasses import replace

import solara

from .plan import ALONE, BESIDE, VIEWS, Plan
from .session import Session
from .status import Status

WORDS = {ALONE: "nothing"}


@solara.component
def Views(session: Session, plan: Plan, status: Status):
    """Two choices; the run is taken to the step where it stood."""
    names = {WORDS.get(name, name): name for name in BESIDE}

    def see(view):
        session.open(plan.seen(view), status.step)

    def beside(words):
        session.open(replace(plan, beside=names[words]), status.step)

    with solara.Div(classes=["va-choices"]):
        solara.Select("View", values=list(VIEWS), value=plan.scenario.view, on_value=see, dense=True)
        solara.Select(
            "Side by side with",
            values=list(names),
            value=WORDS.get(plan.beside, plan.beside),
            on_value=beside,
            dense=True,
        )
