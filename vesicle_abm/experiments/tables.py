"""The tables of a run beside its series: nodes, and the edges where synapses learn or travellers leave trails; written
as Parquet, and the figures of all of them drawn.
"""

from typing import Any

import numpy as np

from vesicle_abm.experiments.rundir import EDGES, FIGURES, NODES, RunDirectory
from vesicle_abm.model import VesicleModel
from vesicle_abm.views.world import World

MEMORY_SLOTS, MEMORY_NORM = "memory.slots_used", "memory.norm"


def write_tables(directory: RunDirectory, model: VesicleModel, series, nodes, edges=None) -> None:
    """Write nodes and edges as Parquet, and draw their figures and those of the series."""
    from vesicle_abm.experiments import figures, memory_figure, pathway_figure

    for name, table in ((NODES, nodes), (EDGES, edges)):
        if table is not None:
            table.to_parquet(directory / name, compression="zstd", index=False)
    (directory / FIGURES).mkdir(exist_ok=True)
    caps = {name: kind.cap for name, kind in model.world.kinds.items() if f"{name}.suppressed" in series}
    figures.draw_all(directory / FIGURES, model.graph, model.kinds, series, nodes, edges, caps)
    pathways = pathway_figure.draw_pathways(model.graph, edges) if edges is not None else None
    if pathways is not None:
        figures.save(pathways, directory / FIGURES / "pathways.png")
    if model.state.memory is not None and MEMORY_NORM in nodes:
        figures.save(memory_figure.draw_memory(model.graph, model.state.memory), directory / FIGURES / "memory.png")


def node_table(model: VesicleModel):
    """One row a node: its label, and per kind the vesicles there (at the end, and mean of the recorded steps), births
    and dockings so far, and the modulator level; of a model with memory, how many of its slots hold something, and the
    norm of all that they hold.
    """
    import pandas as pd

    state, occupancy = model.state, model.occupancy()
    mean = model.recorder.mean_occupancy(occupancy.shape)
    columns: dict[str, Any] = {"node": [str(label) for label in model.graph.nodes]}
    for k, kind in enumerate(model.kinds):
        columns[f"{kind}.occupancy"] = occupancy[k]
        columns[f"{kind}.mean_occupancy"] = mean[k]
        columns[f"{kind}.emitted"] = state.emitted[k]
        columns[f"{kind}.docked"] = state.docked[k]
        columns[f"{kind}.level"] = state.modulator[:, k]
    columns |= {"activation": state.activation, "gain": state.gain}
    if state.memory is not None:
        columns[MEMORY_SLOTS] = state.memory.any(axis=2).sum(axis=1)
        columns[MEMORY_NORM] = np.sqrt((state.memory**2).sum(axis=(1, 2)))
    return pd.DataFrame(columns)


def edge_table(model: VesicleModel):
    """One row an edge: its ends and layer; of a model that learns, whether it learns, and its synaptic weight at the
    start and at the end; of each kind that leaves a trail, its traversals so far, and what the trail is at the end.
    None for a model that does neither.
    """
    return edges_of(model.world)


def edges_of(world: World):
    """``edge_table`` of a world, whose counts may be expected ones."""
    import pandas as pd

    neurons, wiring, graph, state = world.neurons, world.wiring, world.graph, world.state
    columns: dict[str, Any] = {}
    if neurons is not None and wiring is not None:
        columns["learns"] = np.isin(np.arange(graph.edge_count), wiring.edge)
        columns["weight_at_start"] = neurons.initial_weight(graph).astype(state.weight.dtype)
        columns["weight_at_end"] = state.weight
    columns |= {f"{kind}.trail": trail for kind, trail in state.trails.items()}
    columns |= {f"{kind}.traversals": counts for kind, counts in state.traversals().items()}
    if not columns:
        return None
    labels = np.array([str(label) for label in graph.nodes], dtype=object)
    ends = {"source": labels[graph.source], "target": labels[graph.target]}
    layer = np.array(graph.layer_names, dtype=object)[graph.layer]
    return pd.DataFrame({**ends, "layer": layer, **columns})
