"""How many vesicles the rules let expect: closed forms, and what cannot be told."""

import math

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.vesicles.expected import SPREAD, expected_population, mean_life

CONSTANT = {"emission": va.ConstantEmission(rate=2.0)}


def life(**rules):
    return mean_life(va.Kind(**rules))


def test_a_fixed_lifetime_is_the_mean_life():
    assert life(lifetime=30) == 30.0


def test_a_hazard_gives_a_geometric_life():
    """Alive in its first step for certain, then with 0.98 from step to step: 1 / 0.02."""
    assert life(decay=va.HazardDecay(hazard=0.02)) == pytest.approx(50.0)


def test_docking_and_hazard_end_a_life_together():
    kind = {"docking": va.ConstantDocking(probability=0.1), "absorb": 0.5, "decay": va.HazardDecay(hazard=0.02)}
    staying = 0.95 * 0.98
    assert life(**kind) == pytest.approx(1.0 / (1.0 - staying))
    assert life(**kind, lifetime=3) == pytest.approx(1.0 + staying + staying**2)


@pytest.mark.parametrize("mean", [5.0, 1e6])
def test_a_life_longer_than_what_is_summed_is_summed_to_its_end(mean):
    assert life(lifetime=va.GeometricLifetime(mean=mean)) == pytest.approx(mean)
    assert life(lifetime=va.ExponentialLifetime(mean=mean)) == pytest.approx(1.0 / (1.0 - math.exp(-1.0 / mean)))


def test_numbers_that_differ_from_node_to_node_count_by_their_mean():
    kind = va.Kind(decay=va.HazardDecay(hazard=np.array([0.1, 0.3]))).bind(va.NeuralGraph(range(2), [0], [1]))
    assert mean_life(kind) == pytest.approx(5.0)


@pytest.mark.parametrize(
    "rules",
    [
        {"docking": va.ConstantDocking(probability=0.1, capacity=2)},
        {"docking": va.AffinityDocking(receptor=1.0), "content_width": 1},
        {"turn": va.ConstantTurn(into="other", probability=0.5)},
    ],
)
def test_what_depends_on_the_state_is_not_told(rules):
    assert life(lifetime=10, **rules) is None
    assert expected_population(va.Kind(**CONSTANT, lifetime=10, cap=100, **rules), 5) is None


def test_docking_that_takes_nobody_up_does_not_matter():
    assert life(lifetime=10, absorb=0.0, docking=va.ConstantDocking(probability=0.1, capacity=2)) == 10.0


def test_a_population_is_births_times_life_and_four_standard_deviations():
    assert expected_population(va.Kind(**CONSTANT, lifetime=10), 5) == 100.0 + SPREAD * 10.0


def test_a_cap_bounds_it_also_where_lives_have_no_end():
    assert expected_population(va.Kind(**CONSTANT, lifetime=10, cap=70), 5) == 70
    assert expected_population(va.Kind(**CONSTANT, cap=70), 5) == 70
    assert expected_population(va.Kind(**CONSTANT), 5) is None


def test_none_are_born_where_nothing_is_emitted_or_all_is_broadcast():
    assert expected_population(va.Kind(), 5) == 0.0
    assert expected_population(va.Kind(**CONSTANT, delivery="broadcast"), 5) == 0.0
    assert expected_population(va.Kind(emission=va.ActivityEmission(), lifetime=10), 5) is None


def test_a_run_finds_no_more_than_expected():
    """Of 200 steps after the first 50 none may exceed the mean by four standard deviations, but for a chance of 200 *
    3e-5; the peak stands within a step, before the deaths.
    """
    kind = va.Kind(**CONSTANT, lifetime=25, decay=va.HazardDecay(hazard=0.01))
    model = va.VesicleModel(nx.cycle_graph(20), {"signal": kind}, seed=3, view="compiled")
    model.run_for(50)
    most, alive = expected_population(kind, 20), []
    for _ in range(200):
        before = model.counts["alive"]
        born = model.counts["born"]
        model.step()
        alive.append(before + model.counts["born"] - born)
    assert max(alive) <= most
    assert np.mean(alive) == pytest.approx(40 * mean_life(kind), rel=0.05)
