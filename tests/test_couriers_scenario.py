"""Scenario ``couriers``: vesicles that remember where they were, and spend their payload bit by bit. Seeds 1 to 20."""

from functools import cache

import numpy as np
import pytest
from oracles import Z

import vesicle_abm as va
from vesicle_abm.scenario import Scenario

SIDE, COURIERS, RELEASES, REMEMBERED, REVISIT = 20, 50, 8, 12, 0.05
SEEDS = range(1, 21)
WITHOUT = {"kinds.peptide.migration.revisit": 1.0}


@cache
def finished(seed: int = 1, **changes) -> va.VesicleModel:
    scenario = Scenario.load("couriers")
    for key, value in changes.items():
        scenario = scenario.override(key, value)
    model = scenario.build(seed=seed)
    model.run_for(scenario.steps)
    return model


def reached(model: va.VesicleModel) -> int:
    """How many neurons have received something."""
    return int(np.count_nonzero(model.state.modulator[:, 0]))


@pytest.mark.parametrize("seed", SEEDS)
def test_all_that_is_given_is_the_closed_form_to_the_last_bit(seed):
    """A power of 3/4 and amounts of 1 are multiples of 2**-32: 50 (1 - 0.75**8), by 50 * 8 dockings."""
    model = finished(seed)
    assert model.state.modulator[:, 0].sum() == COURIERS * (1.0 - 0.75**RELEASES)
    assert model.state.docked[0].sum() == COURIERS * RELEASES
    assert model.counts == {"born": 50, "alive": 0, "absorbed": 50, "expired": 0, "cleared": 0}


@pytest.mark.parametrize(
    ("changes", "neurons", "given"),
    [
        ({}, 153, 44.99),
        (WITHOUT, 98, 44.99),
        ({"kinds.peptide.spend": 1.0}, 16, 50.0),
        ({"kinds.peptide.releases": 1}, 16, 12.5),
    ],
)
def test_the_lines_of_the_scenario_give_what_it_says(changes, neurons, given):
    model = finished(**changes)
    assert reached(model) == neurons
    assert round(float(model.state.modulator.sum()), 2) == given


def walked(seed: int, revisit: float) -> int:
    """The same by a second implementation, with draws of its own: neurons reached by fifty couriers, one by one."""
    found = set()
    for courier in range(COURIERS):
        place, behind, left = (0, 0), [], RELEASES
        for step in range(200):
            u, dock = va.uniform(seed, courier, step, "user", [0, 1])
            steps = ((0, 1), (0, -1), (1, 0), (-1, 0))
            ends = [((place[0] + a) % SIDE, (place[1] + b) % SIDE) for a, b in steps]
            weight = np.cumsum([revisit if end in behind else 1.0 for end in ends])
            behind = [place, *behind][:REMEMBERED]
            place = ends[int(np.searchsorted(weight, u * weight[-1], side="right"))]
            if dock < 0.5:
                found.add(place)
                left -= 1
                if left == 0:
                    break
    return len(found)


@pytest.mark.parametrize(("changes", "revisit", "about"), [({}, REVISIT, 146), (WITHOUT, 1.0, 93)])
def test_couriers_reach_as_many_neurons_as_a_second_implementation(changes, revisit, about):
    """Means of twenty runs each; standard error sqrt(s1**2 / 20 + s2**2 / 20) by the samples' own variances."""
    ours = np.array([reached(finished(seed, **changes)) for seed in SEEDS])
    theirs = np.array([walked(seed, revisit) for seed in SEEDS])
    error = np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / len(SEEDS))
    assert abs(ours.mean() - theirs.mean()) < Z * error
    assert round(ours.mean()) == about
