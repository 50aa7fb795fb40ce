"""Sums in units of 2**-32 do not depend on the order of their terms."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.fixedpoint import LIMIT, QUANTUM, add_at, check_amounts, to_float, to_units

amounts = st.floats(-LIMIT, LIMIT)


@given(amounts)
def test_a_number_is_rounded_to_the_nearest_unit_ties_up(x):
    """In exact arithmetic: floor(x * 2**32 + 1/2)."""
    assert int(to_units(x)) == floor(Fraction(x) * 2**32 + Fraction(1, 2))


@pytest.mark.parametrize(
    ("units", "rounded"),
    [(0.5, 1), (-0.5, 0), (1.5, 2), (-1.5, -1), (0.49999999999999994, 0), (-0.50000000000000011, -1), (2.0**52, 2**52)],
)
def test_ties_and_their_neighbours_by_hand(units, rounded):
    """0.49999999999999994 + 0.5 is 1 in float64, and was once rounded to 1."""
    assert to_units(units * QUANTUM) == rounded


@given(st.lists(st.tuples(st.integers(0, 3), amounts), max_size=40), st.randoms())
def test_sums_are_exact_in_every_order(terms, order):
    def total(pairs):
        totals = np.zeros(4, np.int64)
        add_at(totals, np.array([row for row, _ in pairs], np.int32), np.array([x for _, x in pairs], np.float64))
        return totals.tolist()

    shuffled = list(terms)
    order.shuffle(shuffled)
    exact = [sum(int(to_units(x)) for row, x in terms if row == place) for place in range(4)]
    assert total(terms) == total(shuffled) == exact


def test_two_thousand_of_the_largest_contributions_fit():
    """2047 * 2**20 * 2**32 < 2**63; one more would not fit."""
    totals = np.zeros(1, np.int64)
    add_at(totals, np.zeros(2047, np.int32), np.full(2047, LIMIT))
    assert to_float(totals)[0] == 2047.0 * LIMIT


@given(st.integers(-(2**52), 2**52))
def test_units_survive_the_way_to_float_and_back(units):
    assert to_units(to_float(np.array([units]))[0]) == units


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, np.nextafter(LIMIT, np.inf), -2.0 * LIMIT])
def test_an_amount_that_cannot_be_summed_exactly_is_refused(bad):
    check_amounts(np.array([LIMIT, -LIMIT, 0.0]), "release")
    with pytest.raises(InputError, match=r"^release: gave .* are allowed"):
        check_amounts(np.array([0.0, bad]), "release")
