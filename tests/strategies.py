"""Random worlds for Hypothesis: graphs with every oddity, every shipped rule, neurons with every activation.

The first of several values is the liveliest, since Hypothesis falls back on it most often.
"""

import random
from dataclasses import dataclass
from typing import Any

import networkx as nx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import vesicle_abm as va

RATES = st.sampled_from([1.5, 3.0, 0.2, 18.0, 0.0])
PROBABILITIES = st.sampled_from([0.3, 0.5, 0.0, 1.0])
SMALL = st.sampled_from([1.0, -0.5, 3.0, -2.0, -0.0, 0.0])
SEEDS = st.integers(0, 2**64 - 1)


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

    def build(self, view: str = "compiled", threads: int = 1, order: int | None = None) -> va.VesicleModel:
        """A model; ``order`` seeds a new order of visits at every stage, for the particle view."""
        options: dict[str, Any] = {"neurons": self.neurons, "seed": self.seed}
        model = va.VesicleModel(self.graph, self.kinds, view=view, threads=threads, **options)
        if order is not None:
            shuffler = random.Random(order)
            model.order = lambda agents: shuffler.sample(agents, len(agents))
        return model


@st.composite
def graphs(draw, most_nodes: int = 5, most_delay: int = 3) -> va.NeuralGraph:
    """Sinks, self-loops, isolated nodes, parallel edges, zero weights, delays, two layers, signs."""
    size = draw(st.sampled_from([3, *range(1, most_nodes + 1)]))
    nodes = st.integers(0, size - 1)
    data = st.fixed_dictionaries(
        {
            "weight": st.sampled_from([1.0, 0.25, 3.0, 0.0]),
            "delay": st.integers(0, most_delay),
            "layer": st.sampled_from(["synaptic", "gap"]),
            "sign": st.sampled_from([1.0, -1.0]),
        }
    )
    graph = nx.MultiDiGraph()
    for node in range(size):
        graph.add_node(node, slope=draw(SMALL))
    for source, target, about in draw(st.lists(st.tuples(nodes, nodes, data), min_size=size - 1, max_size=2 * size)):
        graph.add_edge(source, target, **about)
    return va.NeuralGraph.from_networkx(graph)


def emissions() -> st.SearchStrategy:
    """Every shipped emission."""
    return st.one_of(
        st.builds(va.ConstantEmission, rate=RATES),
        st.builds(va.ActivityEmission, scale=st.sampled_from([1.5, 0.5, 0.0]), slope=SMALL, threshold=SMALL),
        st.builds(
            va.ThresholdEmission,
            count=st.sampled_from([2.0, 0.5, 0.0]),
            threshold=st.sampled_from([0.0, 0.5, 1.0]),
            on=st.sampled_from(["level", "crossing"]),
        ),
        st.builds(
            va.PulseEmission,
            count=st.sampled_from([3.0, 0.5]),
            at=st.integers(0, 2),
            duration=st.integers(1, 2),
            every=st.sampled_from([0, 2]),
            nodes=st.sampled_from([None, [0]]),
        ),
    )


def migrations(graph: va.NeuralGraph) -> st.SearchStrategy:
    """Every shipped migration, on all layers or one."""
    where = {
        "layers": st.sampled_from([None, *([name] for name in graph.layer_names)]),
        "direction": st.sampled_from(["forward", "backward"]),
        "travel": st.booleans(),
    }
    softmax = {
        "drift": SMALL,
        "feature": st.just("slope"),
        "stay_logit": SMALL | st.none(),
        "temperature": st.sampled_from([1.0, 0.01]),
    }
    return st.one_of(
        st.builds(va.WeightedMigration, stay=st.sampled_from([0.0, 1.0]), **where),
        st.builds(va.SoftmaxMigration, **softmax, **where),
    )


def dockings(width: int, capacities=(None, 1, 3, 0)) -> st.SearchStrategy:
    """Every shipped docking."""
    capacity = st.sampled_from(capacities)
    constant = st.builds(va.ConstantDocking, probability=PROBABILITIES, capacity=capacity)
    if not width:
        return constant
    receptor = st.lists(SMALL, min_size=width, max_size=width)
    return st.one_of(
        constant, st.builds(va.AffinityDocking, receptor=receptor, gain=st.just(2.0), logit=SMALL, capacity=capacity)
    )


def releases(width: int, names: list[str]) -> st.SearchStrategy:
    """None, one or several of the shipped releases."""
    component = st.none() | st.integers(0, width - 1) if width else st.none()
    level = st.builds(va.ModulatorRelease, amount=SMALL, component=component, level=st.sampled_from([None, *names]))
    gain = st.builds(va.GainRelease, amount=st.sampled_from([-0.1, 0.2]), component=component)
    return st.lists(st.one_of(level, gain), max_size=3)


def lifetimes() -> st.SearchStrategy:
    """Every shipped lifetime, and none."""
    return st.one_of(
        st.none(),
        st.sampled_from([3, 1, 2, 4]),
        st.builds(va.GeometricLifetime, mean=st.sampled_from([4.0, 1.5])),
        st.builds(va.ExponentialLifetime, mean=st.sampled_from([4.0, 0.3])),
    )


@st.composite
def kinds(draw, graph: va.NeuralGraph, names: list[str]) -> va.Kind:
    """A kind of any shipped rules."""
    width = draw(st.sampled_from([1, 2, 3, 4, 0]))
    numbers = st.lists(SMALL, min_size=width, max_size=width)
    spread = st.lists(st.sampled_from([0.5, 0.0]), min_size=width, max_size=width)
    return va.Kind(
        emission=draw(emissions()),
        migration=draw(migrations(graph)),
        docking=draw(dockings(width)),
        release=draw(releases(width, names)),
        decay=va.HazardDecay(hazard=draw(PROBABILITIES)),
        lifetime=draw(lifetimes()),
        absorb=draw(PROBABILITIES),
        content_width=width,
        content=va.GaussianContent(mean=draw(numbers), deviation=draw(spread)) if width else None,
        clearance=draw(st.sampled_from([3.0, None])),
    )


def neurons() -> st.SearchStrategy:
    """Every activation, and none."""
    return st.none() | st.builds(
        va.HMNNeurons,
        activation=st.sampled_from(["relu", "sigmoid", "tanh"]),
        bias=SMALL,
        noise=st.sampled_from([0.5, 0.0]),
        weight_scale=st.sampled_from([1.5, 0.5, 0.0]),
        gain_recovery=st.sampled_from([2.0, None]),
    )


@st.composite
def worlds(draw, most_kinds: int = 3) -> Recipe:
    """Anything at all."""
    graph = draw(graphs())
    names = [f"kind{k}" for k in range(draw(st.sampled_from([2, *range(1, most_kinds + 1)])))]
    return Recipe(graph, {name: draw(kinds(graph, names)) for name in names}, draw(neurons()), draw(SEEDS))


@st.composite
def linear_worlds(draw) -> Recipe:
    """One kind whose rates do not depend on the state: where the density view is exact."""
    graph = draw(graphs())
    kind = va.Kind(
        emission=draw(
            st.one_of(
                st.builds(va.ConstantEmission, rate=RATES),
                st.builds(va.PulseEmission, count=RATES, at=st.integers(0, 6), every=st.sampled_from([0, 2])),
            )
        ),
        migration=draw(migrations(graph)),
        docking=draw(dockings(2, capacities=(None,))),
        decay=va.HazardDecay(hazard=draw(PROBABILITIES)),
        lifetime=draw(lifetimes()),
        absorb=draw(PROBABILITIES),
        content_width=2,
        content=[0.5, -1.0],
    )
    return Recipe(graph, {"v": kind}, None, draw(SEEDS))
