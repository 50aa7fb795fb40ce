"""Kept: a scenario's file that a visitor opened, kept by the browser's tab, so that a reload comes back to it."""

from collections.abc import Callable
from pathlib import Path

import anywidget
import solara
import traitlets

NOTHING = ["", ""]


class KeptWidget(anywidget.AnyWidget):
    """Nothing to see: the file to keep, and what the tab had kept as the page was opened; (name, text) each."""

    _esm = Path(__file__).with_name("kept.js").read_text(encoding="utf-8")
    file = traitlets.List(traitlets.Unicode(), NOTHING, 2, 2).tag(sync=True)
    found = traitlets.List(traitlets.Unicode(), None, 2, 2, allow_none=True).tag(sync=True)


@solara.component
def Kept(file: list[str], find: Callable[[str, str], None]):
    """``find(name, text)`` is told once what the tab has kept, empty texts for nothing."""
    with solara.Div(classes=["va-unseen"]):
        KeptWidget.element(file=file, on_found=lambda found: find(*found))
