"""What a rule may look at in a field: the expected state, at all nodes, in arrays of either sort."""

from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.state import State
from vesicle_abm.vesicles.sight import Nodes
from vesicle_abm.views.field.arrays import Arrays


class FieldNodes(Nodes):
    """As ``Nodes``, of a state whose arrays may be tensors."""

    def __init__(
        self, graph: NeuralGraph, state: State, signals: dict, arrays: Arrays, reads: set, kind: str, rows=None
    ):
        super().__init__(graph, state, rows, reads, kind, signals)
        self._arrays = arrays

    def at(self, rows: np.ndarray) -> "FieldNodes":
        """The same nodes, a row for each of ``rows``."""
        return FieldNodes(self._graph, self._state, self._signals, self._arrays, self._reads, self.kind, rows)

    def note(self, what: str) -> None:
        """A rule has read something else that is known by its mean alone."""
        self._reads.add(what)

    def among(self, labels) -> Any:
        """(n,) 1.0 for the nodes with these labels, else 0.0."""
        return self._arrays.array(super().among(labels))

    def of_each(self, values) -> Any:
        """One number for all, or these nodes' rows of an (N,) array."""
        array = self._arrays.array(values)
        return self._pick(array) if array.ndim else array

    def attribute(self, name: str) -> Any:
        """(n,) a numeric node attribute."""
        return self._arrays.array(super().attribute(name))


class MeanVesicles:
    """The mean vesicle of each place: only ``content`` (n, D) and ``node`` (n,) are known of it.

    ``looked`` is set once a rule has looked at the content.
    """

    def __init__(self, content, node: np.ndarray):
        self._content, self.node, self.looked = content, node, False

    @property
    def content(self):
        """(n, D) the mean."""
        self.looked = True
        return self._content

    def __getattr__(self, name: str):
        """Refused, whatever else it is."""
        if name.startswith("_"):
            raise AttributeError(name)
        raise InputError(f"reads {name}, which varies from vesicle to vesicle; only the mean content is known")
