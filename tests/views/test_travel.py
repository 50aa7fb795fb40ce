"""Where vesicles go: forward, backward, delayed, staying, drifting. Cohorts of 16,000, seed 31.

After t steps a cohort is multinomial with a row of P^t; chi-square p must exceed ``oracles.SMALLEST_P``.
"""

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, model_of, multinomial_p, share_z, transport

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

SEED, COHORT = 31, 16_000


def web(**attributes) -> va.NeuralGraph:
    """Parallel edges, a self-loop, a sink (3), an isolated node (4)."""
    edges = [(0, 1, 1.0), (0, 1, 0.5), (0, 2, 3.0), (1, 1, 2.0), (1, 0, 1.0), (2, 3, 1.0), (2, 0, 0.0), (1, 2, 1.0)]
    return va.NeuralGraph.from_edges(
        [(s, t, {"weight": w, **attributes}) for s, t, w in edges], nodes=range(5), parallel=True
    )


def one_way(delays) -> va.NeuralGraph:
    """A ring with these delays."""
    n = len(delays)
    return va.NeuralGraph.from_edges([(i, (i + 1) % n, {"delay": d}) for i, d in enumerate(delays)])


def released_at(node, **rules):
    count = rules.pop("count", COHORT)
    return {"emission": va.PulseEmission(count=count, nodes=[node]), **rules}


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("start", range(5))
def test_a_walk_is_a_row_of_a_matrix_power(start, backward):
    migration = va.WeightedMigration(stay=0.5, direction="backward" if backward else "forward")
    model = model_of(web(), seed=SEED, **released_at(start, migration=migration))
    power = np.eye(5)
    for _ in range(6):
        model.step()
        power = power @ transport(model.graph, 0.5, backward)
        assert multinomial_p(model.occupancy()[0], power[start], COHORT) > SMALLEST_P
        assert (model.occupancy()[0][power[start] == 0.0] == 0).all()


def test_staying_has_its_stated_probability():
    """One way of weight 3 beside a stay weight of 1: 1/4 stay, se = sqrt(n 3/16)."""
    graph = va.NeuralGraph.from_edges([(0, 1, {"weight": 3.0})])
    model = model_of(graph, seed=SEED, **released_at(0, migration=va.WeightedMigration(stay=1.0)))
    model.step()
    assert abs(share_z(model.occupancy()[0, 0], COHORT, 0.25)) < Z


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_softmax_with_drift_logits_and_staying_is_the_stated_softmax(temperature):
    """P(e) ~ exp((log w + logit + drift * feature) / T), beside exp(stay_logit / T)."""
    graph = web()
    feature, logit = np.array([0.3, -1.0, 0.8, 0.0, 2.0]), np.linspace(-1.0, 1.0, graph.edge_count)
    migration = va.SoftmaxMigration(drift=0.7, feature=feature, logit=logit, stay_logit=-0.4, temperature=temperature)
    for start in (0, 1, 2):
        model = model_of(graph, seed=SEED, **released_at(start, migration=migration))
        model.step()
        share = np.zeros(5)
        share[start] = np.exp(-0.4 / temperature)
        for e in np.flatnonzero((graph.source == start) & (graph.weight > 0.0)):
            score = np.log(graph.weight[e]) + logit[e] + 0.7 * feature[graph.target[e]]
            share[graph.target[e]] += np.exp(score / temperature)
        assert multinomial_p(model.occupancy()[0], share / share.sum(), COHORT) > SMALLEST_P


def test_a_cold_softmax_takes_the_best_way_and_backward_looks_at_sources():
    graph = va.NeuralGraph.from_edges([(0, 2), (1, 2)], nodes=[0, 1, 2])
    migration = va.SoftmaxMigration(drift=1.0, feature=np.array([0.0, 1.0, 0.0]), temperature=1e-6)
    model = model_of(graph, seed=SEED, **released_at(2, migration=migration, count=50))
    model.step()
    assert model.occupancy()[0].tolist() == [0, 0, 50]  # forward, node 2 is a sink
    back = va.SoftmaxMigration(drift=1.0, feature=np.array([0.0, 1.0, 0.0]), temperature=1e-6, direction="backward")
    model = model_of(graph, seed=SEED, **released_at(2, migration=back, count=50))
    model.step()
    assert model.occupancy()[0].tolist() == [0, 50, 0]


def test_vesicles_keep_to_their_layers():
    graph = va.NeuralGraph.from_edges([(0, 1, {"layer": "gap"}), (0, 2, {"layer": "synaptic"}), (2, 0, {})])
    model = model_of(graph, seed=SEED, **released_at(0, migration=va.WeightedMigration(layers=["gap"]), count=40))
    model.run_for(3)
    assert model.occupancy()[0].tolist() == [0, 40, 0]


@pytest.mark.parametrize("view", VIEWS)
def test_a_delay_of_d_is_d_further_steps_and_docking_waits_for_arrival(view):
    """Ring 0 -3-> 1 -0-> 2 -1-> 3 -2-> 0. (node, under way, docked) after each step, by hand."""
    timeline = [
        (0, True, False),  # step 0: born at 0, leaves at once
        (0, True, False),
        (0, True, False),
        (1, False, True),  # step 3 = 0 + 3: arrives, docks
        (2, False, True),  # step 4: no delay
        (2, True, False),  # step 5: leaves
        (3, False, True),  # step 6 = 5 + 1
        (3, True, False),  # step 7: leaves
        (3, True, False),
        (0, False, True),  # step 9 = 7 + 2
    ]
    rules = released_at(0, count=2, docking=va.ConstantDocking(probability=1.0), absorb=0.0)
    model = model_of(one_way([3, 0, 1, 2]), seed=SEED, view=view, **rules)
    for node, under_way, docked in timeline:
        model.step()
        columns = model.state.vesicles["v"]
        assert columns["node"].tolist() == [node] * 2
        assert (columns["edge"] >= 0).tolist() == [under_way] * 2
        assert (columns["status"] == 1).tolist() == [docked] * 2
        assert model.occupancy()[0].sum() == (0 if under_way else 2)


@pytest.mark.parametrize("view", VIEWS)
def test_backward_travel_takes_the_same_delays(view):
    migration = va.WeightedMigration(direction="backward")
    model = model_of(one_way([3, 0, 1, 2]), seed=SEED, view=view, **released_at(0, migration=migration, count=1))
    nodes = []
    for _ in range(10):
        model.step()
        nodes.append([*np.flatnonzero(model.occupancy()[0]), None][0])
    assert nodes == [None, None, 3, None, 2, 1, None, None, None, 0]


def test_without_travel_delays_are_not_looked_at():
    rules = released_at(0, migration=va.WeightedMigration(travel=False), count=3)
    model = model_of(one_way([3, 5, 1]), seed=SEED, **rules)
    model.run_for(2)
    assert model.occupancy()[0].tolist() == [0, 0, 3]
    assert "edge" not in model.state.vesicles["v"]


@pytest.mark.parametrize("view", VIEWS)
def test_under_way_the_hazard_is_that_of_the_origin(view):
    rules = released_at(0, decay=va.HazardDecay(hazard=np.array([0.0, 1.0])), count=9)
    model = model_of(one_way([3, 0]), seed=SEED, view=view, **rules)
    alive = []
    for _ in range(4):
        model.step()
        alive.append(model.counts["alive"])
    assert alive == [9, 9, 9, 0]


def test_the_origins_hazard_works_at_every_step_under_way():
    """(1 - h)^k left under way, se binomial; the last step is at the goal, whose hazard is 0."""
    rules = released_at(0, decay=va.HazardDecay(hazard=np.array([0.2, 0.0])))
    model = model_of(va.NeuralGraph.from_edges([(0, 1, {"delay": 3})]), seed=SEED, **rules)
    for kept in (0.8, 0.64, 0.512, 0.512, 0.512):
        model.step()
        assert abs(share_z(model.counts["alive"], COHORT, kept)) < Z


@pytest.mark.parametrize("view", VIEWS)
def test_a_life_may_end_under_way(view):
    model = model_of(one_way([3, 0]), seed=SEED, view=view, **released_at(0, lifetime=2, count=4))
    model.run_for(2)
    assert model.counts["expired"] == 4


def test_the_mixture_of_delayed_and_direct_ways_has_the_stated_shares():
    """Weights 1 (delay 2) and 3 (none) to two sinks: 1/4 and 3/4; the late ones come two steps later."""
    edges = [(0, 1, {"weight": 1.0, "delay": 2}), (0, 2, {"weight": 3.0})]
    model = model_of(va.NeuralGraph.from_edges(edges), seed=SEED, **released_at(0))
    seen = []
    for _ in range(4):
        model.step()
        seen.append(model.occupancy()[0].tolist())
    direct = seen[0][2]
    assert abs(share_z(direct, COHORT, 0.75)) < Z
    assert seen == [[0, 0, direct], [0, 0, direct], [0, COHORT - direct, direct], [0, COHORT - direct, direct]]
