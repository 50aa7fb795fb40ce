"""Rolling a field out through time with gradients: all activations kept, or only those at the ends of segments."""

from collections.abc import Callable
from typing import Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.learning.arrays import TORCH
from vesicle_abm.learning.needed import torch
from vesicle_abm.views.field.field import Field, FieldState
from vesicle_abm.views.field.refusals import check_steps


def roll(
    field: Field, steps: int, read: Callable[[FieldState], Any], segment: int | None = None, state=None
) -> tuple[Any, FieldState]:
    """(what ``read`` tells of each step, (steps, …); the state after the last).

    Parameters
    ----------
    field : with ``arrays=TORCH``, of ``vesicle_abm.learning.arrays``
    read : a tensor from the state after each step, say ``lambda state: state.docked``
    segment : steps whose activations are forgotten and computed again on the way back: memory for some sqrt(steps)
        steps in place of all, for the time of another way forward; none: all are kept
    state : where to begin; none: the model's present state

    Raises
    ------
    InputError
        where the field is not of tensors, or a number none that is allowed.

    >>> import networkx as nx
    >>> import vesicle_abm as va
    >>> from vesicle_abm.learning.arrays import TORCH
    >>> model = va.VesicleModel(nx.path_graph(2), {"a": va.Kind(emission=va.ConstantEmission(rate=1.0))})
    >>> alive, _ = roll(Field(model, arrays=TORCH), 3, lambda state: state.occupancy.sum(), segment=2)
    >>> alive.tolist()
    [2.0, 4.0, 6.0]
    """
    if field.arrays is not TORCH:
        raise InputError("has numpy's numbers, which have no gradients; make it with arrays=TORCH", "field")
    check_steps(steps)
    if segment is not None and (isinstance(segment, bool) or not isinstance(segment, int) or segment < 1):
        raise InputError(f"got {segment!r}; a whole number >= 1 is allowed, or none", "segment")
    state, told = field.first() if state is None else state, []
    if segment is not None and steps:
        field.step(state)  # what rules answer for good is theirs from here on, and not computed again in each segment
    for begin in range(0, steps, segment or max(steps, 1)):
        count = min(segment or steps, steps - begin)
        if segment is None:
            found, state = stretch(field, state, count, read)
        else:
            found, state = torch.utils.checkpoint.checkpoint(stretch, field, state, count, read, use_reentrant=False)
        told += found
    return torch.stack(told) if told else torch.zeros(0, dtype=torch.float64), state


def stretch(field: Field, state: FieldState, steps: int, read: Callable[[FieldState], Any]) -> tuple[list, FieldState]:
    """Some steps on, and what is told of each."""
    told = []
    for _ in range(steps):
        state = field.step(state)
        told.append(read(state))
    return told, state
