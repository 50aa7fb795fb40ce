"""Path memory: patterns that vesicles store along a path, and bring back when they are asked for with flawed cues.

The framework's abstract lets vesicles write "structured traces" into "topological memory"; the trials are ours. Each
takes ``period`` steps, one after another:

================== =====================================================================================================
trial              what happens as it begins
================== =====================================================================================================
0 … P - 1          pattern k is stored: the signals ``store``, 1 at the input node, and ``pattern``, for one step.
                   Vesicles born of them carry the pattern and write it somewhere on their way
P, P + 1 …         pattern k mod P is asked for: the output's memory is emptied, and the signals are ``cue`` and, with
                   some of its signs flipped, ``pattern``. Vesicles born of them find the pattern, and others carry to
                   the output what they have read
as a recall ends   the answer, all that the output's memory holds added up, is scored
================== =====================================================================================================
"""

from typing import Any, ClassVar

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.core.random import uniform
from vesicle_abm.core.stages import TASK
from vesicle_abm.tasks.task import Scene, Task

SIGNALS = ("store", "cue", "pattern")
PATTERN, OVERLAP, CORRECT, ANSWERED = range(4)  # columns of what is kept of the recalls


class PathMemory(Task, name="path_memory"):
    """P random patterns of +1 and -1, as wide as the memory, stored one after another and then recalled, over and over.

    The overlap of an answer a with the pattern x asked for is cos(a, x), 0 where there is no answer. It is correct if
    it is nearer to x than to every rival: the other patterns stored, or ``lures`` patterns, drawn for each recall, that
    never were. Kept are the ``patterns`` (P, D), and of the ``recalls`` (R, 4) pattern, overlap, whether correct, and
    whether answered. Recorded: how many patterns have been shown, the overlap of the last recall, and the accuracy.

    >>> PathMemory(input="in", output="out", patterns=8, noise=0.1).chance
    0.125
    """

    tells: ClassVar[tuple[str, ...]] = ("store", "cue", "pattern")
    recorded: ClassVar[tuple[str, ...]] = ("shown", "overlap", "recall_accuracy")
    measures: ClassVar[tuple[str, ...]] = ("load", "chance", "recalls", "recall_accuracy", "overlap", "answered")
    input: Any = option(doc="label of the node where patterns and cues come in")
    output: Any = option(doc="label of the node whose memory is the answer")
    patterns: int = parameter(12, "P, how many are stored", per=SCALAR, whole=True, ge=1, le=100_000)
    noise: float = parameter(0.0, "part of a cue's signs that is flipped", per=SCALAR, ge=0.0, le=0.5)
    lures: int = parameter(
        0, "patterns never stored that an answer is compared with; 0: it is compared with those stored", per=SCALAR,
        whole=True, ge=0, le=100_000,
    )  # fmt: skip
    period: int = parameter(16, "from one pattern to the next", per=SCALAR, unit="steps", whole=True, ge=2)
    store: str = option("store", "name of the signal that a pattern is to be stored")
    cue: str = option("cue", "name of the signal that it is asked for")
    pattern: str = option("pattern", "name of the signal that is the pattern, (D,)")

    def __post_init__(self):
        super().__post_init__()
        names = [getattr(self, key) for key in SIGNALS]
        for key, name in zip(SIGNALS, names, strict=True):
            if not isinstance(name, str):
                raise InputError(f"got {name!r}; text is allowed", key)
            if names.count(name) > 1:
                raise InputError(f"{name!r} names two of {', '.join(SIGNALS)}; a name each is allowed", key)

    @property
    def chance(self) -> float:
        """The accuracy of an answer that knows nothing."""
        return 1.0 / (self.lures + 1 if self.lures else self.patterns)

    def ends(self, graph: NeuralGraph) -> tuple[int, int]:
        """The indices of input and output."""
        found = []
        for key in ("input", "output"):
            try:
                found.append(graph.node(getattr(self, key)))
            except InputError as error:
                raise InputError(error.message, f"task.{key}") from None
        if found[0] == found[1]:
            raise InputError(f"got {self.output!r}, which is the input; another node is allowed", "task.output")
        return found[0], found[1]

    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """Nothing stored; the patterns are drawn as the first step begins, when the memory's width is known."""
        self.ends(graph)
        if graph.size < 3:
            raise InputError(f"has {graph.size} nodes; at least one between input and output is needed", "graph")
        numbers = {name: np.zeros(()) for name in (*self.recorded, "load")}
        return numbers | {"patterns": np.zeros((self.patterns, 0)), "recalls": np.zeros((0, 4))}

    def sense(self, scene: Scene) -> None:
        """One step."""
        kept, memory = scene.kept, memory_of(scene)
        if scene.step == 0:
            kept["patterns"] = signs(scene.seed, np.arange(self.patterns), 0, memory.shape[2])
            kept["load"][...] = self.patterns / (memory.shape[1] * (scene.graph.size - 2))
        silent = np.zeros(scene.graph.size)
        scene.signals |= {self.store: silent, self.cue: silent, self.pattern: np.zeros(memory.shape[2])}
        trial, within = divmod(scene.step, self.period)
        if within:
            return
        number = trial % self.patterns
        if trial < self.patterns:
            self._show(scene, self.store, kept["patterns"][number])
            kept["shown"] += 1
            return
        if trial > self.patterns:
            self._score(scene, memory, (trial - 1) % self.patterns)
        memory[self.ends(scene.graph)[1]] = 0.0
        self._show(scene, self.cue, self._flawed(scene, number))

    def _show(self, scene: Scene, signal: str, pattern: np.ndarray) -> None:
        """A pattern comes in."""
        there = np.zeros(scene.graph.size)
        there[self.ends(scene.graph)[0]] = 1.0
        scene.signals |= {signal: there, self.pattern: pattern}

    def _flawed(self, scene: Scene, number: int) -> np.ndarray:
        """(D,) a pattern with round(noise * D) of its signs flipped, whose draws are the lowest."""
        cue = scene.kept["patterns"][number].copy()
        draws = uniform(scene.seed, number, scene.step, TASK, np.arange(len(cue)))
        cue[np.argsort(draws, kind="stable")[: round(self.noise * len(cue))]] *= -1.0
        return cue

    def _score(self, scene: Scene, memory: np.ndarray, number: int) -> None:
        """A recall has ended."""
        kept, answer = scene.kept, memory[self.ends(scene.graph)[1]].sum(axis=0)
        wanted = kept["patterns"][number]
        rivals = np.delete(kept["patterns"], number, axis=0)
        if self.lures:
            rivals = signs(scene.seed, self.patterns + np.arange(self.lures), scene.step, len(wanted))
        match, size = functions.dot(answer, wanted), np.sqrt(functions.dot(answer, answer) * len(wanted))
        correct = size > 0.0 and match > functions.dot(rivals, answer).max(initial=-np.inf)
        overlap = match / size if size > 0.0 else 0.0
        kept["recalls"] = np.vstack([kept["recalls"], [number, overlap, correct, size > 0.0]])
        kept["overlap"][...] = overlap
        kept["recall_accuracy"][...] = kept["recalls"][:, CORRECT].mean()

    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """``load``, patterns per slot between input and output; ``chance``; once there has been a recall also
        ``recall_accuracy``, ``overlap`` and ``answered``, means over all recalls.
        """
        found = {"load": float(kept["load"]), "chance": self.chance, "recalls": len(kept["recalls"])}
        if len(kept["recalls"]):
            _, overlap, correct, answered = kept["recalls"].mean(axis=0).tolist()
            found |= {"recall_accuracy": correct, "overlap": overlap, "answered": answered}
        return found


def signs(seed: int, ids: np.ndarray, step: int, width: int) -> np.ndarray:
    """(len(ids), width) of +1 and -1, alike often, drawn at addresses of their own."""
    return np.where(uniform(seed, ids[:, None], step, TASK, np.arange(width)) < 0.5, 1.0, -1.0)


def memory_of(scene: Scene) -> np.ndarray:
    """(N, slots, width) the memory, which there must be."""
    if scene.memory is None:
        raise InputError("stores in memory; give memory=Memory(...) too, in a scenario the table [memory]", "task")
    return scene.memory
