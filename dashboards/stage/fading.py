"""Fading means, and what is averaged with them: how many vesicles travel between two nodes, and how many are at one."""

from collections import deque
from itertools import pairwise

import numpy as np

import vesicle_abm as va

from .frames import KINDS
from .moves import Places, origins

FADE = 50  # steps after which what was counted weighs 1 / e
LATELY = 20  # steps that can still be counted while nobody looks
LARGEST_UNIT = 1e100


class FadingMean:
    """A mean over all steps so far in which a step weighs exp(-age / FADE). Numbers may be added to parts of it.

    >>> mean = FadingMean((1,))
    >>> for x in (2.0, 2.0, 2.0):
    ...     mean.begin_step()
    ...     mean.add(slice(None), x)
    >>> mean.value().round(6).tolist()
    [2.0]
    """

    def __init__(self, shape: tuple[int, ...]):
        self.total = np.zeros(shape)
        self.unit, self.weight = 1.0, 0.0  # what this step weighs in ``total``, and all of them in units of it

    def begin_step(self) -> None:
        """What is added from here on is of a new step."""
        fade = np.exp(-1.0 / FADE)
        self.unit, self.weight = self.unit / fade, self.weight * fade + 1.0
        if self.unit > LARGEST_UNIT:
            self.total /= self.unit
            self.unit = 1.0

    def add(self, where, amount) -> None:
        """Add to the step's numbers at the indices ``where``, without repeats."""
        self.total[where] += self.unit * amount

    def value(self) -> np.ndarray:
        """The mean; 0 before the first step."""
        return self.total / (self.unit * max(self.weight, 1.0))


class Traffic:
    """How many vesicles of each kind travel between each two connected nodes in a step, either way, a fading mean.

    Counted from where each vesicle stood before and after the step. One that is taken up or lost in the very step in
    which it moved is not there to be counted. To count costs more than a frame, so steps are counted when they are
    asked for; after more than LATELY that nobody asked for, the mean is that of the last LATELY.
    """

    def __init__(self, graph: va.NeuralGraph, kinds: int):
        self.nodes, self.kinds = graph.size, kinds
        self.pairs = np.unique(self._keys(graph.source, graph.target))  # (P,)
        self.mean = FadingMean((kinds, len(self.pairs)))
        self._waiting: deque[Places] = deque(maxlen=LATELY + 1)  # what was counted last, and what is to be counted
        self._missed = False  # whether some steps will never be counted

    def _keys(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.minimum(one, other).astype(np.int64) * self.nodes + np.maximum(one, other)

    def step(self, now: Places) -> None:
        """Take in where a step has brought the vesicles."""
        self._missed |= len(self._waiting) == self._waiting.maxlen
        self._waiting.append(now)

    def _count_all(self) -> None:
        if self._missed:
            self.mean, self._missed = FadingMean((self.kinds, len(self.pairs))), False
        for before, now in pairwise(self._waiting):
            self._count(origins(before, now).start, now.start, now.kind)
        while len(self._waiting) > 1:
            self._waiting.popleft()

    def _count(self, left: np.ndarray, now: np.ndarray, kind: np.ndarray) -> None:
        """A step's moves: the nodes where vesicles were and are, and their kinds, (n,) each."""
        self.mean.begin_step()
        moved = np.flatnonzero(left != now)
        if not len(moved) or not len(self.pairs):
            return
        keys, count = np.unique(self._keys(left[moved], now[moved]) * KINDS + kind[moved], return_counts=True)
        key, kinds = np.divmod(keys, KINDS)
        pair = np.minimum(np.searchsorted(self.pairs, key), len(self.pairs) - 1)
        known = self.pairs[pair] == key
        self.mean.add((kinds[known], pair[known]), count[known])

    def travelled(self, kinds: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """(m, 2) the pairs between which vesicles of these kinds travelled, and (m,) how many a step, ascending."""
        self._count_all()
        amount = self.mean.value()[kinds].sum(axis=0)
        pairs = np.flatnonzero(amount > 0.0)
        pairs = pairs[np.argsort(amount[pairs])]
        return np.stack(np.divmod(self.pairs[pairs], self.nodes), axis=1), amount[pairs]
