"""A population's whole state as a dict of tensors and plain numbers, which ``torch.save`` writes and ``load`` reads."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from vesicle_abm.core.errors import InputError
from vesicle_abm.model import VesicleModel

if TYPE_CHECKING:
    from vesicle_abm.networks.population import VesiclePopulation

FILE = "model.npz"


def packed(population: "VesiclePopulation") -> dict[str, Any]:
    """The model's checkpoint as bytes, with what the next step needs and no checkpoint has."""
    return {
        "model": bytes_of(population.model),
        "film": torch.tensor(population.model.world.film),
        "signals": {name: torch.tensor(np.asarray(value)) for name, value in population.model.signals.items()},
        "seen": [dict(unit.seen) for unit in population.units],
        "forwards": population.forwards,
    }


def unpack(population: "VesiclePopulation", state: dict[str, Any]) -> None:
    """Put a state in place of the population's own."""
    old, model = population.model, model_of(state["model"], population.model.world.threads)
    if model.graph.nodes != old.graph.nodes or model.graph.edge_count != old.graph.edge_count:
        raise InputError(f"the state belongs to {model.graph!r}; this population lives on {old.graph!r}", "graph")
    if model.kinds != old.kinds:
        raise InputError(f"the state has the kinds {model.kinds}; this population has {old.kinds}", "kinds")
    model.world.film[:] = state["film"].numpy()
    model.signals.update({name: value.numpy()[()] for name, value in state["signals"].items()})
    population.model, population.forwards = model, state["forwards"]
    for unit, seen in zip(population.units, state["seen"], strict=True):
        unit.seen = dict(seen)


def bytes_of(model: VesicleModel) -> Tensor:
    """(bytes,) uint8, the model's checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / FILE)
        return torch.frombuffer(bytearray((Path(folder) / FILE).read_bytes()), dtype=torch.uint8)


def model_of(content: Tensor, threads: int) -> VesicleModel:
    """What ``bytes_of`` gave."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / FILE).write_bytes(content.cpu().numpy().tobytes())
        return VesicleModel.load(Path(folder) / FILE, threads)
