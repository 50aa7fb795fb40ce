"""graph_of: a network as a graph, so that vesicles can migrate along it.

With ``per="unit"`` a node is an output unit of a module, labelled (module, unit), and every weight w_ji of a Linear or
a convolution is an edge i -> j of weight |w_ji| and sign its sign; the taps of a kernel are parallel edges. The inputs
of a module that no other feeds are nodes of their own, labelled (module, "in", unit). With ``per="module"`` a node is
a module, and an edge leads from each to the next.
"""

from typing import Any

import numpy as np
import torch
from torch import nn

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.networks.units import (
    Units,
    has_weights,
    input_units,
    named,
    output_units,
    refuse_lazy,
    refuse_meta,
    weight_ends,
    weight_in,
)

UNIT, MODULE = "unit", "module"
OUTPUT, INPUT = "output", "input"
NO_ENTRY = -1  # an edge that is no weight of the network


def graph_of(net: nn.Module, modules: list[str] | None = None, per: str = UNIT, example: Any = None) -> NeuralGraph:
    """The graph of a network's modules.

    Parameters
    ----------
    net : nn.Module
    modules : names of those that carry vesicles; none: all Linear and Conv1d to Conv3d, but for those inside an
        ``nn.MultiheadAttention``, which reads their weights and never calls them, so that no hook meets them
    per : "unit" or "module", what a node is
    example : an input (or a tuple of them) for a forward pass that tells the order in which modules run; none: they
        run in the order in which the network defines them

    Nodes have the attributes ``module``, ``unit``, ``side`` ("output", "input") and ``depth``, the module's place in
    the order; edges ``sign`` and ``entry``, the index of the weight in the flat weight of the end's module.

    Raises
    ------
    InputError
        if there is no module of a name, or none that has units, or one whose weights are not there yet.
    """
    if per not in (UNIT, MODULE):
        raise InputError(f"got {per!r}; {nearest(per, (UNIT, MODULE))}", "per")
    if isinstance(modules, str):
        raise InputError(f"got {modules!r}; a list of names is allowed, say [{modules!r}]", "modules")
    carriers = called_with_weights(net) if modules is None else modules
    if not carriers:
        words = "the network calls no Linear and no convolution; name modules, with per='module'"
        raise InputError(words, "modules")
    found = {name: named(net, name) for name in carriers}
    order = list(found) if example is None else running_order(net, found, example)
    return _modules(order) if per == MODULE else _units({name: found[name] for name in order})


def called_with_weights(net: nn.Module) -> list[str]:
    """The names of all Linear and convolutions, but for those whose weights an attention reads without a call."""
    within = {
        part for module in net.modules() if isinstance(module, nn.MultiheadAttention) for part in module.modules()
    }
    return [name for name, module in net.named_modules() if has_weights(module) and module not in within]


def running_order(net: nn.Module, modules: dict[str, nn.Module], example: Any) -> list[str]:
    """The names in the order in which a forward pass first runs them; what it does not run comes last."""
    ran: dict[str, None] = {}
    modes = {module: module.training for module in net.modules()}
    hooks = [
        module.register_forward_pre_hook(lambda _module, _inputs, name=name: ran.setdefault(name))
        for name, module in modules.items()
    ]
    net.eval()  # so that no running statistics change
    try:
        with torch.no_grad():
            net(*example if isinstance(example, tuple) else (example,))
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in modes.items():
            module.training = mode
    return [*ran, *(name for name in modules if name not in ran)]


def _modules(order: list[str]) -> NeuralGraph:
    data = {"module": order, "unit": [None] * len(order), "side": [OUTPUT] * len(order), "depth": [*range(len(order))]}
    return NeuralGraph(order, range(len(order) - 1), range(1, len(order)), node_data=data, name="modules")


def _units(modules: dict[str, nn.Module]) -> NeuralGraph:
    nodes = Nodes()
    edges: dict[str, list[np.ndarray]] = {name: [] for name in ("source", "target", "weight", "entry")}
    before: tuple[int, Units] | None = None
    for depth, (name, module) in enumerate(modules.items()):
        refuse_lazy(name, module)
        refuse_meta(name, module)
        units = output_units(module)
        if units is None:
            words = f"{name!r} is a {type(module).__name__}, which has no units that are known; write per='module'"
            raise InputError(words, "modules")
        incoming = input_units(module)
        if incoming is not None:
            feeding = fed_by(before, incoming)
            if feeding is None:
                feeding = nodes.add(name, incoming.number, INPUT, depth) + np.arange(incoming.number)
            first = nodes.add(name, units.number, OUTPUT, depth)
            weight = weight_in(module).detach().double().cpu().numpy().ravel()
            start, end = weight_ends(module)
            ways = feeding[start], first + end, weight, np.arange(len(weight))
        else:
            first = nodes.add(name, units.number, OUTPUT, depth)
            feeding = fed_by(before, units)
            feeding = np.zeros(0, np.int64) if feeding is None else feeding
            count = len(feeding)
            ways = feeding, first + np.arange(count), np.ones(count), np.full(count, NO_ENTRY)
        for column, values in zip(edges.values(), ways, strict=True):
            column.append(values)
        before = first, units
    joined = {name: np.concatenate(column) for name, column in edges.items()}
    return NeuralGraph(
        nodes.labels,
        joined["source"],
        joined["target"],
        weight=np.abs(joined["weight"]),
        node_data=nodes.data,
        edge_data={"sign": np.where(joined["weight"] < 0.0, -1, 1), "entry": joined["entry"]},
        multigraph=True,
        name="units",
    )


def fed_by(before: tuple[int, Units] | None, incoming: Units) -> np.ndarray | None:
    """(inputs,) the node that feeds each input, if the module before has as many units; or if it has channels, which
    lie one after another once they are flattened.
    """
    if before is None:
        return None
    first, units = before
    repeat, rest = divmod(incoming.number, units.number)
    flattened = units.axis != -1 and incoming.axis == -1
    if rest or (repeat != 1 and not flattened):
        return None
    return first + np.repeat(np.arange(units.number), repeat)


class Nodes:
    """Labels and attributes of the nodes, as they are added."""

    def __init__(self):
        self.labels: list[tuple] = []
        self.data: dict[str, list] = {name: [] for name in ("module", "unit", "side", "depth")}

    def add(self, name: str, count: int, side: str, depth: int) -> int:
        """Add a node for each unit of a module's side; gives the index of the first."""
        first = len(self.labels)
        self.labels += [(name, unit) if side == OUTPUT else (name, "in", unit) for unit in range(count)]
        same = {"module": name, "side": side, "depth": depth}
        added: dict[str, list] = {key: [value] * count for key, value in same.items()} | {"unit": [*range(count)]}
        for key, values in added.items():
            self.data[key] += values
        return first
