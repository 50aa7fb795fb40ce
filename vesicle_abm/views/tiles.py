"""The loops of the learning sweep, each one formula over a tile: ``n`` synapses of whole neurons, in scratch arrays.

Small loops over few arrays become vector instructions; each is the text of a shipped rule, named beside it, and gives
its bits. ``starts`` (m + 1,) are the tile's rows of each of its m neurons. A loop over a neuron's rows is a function of
its own, of slices: only there the compiler knows that no index counts from the end. No array is given twice: a loop
whose arrays overlap is not made of vector instructions.
"""

import numpy as np

from vesicle_abm.core import scalar
from vesicle_abm.core.scalar import in_place, kernel

exp, cos = in_place(scalar.exp), in_place(scalar.cos)
TAME = 1e12
LANES = 4  # maxima kept side by side; the greatest of them is exact in any order
NEGATIVE_ZERO = np.int64(-(2**63))  # the bits of -0.0


@kernel
def put(values, found):
    """``found = values``; an assignment of slices would not become vector instructions."""
    for s in range(len(found)):
        found[s] = values[s]


@kernel
def fill(value, found):
    """``found = value``."""
    for s in range(len(found)):
        found[s] = value


@kernel
def correlate(starts, x, activation, found):
    """``x_i z_j`` (``HebbianCorrelation``)."""
    for j in range(len(starts) - 1):
        first, last = starts[j], starts[j + 1]
        answered(x[first:last], activation[j], found[first:last])


@kernel
def answered(x, z, found):
    """``x_i z`` of one neuron."""
    for s in range(len(found)):
        found[s] = x[s] * z


@kernel
def gather_and_correlate(starts, pre, x, activation, found):
    """``x_i z_j``, with x (N,) of the neurons, where nothing else needs it by synapse."""
    for j in range(len(starts) - 1):
        first, last = starts[j], starts[j + 1]
        gathered_and_answered(pre[first:last], x, activation[j], found[first:last])


@kernel
def gathered_and_answered(pre, x, z, found):
    """``x_i z`` of one neuron."""
    for s in range(len(found)):
        found[s] = x[np.uint64(pre[s])] * z


@kernel
def times(starts, factor, values):
    """``values`` times the factor of each synapse's neuron (``Synapses.spread``)."""
    for j in range(len(starts) - 1):
        scale(factor[j], values[starts[j] : starts[j + 1]])


@kernel
def scale(factor, values):
    """``values`` times one number."""
    for s in range(len(values)):
        values[s] *= factor


@kernel
def multiply(factor, values):
    """``values`` times each its own."""
    for s in range(len(values)):
        values[s] *= factor[s]


@kernel
def eligibility(keep_fast, keep_slow, fast, slow, correlation, trace):
    """The sum of both parts after this step (``CompositeTrace``)."""
    for s in range(len(trace)):
        gained = correlation[s]
        trace[s] = (np.float64(fast[s]) * keep_fast + gained) + (np.float64(slow[s]) * keep_slow + gained)


@kernel
def decay_and_gain(keep_fast, keep_slow, fast, slow, correlation):
    """Both parts after this step, in their place (``CompositeTrace``)."""
    for s in range(len(correlation)):
        gained = correlation[s]
        fast[s] = np.float64(fast[s]) * keep_fast + gained
        slow[s] = np.float64(slow[s]) * keep_slow + gained


@kernel
def follow(rate, kept, x, average):
    """The running average of the input (``AverageEmbedding``); ``average`` may be ``kept``."""
    keep = 1.0 - rate
    for s in range(len(x)):
        average[s] = keep * np.float64(kept[s]) + rate * x[s]


@kernel
def attend(starts, beta, context, average, mean, alpha):
    """Softmax of ``beta * h_i * c_j`` over a neuron's synapses, times its fan-in if ``mean`` (``LocalAttention``)."""
    for j in range(len(starts) - 1):
        first, last = starts[j], starts[j + 1]
        score(beta, average[first:last], context[j], alpha[first:last])
        take_off_greatest(alpha[first:last])
    for s in range(starts[-1]):
        alpha[s] = exp(alpha[s])
    for j in range(len(starts) - 1):
        first, last = starts[j], starts[j + 1]
        share(alpha[first:last])
        if mean:
            scale(float(last - first), alpha[first:last])


@kernel
def score(beta, average, context, found):
    """``beta * h_i * c_j`` of a neuron's synapses."""
    for s in range(len(found)):
        found[s] = beta * (average[s] * context)


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
def share(parts):
    """Divide by the sum, added in order."""
    total = 0.0
    for s in range(len(parts)):
        total += parts[s]
    for s in range(len(parts)):
        parts[s] = parts[s] / total


@kernel
def open_gates(angle, preferred, wave):
    """``max(0, cos(Phi - phi_ij))`` (``PhaseGate``); gives how many are not 0."""
    for s in range(len(wave)):
        value = cos(angle - preferred[s])
        wave[s] = 0.0 if value < 0.0 else value
    count = 0
    for s in range(len(wave)):
        count += 0 if wave[s] == 0.0 else 1
    return count


@kernel
def probability(beta, theta, update, p):
    """sigmoid(beta (|dw| - theta)) (``ProbabilisticGate``)."""
    for s in range(len(update)):
        p[s] = 1.0 / (1.0 + exp(-(beta * (abs(update[s]) - theta))))


@kernel
def let_through(u, p, update):
    """0 in place of the updates that chance does not let through."""
    for s in range(len(update)):
        update[s] = update[s] if u[s] < p[s] else 0.0


@kernel
def within_bounds(weight, update, low, high, found):
    """The weights after the updates, within bounds (``WeightBounds``)."""
    for s in range(len(found)):
        w = np.float64(weight[s]) + update[s]
        w = low if low > w else w  # of two zeros, the one that numpy takes
        found[s] = high if high < w else w


@kernel
def unchanging(weight, low, high, found):
    """Whether an update of either 0 leaves all these weights as they are; ``found``: scratch of their precision."""
    for s in range(len(found)):
        w = np.float64(weight[s])
        w = low if low > w else w
        found[s] = high if high < w else w
    changing = 0
    for s in range(len(found)):
        changing = changing if found[s] == weight[s] else 1
    for s in range(len(found)):
        changing = 1 if np.float64(weight[s]).view(np.int64) == NEGATIVE_ZERO else changing  # -0.0 + 0.0 is 0.0
    return changing == 0


@kernel
def still(weight, low, high):
    """Whether an update of either 0 leaves every weight as it is, and none is refused."""
    moving = 0
    for e in range(len(weight)):
        w = np.float64(weight[e])
        inside = (abs(w) <= TAME) & (low <= w) & (w <= high)
        moving += 0 if inside & (w.view(np.int64) != NEGATIVE_ZERO) else 1
    return moving == 0


@kernel
def learn_at_once(starts, keep, factor, limits, correlation, fast, slow, weight):
    """Traces, third factor and bounds, where nothing else is in the rule and all numbers are ``tame``: each synapse is
    read and written once.
    """
    for j in range(len(starts) - 1):
        a, b = starts[j], starts[j + 1]
        three_factors(keep, factor[j], limits, correlation[a:b], fast[a:b], slow[a:b], weight[a:b])


@kernel
def three_factors(keep, factor, limits, correlation, fast, slow, weight):
    """``learn_at_once`` for one neuron."""
    (keep_fast, keep_slow), (low, high) = keep, limits
    for s in range(len(weight)):
        gained = correlation[s]
        part = np.float64(fast[s]) * keep_fast + gained
        rest = np.float64(slow[s]) * keep_slow + gained
        w = np.float64(weight[s]) + (part + rest) * factor
        w = low if low > w else w
        fast[s], slow[s], weight[s] = part, rest, high if high < w else w


@kernel
def all_zero(factor):
    """Whether nothing modulates any of these neurons."""
    count = 0
    for j in range(len(factor)):
        count += 0 if factor[j] == 0.0 else 1
    return count == 0


@kernel
def tame(values):
    """Whether all are so small that products and sums of a few of them are finite, in float32 too."""
    most = values.dtype.type(TAME)
    wild = 0
    for s in range(len(values)):
        wild = wild if abs(values[s]) <= most else 1
    return wild == 0


@kernel
def first_not_finite(values):
    """The row of the first value that is not finite, or -1."""
    most = values.dtype.type(np.inf)
    wrong = 0
    for s in range(len(values)):
        wrong = wrong if abs(values[s]) < most else 1
    if wrong:
        for s in range(len(values)):
            if not np.isfinite(values[s]):
                return s
    return -1
