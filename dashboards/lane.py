"""Lane: the rows of one view of the run, as a screen of the session; sent to the charts a few times a second."""

import time
from array import array
from typing import TYPE_CHECKING

import numpy as np

import vesicle_abm as va

from . import layout
from .histogram import WeightHistogram
from .plotlist import Plot, plots_of
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
            same = self.model is not None and layout.fingerprint(self.model.graph) == layout.fingerprint(model.graph)
            before, self.series, self.model = self.series, Series(model), model
            self.name, self.table = scenario.view, Table(self.series.columns)
            learns = bool(self.series.chosen(SYNAPSE))
            if same and before is not None:
                self.series.node, self.series.edge = before.node, before.edge if learns else None
            self.plots = plots_of(model, self.series)
            self.weights = WeightHistogram(model) if learns and self.number == 0 else None
            if learns:
                self.first_weight = model.state.weight.copy()
            self.board.describe(scenario)
            self._take(model)
            self.send(anew=True)

    def show(self, model, rate: float) -> None:
        """Hold a step's row; of a step that was shown before it is the same row again."""
        with self.board.lock:
            stride = self.table.stride
            changed = self._take(model)
            if changed or self.table.stride != stride:
                self.send(anew=True)
            elif time.monotonic() - self._sent_at >= INTERVAL:
                self.send()

    def rest(self, model) -> None:
        """Send the rows that wait."""
        with self.board.lock:
            self.send()

    def jump(self, model) -> None:
        """The model stands at another step: mark where."""
        with self.board.lock:
            self._take(model)
            self.send()

    def cut(self, step: int) -> None:
        """Forget the rows after this step."""
        with self.board.lock:
            self.table.cut(step)
            if self.weights is not None:
                self.weights.cut(step)
            self.now = min(self.now, step)
            self.send(anew=True)

    def leave(self) -> None:
        """Show this lane no more, until it begins again."""
        with self.board.lock:
            self.model, self.series, self.plots = None, None, []
            self.table, self.weights = Table([]), None
            self.board.describe()

    def silent_for(self) -> float:
        """Never waited for."""
        return 0.0

    def _take(self, model) -> bool:
        """Put a step into the tables; whether the histogram's earlier columns have changed."""
        self.model, self.now = model, model.time
        row = self.series.read(model)
        if self.table.put(model.time, row):
            self._waiting.append(model.time)
            self._waiting.extend(row)
        return self.weights is not None and self.weights.take(model)

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
        if self.series is None or not self.series.chosen(what):
            return
        if what == NEURON:
            self.series.node = chosen
        else:
            self.series.edge = chosen
        self.table.forget(self.series.chosen(what))
        if chosen is not None:
            self._take(self.model)
        self.send(anew=True)
