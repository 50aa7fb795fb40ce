"""Course: what a field did, step by step, as tensors; what losses look at."""

from collections.abc import Iterable
from typing import Any

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.learning.needed import torch
from vesicle_abm.learning.rolling import roll
from vesicle_abm.views.field.field import Field, FieldState


class Course:
    """What is expected in each of T steps, or after it. Answers are (T, N), and gradients pass through them.

    ``kinds``, names in order; ``graph``; ``steps``, T.
    """

    OF_KINDS = ("occupancy", "born", "docked", "delivered", "level")  # K rows each

    def __init__(self, rows: torch.Tensor, kinds: list[str], widths: list[int], graph: NeuralGraph):
        """``rows`` (T, 5 K + 1 + sum of the ``widths`` of contents, N), as ``seen`` gives them."""
        self._rows, self._widths, self.kinds, self.graph = rows, widths, kinds, graph

    @classmethod
    def run(cls, field: Field, steps: int, segment: int | None = None) -> "Course":
        """What a field of tensors does in so many steps, from its model's present state on; ``segment`` as of
        ``learning.rolling.roll``.
        """
        rows, last = roll(field, steps, seen, segment)
        return cls(rows, field.kinds, [content.shape[1] for content in last.content], field.graph)

    @property
    def steps(self) -> int:
        """T."""
        return len(self._rows)

    def occupancy(self, kind: str) -> torch.Tensor:
        """Vesicles of a kind at each node after each step."""
        return self._of("occupancy", kind)

    def born(self, kind: str) -> torch.Tensor:
        """Births of a kind at each node in each step."""
        return self._of("born", kind)

    def docked(self, kind: str) -> torch.Tensor:
        """Dockings of a kind at each node in each step."""
        return self._of("docked", kind)

    def delivered(self, kind: str) -> torch.Tensor:
        """What the dockings of a kind have added to modulator levels in each step."""
        return self._of("delivered", kind)

    def level(self, kind: str) -> torch.Tensor:
        """The modulator level of a kind at each node after each step."""
        return self._of("level", kind)

    def activation(self) -> torch.Tensor:
        """The activation of each neuron in each step."""
        return self._rows[:, len(self.OF_KINDS) * len(self.kinds)]

    def content(self, kind: str) -> torch.Tensor:
        """(T, N, D) the mean content of the vesicles at each node after each step, 0 where none are expected."""
        k = self._number(kind)
        begin = len(self.OF_KINDS) * len(self.kinds) + 1 + sum(self._widths[:k])
        return self._rows[:, begin : begin + self._widths[k]].transpose(1, 2)

    def chosen(self, values: torch.Tensor, labels: Iterable | None) -> torch.Tensor:
        """The columns of (T, N) that belong to the nodes with these labels; none for all."""
        if labels is None:
            return values
        if isinstance(labels, str) or not isinstance(labels, Iterable):
            raise InputError(f"got {labels!r}; a list of node labels is allowed, say [{labels!r}]", "nodes")
        places = [self.graph.node(label) for label in labels]
        if not places:
            raise InputError("got none; a list of node labels is allowed", "nodes")
        return values[:, places]

    def _of(self, name: str, kind: str) -> torch.Tensor:
        return self._rows[:, self.OF_KINDS.index(name) * len(self.kinds) + self._number(kind)]

    def _number(self, kind: str) -> int:
        if kind not in self.kinds:
            raise InputError(f"got {kind!r}; {nearest(kind, self.kinds)}", "kind")
        return self.kinds.index(kind)


def seen(state: FieldState) -> torch.Tensor:
    """(rows, N) of a step: occupancy, births, dockings, deliveries and levels of each kind, activation, contents."""
    rest: Any = state.state  # of tensors, as all of the state
    of_kinds = [state.occupancy, state.born, state.docked, state.delivered, rest.modulator.T]
    return torch.cat([*of_kinds, rest.activation[None], *(content.T for content in state.content)])
