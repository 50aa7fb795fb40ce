"""A volatile world: answers are told with noise, some of what is right changes now and then, and nobody says so.

==================== ===================================================================================================
step of the trial    what happens as it begins
==================== ===================================================================================================
0                    with probability ``volatility`` another world begins: the targets of the ``changing`` outputs are
                     drawn anew. One of the P patterns is drawn, all alike; it becomes the drive of the input neurons
2                    the signal ``error``, for this one step: target + noise - activation of the step before at the
                     output neurons, 0 at all others
==================== ===================================================================================================

The noise of what is told is expected uncertainty, changes are unexpected uncertainty (Yu and Dayan 2005), and how fast
one should learn follows from both (Behrens et al. 2007): fast after a change, slowly once one knows. The trial is ours.
"""

from typing import ClassVar

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.core.random import categorical, normal, uniform
from vesicle_abm.core.stages import TASK
from vesicle_abm.tasks.task import Scene, Task

PATTERN, CHANGE, OUTCOME, FIRST_TABLE = range(4)  # ids of the draws; from the fourth on, rows of tables
TOLD_AT = 2  # inputs act on outputs in step 1, which is seen as step 2 begins
CHANGING, LASTING, AGE = range(3)  # columns of ``trials``


class VolatileWorld(Task, name="volatile_world"):
    """P patterns over F input neurons, each each with a target of 1 or ``low`` for each of O output neurons, all
    drawn by the seed.

    Answers are judged by the targets themselves, without the noise. Kept, a row each trial, in ``trials``: the mean
    squared error of the changing outputs and of the others, and how many trials ago the last change was (from the first
    trial, before there has been one). Recorded: ``error``, of all outputs, over the last ``block`` trials, and
    ``changes`` so far.

    >>> VolatileWorld(inputs=["a", "b"], outputs=["c", "d"], changing=["d"]).lasting
    ['c']
    """

    tells: ClassVar[tuple[str, ...]] = ("error",)
    recorded: ClassVar[tuple[str, ...]] = ("error", "changes")
    measures: ClassVar[tuple[str, ...]] = (
        "trials",
        "changes",
        "error",
        "error_changing",
        "error_lasting",
        "error_early",
        "error_late",
    )
    inputs: list = option(doc="labels of the F input neurons", labels=True)
    outputs: list = option(doc="labels of the O output neurons", labels=True)
    changing: list = option(doc="labels of those outputs whose targets change", labels=True)
    count: int = parameter(4, "P, patterns", per=SCALAR, whole=True, ge=1)
    density: float = parameter(0.5, "probability that a feature of a pattern is 1", per=SCALAR, ge=0.0, le=1.0)
    low: float = parameter(0.0, "the target that is not 1", per=SCALAR, lt=1.0)
    period: int = parameter(3, "length of a trial", per=SCALAR, unit="steps", whole=True, ge=3)
    volatility: float = parameter(0.01, "chance of a change", per=SCALAR, unit="per trial", ge=0.0, le=1.0)
    noise: float = parameter(0.5, "standard deviation of the noise of what is told", per=SCALAR, ge=0.0)
    error: str = option("error", "name of the signal")
    block: int = parameter(20, "trials over which the recorded error is averaged", per=SCALAR, whole=True, ge=1)
    early: int = parameter(20, "trials from a change that count as after it", per=SCALAR, whole=True, ge=1)

    def __post_init__(self):
        super().__post_init__()
        for name in ("inputs", "outputs", "changing"):
            labels = getattr(self, name)
            if not isinstance(labels, list | tuple) or not labels:
                raise InputError(f"got {labels!r}; a list of node labels is allowed", name)
        for label in self.changing:
            if label not in self.outputs:
                raise InputError(f"{label!r} is no output; {nearest(label, self.outputs)}", "changing")
        if not isinstance(self.error, str):
            raise InputError(f"got {self.error!r}; text is allowed", "error")

    @property
    def lasting(self) -> list:
        """The outputs whose targets stay."""
        return [label for label in self.outputs if label not in self.changing]

    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """No trial done."""
        labels = [*self.inputs, *self.outputs]
        own = [graph.node(label) for label in labels]
        for label, at in zip(labels, own, strict=True):
            if own.count(at) > 1:
                raise InputError(f"node {label!r} is given twice, among inputs and outputs", "task")
        numbers = {"pattern": -1, "since": 0, "changes": 0, "error": 0.0}
        return {name: np.array(value) for name, value in numbers.items()} | {"trials": np.zeros((0, 3))}

    def tables(self, seed: int, since: int) -> tuple[np.ndarray, np.ndarray]:
        """(P, F) patterns and (P, O) targets of the world that began in the trial ``since``."""
        fresh = np.isin(self.outputs, self.changing)
        begins = np.where(fresh, since * self.period, 0)
        return (
            (self._draws(seed, 0, 0, len(self.inputs)) < self.density).astype(np.float64),
            np.where(self._draws(seed, begins, 1, len(self.outputs)) < 0.5, 1.0, self.low),
        )

    def _draws(self, seed: int, step, table: int, columns: int) -> np.ndarray:
        """(P, columns); a row has its own id, a column its own draw."""
        ids = FIRST_TABLE + 2 * np.arange(self.count)[:, None] + table
        return uniform(seed, ids, step, TASK, np.arange(columns))

    def sense(self, scene: Scene) -> None:
        """One step of a trial."""
        trial, at = divmod(scene.step, self.period)
        scene.signals[self.error] = np.zeros(scene.graph.size)
        if at == 0:
            self._show(scene, trial)
        if at == TOLD_AT:
            self._tell(scene, trial)

    def _show(self, scene: Scene, trial: int) -> None:
        kept = scene.kept
        if trial and uniform(scene.seed, CHANGE, scene.step, TASK) < self.volatility:
            kept["since"][...] = trial
            kept["changes"] += 1
        pattern = categorical(np.ones(self.count), scene.seed, PATTERN, scene.step, TASK)
        kept["pattern"][...] = pattern
        patterns, _ = self.tables(scene.seed, int(kept["since"]))
        scene.drive[[scene.graph.node(label) for label in self.inputs]] = patterns[pattern]

    def _tell(self, scene: Scene, trial: int) -> None:
        kept, at = scene.kept, [scene.graph.node(label) for label in self.outputs]
        _, targets = self.tables(scene.seed, int(kept["since"]))
        error = targets[int(kept["pattern"])] - scene.activation[at]
        noise = normal(scene.seed, OUTCOME, scene.step, TASK, np.arange(len(at)))
        scene.signals[self.error][at] = error + self.noise * noise
        fresh = np.isin(self.outputs, self.changing)
        means = [np.mean(error[part] ** 2) if part.any() else 0.0 for part in (fresh, ~fresh)]
        kept["trials"] = np.vstack([kept["trials"], [*means, trial - int(kept["since"])]])
        kept["error"][...] = self._overall(kept["trials"][-self.block :])

    def _overall(self, trials: np.ndarray) -> float:
        """Mean squared error of all outputs over some trials."""
        part = len(self.changing) / len(self.outputs)
        return float(np.mean(part * trials[:, CHANGING] + (1.0 - part) * trials[:, LASTING]))

    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """Mean squared errors, once there has been a trial.

        ``error`` over the whole life, the area under the learning curve by its length; of it ``error_changing`` and
        ``error_lasting`` of the two sorts of outputs; ``error_early`` of all outputs in the first ``early`` trials of
        a life or after a change, ``error_late`` in the others; ``changes`` and ``trials``.
        """
        trials = kept["trials"]
        found = {"trials": float(len(trials)), "changes": float(kept["changes"])}
        if not len(trials):
            return found
        found |= {"error": self._overall(trials), "error_changing": float(np.mean(trials[:, CHANGING]))}
        if self.lasting:
            found["error_lasting"] = float(np.mean(trials[:, LASTING]))
        for name, part in (("early", trials[:, AGE] < self.early), ("late", trials[:, AGE] >= self.early)):
            if part.any():
                found[f"error_{name}"] = self._overall(trials[part])
        return found
