"""What a field expects after a step: of vesicles, and of all else."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vesicle_abm.core.state import State

if TYPE_CHECKING:
    from vesicle_abm.views.field.field import Field


@dataclass(frozen=True)
class FieldState:
    """What is expected. Arrays are numpy's or tensors, as the field's.

    ``state``: everything but the vesicles, as in a model: ``activation`` (N,), ``modulator`` (N, K) levels … ``mass``:
    kind -> (ages, uses, rows, places), see ``population``. What follows from it is computed when it is asked for.
    """

    state: State
    signals: dict[str, Any]
    mass: dict[str, Any]
    field: "Field"
    counted: tuple[list, list, list]  # of each kind (N,) births, dockings and deliveries; none before the first step

    @cached_property
    def occupancy(self) -> Any:
        """(K, N) vesicles at nodes."""
        ones = self.field.populations.items()
        return self._stacked([one.at_nodes(self.mass[name])[0] for name, one in ones])

    @cached_property
    def content(self) -> tuple[Any, ...]:
        """Of each kind (N, D), the mean of those at each node, 0 where none is expected."""
        ones = self.field.populations.items()
        return tuple(one.content(one.at_nodes(self.mass[name])) for name, one in ones)

    @cached_property
    def born(self) -> Any:
        """(K, N) births of the step just done."""
        return self._stacked(self.counted[0])

    @cached_property
    def docked(self) -> Any:
        """(K, N) dockings of the step just done."""
        return self._stacked(self.counted[1])

    @cached_property
    def delivered(self) -> Any:
        """(K, N) what these dockings added to modulator levels."""
        return self._stacked(self.counted[2])

    def _stacked(self, parts: list) -> Any:
        arrays, shape = self.field.arrays, (len(self.mass), self.field.graph.size)
        return arrays.stack(parts) if parts else arrays.zeros(*shape)

    @property
    def time(self) -> int:
        """Steps done."""
        return self.state.step
