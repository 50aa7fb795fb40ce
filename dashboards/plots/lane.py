"""Lane: the rows of one view of the run, as a screen of the session; sent to the charts a few times a second."""

import time
from array import array
from typing import TYPE_CHECKING

import numpy as np

import vesicle_abm as va

from ..stage import layout
from .histogram import WeightHistogram
from .plotlist import Plot, plots_of, together
from .series import NEURON, SYNAPSE, Series
from .table import Table

if TYPE_CHECKING:
    from .board import Board

INTERVAL = 0.2  # s, rows are sent at most so often


class Lane:
    """One view's rows, as a screen: of every step that is shown a row is held, and sent a few times a second."""

    def __init__(self, board: "Board", number: int):
        self.board, self.number = board, number
        self.name = ""
        self.model = None
        self.graph = ""  # its fingerprint
        self.series: Series | None = None
        self.table = Table([])
        self.weights: WeightHistogram | None = None
        self.plots: list[Plot] = []
        self.now = 0
        self.first_weight = np.zeros(0)  # (E,) of a model that learns
        self._waiting, self._heat_sent, self._sent_at = array("d"), 0, 0.0

    # Called in the session's thread

    def begin(self, model, scenario: va.Scenario) -> None:
        """No rows but that of the model's present step. What was chosen stays chosen on the same graph."""
        with self.board.lock:
            first, graph = self.board.lanes[0], layout.fingerprint(model.graph)
            kept = first.series if first.graph == graph else None
            self.clear()
            if self.number == 0:
                self.board.begin(scenario)
            self.name, self.graph = scenario.view, graph
            self._meet(model, kept and kept.node, kept and kept.edge)
            self._take(model)
            self.send(anew=True)

    def clear(self) -> None:
        """As before any model."""
        self.model, self.series, self.graph = None, None, ""
        self.plots, self.weights = [], None
        self.table, self.now = Table([]), 0

    def show(self, model, rate: float) -> None:
        """Hold a step's row; of a step that was shown before it is the same row again."""
        with self.board.lock:
            changed = self._take(model)
            if changed or time.monotonic() - self._sent_at >= INTERVAL:
                self.send(anew=changed)

    def rest(self, model) -> None:
        """Send the rows that wait."""
        with self.board.lock:
            self.send()

    def jump(self, model) -> None:
        """The model stands at another step, or has other rules: mark where, and draw what there is to draw."""
        with self.board.lock:
            self.send(anew=self._take(model))

    def cut(self, step: int) -> None:
        """Forget the rows after this step."""
        with self.board.lock:
            self.table.cut(step)
            if self.weights is not None:
                self.weights.cut(step)
            self.now = min(self.now, step)
            self.send(anew=True)

    def silent_for(self) -> float:
        """Never waited for."""
        return 0.0

    def _meet(self, model, node: int | None, edge: int | None) -> None:
        """Another model, of whatever rules: its columns and plots, beside those that there were."""
        before, self.model, self.series = self.plots, model, Series(model)
        learns = bool(self.series.chosen(SYNAPSE))
        self.series.node, self.series.edge = node, edge if learns else None
        self.table.regroup(self.series.columns)
        self.plots = together(plots_of(model, self.series), before)
        if learns and self.weights is None and self.number == 0:
            self.first_weight = model.state.weight.copy()
            self.weights = WeightHistogram(model)
        self.board.describe()

    def _take(self, model) -> bool:
        """Put a step into the tables; whether any earlier row has changed."""
        self.now = model.time
        stride, columns = self.table.stride, self.table.columns
        if model is not self.model:
            self._meet(model, self.series.node, self.series.edge)
        if self.table.put(model.time, self.series.read(model)):
            self._waiting.frombytes(self.table.row(model.time).tobytes())
        changed = self.weights is not None and self.weights.take(model)
        return changed or self.table.stride != stride or self.table.columns != columns

    # Called with the board's lock held

    def send(self, anew: bool = False) -> None:
        """What has not been sent, or everything."""
        self._sent_at = time.monotonic()
        rows = self.table.rows.tobytes() if anew else self._waiting.tobytes()
        self._waiting = array("d")
        about = {"what": "rows", "lane": self.number, "anew": anew, "width": len(self.table.columns), "now": self.now}
        self.board.widget.send({**about, "stride": self.table.stride}, [rows])
        if self.weights is not None:
            first = 0 if anew else self._heat_sent
            steps, counts = np.array(self.weights.steps[first:], np.float64), self.weights.counts[first:]
            self._heat_sent = len(self.weights.steps)
            if anew or len(steps):
                about = {"what": "heat", "anew": anew, "low": self.weights.low, "width": self.weights.width}
                buffers = [steps.tobytes(), np.ascontiguousarray(counts, "<u4").tobytes()]
                self.board.widget.send({**about, "every": self.weights.every}, buffers)

    def choose(self, what: str, chosen: int | None) -> None:
        """Another neuron or synapse: its columns begin at the model's present step. The model must be at rest."""
        if not self.series.chosen(what):
            return
        if what == NEURON:
            self.series.node = chosen
        else:
            self.series.edge = chosen
        self.table.forget(self.series.chosen(what))
        if chosen is not None:
            self._take(self.model)
        self.send(anew=True)
