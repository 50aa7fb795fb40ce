"""Writing: an imported network as a scenario, its graph beside it, so that it runs as any other and can be edited."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.parameters import public_name
from vesicle_abm.exchange.network import Network
from vesicle_abm.exchange.populations import INPUT

PLAIN = (str, int, float, bool)  # what GraphML holds


def write_scenario(network: Network, path) -> list[Path]:
    """Write ``path`` (TOML) and the graph beside it (GraphML); the files.

    Raises
    ------
    InputError
        for a path that does not end in .toml, or one of them that is there already or cannot be written.
    """
    path = Path(path)
    if path.suffix != ".toml":
        raise InputError(f"got {str(path)!r}; a path that ends in .toml is allowed", "--to")
    files = [path, path.with_suffix(".graphml")]
    for file in files:
        if file.exists():
            raise InputError(f"{str(file)!r} is there already; another name is allowed", "--to")
    table, columns = neurons_table(network)
    try:
        nx.write_graphml(graph_with(network, columns), files[1])
        path.write_text(scenario_text(network, files[1].name, table), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}", "--to") from None
    return files


def neurons_table(network: Network) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The table ``[neurons]``, and the node attributes that it names: a parameter that differs between neurons."""
    table: dict[str, Any] = {"rule": type(network.neurons).name}
    columns: dict[str, np.ndarray] = {}
    for item in dataclasses.fields(network.neurons):
        value, name = getattr(network.neurons, item.name), public_name(item)
        if isinstance(value, np.ndarray) and value.ndim:
            columns[name], value = value, name
        if value is not None and value != item.default:
            table[name] = value.item() if isinstance(value, np.ndarray) else value
    return table, columns


def graph_with(network: Network, columns: dict[str, np.ndarray]) -> nx.Graph:
    """The graph with these attributes, and those of its own that GraphML holds."""
    graph = network.graph.to_networkx(columns)
    tables = [about for _, about in graph.nodes(data=True)] + [edge[-1] for edge in graph.edges(data=True)]
    for about in tables:
        for name in [name for name, value in about.items() if not isinstance(value, PLAIN)]:
            value = about.pop(name)
            if isinstance(value, np.generic):
                about[name] = value.item()
    return graph


def scenario_text(network: Network, graph_file: str, neurons: dict[str, Any]) -> str:
    """The scenario as TOML."""
    size, edges = network.graph.size, network.graph.edge_count
    inputs = [name for name, population in network.populations.items() if population.node == INPUT]
    driven = f"{', '.join(inputs)}: fires at 1 from outside, so give it a bias or a drive" if inputs else "nothing"
    lines = [
        f'question = "What does this network of {size} neurons do?"',
        f'expect = "{edges} synapses, read from NIR; what stands for its inputs: {driven}."',
        "steps = 1000",
        "record_spikes = true",
        "",
        "[graph]",
        f"file = {json.dumps(graph_file)}",
        "",
        "[kinds]  # of vesicles: say [kinds.dopamine]",
        "",
        "[neurons]",
        *(f"{name} = {json.dumps(value)}" for name, value in neurons.items()),
    ]
    return "\n".join(lines) + "\n"
