"""Lifetimes state one law twice, as quantile and survival; hazards are what they are given."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vesicle_abm.core import functions as xp
from vesicle_abm.core.errors import InputError
from vesicle_abm.vesicles.decay import (
    LONGEST,
    UNLIMITED,
    ExponentialLifetime,
    FixedLifetime,
    GeometricLifetime,
    HazardDecay,
)

CELLS = 200_000
GRID = (np.arange(CELLS) + 0.5) / CELLS  # a uniform draw, without chance
LIFETIMES = [
    FixedLifetime(steps=1),
    FixedLifetime(steps=7),
    GeometricLifetime(mean=1.0001),
    GeometricLifetime(mean=2.0),
    GeometricLifetime(mean=50.0),
    ExponentialLifetime(mean=0.01),
    ExponentialLifetime(mean=1.0),
    ExponentialLifetime(mean=50.0),
]


@pytest.mark.parametrize("lifetime", LIFETIMES, ids=repr)
def test_quantiles_of_a_fine_grid_have_the_stated_survival(lifetime):
    """A share of a grid of 200,000 cells can miss its law by one cell; two are allowed, for rounding at the border."""
    lives = lifetime.quantile(GRID, xp)
    ages = np.arange(0, 600)
    share = (lives[:, None] > ages[None, ::20]).mean(axis=0)
    np.testing.assert_allclose(share, lifetime.survival(ages[::20], xp), atol=2.0 / CELLS)
    near = (lives[:, None] > ages[None, :12]).mean(axis=0)
    np.testing.assert_allclose(near, lifetime.survival(ages[:12], xp), atol=2.0 / CELLS)


@pytest.mark.parametrize("lifetime", LIFETIMES, ids=repr)
def test_every_life_is_a_whole_number_of_steps_from_1_on(lifetime):
    u = np.concatenate([GRID, [2.0**-33, 1.0 - 2.0**-33]])
    lives = lifetime.quantile(u, xp)
    assert lives.shape == u.shape
    assert (lives >= 1.0).all()
    assert (lives == np.floor(lives)).all()
    assert lifetime.survival(0, xp) == 1.0


@pytest.mark.parametrize("lifetime", LIFETIMES, ids=repr)
@given(u=st.floats(2.0**-33, 1.0 - 2.0**-33))
def test_one_draw_and_many_give_the_same_life(lifetime, u):
    assert lifetime.quantile(np.array([u, 0.5, u]), xp)[2] == float(lifetime.quantile(u, xp))


def test_lives_by_hand():
    """Geometric, mean 2: P(life > a) = 2**-a, so u = 0.3 gives ceil(log2(1 / 0.3)) = ceil(1.74) = 2, and 0.1 gives 4.

    Exponential, mean 10: u = 0.5 gives ceil(10 * 0.693) = 7.
    """
    assert GeometricLifetime(mean=2.0).quantile(np.array([0.9, 0.3, 0.1]), xp).tolist() == [1.0, 2.0, 4.0]
    assert ExponentialLifetime(mean=10.0).quantile(np.array([0.99, 0.5]), xp).tolist() == [1.0, 7.0]
    assert FixedLifetime(steps=3).survival(np.arange(5), xp).tolist() == [1.0, 1.0, 1.0, 0.0, 0.0]


def test_the_mean_of_a_geometric_life_is_its_mean():
    """The grid's mean is the sum of survivals up to its last cell: 20 less a tail below 1e-3."""
    assert GeometricLifetime(mean=20.0).quantile(GRID, xp).mean() == pytest.approx(20.0, abs=2e-3)


def test_a_very_long_life_fits_the_ttl_and_is_not_taken_for_an_unlimited_one():
    assert ExponentialLifetime(mean=1e300).quantile(np.array([0.5]), xp).tolist() == [LONGEST]
    assert GeometricLifetime(mean=LONGEST).quantile(np.array([0.01]), xp).tolist() == [LONGEST]
    assert LONGEST == UNLIMITED - 1 == FixedLifetime(steps=LONGEST).steps


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FixedLifetime(steps=0), "steps: got 0; a whole number >= 1 and <= 2147483646 is allowed"),
        (lambda: FixedLifetime(steps=2.5), "steps: got 2.5"),
        (lambda: FixedLifetime(steps=UNLIMITED), "steps: got 2147483647; a whole number >= 1 and <= 2147483646"),
        (lambda: GeometricLifetime(mean=1.0), "mean: got 1; a number > 1"),
        (lambda: GeometricLifetime(mean=1e17), r"mean: got 1e\+17; a number > 1 and <= 2147483646"),
        (lambda: ExponentialLifetime(mean=0.0), "mean: got 0; a number > 0 is allowed"),
        (lambda: HazardDecay(hazard=1.1), "hazard: got 1.1; a number >= 0 and <= 1 is allowed"),
        (lambda: HazardDecay(hazard=[0.1, -0.1]), "hazard: got -0.1"),
    ],
)
def test_a_bad_number_is_refused(make, message):
    """1 - 1 / 1e17 is 1 in float64, and once gave every such vesicle a single step."""
    with pytest.raises(InputError, match=f"^{message}"):
        make()


@given(st.floats(0.0, 1.0))
def test_a_hazard_is_what_was_given(hazard):
    assert HazardDecay(hazard=hazard).hazard(None, None, xp) == hazard
