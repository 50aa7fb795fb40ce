"""The cycle as operations on columns, in numpy: what plain numpy and the peers that keep agents in columns share.

Needs numpy only.
"""

import numpy as np
from steady_state import Choices
from workload import ABSORB, AMOUNT, DEVIATION, DOCKING, GAIN, HAZARD, KEEP, LOGIT, MEAN, Workload


class ColumnCycle:
    """The rules and the nodes; ``born``, ``docked``, ``absorbed`` count events."""

    def __init__(self, workload: Workload, choices: Choices, level: np.ndarray, seed: int):
        self.choices, self.level, self.rate = choices, level.copy(), workload.rate
        self.rng = np.random.Generator(np.random.SFC64(seed))
        self.receptor = workload.receptor.astype(np.float32)
        self.nodes, self.width = workload.nodes, workload.width
        self.born = self.docked = self.absorbed = 0

    def begin(self) -> tuple[np.ndarray, np.ndarray]:
        """Levels clear; gives the nodes (b,) and contents (b, D) of the step's newborns."""
        self.level *= KEEP
        births = np.repeat(np.arange(self.nodes, dtype=np.int32), self.rng.poisson(self.rate, self.nodes))
        self.born += len(births)
        drawn = self.rng.standard_normal((len(births), self.width), np.float32)
        return births, np.float32(MEAN) + np.float32(DEVIATION) * drawn

    def live(self, node: np.ndarray, ttl: np.ndarray, content: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One step of vesicles (n,): where they are then, and (n,) whether each ends; ``ttl`` is counted down."""
        draws = self.rng.random((3, len(node)), np.float32)
        node = self.choices.move(node, draws[0])
        rows = np.flatnonzero(draws[1] < self.docking(node, content))
        given = content[rows, 0] * AMOUNT if self.width else np.full(len(rows), AMOUNT)
        np.add.at(self.level, node[rows], given)
        absorbed = rows[self.rng.random(len(rows), np.float32) < ABSORB]
        ttl -= 1
        ends = draws[2] < HAZARD
        ends |= ttl == 0
        ends[absorbed] = True
        self.docked += len(rows)
        self.absorbed += len(absorbed)
        return node, ends

    def docking(self, node: np.ndarray, content: np.ndarray):
        """The probability of docking, (n,) or one for all."""
        if not self.width:
            return DOCKING
        match = np.einsum("ij,ij->i", content, self.receptor.take(node, axis=0))
        match *= np.float32(-GAIN / self.width**0.5)
        match -= np.float32(LOGIT)
        np.exp(match, out=match)
        match += 1.0
        return np.reciprocal(match, out=match)


class ColumnModel:
    """A model over a ``cycle``, which counts for it."""

    cycle: ColumnCycle

    @property
    def born(self) -> int:
        """Births since the start."""
        return self.cycle.born

    @property
    def docked(self) -> int:
        """Dockings since the start."""
        return self.cycle.docked

    @property
    def absorbed(self) -> int:
        """Vesicles absorbed since the start."""
        return self.cycle.absorbed
