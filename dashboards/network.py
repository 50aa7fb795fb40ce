"""The network on a canvas: a widget that holds the graph, and the screen that feeds it frames."""

import threading
import time
from pathlib import Path

import anywidget
import numpy as np
import traitlets

import vesicle_abm as va

from . import layout
from .colours import AMOUNT, SIGNED, kind_colours, ramps
from .frames import DOT, MOST_NODES, Motion, Snapshot
from .inspector import details

HERE = Path(__file__).parent
SCRIPTS = ("dark.js", "view.js", "drawing.js", "overlay.js", "network.js")  # one module, in this order
WINDOW = 2  # frames under way to the browser at once
EDGE_BUDGET = 8000  # edges drawn at first; more would be a hairball
OCCUPANCY, ACTIVATION, MEMORY, LEVEL = "vesicles", "activation", "memory", "level of "
LONGEST_GLIDE_MS = 1000.0


class NetworkWidget(anywidget.AnyWidget):
    """Neurons, edges by layer and vesicles; speaks with the browser."""

    _esm = "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    _css = (HERE / "network.css").read_text(encoding="utf-8")
    places = traitlets.Bytes().tag(sync=True)  # (N, 2) float32
    edges = traitlets.Bytes().tag(sync=True)  # (E', 2) uint32, layer after layer
    layers = traitlets.List().tag(sync=True)  # {name, first, count, shown}
    names = traitlets.List().tag(sync=True)
    kinds = traitlets.List().tag(sync=True)  # {name, colour}
    ramps = traitlets.Bytes(ramps()).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)


class NetworkScreen:
    """Sends a frame a step while the browser keeps up, and answers what it asks about a neuron."""

    def __init__(self, widget: NetworkWidget):
        self.widget = widget
        self.colour_by = OCCUPANCY
        self.chosen_layout = ""
        self.model: va.VesicleModel | None = None
        self.snapshot: Snapshot | None = None
        self.sent = self.acknowledged = 0
        self.dropped = 0
        self.heard = time.monotonic()
        self.sent_at = 0.0
        self._motion = Motion()
        self._highest: dict[str, float] = {}
        self._dots: np.ndarray = np.zeros(0, DOT)
        self._behind = False
        self._lock = threading.Lock()
        widget.on_msg(self._hear)

    # Called in the session's thread

    def begin(self, model: va.VesicleModel, scenario: va.Scenario) -> None:
        """Show a new model's graph; its layout follows when it has been computed."""
        graph = model.graph
        if graph.size > MOST_NODES:
            raise va.InputError(f"the graph has {graph.size} nodes; the dashboard draws up to {MOST_NODES}", "graph")
        same = self.model is not None and layout.fingerprint(self.model.graph) == layout.fingerprint(graph)
        self.model, self._motion, self._highest = model, Motion(), {}
        if not same:
            self.chosen_layout = layout.layouts(graph)[0]
            self.widget.selected = -1
            edges, layers = edge_layers(graph, scenario.data.get("neurons", {}).get("layers"))
            with self.widget.hold_sync():
                self.widget.names = [str(label) for label in graph.nodes]
                self.widget.edges, self.widget.layers = edges, layers
                self.widget.places = layout.ring(graph.size).tobytes()
            self.lay_out(self.chosen_layout)
        colours = kind_colours(len(model.kinds))
        self.widget.kinds = [{"name": n, "colour": c} for n, c in zip(model.kinds, colours, strict=True)]
        self.show(model, 0.0, always=True)

    def show(self, model: va.VesicleModel, rate: float, always: bool = False) -> None:
        """Send the model's state, unless two frames are still under way."""
        self.snapshot = Snapshot.of(model)
        if not always and self.sent - self.acknowledged >= WINDOW:
            self.dropped += 1
            self._behind = True
            return
        self._behind = False
        self._dots = self._motion.dots(model)
        now = time.monotonic()
        planned = 1000.0 / rate if rate else 0.0
        glide = min(max(planned, 1000.0 * min(now - self.sent_at, 0.2)), LONGEST_GLIDE_MS) if rate else 0.0
        self.sent_at = now
        self._send(glide)

    def rest(self, model: va.VesicleModel) -> None:
        """Show where the model stopped, if that frame was dropped."""
        if self._behind:
            self.show(model, 5.0, always=True)

    def jump(self, model: va.VesicleModel) -> None:
        """Show another step, its vesicles at rest."""
        self._motion = Motion()
        self.show(model, 0.0, always=True)

    def cut(self, step: int) -> None:
        """Nothing of the past is kept."""

    def silent_for(self) -> float:
        """Seconds since the browser was heard last, while frames wait for its answer."""
        return time.monotonic() - max(self.heard, self.sent_at) if self.sent - self.acknowledged >= WINDOW else 0.0

    # Called by the page

    def colour(self, by: str) -> None:
        """Colour neurons by OCCUPANCY, ACTIVATION, MEMORY, or LEVEL + a kind's name."""
        self.colour_by = by
        self.resend()

    def lay_out(self, name: str) -> None:
        """Compute a layout in a thread of its own, then show it."""
        model = self.model
        if model is None:
            return
        self.chosen_layout = name

        def work():
            found = layout.places(model.graph, name).tobytes()
            if self.model is model and self.chosen_layout == name:
                self.widget.places = found

        threading.Thread(target=work, daemon=True, name="layout").start()

    def show_layers(self, names: list[str]) -> None:
        """Draw the edges of these layers."""
        self.widget.layers = [{**layer, "shown": layer["name"] in names} for layer in self.widget.layers]

    def select(self, node: int) -> None:
        """Mark a neuron; -1 for none."""
        self.widget.selected = node

    def resend(self) -> None:
        """Send the last frame again, its vesicles at rest."""
        if self.snapshot is not None:
            self._send(0.0)

    def _send(self, glide: float) -> None:
        with self._lock:
            snapshot, by = self.snapshot, self.colour_by
            if snapshot is None or self.model is None:
                return
            gone = by == MEMORY and snapshot.memory is None
            if gone or (by.startswith(LEVEL) and by.removeprefix(LEVEL) not in self.model.kinds):
                by = self.colour_by = OCCUPANCY
            values = node_values(snapshot, by, self.model.kinds)
            reach = max(self._highest.get(by, 0.0), float(np.abs(values).max(initial=0.0)))
            self._highest[by] = reach
            scale = scale_of(values, reach, by)
            count = snapshot.occupancy.sum(axis=0)
            alive = snapshot.occupancy.sum(axis=1)
            self.sent += 1
            meta = {
                "what": "frame",
                "id": self.sent,
                "step": snapshot.step,
                "glide": glide,
                "scale": {k: scale[k] for k in ("low", "middle", "high", "ramp", "title", "note")},
                "stride": self._motion.stride,
                "alive": alive.tolist(),
            }
            buffers = [
                scale["shade"].tobytes(),
                np.minimum(count, 2**16 - 1).astype("<u2").tobytes(),
                self._dots.tobytes(),
            ]
            self.widget.send(meta, buffers)

    def _hear(self, _widget, content, _buffers) -> None:
        what = content.get("what")
        self.heard = time.monotonic()
        if what == "seen":
            self.acknowledged = max(self.acknowledged, min(int(content["id"]), self.sent))
        elif what == "ready":
            self.acknowledged = self.sent
            self.resend()
        elif what == "ask" and self.snapshot is not None and self.model is not None:
            node = int(content["node"])
            if 0 <= node < self.model.graph.size:
                rows = details(self.model, self.snapshot, node)
                self.widget.send({"what": "details", "node": node, "rows": rows})


def node_values(snapshot: Snapshot, by: str, kinds: list[str]) -> np.ndarray:
    """(N,) what the neurons are coloured by."""
    if by == ACTIVATION:
        return snapshot.activation
    if by == MEMORY:
        return snapshot.stored()
    if by.startswith(LEVEL):
        return snapshot.level[:, kinds.index(by.removeprefix(LEVEL))]
    return snapshot.occupancy.sum(axis=0)


def scale_of(values: np.ndarray, reach: float, by: str) -> dict:
    """How values become colours: a ramp, shades (N,) uint8, and the numbers at its ends and middle.

    Signed values: linear from -reach to reach. Amounts: by square root from 0, so that small ones are seen too.
    """
    reach = reach or 1.0
    if by == ACTIVATION and values.min(initial=0.0) < 0.0:
        share, ramp, low, middle, note = (values / reach + 1.0) / 2.0, SIGNED, -reach, 0.0, ""
    else:
        share, ramp, low, middle, note = (
            np.sqrt(np.maximum(values, 0.0) / reach),
            AMOUNT,
            0.0,
            reach / 4.0,
            "√ scale",
        )
    shade = np.rint(np.clip(share, 0.0, 1.0) * 255.0).astype(np.uint8)
    title = {OCCUPANCY: "vesicles at a neuron", ACTIVATION: "activation", MEMORY: "memory"}.get(by, by)
    return {"shade": shade, "ramp": ramp, "low": low, "middle": middle, "high": reach, "title": title, "note": note}


def edge_layers(graph: va.NeuralGraph, wired) -> tuple[bytes, list[dict]]:
    """Each layer's edges, both directions as one line, and which layers to draw at first.

    At first: those that carry activity if the model names them, else all; as long as they are within the edge budget.
    """
    lines, layers = [], []
    first = 0
    for number, name in enumerate(graph.layer_names):
        own = graph.layer == number
        ends = np.stack([graph.source[own], graph.target[own]], axis=1)
        ends = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
        lines.append(ends)
        layers.append({"name": name, "first": first, "count": len(ends), "shown": wired is None or name in wired})
        first += len(ends)
    room = EDGE_BUDGET
    for layer in sorted(layers, key=lambda layer: layer["count"]):
        room -= layer["count"] if layer["shown"] else 0
        layer["shown"] = layer["shown"] and room >= 0
    return np.concatenate(lines).astype("<u4").tobytes(), layers
