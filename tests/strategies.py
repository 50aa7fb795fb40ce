"""Random worlds for Hypothesis: graphs with every oddity, every shipped rule, neurons with every activation.

A world is made from one number that Hypothesis draws: worlds made choice by choice shrink, but are slow to make and
much alike.
"""

import random
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from rule_strategies import (
    HAZARDS,
    NUMBERS,
    PROBABILITIES,
    RATES,
    Chooser,
    Setting,
    content,
    docking,
    emission,
    lifetime,
    migration,
    releases,
    shared_migration,
    trail,
    turn,
)

import vesicle_abm as va

SEEDS = st.integers(0, 2**64 - 1)
SIGNALS = {"reward": 0.5, "dip": -1.0}  # given from outside, beside those of estimators


def modest(examples: int) -> settings:
    """The same few examples in every run, however slow the machine."""
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, derandomize=True, deadline=None, suppress_health_check=quiet, database=None)


@dataclass(frozen=True)
class Recipe:
    """What a model is made of; ``build`` makes it anew, so that two of them share nothing."""

    graph: va.NeuralGraph
    kinds: dict[str, va.Kind]
    neurons: va.HMNNeurons | None
    seed: int
    plasticity: va.Plasticity | None = None
    memory: va.Memory | None = None
    estimators: dict[str, va.Estimator] = field(default_factory=dict)
    signals: dict[str, Any] = field(default_factory=dict)

    def build(self, view: str = "compiled", threads: int = 1, order: int | None = None) -> va.VesicleModel:
        """A model; ``order`` seeds a new order of visits at every stage, for the particle view."""
        parts: dict[str, Any] = {
            "neurons": self.neurons,
            "plasticity": self.plasticity,
            "memory": self.memory,
            "estimators": self.estimators,
        }
        model = va.VesicleModel(self.graph, self.kinds, seed=self.seed, view=view, threads=threads, **parts)
        model.signals.update(self.signals)
        if order is not None:
            shuffler = random.Random(order)
            model.order = lambda agents: shuffler.sample(agents, len(agents))
        return model


def choosers() -> st.SearchStrategy:
    """What takes all choices of a world, each world of its own."""
    return SEEDS.map(lambda seed: Chooser(random.Random(seed)))


def graphs(most_nodes: int = 5, most_delay: int = 3) -> st.SearchStrategy:
    """Graphs with every oddity."""
    return choosers().map(lambda choose: graph_of(choose, most_nodes, most_delay))


def graph_of(choose: Chooser, most_nodes: int = 5, most_delay: int = 3) -> va.NeuralGraph:
    """Sinks, self-loops, isolated nodes, parallel edges, zero weights, delays, two layers, signs."""
    one, size = choose.one, choose.one(3, 3, *range(1, most_nodes + 1))
    graph = nx.MultiDiGraph()
    for node in range(size):
        graph.add_node(node, slope=one(*NUMBERS))
    for _ in range(one(*range(size - 1, 2 * size + 1))):
        about = {"weight": one(1.0, 0.25, 3.0, 0.0), "layer": one("synaptic", "gap"), "sign": one(1.0, -1.0)}
        graph.add_edge(one(*range(size)), one(*range(size)), delay=one(*range(most_delay + 1)), **about)
    return va.NeuralGraph.from_networkx(graph)


def kind(choose: Chooser, setting: Setting, name: str) -> va.Kind:
    """A kind of any shipped rules and fields."""
    one, width = choose.one, setting.widths[name]
    births = emission(choose, setting)
    cascades = isinstance(births, va.CascadeEmission)
    way = migration(choose, setting, name)
    return va.Kind(
        emission=births,
        migration=way,
        docking=docking(choose, setting, width),
        release=releases(choose, setting, width),
        decay=va.HazardDecay(hazard=one(*HAZARDS)),
        lifetime=lifetime(choose),
        absorb=one(0.0, 0.3, 0.0, 1.0),
        releases=one(None, None, 1, 2),
        spend=one(None, 0.5, 1.0),
        remembers=one(2, 1) if isinstance(way, va.SelfAvoidingMigration) else one(2, 0, 1),
        turn=turn(choose, setting, width),
        trail=trail(choose, setting, name),
        cap=one(6, 2, 20) if cascades else one(None, 6, None, 30, None, None, 0),
        content_width=width,
        content=content(choose, setting, width),
        clearance=one(3.0, None),
    )


def neurons_of(choose: Chooser) -> va.HMNNeurons:
    """Neurons with any activation."""
    return va.HMNNeurons(
        activation=choose.one("relu", "sigmoid", "tanh", "identity"),
        bias=choose.one(*NUMBERS),
        noise=choose.one(0.5, 0.0),
        weight_scale=choose.one(1.5, 0.5, 0.0),
        gain_recovery=choose.one(2.0, None),
    )


def estimators(choose: Chooser, graph: va.NeuralGraph) -> dict[str, va.Estimator]:
    """Some of the shipped ones, of all neurons or of some; by name of the signal."""
    known = {
        "novelty": va.Novelty(rate=0.3, per=choose.one("node", "network"), nodes=choose.one(None, [0])),
        "error": va.RewardPredictionError(rate=0.3, nodes=choose.one(None, [0])),
    }
    if graph.size > 1:
        known["doubt"] = va.Uncertainty(nodes=choose.one(None, [0, 1]))
    return {name: known[name] for name in choose.one(tuple(known), (), ("novelty",), ("error", "novelty"))}


def setting_of(choose: Chooser, graph: va.NeuralGraph, names: list[str], **parts: Any) -> Setting:
    """What the rules of a world may name."""
    width = choose.one(2, 1, 3)
    memory = va.Memory(width=width, slots=choose.one(2, 1), tau=choose.one(None, 3.0))
    owned = {name: choose.one(True, False) for name in names}
    return Setting(
        graph=graph,
        widths={name: choose.one(width, width, width, width, 1, 2, 3, 0) for name in names},
        owners=tuple(name for name in names if owned[name]),
        memory=choose.one(memory, memory, None),
        **parts,
    )


def tame(answer: va.HMNNeurons, made: dict[str, va.Kind]) -> va.HMNNeurons:
    """Activations may run away, births and contents must not: where they follow activity, it has bounds."""
    rules = [rule for kind in made.values() for _, rule in kind.rules()]
    following = va.ActivityEmission | va.ActivityContent | va.SignalEmission | va.PolicyEmission
    follows = any(isinstance(rule, following) for rule in rules)
    return (
        answer.with_values({"activation": "tanh"}) if follows and answer.activation in ("relu", "identity") else answer
    )


def worlds(most_kinds: int = 3) -> st.SearchStrategy:
    """Anything at all but learning."""
    return choosers().map(lambda choose: world_of(choose, most_kinds))


def world_of(choose: Chooser, most_kinds: int) -> Recipe:
    """A world without learning."""
    graph, names = graph_of(choose), [f"kind{k}" for k in range(choose.one(2, *range(1, most_kinds + 1)))]
    answer = choose.one(neurons_of, neurons_of, lambda _: None)(choose)
    told = estimators(choose, graph) if answer is not None else {}
    setting = setting_of(choose, graph, names, acts=answer is not None, signals=(*SIGNALS, *told))
    kinds = {name: kind(choose, setting, name) for name in names}
    if answer is not None:
        answer = tame(answer, kinds)
    return Recipe(graph, kinds, answer, choose.seed(), None, setting.memory, told, SIGNALS)


def linear_worlds() -> st.SearchStrategy:
    """One kind whose rates do not depend on the state: where the density view is exact."""
    return choosers().map(linear_world_of)


def linear_world_of(choose: Chooser) -> Recipe:
    """A linear world."""
    one, rate, graph = choose.one, choose.one(*RATES), graph_of(choose)
    kind = va.Kind(
        emission=choose.rule(
            lambda: va.ConstantEmission(rate=rate),
            lambda: va.PulseEmission(count=rate, at=one(*range(7)), every=one(0, 2)),
        ),
        migration=shared_migration(choose, graph),
        docking=docking(choose, Setting(graph, {"v": 2}), 2, capacities=(None,)),
        decay=va.HazardDecay(hazard=one(*PROBABILITIES)),
        lifetime=lifetime(choose),
        absorb=one(*PROBABILITIES),
        content_width=2,
        content=[0.5, -1.0],
    )
    return Recipe(graph, {"v": kind}, None, choose.seed())
