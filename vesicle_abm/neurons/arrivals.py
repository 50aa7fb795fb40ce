"""Arrivals: what reaches neurons in a step, found by following the edges of those that were active, and no others.

The sums are those of ``activation.sum_inputs``, each added in the order of its synapses, so the bits are the same: what
the others bring is 0.
"""

import numpy as np

from vesicle_abm.core.scalar import kernel

SOME = 256  # edges for which there is room at first


@kernel
def arriving(indptr, edge, delay, history, step):
    """The edges that bring something in this step, in order; the ways are those out of each neuron.
    ``delay`` (E,), or (0,) where there is none.
    """
    found, count = np.empty(SOME, np.int32), 0
    rows = len(history)
    now = (step - 1) % rows
    for late in range(rows if len(delay) else 1):
        before = history[(now - late) % rows]
        for neuron in range(len(before)):
            if before[neuron] == 0.0:
                continue
            for way in range(indptr[neuron], indptr[neuron + 1]):
                e = edge[way]
                if len(delay) and delay[e] != late:
                    continue
                if count == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                found[count] = e
                count += 1
    return in_order(found[:count])


@kernel
def in_order(edges):
    """Sorted, if they are not already."""
    for k in range(1, len(edges)):
        if edges[k] < edges[k - 1]:
            return np.sort(edges)
    return edges


@kernel
def add_arrivals(edges, source, target, weight, delay, history, step, apart, excited, inhibited):
    """``excited[j] += w_ij x_i(t - tau_ij)`` of these edges, or where neurons tell them ``apart`` by sign of weight."""
    rows = len(history)
    now = (step - 1) % rows
    for k in range(len(edges)):
        e = edges[k]
        late = delay[e] if len(delay) else 0
        brought = weight[e] * history[(now - late) % rows, source[e]]
        if apart and weight[e] < 0.0:
            inhibited[target[e]] -= brought
        else:
            excited[target[e]] += brought
