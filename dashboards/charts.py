"""Charts over time: a widget that draws lines, and the screen that feeds them the rows of each step."""

import time
from array import array
from pathlib import Path

import anywidget
import numpy as np
import traitlets

import vesicle_abm as va

from .colours import kind_colours

HERE = Path(__file__).parent
UPLOT = HERE / "vendor" / "uplot"
INTERVAL = 0.2  # s, rows are sent at most so often
ACTIVATION_COLOUR = "#8a8a8a"


class ChartWidget(anywidget.AnyWidget):
    """Lines over steps."""

    _esm = "\n".join(
        path.read_text(encoding="utf-8") for path in (UPLOT / "uPlot.iife.min.js", HERE / "dark.js", HERE / "chart.js")
    )
    _css = "\n".join(path.read_text(encoding="utf-8") for path in (UPLOT / "uPlot.min.css", HERE / "chart.css"))
    title = traitlets.Unicode().tag(sync=True)
    lines = traitlets.List().tag(sync=True)  # {name, colour}
    height = traitlets.Int(136).tag(sync=True)


class Chart:
    """One chart: its rows so far, and those not yet sent."""

    def __init__(self, widget: ChartWidget):
        self.widget = widget
        self.rows = array("d")  # row after row
        self.sent = 0
        widget.on_msg(self._hear)

    def begin(self, lines: list[dict]) -> None:
        """No rows, these lines."""
        self.rows, self.sent = array("d"), 0
        if self.widget.lines != lines:
            self.widget.lines = lines
        self.widget.send({"what": "rows", "anew": True})

    def add(self, step: int, values) -> None:
        """A row."""
        self.rows.extend((float(step), *(float(value) for value in values)))

    def send(self, anew: bool = False) -> None:
        """What has not been sent, or everything."""
        first = 0 if anew else self.sent
        fresh = self.rows[first:]
        if fresh or anew:
            self.sent = first + len(fresh)
            self.widget.send({"what": "rows", "anew": anew}, [fresh.tobytes()])

    def _hear(self, _widget, content, _buffers) -> None:
        if content.get("what") == "ready":
            self.send(anew=True)


class ChartScreen:
    """Vesicles alive of each kind, and mean levels and activation, over the steps."""

    def __init__(self, population: ChartWidget, level: ChartWidget):
        self.population, self.level = Chart(population), Chart(level)
        self._sent_at = 0.0

    def begin(self, model: va.VesicleModel, scenario: va.Scenario) -> None:
        """Clear, and draw step 0."""
        colours = kind_colours(len(model.kinds))
        kinds = [{"name": name, "colour": colour} for name, colour in zip(model.kinds, colours, strict=True)]
        self.population.begin(kinds)
        self.level.begin([*kinds, {"name": "activation", "colour": ACTIVATION_COLOUR}])
        self._sent_at = 0.0
        self.show(model, 0.0)

    def show(self, model: va.VesicleModel, rate: float) -> None:
        """Add a step's row; sent a few times a second, at once where steps are rare."""
        state = model.state
        self.population.add(state.step, [columns.size for columns in state.vesicles.values()])
        self.level.add(state.step, [*state.modulator.mean(axis=0), np.mean(state.activation)])
        if time.monotonic() - self._sent_at >= INTERVAL:
            self.rest(model)

    def rest(self, model: va.VesicleModel) -> None:
        """Send the rows that wait."""
        self._sent_at = time.monotonic()
        self.population.send()
        self.level.send()

    def jump(self, model: va.VesicleModel) -> None:
        """Nothing moves."""

    def cut(self, step: int) -> None:
        """Nothing is forgotten."""

    def silent_for(self) -> float:
        """Never waited for."""
        return 0.0
