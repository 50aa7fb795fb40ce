"""Address: the page's address tells what is on screen, so that a reload resumes there and a link restores it."""

from pathlib import Path

import anywidget
import solara
import traitlets

import vesicle_abm as va

from ..run.plan import Plan
from . import link


class AddressWidget(anywidget.AnyWidget):
    """Nothing to see; writes the query into the browser's address."""

    _esm = Path(__file__).with_name("address.js").read_text(encoding="utf-8")
    query = traitlets.Unicode().tag(sync=True)


def use_query(plan: Plan | None, step: int, source: dict[str, str]) -> str:
    """The query; empty for what no link can tell."""

    def made() -> str:
        if plan is None or not source:
            return ""
        try:
            return link.write(plan, source)
        except va.InputError:
            return ""

    beginning = solara.use_memo(made, [plan, source])
    return f"{beginning}&step={step}" if beginning else ""


@solara.component
def Address(query: str):
    """The browser's address follows the query."""
    with solara.Div(classes=["va-unseen"]):
        AddressWidget.element(query=query)
