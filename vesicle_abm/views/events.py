"""The learn stage by events: of a rule that changes synapses only where a neuron has fired, and all of them seldom.

Where a spike comes, the synapses of its neuron gain correlation, in and out; the traces of others do not change but
when they decay, all at once, in the one step in ``every`` in which weights learn. The bits are those of the pipeline,
which stays for every other rule, and as the oracle.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.scalar import kernel
from vesicle_abm.neurons.bounds import WeightBounds
from vesicle_abm.neurons.correlation import NEAREST, IzhikevichSTDP
from vesicle_abm.neurons.network import Neurons
from vesicle_abm.neurons.pipeline import factor_of, signal_of
from vesicle_abm.neurons.synapses import has_arrays
from vesicle_abm.neurons.traces import PeriodicTrace

if TYPE_CHECKING:
    from vesicle_abm.views.learning import Lesson
    from vesicle_abm.views.world import World

TAME = 1e100  # no product of three numbers that are smaller runs away
SUM, TRACE = "trace.sum", "correlation.trace"


class Events(NamedTuple):
    """A rule in numbers."""

    keep: float  # of a neuron's trace in a step
    a_plus: float
    a_minus: float
    nearest: bool
    every: int
    hold: float  # of the sum, when it has been used
    low: float
    high: float


def fits(rule: Any) -> bool:
    """Whether the rule is made of these parts alone, each number one for all."""
    absent = rule.attention is rule.phase is rule.chance is rule.astrocyte is rule.homeostasis is None
    known = type(rule.correlation) is IzhikevichSTDP and type(rule.trace) is PeriodicTrace
    bounds = rule.bounds
    limited = type(bounds) is WeightBounds and not bounds.dale and not has_arrays(bounds)
    plain = not rule.ablated and rule.precision == "float64" and rule.modulation is not None
    return absent and known and limited and plain


def numbers_of(rule: Any) -> Events:
    """The numbers of a rule that fits."""
    pairs, trace, bounds = rule.correlation, rule.trace, rule.bounds
    return Events(
        keep=float(functions.exp(-1.0 / pairs.tau)),
        a_plus=float(pairs.a_plus),
        a_minus=float(pairs.a_minus),
        nearest=pairs.pairing == NEAREST,
        every=int(trace.every),
        hold=float(functions.exp(-trace.every / trace.tau)),
        low=-np.inf if bounds.low is None else float(bounds.low),
        high=np.inf if bounds.high is None else float(bounds.high),
    )


def learn(world: "World", lesson: "Lesson") -> bool:
    """Let all neurons learn, as ``lesson.learn`` does, by a rule that fits; False, and nothing is done, where a number
    is so large, or a weight so far out of its bounds, that the pipeline must look at each.
    """
    moment, rule, factor = lesson.moment, numbers_of(lesson.rule), None
    if not tame(world, rule):
        return False
    if (moment.step + 1) % rule.every == 0:  # in other steps nothing is multiplied by it
        factor = factor_now(lesson)
        if factor is None:
            return False
    places, kept = places_of(world), moment.kept
    pair_spikes(places, moment.history, moment.step, rule, kept[TRACE], kept[SUM])
    if factor is not None:
        use_sums(places, factor, rule, kept[SUM], moment.weight)
    return True


def factor_now(lesson: "Lesson") -> np.ndarray | None:
    """(N,) by which the sums change the weights in this step; None where it could make one run away."""
    neurons = Neurons(lesson.moment, 0, len(lesson.moment.activation))
    try:
        factor = factor_of(neurons, signal_of(lesson.rule, neurons))
    except InputError as error:
        raise error.inside("plasticity") from None
    return factor if factor is not None and np.abs(factor).max(initial=0.0) < TAME else None


def tame(world: "World", rule: Events) -> bool:
    """Whether nothing can run away, and all weights that learn lie within their bounds."""
    kept, weight, places = world.state.kept, world.state.weight, places_of(world)
    if not max(rule.a_plus, rule.a_minus) < TAME:
        return False
    if not (within(kept[SUM], -TAME, TAME) and within(kept[TRACE], -TAME, TAME)):
        return False
    rows = slice(places.first, places.first + len(places.edge)) if places.first >= 0 else places.edge
    return bool(within(weight[rows], max(rule.low, -TAME), min(rule.high, TAME)))


class Places(NamedTuple):
    """The synapses that learn, by the neuron that they lead to, and, as rows of these, by the one that they leave."""

    indptr: np.ndarray
    edge: np.ndarray
    pre: np.ndarray
    post: np.ndarray
    out_indptr: np.ndarray
    out_row: np.ndarray
    delay: np.ndarray  # (S,), or (0,) where there is none
    longest: int  # of the delays
    first: int  # the edge of the first row, where each row's follows the one before; else -1


def places_of(world: "World") -> Places:
    """Of a world, put together once."""
    if world.places is None:
        wiring: Any = world.wiring
        delay, longest = wiring.delay, int(wiring.delay.max(initial=0))
        out_row = np.argsort(wiring.pre, kind="stable")
        out_indptr = np.searchsorted(wiring.pre[out_row], np.arange(world.graph.size + 1))
        post = np.repeat(np.arange(world.graph.size), np.diff(wiring.indptr))
        first = -1 if wiring.run is None else wiring.run.start
        world.places = Places(wiring.indptr, wiring.edge, wiring.pre, post, out_indptr, out_row, delay, longest, first)
    return world.places


@kernel
def within(values, low, high):
    """Whether all values lie within bounds."""
    good = True
    for i in range(len(values)):
        good &= (low <= values[i]) & (values[i] <= high)  # no branch, so that it becomes vector instructions
    return good


@kernel
def pair_spikes(places, history, step, rule, trace, total):
    """Renew the traces, and add the correlations of this step to the sums, where a neuron has fired or is reached."""
    indptr, _, pre, post, out_indptr, out_row, delay, longest, _ = places
    past, rows = past_traces(history, step, longest, rule, trace), len(history)
    own, fired = past[0], history[(step - 1) % rows]
    for j in range(len(fired)):
        if fired[j] == 0.0:
            continue
        for s in range(indptr[j], indptr[j + 1]):
            late = delay[s] if len(delay) else 0
            x = history[(step - 1 - late) % rows, pre[s]]
            gained = rule.a_plus * past[1 + late, pre[s]] * fired[j] - rule.a_minus * own[j] * x
            total[s] = total[s] + gained
    for late in range(longest + 1):
        sent = history[(step - 1 - late) % rows]
        for i in range(len(sent)):
            if sent[i] == 0.0:
                continue
            for way in range(out_indptr[i], out_indptr[i + 1]):
                s = out_row[way]
                if fired[post[s]] == 0.0 and (not len(delay) or delay[s] == late):
                    total[s] = total[s] - rule.a_minus * own[post[s]] * sent[i]
    trace[:] = past[longest]


@kernel
def past_traces(history, step, longest, rule, trace):
    """(2 + longest, N) ``IzhikevichSTDP.past``: after the spikes of the step before, before those of earlier ones."""
    past = np.empty((2 + longest, len(trace)))
    past[1 + longest] = trace
    for late in range(longest, -1, -1):
        fired = history[(step - 1 - late) % len(history)]
        for j in range(len(trace)):
            decayed = past[1 + late, j] * rule.keep
            if rule.nearest:
                past[late, j] = fired[j] if fired[j] > 0.0 else decayed
            else:
                past[late, j] = decayed + fired[j]
    return past


@kernel
def use_sums(places, factor, rule, total, weight):
    """Change all weights by their sums, which then decay."""
    indptr, edge, first = places.indptr, places.edge, places.first
    if first >= 0:
        use_rows(indptr, factor, rule, total, weight[first : first + len(edge)])
        return
    own = weight[edge]
    use_rows(indptr, factor, rule, total, own)
    for s in range(len(edge)):
        weight[edge[s]] = own[s]


@kernel
def use_rows(indptr, factor, rule, total, weight):
    """``use_sums`` with weights by synapse."""
    low, high, hold = rule.low, rule.high, rule.hold
    for j in range(len(indptr) - 1):
        rate = factor[j]
        for s in range(indptr[j], indptr[j + 1]):
            changed = weight[s] + total[s] * rate
            changed = changed if changed > low else low
            weight[s] = changed if changed < high else high
            total[s] = hold * total[s]
