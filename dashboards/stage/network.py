"""The screen that feeds a network's canvas frames, and answers what the canvas asks."""

import threading
import time

import numpy as np

import vesicle_abm as va

from . import layout
from .canvas import NetworkWidget
from .colours import kind_colours
from .follow import Followed
from .frames import Drawn
from .moves import Places
from .picture import HEAT, VESICLES, Picture
from .shades import OCCUPANCY

WINDOW = 3  # frames under way to the browser at once; it acknowledges each second
REMEMBERED = 4  # frames whose vesicles can still be asked for
LONGEST_GLIDE_MS = 1000.0
LEARNING_INTERVAL = 1.0  # s, the strengths of edges that learn are sent at most so often


class NetworkScreen:
    """Sends a frame a step while the browser keeps up, and answers what it asks about neurons and vesicles."""

    def __init__(self, widget: NetworkWidget):
        self.widget = widget
        self.colour_by, self.shown = OCCUPANCY, VESICLES
        self.chosen_layout = ""
        self.model: va.VesicleModel | None = None
        self.picture: Picture | None = None
        self.sent = self.acknowledged = self.dropped = 0
        self.heard = time.monotonic()
        self.sent_at = self.weighed_at = 0.0
        self._places = np.zeros((0, 2), np.float32)
        self._frames: dict[int, tuple[Drawn, Places | None]] = {}  # the last ones, by their number
        self._standing: dict | None = None  # copies of the vesicles' columns, while the model stands still
        self._wanted: int | None = None  # the vesicle to follow from the next step on
        self._behind = False
        self._lock = threading.RLock()
        widget.on_msg(self._hear)
        widget.observe(lambda change: self.resend(), "hidden")

    # Called in the session's thread

    def begin(self, model: va.VesicleModel, scenario: va.Scenario) -> None:
        """Show a new model's graph; its layout follows when it has been computed."""
        graph = model.graph
        same = self.model is not None and layout.fingerprint(self.model.graph) == layout.fingerprint(graph)
        with self._lock:
            self.model, self._frames, self._wanted = model, {}, None
            self.picture = Picture(model, scenario.data.get("neurons", {}).get("layers"))
        if not same:
            self._show_graph(graph)
        colours = kind_colours(len(self.picture.kinds))
        kinds = [{"name": n, "colour": c} for n, c in zip(self.picture.kinds, colours, strict=True)]
        with self.widget.hold_sync():
            if self.widget.kinds != kinds:
                self.widget.kinds, self.widget.hidden = kinds, []
        self._weigh()
        self._stand(model)
        self._send(0.0)

    def show(self, model: va.VesicleModel, rate: float) -> None:
        """Send the model's state, unless as many frames as may be are still under way."""
        with self._lock:
            self.model, self._standing = model, None
            self.picture.take(model)
            if self._wanted is not None:
                self._follow(self._wanted, model.state.vesicles)
        if self.sent - self.acknowledged >= WINDOW:
            self.dropped += 1
            self._behind = True
            return
        now = time.monotonic()
        planned = 1000.0 / rate if rate else 0.0
        glide = min(max(planned, 1000.0 * min(now - self.sent_at, 0.2)), LONGEST_GLIDE_MS) if rate else 0.0
        self._show_step(glide)

    def rest(self, model: va.VesicleModel) -> None:
        """Show where the model stopped, if that frame was dropped, and the weights that it has."""
        if self._behind:
            self._show_step(200.0)
        if self.picture.change is not None:
            self._weigh()
            self.resend()
        self._stand(model)

    def jump(self, model: va.VesicleModel) -> None:
        """Show the model at another step: nothing glides there."""
        with self._lock:
            self.model = model
            self.picture.jump(model)
        self._weigh()
        self._stand(model)
        self._send(0.0)

    def cut(self, step: int) -> None:
        """Nothing is kept of later steps."""

    def silent_for(self) -> float:
        """Seconds since the browser was heard last, while frames wait for its answer."""
        return time.monotonic() - max(self.heard, self.sent_at) if self.sent - self.acknowledged >= WINDOW else 0.0

    def _show_graph(self, graph: va.NeuralGraph) -> None:
        self.chosen_layout = layout.layouts(graph)[0]
        lines = self.picture.lines
        self._places = layout.ring(graph.size)
        with self.widget.hold_sync():
            self.widget.selected = -1
            self.widget.names = [str(label) for label in graph.nodes]
            self.widget.edges, self.widget.layers = lines.ends.astype("<u4").tobytes(), lines.layers
            self.widget.places = self._places.tobytes()
        self.lay_out(self.chosen_layout)

    def _show_step(self, glide: float) -> None:
        self._behind = False
        with self._lock:
            self.picture.draw()
        self.sent_at = time.monotonic()
        if self.picture.change is not None and self.sent_at - self.weighed_at >= LEARNING_INTERVAL:
            self._weigh()
        self._send(glide)

    def _weigh(self) -> None:
        self.weighed_at = time.monotonic()
        self.widget.strengths, self.widget.strongest = self.picture.strengths()

    def _stand(self, model) -> None:
        with self._lock:
            if self.picture.single:
                self._standing = {kind: columns.copy() for kind, columns in model.state.vesicles.items()}

    # Called by the page

    def colour(self, by: str) -> None:
        """Colour neurons by one of ``shades.choices``."""
        self.colour_by = by
        self.resend()

    def overlay(self, shown: str) -> None:
        """Show one of ``picture.SHOWN``: the vesicles, their paths or their heat."""
        self.shown = shown
        self.resend()

    def lay_out(self, name: str) -> None:
        """Compute a layout in a thread of its own, then show it."""
        if self.model is None:
            return
        graph, self.chosen_layout = self.model.graph, name

        def work():
            found = layout.places(graph, name)
            if self.model.graph is graph and self.chosen_layout == name:
                self._places = found
                self.widget.places = found.tobytes()
                if self.shown == HEAT:
                    self.resend()

        threading.Thread(target=work, daemon=True, name="layout").start()

    def select(self, node: int) -> None:
        """Mark a neuron; -1 for none."""
        self.widget.selected = node

    def follow(self, id_: int) -> None:
        """Follow the vesicle of this id, from now on or, while the model runs, from its next step on."""
        with self._lock:
            self._wanted = id_
            if self._standing is not None:
                self._follow(id_, self._standing)
        self.resend()

    def follow_at(self, node: int) -> None:
        """Follow a vesicle at a neuron, or on its way from there; another one each time."""
        with self._lock:
            ids = self._ids_at(node)
            watched = self.picture.followed
            later = ids[ids > watched.id] if watched is not None else ids
        if len(ids):
            self.follow(int(later[0] if len(later) else ids[0]))
        else:
            self.widget.send({"what": "told", "text": f"no vesicle at {self.widget.names[node]} now"})

    def unfollow(self) -> None:
        """Follow none."""
        with self._lock:
            self._wanted = self.picture.followed = None
        self.resend()

    def resend(self) -> None:
        """Send the last frame again, its vesicles at rest."""
        if self.picture is not None:
            self._send(0.0)

    # Below, within the lock

    def _follow(self, id_: int, vesicles: dict) -> None:
        self._wanted = None
        self.picture.watch(Followed(self.picture.model, id_, vesicles))

    def _ids_at(self, node: int) -> np.ndarray:
        """The ids of shown vesicles that are at a node, or that left it last, ascending."""
        shown = self.picture.motion.shown
        if shown is None or not 0 <= node < self.picture.model.graph.size:
            return np.zeros(0, np.int64)
        return np.sort(shown.ids[(shown.start == node) & ~np.isin(shown.kind, self.widget.hidden)])

    def _send(self, glide: float) -> None:
        with self._lock:
            self.sent += 1
            meta, buffers = self.picture.frame(self.colour_by, self.shown, self.widget.hidden, self._places)
            self._frames[self.sent] = (self.picture.drawn, self.picture.motion.shown)
            self._frames.pop(self.sent - REMEMBERED, None)
            self.widget.send({"what": "frame", "id": self.sent, "glide": glide, **meta}, buffers)

    def _hear(self, _widget, content, _buffers) -> None:
        self.heard = time.monotonic()
        what = content.get("what")
        if what == "seen":
            self.acknowledged = max(self.acknowledged, min(int(content["id"]), self.sent))
        elif what == "ready":
            self.acknowledged = self.sent
            self.resend()
        elif self.picture is not None and what in ANSWERS:
            ANSWERS[what](self, content)

    def _tell_of(self, content) -> None:
        node = int(content["node"])
        if 0 <= node < self.picture.model.graph.size:
            rows = self.picture.inspector.rows(self.picture.snapshot, node)
            self.widget.send({"what": "details", "node": node, "rows": rows})

    def _pick(self, content) -> None:
        drawn, places = self._frames.get(int(content["frame"]), (None, None))
        row = int(content["row"])
        if drawn is None or places is None or not 0 <= row < len(drawn.dots):
            return
        dot = drawn.dots[row]
        of_group = (int(dot[name]) for name in ("from", "to", "kind"))
        self.follow(places.of_group(*of_group) if drawn.grouped else int(places.ids[row]))


ANSWERS = {
    "ask": NetworkScreen._tell_of,
    "pick": NetworkScreen._pick,
    "follow": lambda screen, content: screen.follow_at(int(content["node"])),
    "unfollow": lambda screen, content: screen.unfollow(),
}
