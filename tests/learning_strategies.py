"""Random learning rules and networks that learn, for Hypothesis: every shipped part, alone and together, and none."""

import dataclasses
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st
from rule_strategies import Chooser
from strategies import SEEDS, SIGNALS, Recipe, estimators, graphs, kind, neurons_of, setting_of, tame

import vesicle_abm as va

SMALL = st.sampled_from([1.0, -0.5, 2.0, -0.0, 0.0, 0.3])
SIZES = st.sampled_from([1.0, 0.5, 3.0, 0.0, 0.1])
TAUS = st.sampled_from([2.0, 20.0, 0.5, 1e-4, 500.0])
SHARES = st.sampled_from([0.3, 1.0, 0.05])
ANGLES = st.sampled_from([0.0, 1.0, -2.5, 3.141592653589793])
PAIRINGS = st.sampled_from(["all", "nearest"])
SIMILARITIES = st.sampled_from(["dot", "cosine"])
MODULATORS = ["reward", "novelty"]


def some(values: st.SearchStrategy, count: int) -> st.SearchStrategy:
    """One number for all, or an array of ``count``."""
    return values | st.lists(values, min_size=count, max_size=count).map(lambda row: np.array(row, dtype=float))


def vectors(count: int) -> st.SearchStrategy:
    """(N, d) of small numbers."""
    return st.integers(1, 3).flatmap(
        lambda d: st.lists(st.lists(SMALL, min_size=d, max_size=d), min_size=count, max_size=count).map(np.array)
    )


def correlations() -> st.SearchStrategy:
    """Those of the document: Hebbian, and spike timing in both pairings."""
    stdp = st.builds(va.STDPCorrelation, tau_plus=TAUS, tau_minus=TAUS, a_plus=SIZES, a_minus=SIZES, pairing=PAIRINGS)
    return st.builds(va.HebbianCorrelation) | stdp


def further_correlations() -> st.SearchStrategy:
    """Izhikevich's spike timing, and the delta rule's."""
    izhikevich = st.builds(va.IzhikevichSTDP, tau=TAUS, a_plus=SIZES, a_minus=SIZES, pairing=PAIRINGS)
    delta = st.builds(va.DeltaCorrelation, slope=st.sampled_from(["identity", "relu", "sigmoid", "tanh"]))
    return izhikevich | delta


def traces(graph: va.NeuralGraph) -> st.SearchStrategy:
    """That of the document, fast and slow."""
    taus = some(TAUS, graph.edge_count)
    return st.builds(va.CompositeTrace, tau_fast=taus, tau_slow=taus)


def further_traces(graph: va.NeuralGraph) -> st.SearchStrategy:
    """Of one time constant; used once in some steps."""
    periodic = st.builds(va.PeriodicTrace, tau=TAUS, every=st.integers(1, 3))
    return st.builds(va.ExponentialTrace, tau=some(TAUS, graph.edge_count)) | periodic


def embeddings(graph: va.NeuralGraph) -> st.SearchStrategy:
    """Averages, given vectors, learned vectors."""
    return st.one_of(
        st.builds(va.AverageEmbedding, rate=SHARES),
        st.builds(va.GivenEmbedding, vectors=vectors(graph.size)),
        st.builds(va.LearnedEmbedding, start=vectors(graph.size), rate=SHARES),
    )


@st.composite
def modulations(draw, graph: va.NeuralGraph, names: list[str], width: int) -> va.Modulation:
    """Several modulators, of which some may be left out; keys of ``width`` components, or none for width 0."""
    chosen = draw(st.sampled_from([names, names[:1], names[::-1], None]))
    known = names if chosen is None else chosen
    key = st.lists(SMALL, min_size=width, max_size=width)
    return va.Modulation(
        eta_local=draw(some(SIZES, graph.size)),
        eta_global=draw(some(SIZES, graph.size)),
        weights=None if chosen is None else {name: draw(SMALL) for name in chosen},
        keys={name: draw(key) for name in known} if width else None,
        beta=draw(SIZES),
        similarity=draw(SIMILARITIES),
        context=draw(st.sampled_from(["signal", "signal", "activity"])),
    )


def astrocytes(names: list[str], territory: bool, keyed: bool) -> st.SearchStrategy:
    """Every coupling; one astrocyte for each neuron, or for those of the same ``slope``. Where modulators are ``keyed``
    by vectors it does not compete with them, having no key.
    """
    return st.builds(
        va.Astrocyte, modulator=st.sampled_from(names), coupling=st.sampled_from(["rate", "efficacy"]), strength=SMALL,
        attended=st.just(False) if keyed else st.booleans(), tau=TAUS, sensitivity=SIZES,
        half=st.sampled_from([1.0, 0.2]), threshold=st.sampled_from([0.0, 0.1]),
        territory=st.sampled_from(["slope", None] if territory else [None]),
    )  # fmt: skip


def gates(graph: va.NeuralGraph) -> st.SearchStrategy:
    """Global and regional rhythms, preferred phases of each edge."""
    frequency = some(st.sampled_from([0.05, 0.3, 0.0]), graph.size)
    preferred = st.none() | some(ANGLES, graph.edge_count)
    return st.builds(va.PhaseGate, frequency=frequency, offset=some(ANGLES, graph.size), preferred=preferred)


def bounds(graph: va.NeuralGraph) -> st.SearchStrategy:
    """Either bound, of each edge, and Dale's principle."""
    low, high = st.sampled_from([-1.0, 0.0, -0.25]), st.sampled_from([1.0, 0.5, 2.5])
    size = graph.edge_count
    return st.builds(
        va.WeightBounds, low=st.none() | some(low, size), high=st.none() | some(high, size), dale=st.booleans()
    )


@st.composite
def rules(draw, graph: va.NeuralGraph, names: list[str], width: int = 0, further: bool = False) -> va.Plasticity:
    """Any rule made of the document's parts and those that extend it; correlations and traces only if ``further``."""
    homeostasis = st.builds(va.HomeostaticBias, target=some(SMALL, graph.size), rate=some(SHARES, graph.size))
    attention = st.builds(
        va.LocalAttention, beta=SIZES, context_rate=SHARES, similarity=SIMILARITIES,
        normalise=st.sampled_from(["sum", "mean"]),
    )  # fmt: skip
    chance = st.builds(va.ProbabilisticGate, beta=st.sampled_from([5.0, 50.0, 0.0]), theta=st.sampled_from([0.1, 0.0]))
    return va.Plasticity(
        correlation=draw(correlations() | further_correlations() if further else correlations()),
        trace=draw(none_or(traces(graph) | further_traces(graph) if further else traces(graph))),
        embedding=draw(embeddings(graph)),
        attention=draw(none_or(attention)),
        modulation=draw(none_or(modulations(graph, names, width))),
        astrocyte=draw(none_or(astrocytes(names, "slope" in graph.node_data, width > 0))),
        phase=draw(none_or(gates(graph))),
        chance=draw(none_or(chance)),
        bounds=draw(none_or(bounds(graph))),
        homeostasis=draw(none_or(homeostasis)),
        layers=draw(st.sampled_from([None, *([name] for name in graph.layer_names)])),
        precision=draw(st.sampled_from(["float64", "float32"])),
    )  # fmt: skip


def none_or(values: st.SearchStrategy) -> st.SearchStrategy:
    """Mostly one of the values, at times None."""
    return st.one_of(values, values, st.none())


@st.composite
def signals(draw, graph: va.NeuralGraph, width: int) -> dict[str, Any]:
    """A context of ``width`` components (0: one number), and a rhythm from outside; each may be missing."""
    found: dict[str, Any] = dict(SIGNALS)
    if draw(st.booleans()):
        found["context"] = draw(st.lists(SMALL, min_size=width, max_size=width).map(np.array) if width else SMALL)
    if draw(st.booleans()):
        found["phase"] = draw(some(ANGLES, graph.size))
    return found


def changeable(rule: va.Plasticity) -> tuple[str, ...]:
    """The parts of a rule whose numbers vesicles may change; of traces, the two of one that is fast and slow."""
    parts = ("modulation", "trace", "chance", "phase")
    single = isinstance(rule.trace, va.ExponentialTrace | va.PeriodicTrace)
    return tuple(name for name in parts if getattr(rule, name) is not None and not (name == "trace" and single))


@st.composite
def learners(draw, changed: bool = True) -> Recipe:
    """Anything at all that learns: vesicles of two kinds bring its modulators, and, if ``changed``, change by what
    numbers it learns and the weights themselves.
    """
    graph, width = draw(graphs()), draw(st.sampled_from([2, 0, 1, 3]))
    rule, seed = draw(rules(graph, MODULATORS, width, further=True)), draw(SEEDS)
    choose = Chooser(Random(f"{seed} {rule}"))
    answer, told = neurons_of(choose), estimators(choose, graph)
    parts: dict[str, Any] = {"acts": True, "signals": (*SIGNALS, *told), "learns": changeable(rule) if changed else ()}
    setting = setting_of(choose, graph, MODULATORS, **parts)
    made = {name: kind(choose, setting, name) for name in MODULATORS}
    if not changed:
        made = {name: without_changes(kind) for name, kind in made.items()}
    return Recipe(
        graph, made, tame(answer, made), seed, rule, setting.memory, told, draw(signals(graph, width)),
    )  # fmt: skip


def without_changes(kind: va.Kind) -> va.Kind:
    """The kind without what it releases onto weights and learning."""
    onto = va.WeightRelease | va.LearningRelease
    return dataclasses.replace(kind, release=[rule for rule in kind.release if not isinstance(rule, onto)])
