"""Course: what a field did, step by step, as tensors; what losses look at."""

from collections.abc import Iterable

import torch
from torch import Tensor

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph


class Course:
    """The expected states of T steps. Every answer has a row for each, (T, N), and passes gradients on.

    ``kinds``, names in order; ``graph``; ``states``, those of the field (see ``views.field``), T of them, for what is
    not told here.
    """

    def __init__(self, states: list, kinds: list[str], graph: NeuralGraph):
        self.states, self.kinds, self.graph = states, kinds, graph

    @property
    def steps(self) -> int:
        """T."""
        return len(self.states)

    def occupancy(self, kind: str) -> Tensor:
        """Expected vesicles of a kind at each node after each step."""
        k = self._number(kind)
        return torch.stack([state.occupancy[k] for state in self.states])

    def docked(self, kind: str) -> Tensor:
        """Expected dockings of a kind at each node in each step."""
        k = self._number(kind)
        return torch.stack([state.docked[k] for state in self.states])

    def level(self, kind: str) -> Tensor:
        """The modulator level that a kind has brought to each node."""
        k = self._number(kind)
        return torch.stack([state.delivered[k] for state in self.states])

    def activation(self) -> Tensor:
        """The activation of each neuron."""
        return torch.stack([state.activation for state in self.states])

    def chosen(self, values: Tensor, labels: Iterable | None) -> Tensor:
        """The columns of (T, N) that belong to the nodes with these labels; none for all."""
        if labels is None:
            return values
        if isinstance(labels, str) or not isinstance(labels, Iterable):
            raise InputError(f"got {labels!r}; a list of node labels is allowed, say [{labels!r}]", "nodes")
        return values[:, [self.graph.node(label) for label in labels]]

    def _number(self, kind: str) -> int:
        if kind not in self.kinds:
            raise InputError(f"got {kind!r}; {nearest(kind, self.kinds)}", "kind")
        return self.kinds.index(kind)
