"""A graph as one ``.npz`` file, and back to the bit: its arrays, and labels and attributes as JSON. No pickle.

GraphML makes text of labels and knows neither tuples nor lists; this file keeps them, and large graphs are read fast.
"""

import json
from pathlib import Path

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.plain import graph_from_plain, plain_graph

FORMAT = "vesicle_abm graph 1"


def write(graph: NeuralGraph, path: Path) -> None:
    """Write a graph."""
    arrays: dict[str, np.ndarray] = {}
    header = {"format": FORMAT, **plain_graph(graph, arrays)}
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with open(path, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read(path: Path) -> NeuralGraph:
    """What ``write`` wrote.

    Raises
    ------
    InputError
        if there is no such file, or it is damaged, or holds no graph.
    """
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}", "file")
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(arrays["header"].tobytes())
        if header.pop("format") != FORMAT:
            raise ValueError("it has another format")
        return graph_from_plain(header, arrays)
    except InputError:
        raise
    except Exception as error:  # a damaged byte makes the readers raise anything
        raise InputError(f"{str(path)!r} is not a graph in an .npz file, or is damaged: {error}", "file") from error
