"""The sweep: one step's learning of whole neurons, tile by tile, by a rule that has been put into numbers.

A tile is a run of neurons whose synapses, and all that is computed of them, fit the cache. Where an update is 0 for
certain, because nothing modulates a neuron or its gates are closed, only what synapses keep moves on.
"""

from typing import NamedTuple

import numpy as np

from vesicle_abm.core.scalar import kernel
from vesicle_abm.neurons.synapses import gather, gather_inputs, scatter
from vesicle_abm.views import tiles
from vesicle_abm.views.kernels import draw
from vesicle_abm.views.learning import GROUP, WORD

TILE = 4096  # synapses; a tile's numbers take 224 kB, which stay in the second cache
SCRATCH = 6
ABSENT, AT_WORK, REPLACED = 0, 1, 2
NOTHING = np.zeros(0)
NOBODY = np.zeros(0, np.bool_)

WIDEST_ANGLE = 2.0**39  # of Phi; less any preferred phase, it is still an angle


class Numbers(NamedTuple):
    """A rule in numbers: each stage absent, at work, or replaced as an ablation has it.

    Replaced, the trace is ``gain`` times the correlation, attention 1 / fan-in, chance an expectation. The gate is
    ``wave`` for all synapses, unless they have phases of their own.
    """

    trace: int = ABSENT
    gain: float = 1.0
    keep_fast: float = 0.0
    keep_slow: float = 0.0
    attention: int = ABSENT
    rate: float = 0.0
    beta_a: float = 0.0
    mean: bool = False
    wave: float = 1.0
    angle: float = 0.0
    chance: int = ABSENT
    beta_p: float = 0.0
    theta_p: float = 0.0
    low: float = -np.inf
    high: float = np.inf


@kernel
def sweep(indptr, wiring, moment, neurons, weight, in_order, kept, preferred, rule, void, tile):
    """Learn; gives the first neuron whose update or weight is not finite, untouched with all after it, or -1.

    ``weight`` is by edge, or, ``in_order``, by synapse. ``void`` (n,), or (0,): the neurons that are passed over.
    """
    edge, pre, delay = wiring
    activation, efficacy, factor, context = neurons
    fast, slow, average = kept
    scratch, weights = np.empty((SCRATCH, tile)), np.empty((2, tile), weight.dtype)
    first = 0
    while first < len(indptr) - 1:
        last = end_of(indptr, first, tile)
        if len(void) and void[first]:  # the tile is one neuron
            first = last
            continue
        start, stop = indptr[first], indptr[last]
        if stop - start > scratch.shape[1]:
            scratch, weights = np.empty((SCRATCH, stop - start)), np.empty((2, stop - start), weight.dtype)
        starts = indptr[first : last + 1] - start
        bad = learn_tile(
            (starts, edge[start:stop], pre[start:stop], delay[start:stop]),
            moment,
            (activation[first:last], efficacy[first:last], factor[first:last], context[first:last]),
            weight[start:stop] if in_order else weight,
            in_order,
            (fast[start:stop], slow[start:stop], average[start:stop]),
            preferred[start:stop],
            rule,
            scratch,
            weights,
        )
        if bad >= 0:
            return first + np.searchsorted(starts, bad, side="right") - 1
        first = last
    return -1


@kernel
def end_of(indptr, first, tile):
    """Where the tile that begins with a neuron ends."""
    last = first + 1
    while last < len(indptr) - 1 and indptr[last + 1] - indptr[first] <= tile:
        last += 1
    return last


@kernel
def learn_tile(place, moment, neurons, weight, in_order, kept, preferred, rule, scratch, weights):
    """Learn, within a tile; gives the first synapse whose update or weight is not finite, or -1."""
    n = len(place[1])
    x, gained, followed, wave = scratch[0, :n], scratch[1, :n], scratch[2, :n], scratch[3, : len(preferred)]
    factor, old = neurons[2], weight
    correlate(rule, place, moment, neurons, x, gained)
    if rule.attention == AT_WORK:
        tiles.follow(rule.rate, kept[2], x, followed)
    if not in_order:
        old = weights[1, :n]
        gather(place[1], weight, old)

    rests = rule.wave == 0.0 or (tiles.all_zero(factor) and abs(rule.angle) <= WIDEST_ANGLE)
    if len(wave) and tiles.open_gates(rule.angle, preferred, wave) == 0:
        rests = True
    three = in_order and not len(wave) and three_factors(rule)
    small = (rests or three) and all_tame(rule, neurons, gained, kept, followed, old)
    if small and three:
        keep, limits = (rule.keep_fast, rule.keep_slow), (rule.low, rule.high)
        tiles.learn_at_once(place[0], keep, factor, limits, gained, kept[0], kept[1], old)
        return -1
    if small and rests and tiles.unchanging(old, rule.low, rule.high, weights[0, :n]):
        remember(rule, kept, gained, followed)  # all updates are 0, and nothing is refused
        return -1
    bad = change(rule, place, moment, neurons, old, kept, gained, followed, wave, scratch, weights[0, :n])
    if bad < 0:
        if in_order:
            tiles.put(weights[0, :n], weight)
        else:
            scatter(place[1], weights[0, :n], weight)
        remember(rule, kept, gained, followed)
    return bad


@kernel
def correlate(rule, place, moment, neurons, x, gained):
    """The correlation that synapses see; and what they bring, ``x``, where that is needed by itself."""
    starts, _, pre, delay = place
    history, step, _ = moment
    activation, efficacy, _, _ = neurons
    if not len(delay) and not len(efficacy) and rule.attention != AT_WORK:
        tiles.gather_and_correlate(starts, pre, history[(step - 1) % len(history)], activation, gained)
        return
    gather_inputs(pre, delay, history, step, x)
    if len(efficacy):
        tiles.times(starts, efficacy, x)
    tiles.correlate(starts, x, activation, gained)


@kernel
def remember(rule, kept, gained, followed):
    """What synapses keep of this step."""
    fast, slow, average = kept
    if rule.trace == AT_WORK:
        tiles.decay_and_gain(rule.keep_fast, rule.keep_slow, fast, slow, gained)
    if rule.attention == AT_WORK:
        tiles.put(followed, average)


@kernel
def change(rule, place, moment, neurons, old, kept, gained, followed, wave, scratch, new):
    """The ``new`` weights; gives the first synapse whose update or weight is not finite, or -1."""
    starts, edge, _, _ = place
    update, alpha = scratch[4, : len(new)], scratch[5, : len(new)]
    bad = gated(rule, starts, neurons, kept, gained, followed, wave, alpha, update)
    if bad >= 0:
        return bad
    if rule.chance != ABSENT:
        chance(rule, edge, moment, scratch[0, : len(new)], alpha, update)
    tiles.within_bounds(old, update, rule.low, rule.high, new)
    return tiles.first_not_finite(new)


@kernel
def three_factors(rule):
    """Whether traces, third factor and bounds are all that a rule has."""
    others = rule.attention != ABSENT or rule.chance != ABSENT or rule.wave != 1.0
    return rule.trace == AT_WORK and not others and rule.low <= tiles.TAME and rule.high >= -tiles.TAME


@kernel
def all_tame(rule, neurons, gained, kept, followed, weight):
    """Whether all that the updates are made of is so small that nothing can run away in this step."""
    _, _, factor, context = neurons
    good = tiles.tame(gained) and tiles.tame(factor) and tiles.tame(weight)
    if rule.trace == AT_WORK:
        good = good and tiles.tame(kept[0]) and tiles.tame(kept[1])
    if rule.attention == AT_WORK:
        good = good and tiles.tame(followed) and tiles.tame(context) and rule.beta_a <= tiles.TAME
    return good


@kernel
def gated(rule, starts, neurons, kept, gained, followed, wave, alpha, update):
    """Equations (2), (10), (3) and (4): the updates, before chance; gives the first that is not finite, or -1."""
    _, _, factor, context = neurons
    if rule.trace == AT_WORK:
        tiles.eligibility(rule.keep_fast, rule.keep_slow, kept[0], kept[1], gained, update)
    elif rule.trace == REPLACED:
        tiles.put(gained, update)
        tiles.scale(rule.gain, update)
    else:
        bad = tiles.first_not_finite(gained)
        if bad >= 0:
            return bad
        tiles.fill(1.0, update)
    if rule.attention == AT_WORK:
        tiles.attend(starts, rule.beta_a, context, followed, rule.mean, alpha)
        tiles.multiply(alpha, update)
    elif rule.attention == REPLACED:
        tiles.times(starts, 1.0 / (starts[1:] - starts[:-1]), update)
    tiles.times(starts, factor, update)
    if len(wave):
        tiles.multiply(wave, update)
    elif rule.wave != 1.0:
        tiles.scale(rule.wave, update)
    return tiles.first_not_finite(update)


@kernel
def chance(rule, edge, moment, p, u, update):
    """Equation (5): the updates that chance lets through, or what is expected of them."""
    _, step, seed = moment
    tiles.probability(rule.beta_p, rule.theta_p, update, p)
    if rule.chance == AT_WORK:
        draw(edge, GROUP, WORD, seed, np.uint64(step), u)
        tiles.let_through(u, p, update)
    else:
        tiles.multiply(p, update)
