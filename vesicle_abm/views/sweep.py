"""The learn stage in one sweep, for the rules that ship: the text of ``neurons.pipeline`` as loops over tiles.

A tile is a run of whole neurons whose synapses fit the cache. The bits are those of the pipeline, which stays for every
other rule, and as the oracle. What the sweep learns becomes the state at once: each neuron writes to its own synapses.
"""

from typing import Any

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.scalar import kernel
from vesicle_abm.neurons.attention import DOT, MEAN, LocalAttention
from vesicle_abm.neurons.bounds import WeightBounds
from vesicle_abm.neurons.correlation import HebbianCorrelation
from vesicle_abm.neurons.embedding import AverageEmbedding
from vesicle_abm.neurons.gates import PHASE, PhaseGate, ProbabilisticGate
from vesicle_abm.neurons.network import Wiring
from vesicle_abm.neurons.pipeline import factor_of, signal_of
from vesicle_abm.neurons.synapses import Synapses, gather_inputs
from vesicle_abm.neurons.traces import CompositeTrace
from vesicle_abm.views import tiles
from vesicle_abm.views.kernels import draw
from vesicle_abm.views.learning import GROUP, WORD, Lesson

TILE = 1024  # synapses; a tile's numbers take 64 kB
SCRATCH = 8
SHIPPED = {
    "correlation": HebbianCorrelation,
    "trace": CompositeTrace,
    "embedding": AverageEmbedding,
    "attention": LocalAttention,
    "phase": PhaseGate,
    "chance": ProbabilisticGate,
    "bounds": WeightBounds,
}
OPTIONAL = ("attention", "phase", "chance", "bounds")
NONE = np.zeros(0)


def fits(rule: Any, signals: dict[str, Any]) -> bool:
    """Whether the sweep knows the whole rule: its parts shipped, none of them ablated, each number one for all."""
    for name, cls in SHIPPED.items():
        part = getattr(rule, name)
        if part is None and name in OPTIONAL:
            continue
        if type(part) is not cls or any(np.ndim(v) for k, v in vars(part).items() if k != "preferred"):
            return False
    if rule.attention is not None and rule.attention.similarity != DOT:
        return False
    if rule.bounds is not None and rule.bounds.dale:
        return False
    return not set(rule.ablated) - {"modulation"} and np.ndim(signals.get(PHASE, 0.0)) == 0


def learn(lesson: Lesson, first: int, last: int) -> None:
    """Let the neurons ``first … last - 1`` learn, as ``lesson.learn`` does, by a rule that ``fits``."""
    rule: Any = lesson.rule
    moment = lesson.moment
    synapses = Synapses(moment, first, last)
    own, wiring, kept = slice(first, last), moment.wiring, moment.kept
    try:
        factor = factor_of(synapses.neurons, signal_of(rule, synapses.neurons))
        bias = lesson.drifted(synapses.neurons)
    except InputError as error:
        raise error.inside("plasticity") from None
    attention, context = rule.attention, NONE
    if attention is not None:
        delta = attention.context_rate
        context = (1.0 - delta) * kept["attention.context"][own] + delta * synapses.neurons.activation
    keep, attended, gated, drawn, limits = numbers_of(rule, wiring, synapses)
    bad = sweep(
        wiring.indptr[first : last + 1],
        (wiring.edge, wiring.pre, wiring.delay),
        (moment.history, moment.step, np.uint64(lesson.seed)),
        (
            synapses.neurons.activation,
            NONE if moment.efficacy is None else moment.efficacy[own],
            np.ones(last - first) if factor is None else factor,
            context,
        ),
        moment.weight,
        (kept["trace.fast"], kept["trace.slow"], kept.get("embedding.average", kept["trace.fast"][:0])),
        keep,
        attended,
        gated,
        drawn,
        limits,
        TILE,
    )
    if bad >= 0:
        lesson.propose(first + bad, first + bad + 1)  # refuses it, naming the stage and the synapse
    if attention is not None:
        kept["attention.context"][own] = context
    if bias is not None and lesson.bias is not None:
        lesson.bias[own] = bias


def numbers_of(rule: Any, wiring: Wiring, synapses: Synapses) -> tuple:
    """The numbers of a rule that ``fits``, for the sweep."""
    trace, attention, phase, chance, bounds = rule.trace, rule.attention, rule.phase, rule.chance, rule.bounds
    keep = tuple(float(functions.exp(-1.0 / tau)) for tau in (trace.tau_fast, trace.tau_slow))
    attended = (False, 0.0, 0.0, False)
    if attention is not None:
        attended = (True, float(rule.embedding.rate), float(attention.beta), attention.normalise == MEAN)
    gated = (False, 0.0, NONE)
    if phase is not None:
        preferred = np.asarray(0.0 if phase.preferred is None else phase.preferred, dtype=np.float64)
        if preferred.ndim:
            preferred = wiring.phase[synapses.start : synapses.stop]
        gated = (True, float(phase.phase(synapses, functions)), np.atleast_1d(preferred))
    drawn = (False, 0.0, 0.0) if chance is None else (True, float(chance.beta), float(chance.theta))
    limits = (-np.inf, np.inf)
    if bounds is not None:
        limits = (
            -np.inf if bounds.low is None else float(bounds.low),
            np.inf if bounds.high is None else float(bounds.high),
        )
    return keep, attended, gated, drawn, limits


@kernel
def sweep(  # noqa: PLR0912, PLR0915 - the stages of the rule, one after the other
    indptr, wiring, moment, neurons, weight, kept, keep, attended, gated, drawn, limits, tile
):
    """Learn, tile by tile; gives the first neuron that has an update that is not finite, untouched with all after it,
    or -1.
    """
    edges, pres, delays = wiring
    history, step, seed = moment
    activation, efficacy, factor, context = neurons
    fast_kept, slow_kept, average_kept = kept
    attends, rate, beta_a, mean = attended
    gates, angle, preferred = gated
    draws, beta_p, theta_p = drawn
    size = tile
    scratch = np.empty((SCRATCH, size))
    first = 0
    while first < len(indptr) - 1:
        start, last = indptr[first], first + 1
        while last < len(indptr) - 1 and indptr[last + 1] - start <= tile:
            last += 1
        stop = indptr[last]
        n = stop - start
        if n > size:
            size = n
            scratch = np.empty((SCRATCH, size))
        starts = indptr[first : last + 1] - start
        edge = edges[start:stop]
        x, update, fast, slow, average = scratch[0, :n], scratch[1, :n], scratch[2, :n], scratch[3, :n], scratch[4, :n]
        alpha, u, p = scratch[5, :n], scratch[6, :n], scratch[7, :n]

        gather_inputs(pres[start:stop], delays[start:stop], history, step, x)
        if len(efficacy):
            tiles.times(starts, x, efficacy[first:last], x)
        tiles.times(starts, x, activation[first:last], update)
        tiles.decay_and_gain(keep[0], fast_kept[start:stop], update, fast)
        tiles.decay_and_gain(keep[1], slow_kept[start:stop], update, slow)
        for s in range(n):
            update[s] = fast[s] + slow[s]
        if attends:
            tiles.follow(rate, average_kept[start:stop], x, average)
            tiles.attend(starts, beta_a, context[first:last], average, mean, alpha)
            for s in range(n):
                update[s] *= alpha[s]
        tiles.times(starts, update, factor[first:last], update)
        if gates:
            if len(preferred) > 1:
                p[:] = preferred[start - indptr[0] : stop - indptr[0]]
            else:
                p[:] = preferred[0]
            tiles.gate(angle, p, update)
        row = tiles.first_not_finite(update)
        if row >= 0:
            return first + np.searchsorted(starts, row, side="right") - 1
        if draws:
            tiles.probability(beta_p, theta_p, update, p)
            draw(edge, GROUP, WORD, seed, np.uint64(step), u)
        else:
            u[:], p[:] = 0.0, 1.0
        tiles.apply(edge, u, p, update, limits[0], limits[1], weight)
        fast_kept[start:stop] = fast
        slow_kept[start:stop] = slow
        if attends:
            average_kept[start:stop] = average
        first = last
    return -1
