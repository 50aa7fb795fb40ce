"""Codes: how far a rounded number can be off, and that rounding by chance is right in the mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vesicle_abm.core.random import uniform
from vesicle_abm.neuromorphic.code import Code

Z = 4.5
NUMBERS = st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=20).map(np.array)


def test_a_code_of_four_bits_by_hand():
    """15 / 7 a step for -15 … 15: 3 is 1.4 steps, 12 is 5.6, and 20 is held at 15."""
    code = Code(4, 15.0, signed=True)
    assert (code.top, code.step) == (7, 15.0 / 7.0)
    assert code.codes(np.array([3.0, -12.0, 20.0, -20.0, 0.0])).tolist() == [1, -6, 7, -7, 0]
    assert code.beyond(np.array([3.0, 15.0, 20.0, -20.0])) == 2
    assert Code(4, 15.0, signed=False).codes(np.array([3.0, 15.0, -1.0])).tolist() == [3, 15, 0]
    assert Code(4, 15.0, signed=False).beyond(np.array([3.0, -1.0])) == 1


@given(NUMBERS, st.sampled_from([2, 4, 6, 7, 8, 16]), st.floats(1.0, 1e6))
def test_rounding_to_the_nearest_is_off_by_half_a_step_at_most(values, bits, scale):
    code, given_values = Code(bits, scale, signed=True), values * scale
    error = np.abs(code.values(code.codes(given_values)) - given_values)
    assert (error <= code.step / 2 * (1 + 1e-9)).all()


@given(NUMBERS, st.sampled_from([2, 7, 8]), st.integers(0, 1000))
def test_rounding_by_chance_is_off_by_less_than_a_step_and_leaves_what_is_rounded(values, bits, seed):
    code = Code(bits, 1.0, signed=True)
    draws = uniform(seed, np.arange(len(values)), 0, "round")
    once = code.values(code.codes(values, draws))
    assert (np.abs(once - values) < code.step * (1 + 1e-9)).all()
    for dtype in (np.float64, np.float32):
        again = code.codes(once.astype(dtype), uniform(seed + 1, np.arange(len(values)), 0, "round"))
        assert (again == code.codes(values, draws)).all()
        assert code.beyond(once.astype(dtype)) == 0


def test_rounding_by_chance_is_right_in_the_mean():
    """0.3 of a step is up with p = 0.3: of 20,000 the mean is within Z sqrt(0.3 * 0.7 / 20,000) steps."""
    code, count = Code(7, 1.0, signed=True), 20_000
    draws = uniform(3, np.arange(count), 0, "round")
    codes = code.codes(np.full(count, 5.3 * code.step), draws)
    assert set(codes.tolist()) == {5, 6}
    assert abs(codes.mean() - 5.3) < Z * np.sqrt(0.3 * 0.7 / count)


def test_what_is_zero_everywhere_stays_so():
    code = Code(8, 0.0, signed=False)
    assert code.values(code.codes(np.zeros(3))).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("bits", "signed", "top"), [(2, True, 1), (2, False, 3), (7, False, 127), (16, True, 32767)])
def test_the_largest_codes(bits, signed, top):
    assert Code(bits, 1.0, signed).top == top
