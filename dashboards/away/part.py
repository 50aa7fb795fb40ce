"""Part: a part of a tab, with its heading."""

from html import escape

import solara


@solara.component
def Part(title: str, children=()):
    """Used as a context."""
    heading = solara.HTML(tag="h3", unsafe_innerHTML=escape(title), classes=["va-group"])
    solara.Div(
        children=[heading, *children], classes=["va-take-part"], attributes={"role": "group", "aria-label": title}
    )
