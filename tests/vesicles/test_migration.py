"""Migration: shares of weights, and a softmax over the ways of each node."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from vesicle_abm.core import alias
from vesicle_abm.core import functions as xp
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.vesicles.migration import BACKWARD, FORWARD, SoftmaxMigration, WeightedMigration

LAYERS = ("synaptic", "gap")


@st.composite
def graphs(draw):
    """Up to five nodes with a feature, parallel edges, self-loops, sinks, isolated nodes, edges of weight 0."""
    size = draw(st.integers(1, 5))
    graph = nx.MultiDiGraph()
    for node in range(size):
        graph.add_node(node, height=draw(st.floats(-3.0, 3.0)), cold=draw(st.floats(0.1, 5.0)))
    for _ in range(draw(st.integers(0, 10))):
        ends = draw(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)))
        weight = draw(st.sampled_from([0.0, 1e-3, 0.5, 1.0, 7.0, 1e6]))
        graph.add_edge(*ends, weight=weight, layer=draw(st.sampled_from(LAYERS)), learned=draw(st.floats(-3.0, 3.0)))
    return NeuralGraph.from_networkx(graph)


def probabilities(rule, graph):
    """(share of staying, {edge: share}) at each node, through the alias table that the views draw from."""
    ways = graph.ways(rule.layers, rule.direction)
    stay = np.broadcast_to(np.asarray(rule.stay(graph, None, xp), dtype=np.float64), graph.size)
    weights = np.broadcast_to(rule.weights(graph, None, xp), graph.edge_count)
    assert np.isfinite(weights).all()
    assert (weights >= 0.0).all()
    table = alias.build(ways.indptr, np.ascontiguousarray(stay), np.ascontiguousarray(weights[ways.edge]))
    found = table.probabilities()
    shares = []
    for node in range(graph.size):
        row = found[table.indptr[node] : table.indptr[node + 1]]
        shares.append((row[0], ways.edge[ways.indptr[node] : ways.indptr[node + 1]], row[1:]))
    return shares


def known_layers(graph, layers):
    return layers if layers is None else [name for name in layers if name in graph.layer_names]


@settings(deadline=None)
@given(
    graphs(),
    st.one_of(st.none(), st.floats(-4.0, 4.0)),
    st.sampled_from([0.0, -2.0, 1.5]),
    st.one_of(st.just("cold"), st.sampled_from([0.01, 0.5, 1.0, 30.0])),
    st.tuples(st.sampled_from([FORWARD, BACKWARD]), st.sampled_from([None, ["gap"], ["synaptic"], []])),
)
def test_softmax_migration_is_scipys_softmax_at_each_node(graph, stay_logit, drift, temperature, path):
    """Scores (log w + learned + drift * height of the end) / T, and stay_logit / T, over the ways of each node."""
    direction, layers = path[0], known_layers(graph, path[1])
    learned = "learned" if graph.edge_count else 0.0
    rule = SoftmaxMigration(
        logit=learned,
        drift=drift,
        feature="height",
        stay_logit=stay_logit,
        temperature=temperature,
        direction=direction,
        layers=layers,
    ).bind(graph)
    height, cold = graph.attribute("height"), graph.attribute("cold")
    for node, (stay, edges, shares) in enumerate(probabilities(rule, graph)):
        scores = [-np.inf if stay_logit is None else stay_logit]
        for edge in edges:
            end = (graph.target if direction == FORWARD else graph.source)[edge]
            with np.errstate(divide="ignore"):
                scores.append(np.log(graph.weight[edge]) + graph.edge_data["learned"][edge] + drift * height[end])
        degrees = cold[node] if temperature == "cold" else temperature
        expected = special.softmax(np.array(scores) / degrees) if np.isfinite(scores).any() else np.eye(len(scores))[0]
        np.testing.assert_allclose([stay, *shares], expected, rtol=1e-9, atol=1e-12)


@settings(deadline=None)
@given(
    graphs(),
    st.floats(0.0, 5.0),
    st.sampled_from([FORWARD, BACKWARD]),
    st.sampled_from([None, ["gap"], ["synaptic"]]),
)
def test_weighted_migration_leaves_in_proportion_to_weight(graph, stay, direction, layers):
    """w / (stay + sum of w) over the ways; where all is 0, staying."""
    rule = WeightedMigration(stay=stay, direction=direction, layers=known_layers(graph, layers))
    for found_stay, edges, shares in probabilities(rule, graph):
        total = stay + graph.weight[edges].sum()
        expected = [stay / total, *(graph.weight[edges] / total)] if total else [1.0, *np.zeros(len(edges))]
        np.testing.assert_allclose([found_stay, *shares], expected, rtol=1e-9, atol=1e-12)


def test_softmax_by_hand():
    """From a: to b with weight 1 and height 1, to c with weight 2 and height 0; drift 1, staying at log 1.

    Scores log 1 + 1 = 1, log 2 + 0, 0; exp: e, 2, 1; sum 5.718. Backward from b there is one way, to a of height 0:
    exp(log 1 + 0) = 1 beside staying's 1.
    """
    network = nx.DiGraph()
    network.add_node("a", height=0.0)
    network.add_node("b", height=1.0)
    network.add_node("c", height=0.0)
    network.add_edge("a", "b", weight=1.0)
    network.add_edge("a", "c", weight=2.0)
    graph = NeuralGraph.from_networkx(network)
    rule = SoftmaxMigration(drift=1.0, feature="height", stay_logit=0.0).bind(graph)
    stay, _, shares = probabilities(rule, graph)[0]
    np.testing.assert_allclose([stay, *shares], np.array([1.0, np.e, 2.0]) / (3.0 + np.e), rtol=1e-14)
    back = SoftmaxMigration(drift=1.0, feature="height", stay_logit=0.0, direction=BACKWARD).bind(graph)
    stay, _, shares = probabilities(back, graph)[1]
    np.testing.assert_allclose([stay, *shares], [0.5, 0.5], rtol=1e-14)


def test_a_low_temperature_takes_the_best_way_and_a_high_one_any():
    graph = NeuralGraph.from_edges([("a", "b", {"weight": 1.0}), ("a", "c", {"weight": 2.0})])
    _, _, cold = probabilities(SoftmaxMigration(temperature=1e-4), graph)[0]
    _, _, hot = probabilities(SoftmaxMigration(temperature=1e6), graph)[0]
    assert cold.tolist() == [0.0, 1.0]
    np.testing.assert_allclose(hot, [0.5, 0.5], atol=1e-6)


def test_huge_scores_do_not_overflow():
    graph = NeuralGraph.from_edges([("a", "b", {"weight": 1e300}), ("a", "c", {"weight": 1e-300})])
    rule = SoftmaxMigration(logit=[1e5, -1e5], stay_logit=1e5)
    stay, _, shares = probabilities(rule, graph)[0]
    np.testing.assert_allclose([stay, *shares], [0.0, 1.0, 0.0], atol=1e-290)


def test_a_better_edge_in_another_layer_does_not_disturb():
    """Its weight above the best of the chosen layer once overflowed to infinity, which the views refuse."""
    edges = [("a", "b", {"layer": "gap"}), ("a", "c", {"layer": "synaptic", "weight": 1e300})]
    graph = NeuralGraph.from_edges(edges)
    rule = SoftmaxMigration(layers=["gap"], temperature=0.01)
    assert rule.weights(graph, None, xp).tolist() == [1.0, 0.0]


def test_an_edge_of_weight_0_is_never_taken():
    graph = NeuralGraph.from_edges(
        [("a", "b", {"weight": 0.0}), ("a", "c", {"weight": 1e-300}), ("b", "a", {"weight": 0})]
    )
    rule = SoftmaxMigration(logit=[500.0, -500.0, 0.0], temperature=10.0)
    shares = probabilities(rule, graph)
    assert shares[0][2].tolist() == [0.0, 1.0]
    assert (shares[1][0], shares[1][2].tolist()) == (1.0, [0.0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WeightedMigration(stay=-1.0), "stay: got -1; a number >= 0 is allowed"),
        (lambda: WeightedMigration(direction="backwards"), "direction: got 'backwards'; did you mean 'backward'"),
        (lambda: WeightedMigration(travel="yes"), "travel: got 'yes'; Allowed: True, False"),
        (lambda: SoftmaxMigration(temperature=0.0), "temperature: got 0; a number > 0 is allowed"),
        (
            lambda: SoftmaxMigration(temprature=1.0),
            "temprature: softmax has no such parameter; did you mean 'temperature'",
        ),
    ],
)
def test_a_bad_parameter_is_refused(make, message):
    with pytest.raises(InputError, match=f"^{message}"):
        make()
