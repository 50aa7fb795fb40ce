"""Board: all plots of one visitor; answers what the browser asks: a synapse, a picture of a plot, its numbers."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import asdict, replace

import vesicle_abm as va

from . import synapse
from .charts import ChartsWidget
from .lane import Lane
from .lines import DASHED, DOTTED, SOLID
from .pictures import FORMS, Look, numbers, picture
from .plotlist import Plot
from .series import NEURON, SYNAPSE

LANES = 2


class Board:
    """``lanes``: the screens. The second is for a view side by side, whose lines are drawn into the same plots."""

    def __init__(self, widget: ChartsWidget):
        self.widget = widget
        self.lanes = [Lane(self, number) for number in range(LANES)]
        self.plots: dict[str, Plot] = {}
        self.at_rest: Callable = contextlib.nullcontext  # the session's: nothing moves as long as the block lasts
        self.lock = threading.RLock()
        self._saving = threading.Lock()
        self._names: synapse.Names | None = None
        self._file, self._begins = "run", False
        widget.on_msg(self._hear)

    def begin(self, scenario: va.Scenario) -> None:
        """The first lane begins; what begins beside it does so later."""
        self.lanes[1].clear()
        self.lanes[1].send(anew=True)
        self._begins = True
        self._file = f"{scenario.name}-seed{scenario.seed}"

    def describe(self) -> None:
        """Tell the widget which plots there are. Those shown stay so, unless a run begins that has others."""
        first, second = self.lanes
        self.plots = side_by_side(first.plots, second.plots, "beside" if first.name == second.name else second.name)
        others = {plot["key"] for plot in self.widget.plots} != set(self.plots)
        anew, self._begins, self._names = self._begins and others, False, None
        with self.widget.hold_sync():
            self.widget.plots = [self._described(plot) for plot in self.plots.values()]
            if anew:
                self.widget.shown = [plot.key for plot in self.plots.values() if plot.first]
        self._tell_chosen()

    def select_neuron(self, node: int) -> None:
        """Draw this neuron's activation and levels from now on; -1 for none."""
        with contextlib.nullcontext() if node < 0 else self.at_rest(), self.lock:
            for lane in self._alike():
                lane.choose(NEURON, None if node < 0 else node)
            self._tell_chosen()

    def select_synapse(self, edge: int) -> None:
        """Draw this synapse from now on."""
        with self.at_rest(), self.lock:
            for lane in self._alike():
                lane.choose(SYNAPSE, edge)
            self._tell_chosen()
            self._show_also("synapse")

    def _alike(self) -> list[Lane]:
        """The lanes with the first one's graph, where a number means the same neuron and the same synapse."""
        return [lane for lane in self.lanes if lane.series is not None and lane.graph == self.lanes[0].graph]

    def _tell_chosen(self) -> None:
        series, model = self.lanes[0].series, self.lanes[0].model
        node, edge = (None, None) if series is None else (series.node, series.edge)
        with self.widget.hold_sync():
            self.widget.neuron = "" if node is None else str(model.graph.nodes[node])
            self.widget.synapse = "" if edge is None else synapse.words(model.graph, edge)
            self.widget.learns = series is not None and bool(series.chosen(SYNAPSE))

    def _show_also(self, about: str) -> None:
        """Show the plots of what has been chosen, if none of them is."""
        own = [plot.key for plot in self.plots.values() if plot.about == about]
        if not set(own) & set(self.widget.shown):
            self.widget.shown = [*self.widget.shown, *own]

    def _described(self, plot: Plot) -> dict:
        lines = [{**asdict(line), "at": self.lanes[line.lane].table.columns.index(line.column)} for line in plot.lines]
        return {**asdict(plot), "lines": lines}

    # Called as the browser asks

    def _hear(self, _widget, content, _buffers) -> None:
        what = content.get("what")
        if what == "ready":
            with self.lock:
                for lane in self.lanes:
                    lane.send(anew=True)
        elif what == "offer":
            names = self._known().offered(str(content["text"]), str(content["pre"]))
            self.widget.send({"what": "offered", "names": names})
        elif what == "synapse":
            self._find(str(content["pre"]), str(content["post"]))
        elif what == "strongest":
            with self.at_rest():
                edge = synapse.strongest(self.lanes[0].model, self.lanes[0].first_weight)
            self.select_synapse(edge)
        elif what == "save" and self._saving.acquire(blocking=False):  # one at a time
            threading.Thread(target=self._save, args=(content,), daemon=True, name="picture").start()

    def _known(self) -> synapse.Names:
        if self._names is None:
            self._names = synapse.Names(self.lanes[0].model)
        return self._names

    def _find(self, pre: str, post: str) -> None:
        try:
            edge = self._known().find(pre, post)
        except va.InputError as error:
            self.widget.send({"what": "refused", "message": error.message})
        else:
            self.select_synapse(edge)

    def _save(self, content: dict) -> None:
        try:
            kind = FORMS[content["form"]]
            name, made = self._file_of(self.plots[content["plot"]], content["form"], look_of(content))
        finally:
            self._saving.release()
        self.widget.send({"what": "file", "name": name, "type": kind}, [made])

    def _file_of(self, plot: Plot, form: str, look: Look) -> tuple[str, bytes]:
        """A file of a plot as it is shown: its name and its bytes."""
        with self.lock:
            tables, weights = [lane.table.copy() for lane in self.lanes], self.lanes[0].weights
            weights = None if weights is None else weights.copy()
        chosen = {"neuron": self.widget.neuron, "synapse": self.widget.synapse}.get(plot.about, "")
        title = f"{plot.title}, {chosen}" if chosen else plot.title
        made = numbers(plot, tables, weights) if form == "csv" else picture(plot, tables, weights, look, form, title)
        name = f"{self._file}-{plot.key.replace('_', '-')}.{form}"
        return name, made


def side_by_side(first: list[Plot], second: list[Plot], name: str) -> dict[str, Plot]:
    """The plots of both lanes by key, the first's in front; the second's lines are dashed, and named after it."""
    dash = {SOLID: DASHED, DASHED: DOTTED, DOTTED: DOTTED}
    plots = {plot.key: plot for plot in first}
    for plot in second:
        lines = [replace(line, name=f"{line.name} ({name})", lane=1, dash=dash[line.dash]) for line in plot.lines]
        into = plots.get(plot.key, replace(plot, lines=[]))
        if not plot.heat:
            plots[plot.key] = replace(into, lines=[*into.lines, *lines])
    return plots


def look_of(content: dict) -> Look:
    """How the browser says that it shows a plot."""
    steps = content["steps"]
    return Look(
        None if steps is None else (float(steps[0]), float(steps[1])),
        frozenset(map(str, content["hidden"])),
        bool(content["logarithmic"]),
        bool(content["dark"]),
    )
