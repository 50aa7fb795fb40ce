"""Views: in which view a scenario runs, and what runs beside it with the same seed."""

from dataclasses import replace

import solara

from ..run.plan import ALONE, BESIDE, VIEWS, Plan
from ..run.session import Session
from ..run.status import Status
from .choice import Choice

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
        Choice("View", VIEWS, plan.scenario.view, see)
        Choice("Side by side with", list(names), WORDS.get(plan.beside, plan.beside), beside)
