"""Where all versions of the workload begin: the vesicles of its steady state, and the choices that a node offers.

Written to a file for the interpreters of the peers; needs numpy only.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np


class Start(NamedTuple):
    """Vesicles after ``step`` steps: (n,) id, node and ttl, (n, D) content; and the (N,) level of each node."""

    step: int
    id: np.ndarray
    node: np.ndarray
    ttl: np.ndarray
    content: np.ndarray
    level: np.ndarray

    def by_id(self) -> "Start":
        """The same, in the order of birth."""
        order = np.argsort(self.id)
        return Start(self.step, *(column[order] for column in (self.id, self.node, self.ttl, self.content)), self.level)

    def equals(self, other: "Start") -> bool:
        """Whether both hold the same vesicles, number for number, and the same levels."""
        return all(map(np.array_equal, self.by_id(), other.by_id()))


class Choices(NamedTuple):
    """Alias tables: (N + 1,) int32 ``first`` slot of each node; of each slot the (S,) ``threshold`` of the draw's
    fraction, and in ``ends`` (S, 2) int32 the node below it and the node above it.
    """

    first: np.ndarray
    threshold: np.ndarray
    ends: np.ndarray

    def move(self, node: np.ndarray, u: np.ndarray) -> np.ndarray:
        """(n,) where vesicles at ``node`` are after a step, for draws ``u`` in [0, 1)."""
        first = self.first.take(node)
        scaled = u * (self.first.take(node + 1) - first)
        slot = scaled.astype(np.int32)
        scaled -= slot
        slot += first
        above = scaled >= self.threshold.take(slot)
        slot *= 2
        slot += above
        return self.ends.ravel().take(slot)


def write(file: Path, start: Start, choices: Choices) -> None:
    """Put both into a file."""
    np.savez(file, **start._asdict(), **choices._asdict())


def read(file: Path) -> tuple[Start, Choices]:
    """What ``write`` wrote."""
    with np.load(file) as found:
        start = Start(int(found["step"]), *(found[name] for name in Start._fields[1:]))
        return start, Choices(*(found[name] for name in Choices._fields))
