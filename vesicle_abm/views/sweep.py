"""The learn stage in one sweep, for the rules that ship: the text of ``neurons.pipeline`` as loops over tiles.

Here is which rules it takes, and what they are in numbers; ``views.sweeping`` goes over the synapses. The bits are
those of the pipeline, which stays for every other rule, and as the oracle. What the sweep learns becomes the state at
once: each neuron writes to its own synapses.
"""

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError
from vesicle_abm.neurons.attention import DOT, LocalAttention
from vesicle_abm.neurons.attention import MEAN as AVERAGE_1
from vesicle_abm.neurons.bounds import WeightBounds
from vesicle_abm.neurons.correlation import SLOPES, DeltaCorrelation, HebbianCorrelation
from vesicle_abm.neurons.embedding import AverageEmbedding
from vesicle_abm.neurons.gates import PHASE, PhaseGate, ProbabilisticGate
from vesicle_abm.neurons.network import Moment, Neurons
from vesicle_abm.neurons.pipeline import factor_of, signal_of
from vesicle_abm.neurons.plasticity import MEAN, NONE
from vesicle_abm.neurons.synapses import Synapses
from vesicle_abm.neurons.traces import CompositeTrace
from vesicle_abm.views.learning import Lesson
from vesicle_abm.views.sweeping import AT_WORK, NOBODY, NOTHING, REPLACED, TILE, WIDEST_ANGLE, Numbers, sweep
from vesicle_abm.views.tiles import TAME, still

SHIPPED: dict[str, Any] = {
    "correlation": (HebbianCorrelation, DeltaCorrelation),
    "trace": (CompositeTrace,),
    "embedding": (AverageEmbedding,),
    "attention": (LocalAttention,),
    "phase": (PhaseGate,),
    "chance": (ProbabilisticGate,),
    "bounds": (WeightBounds,),
}
EVERY_SYNAPSE = ("preferred",)  # what may differ from synapse to synapse
CALM = 1e6  # activity of which two multiply to something tame
ONE_NEURON = 0  # the tile, where most neurons are passed over
LONG = 4  # times the tile, for rules of traces and third factor alone: little scratch, long runs from memory
KNOWN: WeakKeyDictionary[Any, Numbers | None] = WeakKeyDictionary()  # rules do not change
KEPT = ("trace.fast", "trace.slow", "embedding.average")


def fits(rule: Any, signals: dict[str, Any]) -> bool:
    """Whether the sweep knows the whole rule: its parts shipped, or absent, each number one for all."""
    return known(rule) is not None and np.ndim(signals.get(PHASE, 0.0)) == 0


def known(rule: Any) -> Any:
    """The numbers of a rule, but for those of the phase gate, which move; None if the sweep does not know it."""
    if rule not in KNOWN:
        KNOWN[rule] = numbers_of(rule) if all(knows(name, rule) for name in SHIPPED) else None
    return KNOWN[rule]


def knows(name: str, rule: Any) -> bool:
    """Whether a part is absent, or idle, or shipped and the same for all synapses."""
    part: Any = getattr(rule, name)
    if part is None or (name == "embedding" and "attention" not in rule.names):
        return True
    if type(part) not in SHIPPED[name] or any(map(many, vars(part).items())):
        return False
    return not (name == "attention" and part.similarity != DOT) and not (name == "bounds" and part.dale)


def many(number: tuple[str, Any]) -> bool:
    """Whether a part's (name, value) differs from neuron to neuron or from synapse to synapse, and may not."""
    return isinstance(number[1], np.ndarray) and number[1].ndim > 0 and number[0] not in EVERY_SYNAPSE


def learn(lesson: Lesson, first: int, last: int) -> None:
    """Let the neurons ``first … last - 1`` learn, as ``lesson.learn`` does, by a rule that ``fits``."""
    rule: Any = lesson.rule
    moment = lesson.moment
    synapses = Synapses(moment, first, last)
    neurons, own, rows = synapses.neurons, slice(first, last), slice(synapses.start, synapses.stop)
    wiring, kept = moment.wiring, moment.kept
    try:
        factor = factor_of(neurons, signal_of(rule, neurons))
        bias = lesson.drifted(neurons)
        numbers, preferred = gated(rule, synapses)
    except InputError as error:
        raise error.inside("plasticity") from None
    context = NOTHING
    if "attention" in rule.names:
        delta = rule.attention.context_rate
        context = (1.0 - delta) * kept["attention.context"][own] + delta * neurons.activation
    run = wiring.run
    answers = answers_of(rule, neurons.activation)
    void = nothing_to_learn(numbers, moment, neurons, answers, factor)
    tile = TILE if numbers.attention or numbers.chance else LONG * TILE
    bad = sweep(
        synapses.indptr,
        (wiring.edge[rows], wiring.pre[rows], wiring.delay[rows]),
        (moment.history, moment.step, np.uint64(lesson.seed)),
        (
            answers,
            NOTHING if moment.efficacy is None else moment.efficacy[own],
            np.ones(last - first) if factor is None else factor,
            context,
        ),
        moment.weight if run is None else moment.weight[run][rows],
        run is not None,
        tuple(kept[name][rows] if name in kept else moment.weight[:0] for name in KEPT),
        preferred,
        numbers,
        void,
        tile if void is NOBODY else ONE_NEURON,
    )
    if bad >= 0:
        lesson.learn(first + bad, first + bad + 1)  # refuses it, naming the stage and the synapse
    if len(context):
        kept["attention.context"][own] = context
    if bias is not None and lesson.bias is not None:
        lesson.bias[own] = bias


def answers_of(rule: Any, activation: np.ndarray) -> np.ndarray:
    """(n,) what a correlation multiplies inputs by: the answers themselves, or of an error rule their slopes."""
    if type(rule.correlation) is HebbianCorrelation:
        return activation
    return np.broadcast_to(SLOPES[rule.correlation.slope](activation), activation.shape) + 0.0


def nothing_to_learn(
    rule: Numbers, moment: Moment, neurons: Neurons, answers: np.ndarray, factor: np.ndarray | None
) -> np.ndarray:
    """(n,) bool: the neurons whose updates are 0 for certain, where nothing is kept from step to step and no number is
    so large, or no weight so placed, that anything could be refused or changed; nobody where that is not known.
    """
    if AT_WORK in (rule.trace, rule.attention) or factor is None or moment.efficacy is not None:
        return NOBODY
    void = factor == 0.0
    if rule.trace == REPLACED:
        void |= answers == 0.0
    if not void.any() or abs(rule.angle) > WIDEST_ANGLE or not (np.abs(factor) <= TAME).all():
        return NOBODY
    calm = max(np.abs(values).max(initial=0.0) for values in (moment.history, answers)) <= CALM
    return void if calm and still(moment.weight, rule.low, rule.high) else NOBODY


def numbers_of(rule: Any) -> Numbers:
    """``known``, of a rule that is."""
    trace, attention, chance, bounds = rule.trace, rule.attention, rule.chance, rule.bounds
    match, found = rule.ablated, Numbers()
    if trace is not None:
        gain = trace.gain(functions) if match.get("trace") == MEAN else 1.0
        fast, slow = (float(functions.exp(-1.0 / tau)) for tau in (trace.tau_fast, trace.tau_slow))
        found = found._replace(trace=work(rule, "trace"), gain=float(gain), keep_fast=fast, keep_slow=slow)
    if attention is not None and (attention.normalise != AVERAGE_1 or "attention" not in match):
        mean = attention.normalise == AVERAGE_1
        found = found._replace(attention=work(rule, "attention"), beta_a=float(attention.beta), mean=mean)
    if found.attention == AT_WORK:
        found = found._replace(rate=float(rule.embedding.rate))
    if chance is not None and match.get("chance") != NONE:
        found = found._replace(chance=work(rule, "chance"), beta_p=float(chance.beta), theta_p=float(chance.theta))
    if bounds is not None:
        low = -np.inf if bounds.low is None else float(bounds.low)
        high = np.inf if bounds.high is None else float(bounds.high)
        found = found._replace(low=low, high=high)
    return found


def gated(rule: Any, synapses: Synapses) -> tuple[Numbers, np.ndarray]:
    """The numbers with those of the phase gate: one factor for all, or an angle and each synapse's phase (S,)."""
    gate, found, alike = rule.phase, known(rule), synapses.moment.wiring.phase[:0]
    if gate is None:
        return found, alike
    if "phase" in rule.ablated:
        return found._replace(wave=gate.mean if rule.ablated["phase"] == MEAN else 1.0), alike
    try:
        angle = float(gate.phase(synapses, functions))
    except InputError as error:
        raise error.inside("phase") from None
    if np.ndim(gate.preferred):
        return found._replace(angle=angle), synapses.moment.wiring.phase[synapses.start : synapses.stop]
    preferred = 0.0 if gate.preferred is None else float(gate.preferred)
    return found._replace(wave=float(np.maximum(0.0, functions.cos(angle - preferred) + 0.0))), alike


def work(rule: Any, stage: str) -> int:
    """Whether a stage that is there works, or something stands in its place."""
    return REPLACED if stage in rule.ablated else AT_WORK
