"""Exports: what a model has recorded, and its nodes and edges as they are, as CSV and as Parquet."""

import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import vesicle_abm as va

from ..run.course import Model

SERIES, NODES, EDGES = TABLES = ("series", "nodes", "edges")
CSV, PARQUET = FORMATS = ("CSV", "Parquet")
DOCS = {
    SERIES: "what was recorded, a row a step",
    NODES: "a row a neuron: vesicles, births, dockings, levels, activation now",
    EDGES: "a row an edge: ends, layer, weight; trails and traversals where there are any",
}


def export(model: Model, table: str, form: str) -> bytes:
    """One of TABLES in one of FORMATS; of the density view there are only nodes, with the vesicles expected there."""
    if table == SERIES and form == PARQUET and isinstance(model, va.VesicleModel):
        return series_as_parquet(model)
    frame = frame_of(model, table)
    if form == CSV:
        return frame.to_csv(index=table == SERIES).encode()
    buffer = io.BytesIO()
    frame.to_parquet(buffer, compression="zstd", index=False)
    return buffer.getvalue()


def tables_of(model: Model) -> tuple[str, ...]:
    """The tables that there are."""
    return TABLES if isinstance(model, va.VesicleModel) else (NODES,)


def frame_of(model: Model, table: str) -> pd.DataFrame:
    """The rows."""
    if not isinstance(model, va.VesicleModel):
        expected = {f"{kind}.occupancy": row for kind, row in zip(model.kinds, model.occupancy(), strict=True)}
        return pd.DataFrame({"node": [str(label) for label in model.graph.nodes], **expected})
    if table == SERIES:
        return model.record
    if table == NODES:
        return va.node_table(model)
    found = va.edge_table(model)
    return edges_alone(model.graph) if found is None else found


def edges_alone(graph: va.NeuralGraph) -> pd.DataFrame:
    """The edges of a model in which nothing happens to them."""
    labels = np.array([str(label) for label in graph.nodes], dtype=object)
    layer = np.array(graph.layer_names, dtype=object)[graph.layer]
    ends = {"source": labels[graph.source], "target": labels[graph.target]}
    return pd.DataFrame({**ends, "layer": layer, "weight": graph.weight})


def series_as_parquet(model: va.VesicleModel) -> bytes:
    """As in a run directory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "series.parquet"
        recorder = model.recorder
        va.write_series(path, model.kinds, recorder.rows, recorder.frames)
        return path.read_bytes()
