"""Log: the tab of events, with filters. A page of them is sent when it is asked for, and a few times a second."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import anywidget
import solara
import traitlets

import vesicle_abm as va

from ..stage.colours import kind_colours
from .events import WORDS, Events
from .sought import Sought, csv, row_of

HERE = Path(__file__).parent
SCRIPTS = ("../browser/element.js", "log.js")
INTERVAL = 0.25  # s
PAGE = 100  # events


class LogWidget(anywidget.AnyWidget):
    """The filters, and a table of events."""

    _esm = "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    _css = (HERE / "log.css").read_text(encoding="utf-8")
    events = traitlets.List(list(WORDS)).tag(sync=True)
    kinds = traitlets.List().tag(sync=True)  # {name, colour}


class LogScreen:
    """The events of the first view, as a screen of the session; ``on_neuron`` is told of one that is clicked."""

    def __init__(self, widget: LogWidget, on_neuron: Callable[[int], None] = lambda node: None):
        self.widget, self.on_neuron = widget, on_neuron
        self.events: Events | None = None
        self.now = 0
        self._sought, self._page = Sought(), 0
        self._file = "run"
        self._sent_at, self._watched = 0.0, False
        self._lock = threading.RLock()
        widget.on_msg(self._hear)

    def note(self, step: int, text: str) -> None:
        """Log what the visitor did at a step."""
        with self._lock:
            if self.events is not None:
                self.events.note(step, text)
                self._send()

    # Called in the session's thread

    def begin(self, model, scenario: va.Scenario) -> None:
        """No events; a field has none at all."""
        with self._lock:
            self.events = Events(model) if isinstance(model, va.VesicleModel) else None
            self.now, self._page, self._file = model.time, 0, f"{scenario.name}-seed{scenario.seed}"
            colours = kind_colours(len(model.kinds))
            kinds = [{"name": name, "colour": colour} for name, colour in zip(model.kinds, colours, strict=True)]
            if kinds != self.widget.kinds:
                self.widget.kinds, self._sought = kinds, Sought()
            self._send()

    def show(self, model, rate: float) -> None:
        """Hold a step's events."""
        with self._lock:
            self.now = model.time
            if self.events is not None:
                self.events.look(model)
            if time.monotonic() - self._sent_at >= INTERVAL:
                self._send()

    def rest(self, model) -> None:
        """Show where the model has stopped."""
        with self._lock:
            self._send()

    def jump(self, model) -> None:
        """The model stands at another step."""
        with self._lock:
            self.now = model.time
            if self.events is not None:
                self.events.follow(model)
            self._send()

    def cut(self, step: int) -> None:
        """Forget the events after this step."""
        with self._lock:
            if self.events is not None:
                self.events.cut(step)
            self._send()

    def silent_for(self) -> float:
        """Never waited for."""
        return 0.0

    # Called as the browser asks

    def _hear(self, _widget, content, _buffers) -> None:
        what = content.get("what")
        with self._lock:
            if what == "ready":
                self._watched, self._sought, self._page = True, Sought(), 0
                self._send()
            elif what == "gone":
                self._watched = False
            elif what == "seek":
                self._sought, self._page = sought(content), max(0, int(content["page"]))
                self._send()
            elif what == "save" and self.events is not None:
                made = csv(self.events, self._sought.among(self.events))
                about = {"what": "file", "name": f"{self._file}-events.csv", "type": "text/csv"}
                self.widget.send(about, [made])
        if what == "neuron":
            self.on_neuron(int(content["node"]))

    def _send(self) -> None:
        """The page that is looked at, if the log is in view."""
        self._sent_at = time.monotonic()
        if not self._watched:
            return
        about = {"what": "page", "now": self.now, "rows": [], "found": 0, "held": 0, "dropped": 0, "page": 0}
        if self.events is not None:
            found = self._sought.among(self.events)
            page = min(self._page, max(0, len(found) - 1) // PAGE)
            rows = [row_of(self.events, event) for event in found[page * PAGE : (page + 1) * PAGE]]
            about |= {"rows": rows, "found": len(found), "held": len(self.events), "dropped": self.events.dropped}
            about["page"] = page
        self.widget.send({**about, "size": PAGE})


def sought(content: dict) -> Sought:
    """What the browser asks for."""
    first, last = (None if content[name] is None else int(content[name]) for name in ("first", "last"))
    events, kinds = frozenset(map(int, content["events"])), frozenset(map(int, content["kinds"]))
    return Sought(events, kinds, str(content["neuron"]).strip(), first, last, str(content["text"]).strip())


@solara.component
def Log(log: LogScreen):
    """The events, and what they are filtered by."""
    solara.display(log.widget)
