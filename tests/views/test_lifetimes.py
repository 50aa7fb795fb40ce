"""How long vesicles live: fixed, geometric, exponential, hazard. Cohorts of 16,000 at one node, seed 8.

Survivors are binomial; the standard error of a share is sqrt(p (1 - p) / n), the bound on z is ``oracles.Z``.
"""

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, isolated, model_of, multinomial_p, share_z

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

COHORT, SEED = 16_000, 8


def survivors(steps: int, count: int = COHORT, view: str = "compiled", **rules) -> tuple[np.ndarray, va.VesicleModel]:
    """(steps + 1,) how many of a cohort born in step 0 are alive after 0, 1, … steps."""
    model = model_of(isolated(1), seed=SEED, view=view, emission=va.PulseEmission(count=count), **rules)
    alive = [count]
    for _ in range(steps):
        model.step()
        alive.append(model.counts["alive"])
    return np.array(alive), model


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_fixed_life_ends_at_exactly_that_age(view, steps):
    alive, model = survivors(steps + 2, 50, view, lifetime=steps)
    assert alive.tolist() == [50] * steps + [0] * 3
    assert model.counts == {"born": 50, "alive": 0, "absorbed": 0, "expired": 50, "cleared": 0}


LAWS = {
    "geometric": ({"lifetime": va.GeometricLifetime(mean=4.0)}, lambda age: 0.75**age, "expired"),
    "exponential": ({"lifetime": va.ExponentialLifetime(mean=3.0)}, lambda age: np.exp(-age / 3.0), "expired"),
    "short exponential": ({"lifetime": va.ExponentialLifetime(mean=0.4)}, lambda age: np.exp(-age / 0.4), "expired"),
    "hazard": ({"decay": va.HazardDecay(hazard=0.25)}, lambda age: 0.75**age, "cleared"),
    "hazard and geometric": (
        {"decay": va.HazardDecay(hazard=0.1), "lifetime": va.GeometricLifetime(mean=4.0)},
        lambda age: (0.9 * 0.75) ** age,
        None,
    ),
}


@pytest.mark.parametrize("law", LAWS)
def test_ages_at_the_end_follow_the_stated_law(law):
    rules, survival, fate = LAWS[law]
    alive, model = survivors(30, **rules)
    ages = np.arange(31)
    assert np.abs(share_z(alive, COHORT, survival(ages))).max() < Z
    assert multinomial_p(-np.diff(alive), -np.diff(survival(ages)), COHORT) > SMALLEST_P
    if fate:
        assert model.counts[fate] == COHORT - alive[-1]


def test_a_vesicle_that_expires_is_not_also_cleared():
    """Of those alive after step 1, all expire in step 2: the hazard has no say in the last step."""
    alive, model = survivors(2, lifetime=2, decay=va.HazardDecay(hazard=0.3))
    assert model.counts["expired"] == alive[1]
    assert model.counts["cleared"] == COHORT - alive[1]
    assert abs(share_z(alive[1], COHORT, 0.7)) < Z


def test_an_unlimited_life_never_ends():
    alive, _ = survivors(40, 10)
    assert (alive == 10).all()
    model = model_of(isolated(1), seed=SEED, emission=va.PulseEmission(count=3))
    model.run_for(5)
    assert (model.state.vesicles["v"]["ttl"] == va.UNLIMITED).all()


def test_lifetimes_do_not_depend_on_contents_or_dockings():
    """The same draws, whatever else happens to a vesicle: common random numbers."""
    lifetime = va.GeometricLifetime(mean=4.0)
    plain, _ = survivors(6, lifetime=lifetime)
    docking, _ = survivors(
        6,
        lifetime=lifetime,
        docking=va.ConstantDocking(probability=0.5),
        absorb=0.0,
        content_width=2,
        content=va.GaussianContent(deviation=1.0),
    )
    assert (plain == docking).all()
