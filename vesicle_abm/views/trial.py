"""The small world on which a user's rule is tried: it has all that a rule might ask for, and no two nodes are alike."""

import dataclasses
from typing import Any

import networkx as nx
import numpy as np

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import Rule
from vesicle_abm.core.state import DOCKINGS
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.neurons.gates import PhaseGate, ProbabilisticGate
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.vesicles.docking import ConstantDocking
from vesicle_abm.vesicles.emission import CascadeEmission, ConstantEmission
from vesicle_abm.vesicles.kind import FAMILIES, Kind
from vesicle_abm.vesicles.lifecycle import Lifecycle
from vesicle_abm.vesicles.memory import Memory
from vesicle_abm.vesicles.trail import ConstantTrail
from vesicle_abm.vesicles.turn import Turn
from vesicle_abm.views.beginning import first_state
from vesicle_abm.views.world import World

NODES, WIDTH, SEED = 12, 3, 11
TRIAL, OTHER = "trial", "other"  # the kind that follows the rule, and one that it may name


def trial_graph() -> NeuralGraph:
    """A small random graph with a sink, a self-loop and an isolated node."""
    graph = nx.gnp_random_graph(NODES - 1, 0.3, seed=SEED, directed=True)
    graph.remove_edges_from(list(graph.out_edges(0)))
    graph.add_edge(1, 1)
    graph.add_node(NODES - 1)
    for number, (_, _, data) in enumerate(graph.edges(data=True)):
        data["weight"] = 0.25 + number % 5
    return NeuralGraph.from_networkx(graph)


def trial_world(rule: Rule, family: type[Rule], graph: NeuralGraph, signals: dict) -> World:
    """A world where a kind follows the rule, and no two nodes are alike; it has all that a rule might ask for."""
    key = next((name for name, known in FAMILIES.items() if known is family), None)
    common: dict[str, Any] = {
        "docking": ConstantDocking(probability=0.5),
        "content_width": WIDTH,
        "remembers": 2,
        "trail": ConstantTrail(),
        "cap": 1000 if isinstance(rule, CascadeEmission) else None,
    }
    kind = Kind(**{**common, "emission": ConstantEmission(rate=1.0), "absorb": 0.5, **({key: rule} if key else {})})
    named = [name for item in dataclasses.fields(rule) for name in kinds_named(rule, item)]
    kinds = {TRIAL: kind, **{name: Kind(**common) for name in (named or [OTHER]) if name != TRIAL}}
    if isinstance(rule, Turn):
        into, width = rule.into or OTHER, rule.width(WIDTH)
        kinds[TRIAL] = dataclasses.replace(kind, turn=rule.with_values({"into": into}))
        if into != TRIAL and width is not None:
            kinds[into] = dataclasses.replace(kinds[into], content_width=width)
    lifecycle = Lifecycle(kinds, graph)
    neurons = HMNNeurons(activation="sigmoid", noise=0.5)
    parts: dict[str, Any] = {
        "plasticity": Plasticity(phase=PhaseGate(), chance=ProbabilisticGate()).bind(graph, lifecycle.names),
        "memory": Memory(slots=2, width=WIDTH),
        "estimators": {TRIAL: rule} if isinstance(rule, Estimator) else {},
    }
    state = first_state(graph, lifecycle, neurons, SEED, **parts)
    for name in ("activation", "history", "drive", "gain", "modulator", "memory"):
        old = getattr(state, name)
        setattr(state, name, 0.5 + 0.5 * np.sin(len(name) + np.arange(old.size)).reshape(old.shape))
    for what, tally in state.tallies.items():
        tally[:] = np.arange(len(tally)) % 3 if what.startswith(DOCKINGS) else tally
    for array in (*state.trails.values(), *state.changes.values()):
        array[...] = 0.5 + 0.5 * np.sin(np.arange(array.size)).reshape(array.shape)
    return World(graph, lifecycle, neurons, state, signals, **parts)


def kinds_named(rule: Rule, item: dataclasses.Field) -> list[str]:
    """The kinds that a field of a rule names."""
    value = getattr(rule, item.name) if item.metadata.get("option", {}).get("kinds") else None
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]
