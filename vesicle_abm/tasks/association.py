"""Association: input patterns, a target for each, and the error of the answer, neuron by neuron, as a signal.

==================== ===================================================================================================
step of the trial    what happens as it begins
==================== ===================================================================================================
0                    one of the P patterns is drawn, all alike; it becomes the drive of the input neurons
``told_at``          the signal ``error``, for this one step: target - activation of the step before at the output
                     neurons, 0 at all others. Emission and content rules make vesicles of it
``shown``            the pattern ends
==================== ===================================================================================================

Vesicles that carry errors to synapses which know their own input make the delta rule, dw_ij = eta error_j x_i (Widrow
and Hoff 1960). With ``change_at`` the world changes in mid-life: what was drawn is drawn anew.
"""

from typing import Any, ClassVar

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.core.random import categorical, uniform
from vesicle_abm.core.stages import TASK
from vesicle_abm.tasks.task import Scene, Task

PATTERN, TARGET, FIRST_TABLE = range(3)  # ids of the draws: which pattern comes; from the third on, rows of tables
RIGHT = 0.5  # an answer to a target of 0 or 1 is right on its side of a half


class Association(Task, name="association"):
    """P patterns over F input neurons, each with a target for each of O output neurons.

    Patterns that are not given are drawn, each feature 1 with probability ``density``, else 0; targets that are not
    given likewise, each 1 with probability 1/2. Recorded, and kept as the rows of ``blocks``: mean squared error over
    outputs, and the part of them on the right side of 1/2, over blocks of ``block`` trials.

    >>> Association(patterns=[[1, 0], [0, 1]], targets=[[1], [0]], inputs=["a", "b"], outputs=["c"]).count
    2
    """

    tells: ClassVar[tuple[str, ...]] = ("error",)
    recorded: ClassVar[tuple[str, ...]] = ("error", "accuracy")
    measures: ClassVar[tuple[str, ...]] = (
        "trials",
        "error_first",
        "error_last",
        "error_ratio",
        "accuracy",
        "error_before_change",
        "error_after_change",
    )
    inputs: list = option(doc="labels of the F input neurons", labels=True)
    outputs: list = option(doc="labels of the O output neurons", labels=True)
    patterns: Any = option(None, "what each pattern shows, (P, F); none: drawn")
    targets: Any = option(None, "what each output should answer to each, (P, O); none: drawn")
    count: int = parameter(8, "P, where neither patterns nor targets are given", per=SCALAR, whole=True, ge=1)
    density: float = parameter(0.5, "probability that a drawn feature is 1", per=SCALAR, ge=0.0, le=1.0)
    period: int = parameter(4, "length of a trial", per=SCALAR, unit="steps", whole=True, ge=3)
    told_at: int = parameter(2, "step of the trial at which the error is told", per=SCALAR, whole=True, ge=2)
    shown: int = parameter(4, "how long a pattern is shown", per=SCALAR, unit="steps", whole=True, ge=2)
    change_at: int = parameter(0, "trial that begins another world; 0: none does", per=SCALAR, whole=True, ge=0)
    error: str = option("error", "name of the signal")
    block: int = parameter(50, "trials over which errors are averaged", per=SCALAR, whole=True, ge=1)

    def __post_init__(self):
        super().__post_init__()
        self._check_timing()
        if not isinstance(self.error, str):
            raise InputError(f"got {self.error!r}; text is allowed", "error")
        for name, labels in (("patterns", "inputs"), ("targets", "outputs")):
            object.__setattr__(self, name, self._table(name, labels))
        given = [len(table) for table in (self.patterns, self.targets) if table is not None]
        if len(set(given)) > 1:
            raise InputError(f"has {given[1]} rows, patterns {given[0]}: one each a pattern is allowed", "targets")
        if given:
            object.__setattr__(self, "count", given[0])
        if self.change_at and len(given) == 2:
            words = "patterns and targets are given, so there is nothing to draw anew; leave one of them out"
            raise InputError(words, "change_at")

    def _check_timing(self):
        if not self.told_at < self.period:
            raise InputError(f"got {self.told_at}; whole numbers < period = {self.period} are allowed", "told_at")
        if not self.told_at <= self.shown <= self.period:
            words = f"from told_at = {self.told_at} to period = {self.period}"
            raise InputError(f"got {self.shown}; whole numbers {words} are allowed", "shown")
        if self.change_at % self.block:
            words = f"got {self.change_at}; multiples of block = {self.block} are allowed, so that no block is of both"
            raise InputError(words, "change_at")

    def _table(self, name: str, labels: str) -> np.ndarray | None:
        """A given table as read-only float64, a column for each label."""
        neurons, value = getattr(self, labels), getattr(self, name)
        if not isinstance(neurons, list | tuple) or not neurons:
            raise InputError(f"got {neurons!r}; a list of node labels is allowed", labels)
        if value is None:
            return None
        words = f"got {value!r}; a list of rows of {len(neurons)} numbers is allowed, a row each pattern"
        try:
            table = np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(words, name) from None
        if table.ndim != 2 or not len(table) or table.shape[1] != len(neurons) or not np.isfinite(table).all():
            raise InputError(words, name)
        table.setflags(write=False)
        return table

    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """No trial done."""
        own = [graph.node(label) for label in (*self.inputs, *self.outputs)]
        for label, at in zip((*self.inputs, *self.outputs), own, strict=True):
            if own.count(at) > 1:
                raise InputError(f"node {label!r} is given twice, among inputs and outputs", "task")
        numbers = {"pattern": np.array(-1), "trials": np.array(0), "error": np.array(0.0), "accuracy": np.array(0.0)}
        return numbers | {"sums": np.zeros(2), "blocks": np.zeros((0, 2))}

    def tables(self, seed: int, trial: int) -> tuple[np.ndarray, np.ndarray]:
        """(P, F) patterns and (P, O) targets in a trial, as given or as this seed draws them."""
        world = self.change_at * self.period if self.change_at and trial >= self.change_at else 0
        return (
            self._drawn(seed, world, 0, len(self.inputs), self.density) if self.patterns is None else self.patterns,
            self._drawn(seed, world, 1, len(self.outputs), 0.5) if self.targets is None else self.targets,
        )

    def _drawn(self, seed: int, step: int, table: int, columns: int, density: float) -> np.ndarray:
        """(P, columns) of 0 and 1; a row has its own id, a column its own draw."""
        ids = FIRST_TABLE + 2 * np.arange(self.count)[:, None] + table
        return (uniform(seed, ids, step, TASK, np.arange(columns)) < density).astype(np.float64)

    def sense(self, scene: Scene) -> None:
        """One step of a trial."""
        trial, at = divmod(scene.step, self.period)
        scene.signals[self.error] = np.zeros(scene.graph.size)
        if at == 0:
            self._show(scene, trial)
        if at == self.told_at:
            self._tell(scene, trial)
        if at == self.shown:
            scene.drive[[scene.graph.node(label) for label in self.inputs]] = 0.0

    def _show(self, scene: Scene, trial: int) -> None:
        """A trial begins."""
        pattern = categorical(np.ones(self.count), scene.seed, PATTERN, scene.step, TASK)
        scene.kept["pattern"][...] = pattern
        patterns, _ = self.tables(scene.seed, trial)
        scene.drive[[scene.graph.node(label) for label in self.inputs]] = patterns[pattern]

    def _tell(self, scene: Scene, trial: int) -> None:
        """The error becomes a signal, and counts."""
        outputs = [scene.graph.node(label) for label in self.outputs]
        _, targets = self.tables(scene.seed, trial)
        target, answer = targets[int(scene.kept["pattern"])], scene.activation[outputs]
        scene.signals[self.error][outputs] = target - answer
        kept = scene.kept
        kept["trials"] += 1
        kept["sums"] += [np.mean((target - answer) ** 2), np.mean((answer > RIGHT) == (target > RIGHT))]
        done = int(kept["trials"]) % self.block or self.block
        if done == self.block or not len(kept["blocks"]):
            kept["error"][...], kept["accuracy"][...] = kept["sums"] / done
        if done == self.block:
            kept["blocks"] = np.vstack([kept["blocks"], kept["sums"] / done])
            kept["sums"][:] = 0.0

    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """Errors, by blocks, once there has been one.

        ``error_first`` and ``error_last``, mean squared errors of the first and the last block; ``error_ratio``, the
        last by the first; ``accuracy`` of the last, where every target is 0 or 1; ``trials``. After a change also
        ``error_before_change`` and ``error_after_change``, of the blocks before and after it.
        """
        blocks, found = kept["blocks"], {"trials": float(kept["trials"])}
        if not len(blocks):
            return found
        first, last = blocks[0, 0], blocks[-1, 0]
        found |= {"error_first": float(first), "error_last": float(last)}
        if first > 0.0:
            found["error_ratio"] = float(last / first)
        if self.targets is None or np.isin(self.targets, (0.0, 1.0)).all():
            found["accuracy"] = float(blocks[-1, 1])
        after = self.change_at // self.block
        if 0 < after < len(blocks):
            found["error_before_change"] = float(blocks[after - 1, 0])
            found["error_after_change"] = float(blocks[after, 0])
        return found
