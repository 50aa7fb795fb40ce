"""Activation of HMN neurons, equation (1): z_j = f(g_j * sum_i w_ij x_i(t - tau_ij) + b_j + drive_j + eps_j).

x(t) is what the neurons gave out in the step before, so a synapse of delay 0 brings the last step's activation. eps_j ~
N(0, noise_j**2). The gain g_j is 1 at rest; released vesicles change it (Servan-Schreiber, Printz and Cohen 1990).
"""

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.parameters import option
from vesicle_abm.core.prefetch import prefetch
from vesicle_abm.core.scalar import kernel
from vesicle_abm.neurons.neuron import NeuronModel

ACTIVATIONS = {
    "relu": functions.relu,
    "sigmoid": functions.sigmoid,
    "tanh": functions.tanh,
    "identity": functions.identity,
}
AHEAD = 32  # synapses whose weights are on their way


class HMNNeurons(NeuronModel, name="hmn"):
    """What the neurons of a model have in common: rates, z = f(g * input + b + drive + eps). HMN equation (1)."""

    activation: str = option("relu", "the function f", choices=tuple(ACTIVATIONS))

    def function(self, u):
        """f, elementwise."""
        return ACTIVATIONS[self.activation](u)

    @property
    def apart(self):
        """No."""
        return False

    def first(self):
        """Nothing."""
        return {}

    def answer(self, cells, xp):
        """Equation (1)."""
        return self.function(cells.gain * cells.input + cells.bias + cells.drive + cells.noise), {}


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
