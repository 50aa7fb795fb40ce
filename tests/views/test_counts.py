"""Node counts are Poisson with the stated mean, independent between nodes: transient and stationary.

Replicates are separate copies of one small graph (seed 5, R = 12,000), and once different seeds (R = 600). The bound on
each z-score is ``oracles.Z``; standard errors are stated in ``oracles``.
"""

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, copies, covariance_z, mean_z, model_of, poisson_p, poisson_variance_z, transport

import vesicle_abm as va

REPLICATES, SEED = 12_000, 5
EDGES = [(0, 1, 1.0), (0, 1, 0.5), (0, 2, 3.0), (1, 1, 2.0), (1, 0, 1.0), (2, 3, 1.0)]  # 3 a sink, 4 isolated
RATE = np.array([0.7, 0.2, 0.0, 1.1, 0.4])
DOCKING = np.array([0.1, 0.4, 0.0, 0.3, 0.2])
HAZARD, ABSORB, STAY = 0.08, 0.5, 0.5
MOMENTS = (1, 4, 60)  # at 60 the largest eigenvalue, 0.92, has left 0.7 % of the transient: the exact mean says so


@pytest.fixture(scope="module")
def graph():
    edges = [(source, target, {"weight": weight}) for source, target, weight in EDGES]
    return va.NeuralGraph.from_edges(edges, nodes=range(5), parallel=True)


def rules(count: int) -> dict:
    return {
        "emission": va.ConstantEmission(rate=np.tile(RATE, count)),
        "migration": va.WeightedMigration(stay=STAY),
        "docking": va.ConstantDocking(probability=np.tile(DOCKING, count)),
        "decay": va.HazardDecay(hazard=HAZARD),
        "absorb": ABSORB,
    }


def exact_means(graph, steps: int) -> list[np.ndarray]:
    """rho' = (rho + lambda) P (1 - p * absorb) (1 - hazard), from nothing."""
    means = [np.zeros(graph.size)]
    survives = (1.0 - DOCKING * ABSORB) * (1.0 - HAZARD)
    for _ in range(steps):
        means.append((means[-1] + RATE) @ transport(graph, STAY) * survives)
    return means


@pytest.fixture(scope="module")
def counts(graph):
    model = model_of(copies(graph, REPLICATES), seed=SEED, threads=2, **rules(REPLICATES))
    found = {}
    for moment in MOMENTS:
        model.run_for(moment - model.time)
        found[moment] = model.occupancy()[0].reshape(REPLICATES, graph.size)
    return found


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_mean_of_each_count_is_the_formula(graph, counts, moment):
    mean = exact_means(graph, moment)[-1]
    assert np.abs(mean_z(counts[moment], mean, mean)).max() < Z


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_variance_of_each_count_is_its_mean(graph, counts, moment):
    assert np.abs(poisson_variance_z(counts[moment], exact_means(graph, moment)[-1])).max() < Z


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_counts_follow_poisson(graph, counts, moment):
    for node, mean in enumerate(exact_means(graph, moment)[-1]):
        assert poisson_p(counts[moment][:, node], mean) > SMALLEST_P


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_counts_of_two_nodes_do_not_covary(graph, counts, moment):
    for a in range(graph.size):
        for b in range(a):
            assert abs(covariance_z(counts[moment][:, a], counts[moment][:, b])) < Z


def test_the_counts_at_different_times_covary_as_survivors_do(graph, counts):
    """cov(n_l(1), n_m(4)) = rho_l(1) (A^3)_lm: those of then that are still alive."""
    survives = (1.0 - DOCKING * ABSORB) * (1.0 - HAZARD)
    kept = np.linalg.matrix_power(transport(graph, STAY) * survives, 3)
    means = exact_means(graph, 4)
    for a in range(graph.size):
        for b in range(graph.size):
            early, late = counts[1][:, a] - means[1][a], counts[4][:, b] - means[4][b]
            error = np.sqrt(np.var(early * late) / REPLICATES)
            assert abs(np.mean(early * late) - means[1][a] * kept[a, b]) <= Z * error + 1e-12


def test_the_long_run_is_the_stationary_formula(graph):
    survives = (1.0 - DOCKING * ABSORB) * (1.0 - HAZARD)
    a = transport(graph, STAY) * survives
    stationary = RATE @ a @ np.linalg.inv(np.eye(graph.size) - a)
    model = model_of(copies(graph, 3000), seed=SEED, **rules(3000))
    model.run_for(200)  # 0.92**200 = 6e-8
    assert np.abs(mean_z(model.occupancy()[0].reshape(3000, -1), stationary, stationary)).max() < Z


def test_seeds_are_as_good_as_copies(graph):
    samples = []
    for seed in range(600):
        model = model_of(graph, seed=seed, **rules(1))
        model.run_for(5)
        samples.append(model.occupancy()[0])
    samples, mean = np.array(samples), exact_means(graph, 5)[-1]
    assert np.abs(mean_z(samples, mean, mean)).max() < Z
    assert np.abs(poisson_variance_z(samples, mean)).max() < Z
    for a in range(graph.size):
        for b in range(a):
            assert abs(covariance_z(samples[:, a], samples[:, b])) < Z
