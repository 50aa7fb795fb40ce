"""Recorder: one row of numbers a recorded step, in growing columns; it also answers as a ``mesa.DataCollector``."""

from typing import TYPE_CHECKING

import mesa
import numpy as np

from vesicle_abm.core.state import SATURATED
from vesicle_abm.views.changes import rates_of
from vesicle_abm.views.world import World

if TYPE_CHECKING:
    import pandas as pd

    from vesicle_abm.model import VesicleModel

FATES = ("absorbed", "expired", "cleared")
PER_KIND = ("born", "alive", *FATES, "docked", "level")
TASK = "task."
LEARNING = ("weight", "eta_local", "eta_global")
FIRST_ROWS = 256


def further_names(world: World) -> tuple[str, ...]:
    """The columns that this world has beyond those of every one, in order."""
    learning = LEARNING if world.plasticity is not None else ()
    caps = [f"{name}.suppressed" for name, kind in world.kinds.items() if kind.cap is not None]
    trails = [f"{name}.trail" for name in world.state.trails]
    memory = ["memory"] if world.memory is not None else []
    signals = [f"signal.{name}" for name in world.estimators]
    tasks = [f"{TASK}{name}" for name in world.task.recorded] if world.task is not None else []
    return (*learning, *caps, *trails, *memory, *signals, *tasks)


def further_row(world: World) -> list[float]:
    """Their values, now."""
    state, row = world.state, []
    if world.plasticity is not None and world.wiring is not None:
        learned = state.weight[world.wiring.edge]
        row += [learned.mean(dtype=np.float64) if len(learned) else 0.0, *rates_of(world).mean(axis=0)]
    row += [state.tallies[SATURATED + name][2] for name, kind in world.kinds.items() if kind.cap is not None]
    row += [trail.sum() for trail in state.trails.values()]
    if state.memory is not None:
        row.append(float(np.sqrt(np.mean(state.memory * state.memory))))
    row += [float(np.mean(world.signals.get(name, 0.0))) for name in world.estimators]
    return row + [float(state.task[name]) for name in (world.task.recorded if world.task is not None else ())]


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
        self.rows = 0
        self._store = np.empty((FIRST_ROWS, len(self.names)))
        self.presence: np.ndarray | None = None  # (K, N) vesicles at each node, summed over the recorded rows

    def collect(self, model: "VesicleModel") -> None:
        """Record the state as a step has left it, and whatever reporters were given."""
        if self.rows == len(self._store):
            self._store = np.concatenate([self._store, np.empty_like(self._store)])
        self._store[self.rows] = self._row(model)
        self.rows += 1
        occupancy = model.occupancy()
        self.presence = occupancy if self.presence is None else self.presence + occupancy
        if self.model_reporters or self.agent_reporters or self.agenttype_reporters:
            super().collect(model)

    def _row(self, model: "VesicleModel") -> list[float]:
        state = model.state
        row: list[float] = [state.step]
        for k, columns in enumerate(state.vesicles.values()):
            level = state.modulator[:, k].mean()
            row += [state.emitted[k].sum(), columns.size, *state.fates[k], model.docked_now[k], level]
        row.append(state.activation.mean())
        return row + further_row(model.world)

    @property
    def table(self) -> np.ndarray:
        """(rows, columns) all that was recorded, in the order of ``names``."""
        return self._store[: self.rows]

    def mean_occupancy(self, shape: tuple[int, int]) -> np.ndarray:
        """(K, N) = ``shape``: vesicles of each kind at each node, the mean over the recorded rows."""
        return np.zeros(shape) if self.presence is None else self.presence / self.rows

    def restore(self, table: np.ndarray, presence: np.ndarray) -> None:
        """Go on from what was recorded earlier."""
        self.presence = presence if len(table) else None
        self._store, self.rows = np.array(table), len(table)
        if not self.rows:
            self._store = np.empty((FIRST_ROWS, len(self.names)))

    def frame(self) -> "pd.DataFrame":
        """The recorded rows, indexed by step; counts as whole numbers."""
        import pandas as pd

        frame = pd.DataFrame(self.table, columns=self.names)
        whole = ["step", *(f"{kind}.{what}" for kind in self.kinds for what in PER_KIND if what != "level")]
        return frame.astype(dict.fromkeys(whole, np.int64)).set_index("step")

    def get_model_vars_dataframe(self) -> "pd.DataFrame":
        """The recorded rows, and a column for each model reporter that was given; none for rows that were restored."""
        frame = self.frame()
        for name, values in self.model_vars.items():
            frame[name] = [None] * (self.rows - len(values)) + values
        return frame
