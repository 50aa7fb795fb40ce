"""Charts: the widget that draws all plots over time, with one cursor and one range of steps for them all."""

from pathlib import Path

import anywidget
import traitlets

from ..stage.colours import ramps

HERE = Path(__file__).parent
UPLOT = HERE.parent / "vendor" / "uplot"
SCRIPTS = (
    "../browser/dark.js",
    "../browser/element.js",
    "rows.js",
    "chart.js",
    "heat.js",
    "card.js",
    "choose.js",
    "board.js",
)  # one module, in this order


class ChartsWidget(anywidget.AnyWidget):
    """The plots that a model has, those that are shown, and what else the browser must know before any rows."""

    _esm = "\n".join(
        path.read_text(encoding="utf-8") for path in (UPLOT / "uPlot.iife.min.js", *(HERE / name for name in SCRIPTS))
    )
    _css = "\n".join(path.read_text(encoding="utf-8") for path in (UPLOT / "uPlot.min.css", HERE / "chart.css"))
    plots = traitlets.List().tag(sync=True)  # the fields of a Plot; of its lines, and ``at``, their column
    shown = traitlets.List().tag(sync=True)  # keys of plots, in order
    neuron = traitlets.Unicode("").tag(sync=True)  # the chosen one's name
    synapse = traitlets.Unicode("").tag(sync=True)  # the chosen one, in words
    learns = traitlets.Bool(False).tag(sync=True)  # whether there are synapses to choose
    ramp = traitlets.Bytes(ramps()).tag(sync=True)
