"""Accounting: what a run has done, in events and bytes, in the terms of NeuroBench, from the books that a model keeps.

NeuroBench (Yik et al. 2025, "The NeuroBench framework for benchmarking neuromorphic computing algorithms and systems",
Nature Communications 16, 1545) asks for the *footprint* (bytes of weights, parameters and buffers), the *connection
sparsity* (zero weights by all weights of fully connected layers), the *activation sparsity* (zero activations by all),
and *synaptic operations*: dense ones, as if nothing were zero, and effective ones, from activations that are not zero
over weights that are not: accumulates (ACs) where activations are 0 or 1, else multiply-accumulates (MACs). It gives
means over a model's executions, here steps; these are the sums. The effective ones are counted while a run goes on: see
``vesicle_abm.neuromorphic``. Joules are never made up: they are counts times what somebody says that an event costs.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.state import TABLES

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel


@dataclass(frozen=True)
class Accounting:
    """Of a whole run: ``footprint_bytes`` of the state as it is, ``connection_sparsity`` among all ordered pairs of
    neurons (None without neurons), ``neuron_updates`` and ``synaptic_operations_dense`` (one a neuron, one a synapse, a
    step), ``synapse_updates`` (one a learning synapse a step), and vesicles ``born``, ``docked`` (dockings) and
    ``ended``.
    """

    steps: int
    neurons: int
    synapses: int
    footprint_bytes: int
    connection_sparsity: float | None
    neuron_updates: int
    synaptic_operations_dense: int
    synapse_updates: int
    born: int
    docked: int
    ended: int

    def as_dict(self) -> dict[str, float | None]:
        """The numbers by name."""
        return dataclasses.asdict(self)


def accounting(model: "VesicleModel") -> Accounting:
    """What a model has done so far, from its books; nothing is counted on the way, so it costs a step nothing.

    >>> import networkx as nx
    >>> import vesicle_abm as va
    >>> model = va.VesicleModel(nx.path_graph(4), {}, neurons=va.HMNNeurons(), seed=7)
    >>> model.run_for(10)
    >>> found = accounting(model)
    >>> found.neuron_updates, found.synaptic_operations_dense, found.connection_sparsity
    (40, 60, 0.625)
    """
    world, state = model.world, model.state
    neurons = model.graph.size if world.neurons is not None else 0
    edges = world.synapses.edge if world.synapses is not None else np.zeros(0, np.int64)
    learning = world.wiring.size if world.wiring is not None else 0
    sparsity = 1.0 - float(np.count_nonzero(state.weight[edges])) / neurons**2 if neurons else None
    return Accounting(
        steps=model.time,
        neurons=neurons,
        synapses=len(edges),
        footprint_bytes=footprint_bytes(model),
        connection_sparsity=sparsity,
        neuron_updates=neurons * model.time,
        synaptic_operations_dense=len(edges) * model.time,
        synapse_updates=learning * model.time,
        born=int(state.emitted.sum()),
        docked=int(state.docked.sum()),
        ended=int(state.fates.sum()),
    )


def footprint_bytes(model: "VesicleModel") -> int:
    """Bytes of all arrays of the state, vesicles and the room kept for them among them; the graph is not counted."""
    own = [getattr(model.state, item.name) for item in dataclasses.fields(model.state)]
    tables = [array for name in TABLES for array in getattr(model.state, name).values()]
    return sum(array.nbytes for array in (*own, *tables) if isinstance(array, np.ndarray)) + model.nbytes


def energy(counts: Mapping[str, float], joules: Mapping[str, float]) -> float:
    """The sum of count times joules over the events whose cost is given.

    Raises
    ------
    InputError
        for an event that is not counted, or a cost that is not a number >= 0.

    >>> energy({"flit_hops": 1000}, {"flit_hops": 2e-12})
    2e-09
    """
    for name, cost in joules.items():
        if name not in counts:
            raise InputError(f"no such event is counted; {nearest(name, counts)}", f"joules.{name}")
        if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0.0 <= cost < np.inf:
            raise InputError(f"got {cost!r}; a number of joules >= 0 is allowed", f"joules.{name}")
    return float(sum(counts[name] * cost for name, cost in joules.items()))
