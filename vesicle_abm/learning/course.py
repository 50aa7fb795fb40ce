"""Course: what a field did, step by step, as tensors; what losses look at."""

from collections.abc import Callable, Iterable
from typing import Any

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.learning.needed import torch
from vesicle_abm.views.field.field import Field, FieldState


class Course:
    """The expected states of T steps. Every answer has a row for each, (T, N), and passes gradients on.

    ``kinds``, names in order; ``graph``; ``states``, those of the field, T of them, for what is not told here.
    """

    def __init__(self, states: list[FieldState], kinds: list[str], graph: NeuralGraph):
        self.states, self.kinds, self.graph = states, kinds, graph

    @classmethod
    def run(cls, field: Field, steps: int, segment: int | None = None) -> "Course":
        """What a field of tensors does in so many steps, from its model's present state on.

        ``segment`` : what passes inside so many steps is computed anew on the way back, and not kept; the same gradient
        for less memory and one more forward.
        """
        if segment is not None and (isinstance(segment, bool) or not isinstance(segment, int) or segment < 1):
            raise InputError(f"got {segment!r}; a whole number >= 1 is allowed, or none", "segment")
        state = field.step(field.first())  # answers that last are computed here, outside of all segments
        states = [state]
        while len(states) < steps:
            ahead = min(segment or steps, steps - len(states))
            part = further(field, state, ahead) if segment is None else again(further, field, state, ahead)
            states += part
            state = states[-1]
        return cls(states, field.kinds, field.graph)

    @property
    def steps(self) -> int:
        """T."""
        return len(self.states)

    def occupancy(self, kind: str) -> torch.Tensor:
        """Expected vesicles of a kind at each node after each step."""
        k = self._number(kind)
        return self._each(lambda state: state.occupancy[k])

    def docked(self, kind: str) -> torch.Tensor:
        """Expected dockings of a kind at each node in each step."""
        k = self._number(kind)
        return self._each(lambda state: state.docked[k])

    def level(self, kind: str) -> torch.Tensor:
        """The modulator level of a kind at each node after each step."""
        k = self._number(kind)
        return self._each(lambda state: state.state.modulator[:, k])

    def delivered(self, kind: str) -> torch.Tensor:
        """What the dockings of a kind have added to modulator levels in each step."""
        k = self._number(kind)
        return self._each(lambda state: state.delivered[k])

    def activation(self) -> torch.Tensor:
        """The activation of each neuron in each step."""
        return self._each(lambda state: state.state.activation)

    def chosen(self, values: torch.Tensor, labels: Iterable | None) -> torch.Tensor:
        """The columns of (T, N) that belong to the nodes with these labels; none for all."""
        if labels is None:
            return values
        if isinstance(labels, str) or not isinstance(labels, Iterable):
            raise InputError(f"got {labels!r}; a list of node labels is allowed, say [{labels!r}]", "nodes")
        return values[:, [self.graph.node(label) for label in labels]]

    def _each(self, look: Callable[[FieldState], Any]) -> torch.Tensor:
        return torch.stack([look(state) for state in self.states])

    def _number(self, kind: str) -> int:
        if kind not in self.kinds:
            raise InputError(f"got {kind!r}; {nearest(kind, self.kinds)}", "kind")
        return self.kinds.index(kind)


def further(field: Field, state: FieldState, steps: int) -> list[FieldState]:
    """The states after each of so many steps more."""
    found = []
    for _ in range(steps):
        state = field.step(state)
        found.append(state)
    return found


def again(compute: Callable, *given: Any) -> Any:
    """What ``compute`` gives, computed a second time when gradients are asked for."""
    from torch.utils.checkpoint import checkpoint

    return checkpoint(compute, *given, use_reentrant=False)
