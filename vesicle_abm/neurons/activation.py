"""Activation of HMN neurons, equation (1): z_j = f(g_j * sum_i w_ij x_i(t - tau_ij) + b_j + drive_j + eps_j).

x(t) is what the neurons gave out in the step before, so a synapse of delay 0 brings the last step's activation. eps_j ~
N(0, noise_j**2). The gain g_j is 1 at rest; released vesicles change it (Servan-Schreiber, Printz and Cohen 1990).
"""

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.graph import BACKWARD, NeuralGraph, Ways
from vesicle_abm.core.parameters import SCALAR, Rule, option, parameter
from vesicle_abm.core.prefetch import prefetch
from vesicle_abm.core.scalar import kernel

ACTIVATIONS = {
    "relu": functions.relu,
    "sigmoid": functions.sigmoid,
    "tanh": functions.tanh,
    "identity": functions.identity,
}
SIGN = "sign"
AHEAD = 32  # synapses whose weights are on their way


class HMNNeurons(Rule, name="hmn"):
    """What the neurons of a model have in common; each number may be given per node, or as a node attribute's name.

    Synaptic weights start as ``weight_scale * weight``, times the edge attribute ``sign`` (+1 or -1) where the graph
    has it.
    """

    activation: str = option("relu", "the function f", choices=tuple(ACTIVATIONS))
    bias: float = parameter(0.0, "b, the input at rest", begins=True)
    noise: float = parameter(0.0, "standard deviation of the input noise eps", ge=0.0)
    layers: list | None = option(None, "edge layers that carry activity; none for all")
    weight_scale: float = parameter(
        1.0, "factor from a graph weight to a synaptic weight", per=SCALAR, begins=True, ge=0.0
    )
    gain_recovery: float | None = parameter(
        None,
        "time constant with which the gain relaxes to 1; none: it stays",
        per=SCALAR,
        unit="steps",
        optional=True,
        gt=0.0,
    )

    def function(self, u):
        """f, elementwise."""
        return ACTIVATIONS[self.activation](u)

    def synapses(self, graph: NeuralGraph) -> Ways:
        """The synapses of each neuron: rows by postsynaptic neuron; ``end`` is the presynaptic one."""
        return graph.ways(self.layers, BACKWARD)

    def initial_weight(self, graph: NeuralGraph) -> np.ndarray:
        """(E,) the signed weights at the start."""
        sign: np.ndarray | float = 1.0
        if SIGN in graph.edge_data:
            sign = np.array([1.0 if value is None else float(value) for value in graph.edge_data[SIGN]])
        return self.weight_scale * graph.weight * sign


@kernel
def sum_inputs(indptr, edge, source, weight, delay, history, step, first, last, total):
    """``total[j] = sum_i w_ij x_i(t - tau_ij)`` for ``first <= j < last``, each added in the order of its synapses.
    ``delay`` (E,), or (0,) where there is none.
    """
    rows = len(history)
    now = (step - 1) % rows
    latest = history[now]
    for neuron in range(first, last):
        value = 0.0
        for way in range(indptr[neuron], indptr[neuron + 1]):
            e = edge[way]
            prefetch(weight, np.intp(edge[min(way + AHEAD, len(edge) - 1)]))
            if len(delay) == 0:
                value += weight[e] * latest[source[way]]
            else:
                row = now - delay[e]
                value += weight[e] * history[row + rows if row < 0 else row, source[way]]
        total[neuron] = value
