"""The canvas: a widget that holds a network's graph and draws the frames that it is sent."""

from pathlib import Path

import anywidget
import traitlets

from .colours import ramps

HERE = Path(__file__).parent
SCRIPTS = (  # one module, in this order
    "../browser/dark.js",
    "look.js",
    "view.js",
    "shaders.js",
    "painter.js",
    "edges.js",
    "vesicles.js",
    "flashes.js",
    "heatmap.js",
    "drawing.js",
    "graph.js",
    "../browser/element.js",
    "elements.js",
    "legend.js",
    "cards.js",
    "finder.js",
    "pointer.js",
    "network.js",
)


class NetworkWidget(anywidget.AnyWidget):
    """Neurons, edges by layer and vesicles; speaks with the browser."""

    _esm = "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    _css = (HERE / "network.css").read_text(encoding="utf-8")
    places = traitlets.Bytes().tag(sync=True)  # (N, 2) float32
    edges = traitlets.Bytes().tag(sync=True)  # (L, 2) uint32, layer after layer
    strengths = traitlets.Bytes().tag(sync=True)  # (L,) int8, below 0 for inhibition
    layers = traitlets.List().tag(sync=True)  # {name, first, count, shown, colour}
    strongest = traitlets.List().tag(sync=True)  # the largest |weight| of each layer
    names = traitlets.List().tag(sync=True)
    kinds = traitlets.List().tag(sync=True)  # {name, colour}
    hidden = traitlets.List().tag(sync=True)  # numbers of kinds
    ramps = traitlets.Bytes(ramps()).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
