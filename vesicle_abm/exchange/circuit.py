"""A model's network, and the spikes that were recorded, as a SONATA circuit: four files that libsonata and others read.

``circuit_config.json``, ``nodes.h5``, ``edges.h5``, ``spikes.h5`` (Dai et al. 2020, PLOS Computational Biology
16:e1007696). A population of edges has the synapses of one layer from one population of nodes to another.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.exchange.layout import ALL, POPULATION
from vesicle_abm.exchange.sonata import DELAY, LAYER, WEIGHT
from vesicle_abm.experiments.extra import needed

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel

CONFIG, NODES, EDGES, SPIKES = "circuit_config.json", "nodes.h5", "edges.h5", "spikes.h5"
LABEL, NO_TYPE = "label", -1
SORTED_BY = {"none": 0, "by_id": 1, "by_time": 2}


def to_sonata(model: "VesicleModel", folder) -> list[Path]:
    """Write a model's network as it is now into a folder, which is made; the files.

    ``syn_weight`` is a synapse's weight with its sign, ``delay`` in ms what a spike takes in all, (1 + delay) steps.
    Nodes are numbered in their population, which the node attribute ``population`` names; their name is ``label``. With
    ``record_spikes`` their spikes are written too, in ms. Attributes go along where all are numbers or all are texts.
    Neurons' models and numbers, vesicles, and what is under way are not in it.

    Raises
    ------
    InputError
        if h5py is not installed, the folder has such files already or cannot be written.
    """
    h5py, folder = needed("h5py", "exchange"), Path(folder)
    dt_ms, graph = getattr(model.world.neurons, "dt_ms", 1.0), model.graph
    names = [str(name) for name in graph.node_data.get(POPULATION, [ALL] * graph.size)]
    members = {name: np.flatnonzero([own == name for own in names]) for name in dict.fromkeys(names)}
    place = np.empty(graph.size, np.uint64)
    for own in members.values():
        place[own] = np.arange(len(own))
    files = [folder / name for name in (CONFIG, NODES, EDGES, *([SPIKES] if model.recorder.raster is not None else []))]
    for file in files:
        if file.exists():
            raise InputError(f"{str(file)!r} is there already; another folder is allowed", "folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with h5py.File(files[1], "w") as file:
            table = graph.node_data | {LABEL: [str(label) for label in graph.nodes]}
            for name, own in members.items():
                put(file, f"nodes/{name}", len(own), "node", attributes(table, own))
        with h5py.File(files[2], "w") as file:
            parts = write_edges(file, model, members, names, place, dt_ms)
        if model.recorder.raster is not None:
            with h5py.File(files[3], "w") as file:
                write_spikes(file, h5py, model.spikes, members, place, dt_ms)
        files[0].write_text(json.dumps(config_of(list(members), parts), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{str(folder)!r} cannot be written: {error.strerror or error}", "folder") from None
    return files


def config_of(nodes: list[str], edges: list[str]) -> dict[str, Any]:
    """Which file holds which populations."""
    return {
        "networks": {
            "nodes": [{"nodes_file": NODES, "populations": {name: {"type": "point_neuron"} for name in nodes}}],
            "edges": [{"edges_file": EDGES, "populations": {name: {"type": "chemical"} for name in edges}}],
        }
    }


def attributes(table: dict[str, Any], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Of an attribute table, these rows of what all have as numbers, or all as texts."""
    found = {}
    for name, values in table.items():
        own = [values[row] for row in rows]
        if all(isinstance(value, int | float | np.number) for value in own):
            found[name] = np.array(own, dtype=np.float64)
        elif all(isinstance(value, str) for value in own):
            found[name] = np.array(own, dtype=object)
    return found


def put(file: Any, where: str, size: int, sort: str, columns: dict[str, np.ndarray]) -> Any:
    """A population of nodes or edges, in one group, without types."""
    part = file.create_group(where)
    part[f"{sort}_type_id"] = np.full(size, NO_TYPE)
    part[f"{sort}_group_id"], part[f"{sort}_group_index"] = np.zeros(size, np.uint32), np.arange(size, dtype=np.uint64)
    group = part.create_group("0")
    for name, values in columns.items():
        group[name] = values.tolist() if values.dtype == object else values
    return part


def write_edges(file: Any, model: "VesicleModel", members: dict, names: list[str], place: np.ndarray, dt_ms: float):
    """The edges, by layer and by the populations at their ends; the names of their populations."""
    graph, written = model.graph, []
    acts = np.zeros(graph.edge_count, dtype=bool)
    if model.world.synapses is not None:
        acts[model.world.synapses.edge] = True
    weight = np.where(acts, model.state.weight, graph.weight) if acts.any() else graph.weight
    ends = np.array(names, dtype=object)
    for layer, title in enumerate(graph.layer_names):
        for source in members:
            for target in members:
                own = (graph.layer == layer) & (ends[graph.source] == source) & (ends[graph.target] == target)
                rows = np.flatnonzero(own)
                if not len(rows):
                    continue
                columns = attributes(graph.edge_data, rows) | {
                    WEIGHT: weight[rows],
                    DELAY: (1.0 + graph.delay[rows]) * dt_ms,
                    LAYER: np.full(len(rows), title, dtype=object),
                }
                written.append(f"{source}__{target}__{title}")
                part = put(file, f"edges/{written[-1]}", len(rows), "edge", columns)
                for end, population, nodes in (("source", source, graph.source), ("target", target, graph.target)):
                    part[f"{end}_node_id"] = place[nodes[rows]]
                    part[f"{end}_node_id"].attrs["node_population"] = population
    return written


def write_spikes(file: Any, h5py: Any, spikes: np.ndarray, members: dict, place: np.ndarray, dt_ms: float) -> None:
    """The spikes, by population, in order of time: one of the first step is at dt."""
    for name, own in members.items():
        rows = spikes[np.isin(spikes[:, 1], own)]
        part = file.create_group(f"spikes/{name}")
        part.attrs.create("sorting", SORTED_BY["by_time"], dtype=h5py.enum_dtype(SORTED_BY, basetype="u1"))
        part["timestamps"], part["node_ids"] = rows[:, 0] * dt_ms, place[rows[:, 1]]
        part["timestamps"].attrs["units"] = "ms"
