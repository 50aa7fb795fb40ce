"""attach: vesicles for a torch network, in one call."""

import inspect
from typing import Any

import networkx as nx
from torch import nn

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.model import VesicleModel
from vesicle_abm.networks.graph import UNIT, graph_of
from vesicle_abm.networks.population import VesiclePopulation
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.vesicles.kind import Kind

RHYTHM = ("every", "steps_per_forward", "gradients")


def attach(
    net: nn.Module,
    kinds: dict[str, Kind],
    graph: NeuralGraph | nx.Graph | None = None,
    *,
    mapping: dict | None = None,
    modules: list[str] | None = None,
    per: str = UNIT,
    example: Any = None,
    gain_recovery: float | None = None,
    **rhythm_and_options,
) -> VesiclePopulation:
    """A population of vesicles of these kinds, attached to a network.

    Parameters
    ----------
    net : nn.Module
    kinds : name -> Kind
    graph : where vesicles live; none: ``graph_of(net, modules, per, example)``
    mapping : of a given graph, label -> (module name, unit), or module name; none: as its node attributes ``module``
        and ``unit`` say
    modules, per, example : of ``graph_of``, where no graph is given
    gain_recovery : time constant, in steps, with which gains relax to 1; none: they stay
    rhythm_and_options : ``every``, ``steps_per_forward`` and ``gradients`` of VesiclePopulation; all others of
        VesicleModel: ``seed``, ``plasticity``, ``memory``, ``estimators``, ``task``, ``view``, ``threads``,
        ``record_every`` (here 0 by default)

    Raises
    ------
    InputError
        for anything that does not fit, naming it.

    >>> import torch
    >>> net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    >>> from vesicle_abm.vesicles.emission import ConstantEmission
    >>> population = attach(net, {"dopamine": Kind(emission=ConstantEmission(rate=1.0))}, seed=7)
    >>> _ = net(torch.zeros(5, 3))
    >>> population.model.time, population.graph.size
    (1, 9)
    >>> population.detach()
    """
    check_arguments(net, rhythm_and_options)
    rhythm = {key: rhythm_and_options.pop(key) for key in RHYTHM if key in rhythm_and_options}
    if graph is None:
        graph = graph_of(net, modules, per, example)
    elif modules is not None or example is not None or per != UNIT:
        raise InputError("a given graph says where vesicles live; modules, per and example are not for it", "graph")
    carrying: list | None = (
        None if rhythm_and_options.get("plasticity") is not None else []
    )  # edges carry activity to learn by it
    neurons = HMNNeurons(activation="identity", layers=carrying, gain_recovery=gain_recovery)
    options = {"record_every": 0} | rhythm_and_options
    population = VesiclePopulation(net, VesicleModel(graph, kinds, neurons=neurons, **options), mapping, **rhythm)
    population.attach()
    return population


def check_arguments(net: Any, options: dict[str, Any]) -> None:
    """Refuse what is no network, and options that neither the population nor the model has."""
    if not isinstance(net, nn.Module):
        raise InputError(f"got {net!r}; a torch.nn.Module is allowed", "net")
    model = inspect.signature(VesicleModel).parameters.values()
    keywords = [item.name for item in model if item.kind is item.KEYWORD_ONLY and item.name != "neurons"]
    own = [item.name for item in inspect.signature(attach).parameters.values() if item.kind is item.KEYWORD_ONLY]
    for key in options:
        if key not in RHYTHM and key not in keywords:
            raise InputError(f"attach has no such option; {nearest(key, [*RHYTHM, *own, *keywords])}", key)
