"""A context switch: the same stimuli ask for other answers from one trial to the next, and nobody says so.

Under rule A the right answer to a stimulus is the action of the same number, under rule B the other one: a reversal, as
set shifting is tested in the Wisconsin card sorting test (Berg 1948). The trial is ours:

==================== ===================================================================================================
step of the trial    what happens as it begins
==================== ===================================================================================================
0                    a stimulus s of two is drawn, both alike; its neuron is driven from now on
``answer_at``        the more active action neuron is the answer (ties are drawn). The stimulus ends. If the answer is
                     wrong, then for this one step the signal ``surprise`` is 1, and the ``conflict`` neurons are driven
==================== ===================================================================================================

The first ``block`` trials go by rule A, the next by rule B, and so on in turn.
"""

from typing import ClassVar

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.core.random import categorical
from vesicle_abm.core.stages import TASK
from vesicle_abm.tasks.task import Scene, Task

STIMULUS_DRAW, TIE_DRAW = range(2)
CHOICES = 2  # stimuli, actions, and rules


class ContextSwitch(Task, name="context_switch"):
    """Two stimuli, two actions, two rules: answer s under rule A, 1 - s under rule B; the rule switches unannounced.

    Recorded: ``correct``, whether the last answer was, and ``rule``, 0 for A and 1 for B.

    >>> task = ContextSwitch(stimuli=["s0", "s1"], actions=["a0", "a1"], block=3, streak=2)
    >>> [task.rule_of(trial) for trial in range(7)]
    [0, 0, 0, 1, 1, 1, 0]
    """

    tells: ClassVar[tuple[str, ...]] = ("surprise",)
    recorded: ClassVar[tuple[str, ...]] = ("correct", "rule")
    measures: ClassVar[tuple[str, ...]] = (
        "trials",
        "switches",
        "accuracy",
        "accuracy_before",
        "accuracy_after_switch",
        "recovered",
        "trials_to_recover",
    )
    stimuli: list = option(doc="labels of the two stimulus neurons", labels=True)
    actions: list = option(doc="labels of the two action neurons, in the order of the stimuli", labels=True)
    conflict: list | None = option(None, "labels of neurons that a wrong answer drives; none for none", labels=True)
    period: int = parameter(12, "length of a trial", per=SCALAR, unit="steps", whole=True, ge=2)
    answer_at: int = parameter(4, "step of the trial at which the answer is taken", per=SCALAR, whole=True, ge=1)
    block: int = parameter(40, "trials from one switch to the next", per=SCALAR, unit="trials", whole=True, ge=1)
    shown: float = parameter(1.0, "drive of the stimulus's neuron", per=SCALAR, ge=0.0)
    alarm: float = parameter(1.0, "drive of the conflict neurons after a wrong answer", per=SCALAR, ge=0.0)
    surprise: str = option("surprise", "name of the signal that the answer was wrong")
    unscored: float = parameter(
        0.5, "part of a block that accuracy_after_switch passes over", per=SCALAR, ge=0.0, lt=1.0
    )
    streak: int = parameter(5, "right answers in a row by which it has recovered", per=SCALAR, whole=True, ge=1)

    def __post_init__(self):
        super().__post_init__()
        for name in ("stimuli", "actions"):
            labels = getattr(self, name)
            if not isinstance(labels, list | tuple) or len(labels) != CHOICES:
                raise InputError(f"got {labels!r}; a list of {CHOICES} node labels is allowed", name)
        if self.conflict is not None and not isinstance(self.conflict, list | tuple):
            raise InputError(f"got {self.conflict!r}; a list of node labels, or none, is allowed", "conflict")
        if not isinstance(self.surprise, str):
            raise InputError(f"got {self.surprise!r}; text is allowed", "surprise")
        if not self.answer_at < self.period:
            raise InputError(f"got {self.answer_at}; whole numbers < period = {self.period} are allowed", "answer_at")
        if self.streak > self.block:
            raise InputError(f"got {self.streak}; whole numbers up to block = {self.block} are allowed", "streak")

    def rule_of(self, trial: int) -> int:
        """Which rule holds in a trial, counted from 0: 0 for A, 1 for B."""
        return trial // self.block % CHOICES

    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """No trial done."""
        labels = [*self.stimuli, *self.actions, *(self.conflict or ())]
        own = [graph.node(label) for label in labels]
        for label, at in zip(labels, own, strict=True):
            if own.count(at) > 1:
                raise InputError(f"node {label!r} is given twice, among stimuli, actions and conflict", "task")
        numbers = {"stimulus": -1, "answer": -1, "correct": 0.0, "rule": 0}
        return {name: np.array(value) for name, value in numbers.items()} | {"outcomes": np.zeros(0, np.int8)}

    def sense(self, scene: Scene) -> None:
        """One step of a trial."""
        at, kept = scene.step % self.period, scene.kept
        if at == 0:
            kept["rule"][...] = self.rule_of(len(kept["outcomes"]))
            kept["stimulus"][...] = categorical(np.ones(CHOICES), scene.seed, 0, scene.step, TASK, STIMULUS_DRAW)
        surprised = at == self.answer_at and not self._answer(scene)
        self._drive(scene, self.stimuli, 0.0)
        if at < self.answer_at:
            self._drive(scene, [self.stimuli[int(kept["stimulus"])]], self.shown)
        self._drive(scene, self.conflict or (), self.alarm * surprised)
        scene.signals[self.surprise] = float(surprised)

    @staticmethod
    def _drive(scene: Scene, labels, drive: float) -> None:
        scene.drive[[scene.graph.node(label) for label in labels]] = drive

    def _answer(self, scene: Scene) -> bool:
        """The more active action neuron answers; whether it is right."""
        kept = scene.kept
        activation = scene.activation[[scene.graph.node(label) for label in self.actions]]
        ties = activation == activation.max()
        answer = categorical(ties, scene.seed, 0, scene.step, TASK, TIE_DRAW)
        correct = answer == (int(kept["stimulus"]) + int(kept["rule"])) % CHOICES
        kept["answer"][...], kept["correct"][...] = answer, float(correct)
        kept["outcomes"] = np.append(kept["outcomes"], np.int8(correct))
        return correct

    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """How often it is right, and how fast it is right again; each as soon as there are trials for it.

        ``trials``; ``switches`` after which there was a trial; ``accuracy`` over all trials, ``accuracy_before`` of the
        first block, ``accuracy_after_switch`` of the other blocks without their first ``unscored`` part. Of the
        switches that were met with a wrong answer, ``recovered`` is the share after which ``streak`` right answers in
        a row came within the block, and ``trials_to_recover`` the mean number of trials before the first of these.
        """
        outcomes = kept["outcomes"]
        trials = len(outcomes)
        found: dict[str, float] = {"trials": trials, "switches": max(0, trials - 1) // self.block}
        number = np.arange(trials)
        late = (number >= self.block) & (number % self.block >= self.unscored * self.block)
        for name, counted in (("", number >= 0), ("_before", number < self.block), ("_after_switch", late)):
            if counted.any():
                found[f"accuracy{name}"] = float(outcomes[counted].mean())
        blocks = [outcomes[begin : begin + self.block] for begin in range(self.block, trials, self.block)]
        waits = [self._wait(block) for block in blocks if not block[0]]
        if waits:
            found["recovered"] = float(np.mean([wait is not None for wait in waits]))
        if found.get("recovered"):
            found["trials_to_recover"] = float(np.mean([wait for wait in waits if wait is not None]))
        return found

    def _wait(self, block: np.ndarray) -> int | None:
        """How many trials of a block come before the first right answers in a row; None if they never come."""
        return next((n for n in range(len(block) - self.streak + 1) if block[n : n + self.streak].all()), None)
