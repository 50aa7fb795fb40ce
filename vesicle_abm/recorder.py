"""Recorder: one row of numbers a recorded step, in memory or streamed away; it also answers as a
``mesa.DataCollector``.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import mesa
import numpy as np

from vesicle_abm.core.functions import total
from vesicle_abm.core.state import SATURATED
from vesicle_abm.raster import Raster
from vesicle_abm.views.changes import rates_of
from vesicle_abm.views.population import add_occupancy
from vesicle_abm.views.world import World

if TYPE_CHECKING:
    import pandas as pd

    from vesicle_abm.model import VesicleModel

FATES = ("absorbed", "expired", "cleared")
PER_KIND = ("born", "alive", *FATES, "docked", "level")
TASK = "task."
LEARNING = ("weight", "eta_local", "eta_global")
CHUNK = 256  # rows that are held before they are streamed away, or room is made for more


class Stream(Protocol):
    """Where rows go that are not to be held in memory."""

    def append(self, rows: np.ndarray) -> None:
        """Take (n, columns) rows."""

    def sync(self) -> dict[str, int]:
        """Make all that was taken outlast the process; its mark: how many ``rows``, and what else proves them."""

    def blocks(self, most: int) -> Iterator[np.ndarray]:
        """All rows in order, at most so many at a time, in one block at least."""


def further_names(world: World) -> tuple[str, ...]:
    """The columns that this world has beyond those of every one, in order."""
    learning = LEARNING if world.plasticity is not None else ()
    caps = [f"{name}.suppressed" for name, kind in world.kinds.items() if kind.cap is not None]
    trails = [f"{name}.trail" for name in world.state.trails]
    memory = ["memory"] if world.memory is not None else []
    signals = [f"signal.{name}" for name in world.estimators]
    tasks = [f"{TASK}{name}" for name in world.task.recorded] if world.task is not None else []
    return (*learning, *caps, *trails, *memory, *signals, *tasks)


def further_row(world: World, learning: slice | np.ndarray) -> list[float]:
    """Their values, now; ``learning``: which edges learn."""
    state, row = world.state, []
    if world.plasticity is not None:
        learned = state.weight[learning]
        row.append(learned.mean(dtype=np.float64) if len(learned) else 0.0)
        row += [total(rate) / world.graph.size for rate in rates_of(world).T]
    row += [state.tallies[SATURATED + name][2] for name, kind in world.kinds.items() if kind.cap is not None]
    row += [trail.sum() for trail in state.trails.values()]
    if state.memory is not None:
        row.append(float(np.sqrt(np.mean(state.memory * state.memory))))
    row += [float(np.mean(world.signals.get(name, 0.0))) for name in world.estimators]
    return row + [float(state.task[name]) for name in (world.task.recorded if world.task is not None else ())]


def edges_that_learn(world: World) -> slice | np.ndarray:
    """(E,) bool, or a slice where all do: what stands side by side is read several times as fast."""
    learning = np.zeros(world.graph.edge_count, bool)
    if world.wiring is not None:
        learning[world.wiring.edge] = True
    return slice(None) if learning.all() else learning


class Recorder(mesa.DataCollector):
    """Columns ``step``, ``KIND.born``, ``KIND.alive``, ``KIND.absorbed``, ``KIND.expired``, ``KIND.cleared`` (so far),
    ``KIND.docked`` (in this step), ``KIND.level`` (mean modulator level over nodes), ``activation`` (mean over nodes);
    of a model that learns ``weight`` (of synapses that learn), ``eta_local``, ``eta_global`` (means, of what vesicles
    have made of them); of one with a task ``task.NAME``, for what it wants recorded. Where there are such:
    ``KIND.suppressed``, births so far that its cap did not allow; ``KIND.trail``, its sum over the edges; ``memory``,
    root mean square over all that is stored; ``signal.NAME`` of estimators (mean over nodes).

    Reporters given as to a ``mesa.DataCollector`` are collected with each row.
    """

    def __init__(self, kinds: list[str], every: int = 1, further: tuple[str, ...] = (), **reporters):
        super().__init__(**reporters)
        self.kinds, self.every, self.further = kinds, every, further
        self.names = ["step", *(f"{kind}.{what}" for kind in kinds for what in PER_KIND), "activation", *further]
        self.presence: np.ndarray | None = None  # (K, N) vesicles at each node, summed over the recorded rows
        self.raster: Raster | None = None  # of every spike, where that is asked for
        self.mark: dict[str, int] | None = None  # of the stream that held the earlier rows, after a load
        self._stream: Stream | None = None
        self._held, self._elsewhere = 0, 0  # rows
        self._store = np.empty((CHUNK, len(self.names)))
        self._learning: slice | np.ndarray | None = None

    def collect(self, model: "VesicleModel") -> None:
        """Record the state as a step has left it, and whatever reporters were given."""
        if self._held == len(self._store):
            if self._stream is None:
                self._store = np.concatenate([self._store, np.empty_like(self._store)])
            else:
                self._send(self._stream)
        self._store[self._held] = self.row(model)
        self._held += 1
        self._count_presence(model.world)
        if self.model_reporters or self.agent_reporters or self.agenttype_reporters:
            super().collect(model)

    def row(self, model: "VesicleModel") -> list[float]:
        """What the state, as it stands between two steps, has for each of ``names``, recorded or not."""
        world, docked = model.world, model.docked_now
        state, nodes = world.state, world.graph.size
        row: list[float] = [state.step]
        turned = np.zeros(len(self.kinds), np.int64)  # (K,) those that went, less those that came
        if world.lifecycle.turners:
            turnings = state.turnings()
            turned = turnings.sum(axis=1) - turnings.sum(axis=0)
        level: np.ndarray = np.add.reduce(np.ascontiguousarray(state.modulator.T), axis=1) / nodes
        books = zip(state.vesicles.values(), state.fates.tolist(), turned.tolist(), strict=True)
        for (columns, fates, went), dockings, mean in zip(books, docked.tolist(), level.tolist(), strict=True):
            alive = columns.size
            row += (alive + sum(fates) + went, alive, *fates, dockings, mean)  # born: the books balance
        row.append(float(np.add.reduce(state.activation)) / nodes)
        if self.further:
            if self._learning is None:
                self._learning = edges_that_learn(world)
            row += further_row(world, self._learning)
        return row

    def _count_presence(self, world: World) -> None:
        if self.presence is None:
            self.presence = np.zeros((len(self.kinds), world.graph.size), np.int64)
        for count, columns in zip(self.presence, world.state.vesicles.values(), strict=True):
            add_occupancy(columns, count)

    @property
    def rows(self) -> int:
        """Rows recorded so far, wherever they are."""
        return self._elsewhere + self._held

    @property
    def table(self) -> np.ndarray:
        """(rows, columns) all that is held in memory, in the order of ``names``."""
        return self._store[: self._held]

    def blocks(self, most: int) -> Iterator[np.ndarray]:
        """(n, columns) all that was recorded, at most so many rows at a time, in one block at least."""
        if self._stream is None:
            yield from (self.table[first : first + most] for first in range(0, max(1, self._held), most))
        else:
            self._send(self._stream)
            yield from self._stream.blocks(most)

    def stream_to(self, stream: Stream) -> None:
        """Hold no more than ``CHUNK`` rows from now on, and give the others to a stream."""
        self._stream = stream
        self._send(stream)
        self._store = np.empty((CHUNK, len(self.names)))

    def _send(self, stream: Stream) -> None:
        stream.append(self.table)
        self._elsewhere += self._held
        self._held = 0

    def settle(self) -> dict[str, int] | None:
        """Make what is streamed outlast the process; the stream's mark, None without one."""
        if self._stream is not None:
            self._send(self._stream)
            self.mark = self._stream.sync()
        return self.mark

    def mean_occupancy(self, shape: tuple[int, int]) -> np.ndarray:
        """(K, N) = ``shape``: vesicles of each kind at each node, the mean over the recorded rows."""
        return np.zeros(shape) if self.presence is None else self.presence / self.rows

    def restore(self, table: np.ndarray, presence: np.ndarray, mark: dict[str, int] | None = None) -> None:
        """Go on from what was recorded earlier: ``table``, and before it what the stream holds whose mark this is."""
        self.mark, self._elsewhere = mark, 0 if mark is None else mark["rows"]
        self._store, self._held = np.array(table), len(table)
        self.presence = presence if self.rows else None
        if not self._held:
            self._store = np.empty((CHUNK, len(self.names)))

    def go_on(self, before: "Recorder") -> None:
        """Go on from the rows of another recorder of the same kinds; a column that it lacks is not a number there."""
        table = np.full((len(before.table), len(self.names)), np.nan)
        for column, name in enumerate(self.names):
            if name in before.names:
                table[:, column] = before.table[:, before.names.index(name)]
        self.restore(table, np.copy(before.presence) if before.presence is not None else np.zeros((0, 0)))
        self.mark, self._elsewhere = before.mark, before._elsewhere
        if self.raster is not None and before.raster is not None:
            self.raster.restore(before.raster.table, before.raster.mark)
        if before.presence is None:
            self.presence = None

    def frame(self) -> "pd.DataFrame":
        """The recorded rows, indexed by step; counts as whole numbers. Of a model that was loaded from a run directory
        those recorded since: the others are in the run's series.
        """
        (frame,) = self.frames(max(1, self.rows))
        return frame

    def frames(self, most: int) -> Iterator["pd.DataFrame"]:
        """As ``frame``, at most so many rows at a time, in one frame at least."""
        import pandas as pd

        whole = ["step", *(f"{kind}.{what}" for kind in self.kinds for what in PER_KIND if what != "level")]
        for table in self.blocks(most):
            frame = pd.DataFrame(table, columns=self.names)
            yield frame.astype(dict.fromkeys(whole, np.int64)).set_index("step")

    def get_model_vars_dataframe(self) -> "pd.DataFrame":
        """The recorded rows, and a column for each model reporter that was given; none for rows that were restored."""
        frame = self.frame()
        for name, values in self.model_vars.items():
            frame[name] = [None] * (len(frame) - len(values)) + values
        return frame
