"""The loops of the learning sweep, each one formula over a tile: ``n`` synapses of whole neurons, in scratch arrays.

Small loops over few arrays become vector instructions; each is the text of a shipped rule, named beside it, and gives
its bits. ``starts`` (m + 1,) are the tile's rows of each of its m neurons.
"""

import numpy as np

from vesicle_abm.core import scalar
from vesicle_abm.core.scalar import LARGEST, in_place, kernel

exp, cos = in_place(scalar.exp), in_place(scalar.cos)
LANES = 4  # maxima kept side by side; the greatest of them is exact in any order


@kernel
def times(starts, values, factor, product):
    """``product = values * factor`` of each synapse's neuron (``Synapses.spread``)."""
    for j in range(len(starts) - 1):
        common = factor[j]
        for s in range(starts[j], starts[j + 1]):
            product[s] = values[s] * common


@kernel
def decay_and_gain(keep, kept, correlation, trace):
    """One part of the composite trace (``CompositeTrace``)."""
    for s in range(len(trace)):
        trace[s] = np.float64(kept[s]) * keep + correlation[s]


@kernel
def follow(rate, kept, x, average):
    """The running average of the input (``AverageEmbedding``)."""
    keep = 1.0 - rate
    for s in range(len(x)):
        average[s] = keep * np.float64(kept[s]) + rate * x[s]


@kernel
def attend(starts, beta, context, average, mean, alpha):
    """Softmax of ``beta * h_i * c_j`` over a neuron's synapses, times its fan-in if ``mean`` (``LocalAttention``)."""
    for j in range(len(starts) - 1):
        first, last = starts[j], starts[j + 1]
        common = context[j]
        for s in range(first, last):
            alpha[s] = beta * (average[s] * common)
        take_off_greatest(alpha[first:last])
    for s in range(starts[-1]):
        alpha[s] = exp(alpha[s])
    for j in range(len(starts) - 1):
        first, last = starts[j], starts[j + 1]
        total = 0.0
        for s in range(first, last):
            total += alpha[s]
        for s in range(first, last):
            alpha[s] = alpha[s] / total
        if mean:
            for s in range(first, last):
                alpha[s] = alpha[s] * float(last - first)


@kernel
def take_off_greatest(score):
    """Subtract the greatest score."""
    a = b = c = d = -np.inf
    whole = len(score) // LANES * LANES
    for s in range(0, whole, LANES):
        a, b = max(a, score[s]), max(b, score[s + 1])
        c, d = max(c, score[s + 2]), max(d, score[s + 3])
    for s in range(whole, len(score)):
        a = max(a, score[s])
    greatest = max(a, b, c, d)
    for s in range(len(score)):
        score[s] -= greatest


@kernel
def gate(angle, preferred, update):
    """``update *= max(0, cos(Phi - phi_ij))`` (``PhaseGate``)."""
    for s in range(len(update)):
        wave = cos(angle - preferred[s])
        update[s] *= 0.0 if wave < 0.0 else wave


@kernel
def probability(beta, theta, update, p):
    """sigmoid(beta (|dw| - theta)) (``ProbabilisticGate``)."""
    for s in range(len(update)):
        p[s] = 1.0 / (1.0 + exp(-(beta * (abs(update[s]) - theta))))


@kernel
def first_not_finite(update):
    """The row of the first update that is not finite, or -1."""
    wrong = 0
    for s in range(len(update)):
        wrong += 0 if abs(update[s]) <= LARGEST else 1
    if wrong:
        for s in range(len(update)):
            if not np.isfinite(update[s]):
                return s
    return -1


@kernel
def apply(edge, u, p, update, low, high, weight):
    """The weights after the updates that chance lets through, within bounds (``WeightBounds``)."""
    for s in range(len(edge)):
        w = np.float64(weight[edge[s]]) + (update[s] if u[s] < p[s] else 0.0)
        weight[edge[s]] = min(high, max(low, w))
