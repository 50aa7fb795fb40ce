"""Theme: light or dark, as the browser prefers, until the visitor chooses."""

from pathlib import Path

import anywidget
import solara
import solara.lab
import traitlets

HERE = Path(__file__).parent


class ThemeWidget(anywidget.AnyWidget):
    """A button; ``dark`` is what the browser prefers or the visitor chose."""

    _esm = (HERE / "theme.js").read_text(encoding="utf-8")
    dark = traitlets.Bool(False).tag(sync=True)


@solara.component
def Theme():
    """The button, which sets the theme of this visitor's page."""

    def set_dark(dark: bool):
        solara.lab.theme.dark = dark

    ThemeWidget.element(on_dark=set_dark)
