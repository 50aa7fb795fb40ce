"""Sites: where in a network the nodes of a graph are: which units of which module, on which side of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.networks.graph import INPUT, NO_ENTRY, OUTPUT
from vesicle_abm.networks.units import Units, has_weights, input_units, named, output_units, refuse_meta, weight_in

WHOLE = Units(1, 0)  # a module as one: its only unit stands for all


@dataclass(frozen=True)
class Site:
    """One side of one module: node ``node[i]`` is its unit ``unit[i]``; where it ``whole``, unit 0 is all of it."""

    module: str
    side: str
    units: Units
    whole: bool
    unit: np.ndarray  # (n,)
    node: np.ndarray  # (n,)

    def spread(self, values: np.ndarray, rest: float) -> np.ndarray:
        """(units,) of what nodes have, (N,); units that are no node get ``rest``."""
        found = np.full(self.units.number, rest)
        found[self.unit] = values[self.node]
        return found

    def view(self, dimensions: int) -> tuple[int, ...]:
        """The shape in which (units,) numbers meet a tensor of so many dimensions."""
        if self.whole:
            return (1,)
        axis = self.units.axis if self.units.axis < 0 else self.units.axis - dimensions
        return (self.units.number, *[1] * (-axis - 1))

    def others(self, dimensions: int) -> list[int]:
        """The axes of such a tensor over which a unit's outputs lie: the batch, and positions."""
        return [axis for axis in range(dimensions) if self.whole or axis != self.units.axis % dimensions]


@dataclass(frozen=True)
class WeightSite:
    """The weights of a module that are edges: edge ``edge[i]`` is number ``entry[i]`` of its flat weight."""

    module: str
    edge: np.ndarray
    entry: np.ndarray


def sites_of(net: nn.Module, graph: NeuralGraph, mapping: dict | None = None) -> list[Site]:
    """Where the nodes are.

    Parameters
    ----------
    mapping : label -> (module, unit), or module for all of it; none: as the node attributes ``module``, ``unit`` and
        ``side`` say. Other nodes are in no module: vesicles can be there, and change nothing.

    Raises
    ------
    InputError
        if there is no such module or unit, if two nodes are the same unit, or if no node is in the network.
    """
    places: dict[tuple, list[tuple[int, int]]] = {}
    for node, (module, unit, side) in enumerate(_places(graph, mapping)):
        if module is not None:
            places.setdefault((str(module), side, unit is None), []).append((node, 0 if unit is None else int(unit)))
    if not places:
        words = "no node is in the network; give mapping={label: (module, unit)}, or node attributes module and unit"
        raise InputError(words, "graph")
    return [_site(net, *key, *np.array(rows).T) for key, rows in places.items()]


def _places(graph: NeuralGraph, mapping: dict | None) -> list[tuple[Any, Any, str]]:
    """(module, unit, side) of each node; no module where there is none."""
    if mapping is None:
        none = [None] * graph.size
        module, unit, side = (graph.node_data.get(name, none) for name in ("module", "unit", "side"))
        return [(m, u, s or OUTPUT) for m, u, s in zip(module, unit, side, strict=True)]
    if not isinstance(mapping, dict):
        raise InputError(f"got {mapping!r}; {{label: (module name, unit)}} is allowed", "mapping")
    places: list[tuple[Any, Any, str]] = [(None, None, OUTPUT)] * graph.size
    for label, place in mapping.items():
        match place:
            case str(module):
                places[graph.node(label)] = module, None, OUTPUT
            case (str(module), int(unit)):
                places[graph.node(label)] = module, unit, OUTPUT
            case _:
                words = f"got {place!r} for {label!r}; (module name, unit), or a module name, is allowed"
                raise InputError(words, "mapping")
    return places


def _site(net: nn.Module, module: str, side: str, whole: bool, node: np.ndarray, unit: np.ndarray) -> Site:
    there = named(net, module)
    refuse_meta(module, there)
    units = WHOLE if whole else input_units(there) if side == INPUT else output_units(there)
    if units is None:
        words = f"{module!r} is a {type(there).__name__}, which has no units that are known; map a node to all of it"
        raise InputError(words, "graph")
    outside = unit[(unit < 0) | (unit >= units.number)]
    if len(outside):
        raise InputError(f"no unit {outside[0]} of {module!r}; 0 … {units.number - 1} are allowed", "graph")
    if len(np.unique(unit)) < len(unit):
        raise InputError(f"two nodes are the same unit of {module!r}; each may stand once", "graph")
    return Site(module, side, units, whole, unit, node)


def weight_sites(net: nn.Module, graph: NeuralGraph) -> list[WeightSite]:
    """Which edges are weights of which module: those whose attribute ``entry`` says so.

    Raises
    ------
    InputError
        if an edge says that it is a weight that is not there.
    """
    entry = np.array([NO_ENTRY if e is None else int(e) for e in graph.edge_data.get("entry", ())], dtype=np.int64)
    if not len(entry):
        return []
    module = np.array(graph.node_data.get("module", [None] * graph.size), dtype=object)[graph.target]
    found = []
    for name in dict.fromkeys(module[entry != NO_ENTRY]):
        edge = np.flatnonzero((module == name) & (entry != NO_ENTRY))
        there = None if name is None else named(net, name)
        if there is None or not has_weights(there) or entry[edge].max() >= weight_in(there).numel():
            raise InputError(f"edges say that they are weights of {name!r}, which has no such", "graph")
        found.append(WeightSite(name, edge, entry[edge]))
    return found
