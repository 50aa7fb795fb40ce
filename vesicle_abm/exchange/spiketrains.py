"""Spike trains as Neo's, which Elephant and other tools of electrophysiology read."""

from pathlib import Path
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.exchange.layout import ALL, POPULATION
from vesicle_abm.experiments.extra import needed
from vesicle_abm.experiments.rundir import CHECKPOINT, MANIFEST, SPIKES, RunDirectory
from vesicle_abm.model import VesicleModel


def to_neo(source: Any, name: str = "vesicle_abm") -> Any:
    """The spikes of a run as a ``neo.Block``: one segment, a SpikeTrain a neuron in the order of the graph's nodes.

    Times are in ms, from 0 to the end of the run: a spike of the first step is at dt. Each train is called as its node
    is, and annotated with ``node``, ``population`` and ``dt_ms``.

    Parameters
    ----------
    source : a VesicleModel with ``record_spikes``, or the folder of a finished run of a scenario that has
        ``record_spikes = true``
    name : of the block

    Raises
    ------
    InputError
        if its spikes were not recorded, or Neo is not installed.

    >>> import networkx as nx
    >>> import vesicle_abm as va
    >>> neurons = va.LIFNeurons(bias=20.0)
    >>> model = va.VesicleModel(nx.path_graph(2), {}, neurons=neurons, record_spikes=True)
    >>> model.run_for(100)
    >>> [train.magnitude.tolist() for train in to_neo(model).segments[0].spiketrains]
    [[28.0, 56.0, 84.0], [28.0, 56.0, 84.0]]
    """
    neo = needed("neo", "exchange")
    model, spikes = (source, source.spikes) if isinstance(source, VesicleModel) else of_run(source)
    neurons: Any = model.world.neurons
    dt_ms, graph = neurons.dt_ms, model.graph
    order = np.argsort(spikes[:, 1], kind="stable")
    times = spikes[order, 0] * dt_ms
    ends = np.searchsorted(spikes[order, 1], np.arange(graph.size + 1))
    populations = graph.node_data.get(POPULATION, [ALL] * graph.size)
    segment = neo.Segment(name=name)
    for node, label in enumerate(graph.nodes):
        about = {"node": str(label), "population": str(populations[node]), "dt_ms": dt_ms}
        train = times[ends[node] : ends[node + 1]]
        segment.spiketrains.append(
            neo.SpikeTrain(train, units="ms", t_start=0.0, t_stop=model.time * dt_ms, name=str(label), **about)
        )
    block = neo.Block(name=name, seed=str(model.state.seed))
    block.segments.append(segment)
    return block


def of_run(path) -> tuple[VesicleModel, np.ndarray]:
    """The model at the end of a run, and (n, 2) all its spikes."""
    import pyarrow.parquet as pq

    directory = RunDirectory.open(path)
    if not (directory / MANIFEST).is_file():
        raise InputError(f"{str(path)!r} has not finished; `vesicle-abm resume` goes on with it", "run directory")
    if not (directory / SPIKES).is_file():
        words = f"{str(path)!r} has no spikes; run it with record_spikes = true, or --set record_spikes=true"
        raise InputError(words, "run directory")
    table = pq.read_table(directory / SPIKES)
    spikes = np.stack([table[name].to_numpy() for name in table.column_names], axis=1)
    return VesicleModel.load(Path(directory / CHECKPOINT)), spikes
