"""Observing: what an agent outside sees of a model, number by number, each with a name.

=================== ====================================================================================================
name                numbers
=================== ====================================================================================================
``activation``      (N,) of the neurons, in the step just done
``occupancy.KIND``  (N,) vesicles of a kind at each node
``level.KIND``      (N,) modulator level of a kind at each node
``task.NAME``       what the task keeps under a name: one number, or a row of numbers
=================== ====================================================================================================
"""

from collections.abc import Sequence

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.model import VesicleModel

ACTIVATION, OCCUPANCY, LEVEL, TASK = "activation", "occupancy.", "level.", "task."


class Observer:
    """Reads what ``names`` say of a model; of none the activation, if there are neurons, and all occupancies.

    Raises
    ------
    InputError
        naming what the model has not.
    """

    def __init__(self, model: VesicleModel, names: Sequence[str] | None = None):
        known = list(readable(model))
        default = [name for name in known if name.startswith((ACTIVATION, OCCUPANCY))]
        self.names = default if names is None else names
        if isinstance(self.names, str) or not isinstance(self.names, Sequence) or not self.names:
            raise InputError(f"got {names!r}; a list of names is allowed; {nearest('', known)}", "observe")
        for name in self.names:
            if name not in known:
                raise InputError(f"got {name!r}; {nearest(name, known)}", "observe")
        self.observed = [label for name in self.names for label in _labels(name, readable(model)[name], model)]

    def look(self, model: VesicleModel) -> np.ndarray:
        """(D,) float32, the numbers of all names, one after the other."""
        shown = readable(model)
        return np.concatenate([np.ravel(shown[name]) for name in self.names]).astype(np.float32)


def readable(model: VesicleModel) -> dict[str, np.ndarray]:
    """All that can be seen of a model, by name."""
    state = model.state
    found = {ACTIVATION: state.activation} if model.world.neurons is not None else {}
    found |= {OCCUPANCY + kind: row for kind, row in zip(model.kinds, model.occupancy(), strict=True)}
    found |= {LEVEL + kind: row for kind, row in zip(model.kinds, state.modulator.T, strict=True)}
    plain = {name: kept for name, kept in state.task.items() if kept.ndim == 0 or kept.shape == (model.graph.size,)}
    return found | {TASK + name: kept for name, kept in plain.items()}


def _labels(name: str, values: np.ndarray, model: VesicleModel) -> list[str]:
    return [f"{name}[{label}]" for label in model.graph.nodes] if np.ndim(values) else [name]
