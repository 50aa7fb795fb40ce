"""Small worlds: the law that is stated, the ring and the random graph as limits, and every refusal."""

import numpy as np
import pytest

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.small_world import small_world
from vesicle_abm.scenario import Scenario, ScenarioError

TOML = {
    "question": "q",
    "expect": "e",
    "graph": {"small_world": {"nodes": 20, "degree": 4, "rewired": 0.5, "seed": 3}},
    "kinds": {"signal": {"lifetime": 3}},
}


def test_without_rewiring_it_is_the_ring():
    graph = small_world(6, degree=4, rewired=0.0)
    assert graph.source.tolist() == [node for node in range(6) for _ in range(4)]
    assert graph.target.reshape(6, 4)[0].tolist() == [4, 5, 1, 2]
    assert (np.sort((graph.target - graph.source).reshape(6, 4) % 6, axis=1) == [1, 2, 4, 5]).all()


@pytest.mark.parametrize("rewired", [0.3, 1.0])
def test_every_node_leads_to_as_many_others_none_of_them_twice_and_none_itself(rewired):
    graph = small_world(12, degree=10, rewired=rewired, seed=5)
    rows = np.sort(graph.target.reshape(12, 10), axis=1)
    assert (np.diff(rows, axis=1) > 0).all()
    assert (graph.target != graph.source).all()


def test_as_many_edges_are_rewired_as_the_probability_says():
    """20,000 edges: those that left the ring are binomial; a rewired edge falls back on its own place or on one that
    another has left with probability below 3 / 5000. Standard error sqrt(0.1 * 0.9 / 20000) = 0.0021.
    """
    nodes = 5_000
    graph = small_world(nodes, degree=4, rewired=0.1, seed=1)
    away = (graph.target.astype(int) - graph.source) % nodes
    assert abs(((away > 2) & (away < nodes - 2)).mean() - 0.1) < 4 * 0.0021


def test_rewired_ends_are_spread_evenly():
    """All 80,000 ends of 4,000 nodes drawn: in-degrees have mean 20 and, being nearly Poisson, variance 20 (1 - 20 /
    4000), whose standard error is 20 sqrt(2 / 4000) = 0.45.
    """
    counts = np.bincount(small_world(4_000, degree=20, rewired=1.0, seed=2).target, minlength=4_000)
    assert abs(counts.var() - 19.9) < 4 * 0.45


def test_weights_lie_evenly_between_the_bounds():
    """Of 4,000 uniform weights the mean has the standard error 1 / sqrt(12 * 4000) = 0.0046."""
    weight = small_world(1_000, degree=4, low=0.5, high=1.5, seed=4).weight
    assert weight.min() >= 0.5
    assert weight.max() <= 1.5
    assert abs(weight.mean() - 1.0) < 4 * 0.0046
    assert (small_world(10, degree=2, low=2.0, high=2.0).weight == 2.0).all()


def test_the_seed_is_the_graph():
    first, again, other = (small_world(50, degree=4, rewired=0.5, seed=seed) for seed in (1, 1, 2))
    assert first.target.tolist() == again.target.tolist() != other.target.tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"nodes": 2}, r"nodes: got 2; a whole number from 3 to 1,048,576"),
        ({"nodes": 2**20 + 1}, r"nodes: got 1048577; a whole number from 3 to 1,048,576"),
        ({"nodes": 10, "degree": 3}, r"degree: got 3; an even number"),
        ({"nodes": 10, "degree": 10}, r"degree: got 10; a whole number from 2 to 9"),
        ({"nodes": 20, "rewired": 1.5}, r"rewired: got 1\.5; a number from 0 to 1"),
        ({"nodes": 20, "low": 2.0, "high": 1.0}, r"high: got 1\.0; a number >= 2"),
        ({"nodes": 20, "low": float("nan")}, r"low: got nan; a number >= 0"),
        ({"nodes": 20, "seed": -1}, r"seed: got -1; a whole number from 0"),
        (
            {"nodes": 2**20, "degree": 2**19},
            r"degree: a graph of 549,755,813,888 edges needs 16384\.0 GiB, and .* free",
        ),
    ],
)
def test_numbers_out_of_bounds_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        small_world(**arguments)


def test_a_scenario_can_ask_for_one():
    graph = Scenario(TOML).build().graph
    assert graph.target.tolist() == small_world(20, degree=4, rewired=0.5, seed=3).target.tolist()
    with pytest.raises(ScenarioError, match=r"graph\.small_world\.degree: got 7; an even number"):
        Scenario(TOML).override("graph.small_world.degree", 7).build()
