"""Clipboard: a button that copies a text, and a text to be copied."""

from html import escape
from pathlib import Path

import anywidget
import solara
import traitlets


class CopyWidget(anywidget.AnyWidget):
    """A button; ``link``: whether the text is the query of a link to this page."""

    _esm = Path(__file__).with_name("copy.js").read_text(encoding="utf-8")
    text = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode("Copy").tag(sync=True)
    link = traitlets.Bool(False).tag(sync=True)


@solara.component
def Copied(text: str, label: str, link: bool = False):
    """A text that can be read, scrolled by keyboard, and copied."""
    shown = f"?{text}" if link else text
    solara.HTML(
        tag="pre",
        unsafe_innerHTML=escape(shown),
        classes=["va-code"],
        attributes={"tabindex": "0", "role": "region", "aria-label": label.removeprefix("Copy ")},
    )
    CopyWidget.element(text=text, label=label, link=link)
