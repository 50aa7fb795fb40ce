"""Rules and graphs as plain JSON beside named arrays, for checkpoints without pickle."""

import dataclasses
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import Rule, public_name

ARRAY, TUPLE, RANGE = "__array__", "__tuple__", "__range__"
GRAPH_ARRAYS = ("source", "target", "weight", "delay", "layer")
DATA = ("node_data", "edge_data")


def plain_rule(rule: Rule, place: str, arrays: dict[str, np.ndarray]) -> dict:
    """A rule as JSON; its arrays go to ``arrays`` under names that begin with ``place``. A rule inside it likewise."""
    values: dict[str, Any] = {"rule": rule.name}
    for item in dataclasses.fields(rule):
        value, name = getattr(rule, item.name), public_name(item)
        if isinstance(value, np.ndarray):
            arrays[f"{place}/{name}"] = value
            value = {ARRAY: f"{place}/{name}"}
        elif isinstance(value, Rule):
            value = plain_rule(value, f"{place}/{name}", arrays)
        elif isinstance(value, np.generic):
            value = value.item()
        values[name] = value
    return values


def rule_from_plain(plain: dict, family: type[Rule], arrays: dict[str, np.ndarray]) -> Rule:
    """What ``plain_rule`` wrote. A rule inside it is given as a table, which its class reads.

    Raises
    ------
    InputError
        if no class of that name is known: a user's rule must be imported before it is loaded.
    """
    values = dict(plain)
    name = values.pop("rule")
    if name not in family.known:
        raise InputError(
            f"no {family.__name__.lower()} rule {name!r} is known; import it first; {nearest(name, family.known)}"
        )
    return family.known[name](**{key: with_arrays(value, arrays) for key, value in values.items()})


def with_arrays(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """A value in which names of arrays have become arrays."""
    if not isinstance(value, dict):
        return value
    return arrays[value[ARRAY]] if ARRAY in value else {key: with_arrays(part, arrays) for key, part in value.items()}


def plain_graph(graph: NeuralGraph, arrays: dict[str, np.ndarray]) -> dict:
    """A graph as JSON; its edge arrays go to ``arrays``. Labels and attributes: JSON values or tuples of them."""
    arrays |= {f"graph/{name}": getattr(graph, name) for name in GRAPH_ARRAYS}
    return {
        "nodes": _plain_nodes(graph.nodes),
        "layer_names": graph.layer_names,
        "keys": None if graph.keys is None else [encode(key, "edge key") for key in graph.keys],
        **{part: _plain_data(getattr(graph, part), f"graph/{part}", arrays) for part in DATA},
        "directed": graph.directed,
        "multigraph": graph.multigraph,
        "name": graph.name,
    }


def graph_from_plain(plain: dict, arrays: dict[str, np.ndarray]) -> NeuralGraph:
    """What ``plain_graph`` wrote."""
    data = {part: {name: _data_from_plain(values, arrays) for name, values in plain[part].items()} for part in DATA}
    return NeuralGraph(
        _nodes_from_plain(plain["nodes"]),
        arrays["graph/source"],
        arrays["graph/target"],
        weight=arrays["graph/weight"],
        delay=arrays["graph/delay"],
        layer=arrays["graph/layer"],
        layer_names=plain["layer_names"],
        keys=None if plain["keys"] is None else [decode(key) for key in plain["keys"]],
        directed=plain["directed"],
        multigraph=plain["multigraph"],
        name=plain["name"],
        **data,
    )


def _plain_nodes(nodes):
    """The labels, or the bounds of their range."""
    if isinstance(nodes, range):
        return {RANGE: [nodes.start, nodes.stop, nodes.step]}
    return [encode(label, "node label") for label in nodes]


def _nodes_from_plain(plain):
    return range(*plain[RANGE]) if isinstance(plain, dict) else [decode(label) for label in plain]


def _plain_data(data: dict, place: str, arrays: dict[str, np.ndarray]) -> dict:
    """Attributes as JSON; what is an array of numbers goes to ``arrays``."""
    found: dict[str, Any] = {}
    for name, values in data.items():
        if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
            arrays[f"{place}/{name}"] = values
            found[name] = {ARRAY: f"{place}/{name}"}
        else:
            found[name] = [encode(value, name) for value in values]
    return found


def _data_from_plain(values, arrays: dict[str, np.ndarray]):
    return arrays[values[ARRAY]] if isinstance(values, dict) else [decode(value) for value in values]


def encode(value, what: str):
    """A label or attribute as JSON."""
    if isinstance(value, tuple):
        return {TUPLE: [encode(part, what) for part in value]}
    if isinstance(value, list):
        return [encode(part, what) for part in value]
    if isinstance(value, dict):
        return {str(key): encode(part, what) for key, part in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise InputError(f"{what} {value!r} cannot be saved; text, numbers, lists, tuples and dicts of them can", "graph")


def decode(value):
    """What ``encode`` wrote."""
    if isinstance(value, dict):
        if TUPLE in value:
            return tuple(decode(part) for part in value[TUPLE])
        return {key: decode(part) for key, part in value.items()}
    return [decode(part) for part in value] if isinstance(value, list) else value
