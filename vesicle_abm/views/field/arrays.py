"""Arrays: the handful of operations in which numpy and torch differ. The field is written once, over these.

The twin for tensors is ``vesicle_abm.learning.arrays``.
"""

from typing import Any, ClassVar

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import Rule
from vesicle_abm.views.field.kernels import push


class Arrays:
    """Of numpy, float64. ``xp`` is what rules are given; ``holds_all``: everything else of a model can be stepped."""

    xp: Any = functions
    holds_all: ClassVar[bool] = True

    def array(self, values) -> Any:
        """Float64, of numbers or of an array of either sort."""
        return np.asarray(values, dtype=np.float64)

    def plain(self, values) -> np.ndarray:
        """The same numbers in numpy, without a derivative."""
        return np.asarray(values)

    def index(self, values: np.ndarray) -> Any:
        """Whole numbers to index with."""
        return values

    def zeros(self, *shape: int) -> Any:
        """Float64."""
        return np.zeros(shape)

    def spread(self, values, shape: tuple[int, ...]) -> Any:
        """Broadcast.

        Raises
        ------
        ValueError
            if they do not fit.
        """
        return np.broadcast_to(values, shape).copy()

    def stack(self, parts: list, axis: int = 0) -> Any:
        """As numpy's."""
        return np.stack(parts, axis)

    def join(self, parts: list, axis: int = 0) -> Any:
        """Concatenated."""
        return np.concatenate(parts, axis)

    def flow(self, start: np.ndarray, end: np.ndarray, factor, mass, places: int) -> Any:
        """(rows, places) what arrives: at each place, the sum over the entries (M,) that end there of the ``mass``
        (rows, …) at their start times their ``factor`` (M,).
        """
        found = np.zeros((len(mass), places))
        push(start, end, np.ascontiguousarray(factor, np.float64), np.ascontiguousarray(mass), found)
        return found

    def rule(self, rule: Rule) -> Any:
        """A bound rule with its numbers in arrays of this sort."""
        return rule

    def graph(self, graph: NeuralGraph) -> Any:
        """The graph as rules see it, with arrays of this sort."""
        return graph


NUMPY = Arrays()
