"""Who docks, who is absorbed, and who must wait where there is no room. Seed 21; the bound on z is ``oracles.Z``."""

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, isolated, mean_z, model_of, multinomial_p, share_z
from scipy import stats

import vesicle_abm as va
from vesicle_abm.core.identity import unpack
from vesicle_abm.views.step import VIEWS

SEED, COHORT, NODES = 21, 16_000, 6_000


def test_docking_is_binomial_and_absorption_too():
    """se = sqrt(n p (1 - p)) of the docked; of those, sqrt(d a (1 - a)) of the absorbed."""
    rules = {"docking": va.ConstantDocking(probability=0.3), "absorb": 0.25}
    model = model_of(isolated(1), seed=SEED, emission=va.PulseEmission(count=COHORT), **rules)
    model.step()
    docked, absorbed = int(model.state.docked[0, 0]), model.counts["absorbed"]
    assert abs(share_z(docked, COHORT, 0.3)) < Z
    assert abs(share_z(absorbed, docked, 0.25)) < Z
    assert np.count_nonzero(model.state.vesicles["v"]["status"] == 1) == docked - absorbed


@pytest.mark.parametrize("p", [0.0, 1.0])
@pytest.mark.parametrize("absorb", [0.0, 1.0])
@pytest.mark.parametrize("view", VIEWS)
def test_certain_and_impossible_are_exact(view, p, absorb):
    rules = {"docking": va.ConstantDocking(probability=p), "absorb": absorb}
    model = model_of(isolated(3), seed=SEED, view=view, emission=va.PulseEmission(count=20), **rules)
    model.step()
    assert model.state.docked.sum() == 60 * p
    assert model.counts["absorbed"] == 60 * p * absorb


def test_counts_over_nodes_follow_the_binomial_law():
    rules = {"docking": va.ConstantDocking(probability=0.3)}
    model = model_of(isolated(NODES), seed=SEED, emission=va.PulseEmission(count=8), **rules)
    model.step()
    found = np.bincount(model.state.docked[0], minlength=9)
    assert multinomial_p(found, stats.binom.pmf(np.arange(9), 8, 0.3), NODES) > SMALLEST_P


def test_affinity_is_the_stated_sigmoid():
    """p = sigmoid(gain (c . r) / sqrt(D) + logit): content (1, -2), receptors (0.5, 0.25) and (1, -1)."""
    receptor = np.array([[0.5, 0.25], [1.0, -1.0]])
    rules = {
        "docking": va.AffinityDocking(receptor=receptor, gain=2.0, logit=-0.7),
        "content_width": 2,
        "content": [1.0, -2.0],
    }
    model = model_of(isolated(2), seed=SEED, emission=va.PulseEmission(count=COHORT), **rules)
    model.step()
    u = 2.0 * (receptor @ [1.0, -2.0]) / np.sqrt(2.0) - 0.7
    assert np.abs(share_z(model.state.docked[0], COHORT, 1.0 / (1.0 + np.exp(-u)))).max() < Z


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("capacity", [0, 1, 3, 7, 9])
def test_exactly_as_many_dock_as_there_is_room_for(view, capacity):
    rules = {"docking": va.ConstantDocking(probability=1.0, capacity=capacity)}
    model = model_of(isolated(5), seed=SEED, view=view, emission=va.PulseEmission(count=7), **rules)
    model.step()
    assert model.state.docked[0].tolist() == [min(7, capacity)] * 5
    assert model.counts["absorbed"] == 5 * min(7, capacity)


def test_the_candidates_beyond_the_capacity_wait():
    """docked = min(candidates, 2), candidates ~ Binomial(6, 0.4)."""
    rules = {"docking": va.ConstantDocking(probability=0.4, capacity=2)}
    model = model_of(isolated(NODES), seed=SEED, emission=va.PulseEmission(count=6), **rules)
    model.step()
    mass = stats.binom.pmf(np.arange(7), 6, 0.4)
    found = np.bincount(model.state.docked[0], minlength=3)
    assert multinomial_p(found, [mass[0], mass[1], mass[2:].sum()], NODES) > SMALLEST_P


def test_each_candidate_docks_with_equal_chance():
    """c of n without replacement: sum (O - E)^2 / E * (n - 1) / (n - c) is chi-square with n - 1 degrees of freedom."""
    n, c = 6, 2
    rules = {"docking": va.ConstantDocking(probability=1.0, capacity=c), "absorb": 0.0}
    model = model_of(isolated(NODES), seed=SEED, emission=va.PulseEmission(count=n), **rules)
    model.step()
    columns = model.state.vesicles["v"]
    docked = np.bincount(unpack(columns["id"])[3][columns["status"] == 1], minlength=n)
    expected = NODES * c / n
    statistic = ((docked - expected) ** 2 / expected).sum() * (n - 1) / (n - c)
    assert stats.chi2.sf(statistic, n - 1) > SMALLEST_P


def test_a_capacity_is_drawn_anew_in_every_step():
    """One of two, never absorbed: the same one in two steps with probability 1/2. se = sqrt(R / 4)."""
    rules = {"docking": va.ConstantDocking(probability=1.0, capacity=1), "absorb": 0.0}
    model = model_of(isolated(NODES), seed=SEED, emission=va.PulseEmission(count=2), **rules)
    who = []
    for _ in range(2):
        model.step()
        columns = model.state.vesicles["v"]
        who.append(set(columns["id"][columns["status"] == 1].tolist()))
    assert abs(share_z(len(who[0] & who[1]), NODES, 0.5)) < Z


def test_kinds_do_not_share_a_capacity():
    kind = va.Kind(
        emission=va.PulseEmission(count=5), docking=va.ConstantDocking(probability=1.0, capacity=2), absorb=0.0
    )
    model = va.VesicleModel(isolated(4), {"a": kind, "b": kind}, seed=SEED)
    model.step()
    assert (model.state.docked == 2).all()


def test_the_docked_stay_and_dock_again():
    """p = 0.5, absorb = 0.2: the survivors of ten steps are (1 - 0.1)^10. se of the mean: binomial."""
    rules = {"docking": va.ConstantDocking(probability=0.5), "absorb": 0.2}
    model = model_of(isolated(NODES), seed=SEED, emission=va.PulseEmission(count=4), **rules)
    model.run_for(10)
    kept = 0.9**10
    assert abs(mean_z(model.occupancy()[0], 4 * kept, 4 * kept * (1 - kept))) < Z
