"""Tabs: one panel shown of several; a panel that was shown once keeps what was typed in it."""

from collections.abc import Callable

import solara


@solara.component
def Tabs(panels: dict[str, Callable[[], None]]):
    """``panels``: title -> what draws it."""
    titles = list(panels)
    chosen, set_chosen = solara.use_state(0)
    seen, set_seen = solara.use_state(frozenset({0}))

    def choose(index):
        set_chosen(index)
        set_seen(seen | {index})

    with solara.v.Tabs(v_model=chosen, on_v_model=choose, show_arrows=True, background_color="transparent"):
        for title in titles:
            solara.v.Tab(children=[title])
    for index, title in enumerate(titles):
        shown = index == chosen
        classes = ["va-tab"] if shown else ["va-tab", "va-hidden"]
        with solara.Div(classes=classes, attributes={"role": "tabpanel", "aria-label": title}, key=title):
            if index in seen:
                panels[title]()
