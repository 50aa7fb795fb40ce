"""A population's whole state as a dict of tensors and plain numbers, which ``torch.save`` writes and ``load`` reads."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from vesicle_abm.core.errors import InputError
from vesicle_abm.model import VesicleModel
from vesicle_abm.networks.sites import Site

if TYPE_CHECKING:
    from vesicle_abm.networks.population import VesiclePopulation

FILE = "model.npz"
KEYS = ("model", "film", "signals", "sites", "seen", "forwards")


def packed(population: "VesiclePopulation") -> dict[str, Any]:
    """The model's checkpoint as bytes, with what the next step needs and no checkpoint has."""
    return {
        "model": bytes_of(population.model),
        "film": torch.tensor(population.model.world.film),
        "signals": {name: torch.tensor(np.asarray(value)) for name, value in population.model.signals.items()},
        "sites": [place_of(unit.site) for unit in population.units],
        "seen": [dict(unit.seen) for unit in population.units],
        "forwards": population.forwards,
    }


def unpack(population: "VesiclePopulation", state: dict[str, Any]) -> None:
    """Put a state in place of the population's own, once all of it fits."""
    missing = [key for key in KEYS if key not in state]
    if missing:
        raise InputError(f"the state has no {', '.join(map(repr, missing))}: it is damaged", "state")
    model = model_of(state["model"], population.model.world.threads)
    refuse_another(population, model, state)
    model.world.film[:] = state["film"].cpu().numpy()
    model.signals.update({name: value.cpu().numpy()[()] for name, value in state["signals"].items()})
    population.model, population.forwards = model, state["forwards"]
    for unit, seen in zip(population.units, state["seen"], strict=True):
        unit.seen = dict(seen)


def refuse_another(population: "VesiclePopulation", model: VesicleModel, state: dict[str, Any]) -> None:
    """Refuse a state of another graph, other kinds, other rules or another mapping than the population's.

    The values of parameters may differ: those of the state go on.
    """
    old = population.model
    if model.graph.nodes != old.graph.nodes or model.graph.edge_count != old.graph.edge_count:
        raise InputError(f"the state belongs to {model.graph!r}; this population lives on {old.graph!r}", "graph")
    if model.kinds != old.kinds:
        raise InputError(f"the state has the kinds {model.kinds}; this population has {old.kinds}", "kinds")
    theirs, ours = rules_of(model), rules_of(old)
    for where, rules in theirs.items():
        if rules != ours[where]:
            raise InputError(f"the state has the rules {rules}; this population has {ours[where]}", where)
    sites = [place_of(unit.site) for unit in population.units]
    if state["sites"] != sites or len(state["seen"]) != len(sites):
        raise InputError("in the state other units of the network are nodes; map them as they were", "mapping")
    if state["film"].shape != model.world.film.shape:
        words = f"the state has FiLM of the shape {tuple(state['film'].shape)}, not {model.world.film.shape}"
        raise InputError(f"{words}: it is damaged", "state")


def rules_of(model: VesicleModel) -> dict[str, list[str]]:
    """Where rules are named in a model -> their classes."""
    kinds, plasticity = model.world.kinds.items(), model.world.plasticity
    classes = {f"kinds.{name}": [type(rule).__name__ for _, rule in kind.rules()] for name, kind in kinds}
    return classes | {"plasticity": [] if plasticity is None else [type(plasticity).__name__]}


def place_of(site: Site) -> tuple:
    """Which units of which module are which nodes, in plain numbers."""
    return site.module, site.side, site.whole, site.units.number, site.unit.tolist(), site.node.tolist()


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
