"""Look: what a figure has to know of the stage that it repeats."""

import numpy as np

import vesicle_abm as va

from .course import Model
from .figure import Look
from .frames import Snapshot
from .network import OCCUPANCY, NetworkScreen, node_values, scale_of


def look_of(screen: NetworkScreen, model: Model, reach: float = 0.0) -> Look:
    """As the canvas of this screen shows a model; its colours reach as far as this at least."""
    by = screen.colour_by if isinstance(model, va.VesicleModel) else OCCUPANCY
    values = values_of(model, by)
    scale = scale_of(values, max(reach, float(np.abs(values).max(initial=0.0))), by)
    layers = [layer["name"] for layer in screen.widget.layers if layer["shown"]]
    return Look(screen.chosen_layout, layers, scale.pop("shade"), scale)


def values_of(model: Model, by: str) -> np.ndarray:
    """(N,) what the neurons are coloured by."""
    if by == OCCUPANCY:
        return model.occupancy().sum(axis=0)
    return node_values(Snapshot.of(model), by, model.kinds)
