"""Elementary functions against numpy and scipy, in units of the last place (ulp), and at their edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from vesicle_abm.core import functions, scalar

GRID = np.concatenate(
    [np.linspace(-708.0, 709.0, 200_001), np.linspace(-3.0, 3.0, 100_001), np.logspace(-300, 2, 5_001)]
)
POSITIVE = np.concatenate([np.logspace(-307, 308, 100_001), np.linspace(0.25, 4.0, 100_001)])
INF, NAN = np.inf, np.nan


def ulps(found, truth):
    return np.max(np.abs(found - truth) / np.spacing(np.abs(truth)))


@pytest.mark.parametrize(
    ("function", "oracle", "inputs", "limit"),
    [
        (functions.exp, np.exp, GRID, 2),
        (functions.log, np.log, POSITIVE, 2),
        (functions.tanh, np.tanh, GRID, 12),
        (functions.sigmoid, special.expit, GRID[GRID > -700], 4),
        (functions.softplus, lambda x: np.logaddexp(0.0, x), GRID[GRID > -36.0], 4),
        (functions.normal_quantile, special.ndtri, np.linspace(1e-6, 0.4999, 100_001), 40),
    ],
)
def test_a_function_agrees_with_numpy_or_scipy_within_a_few_ulps(function, oracle, inputs, limit):
    assert ulps(function(inputs), oracle(inputs)) <= limit


def test_the_upper_tail_of_the_normal_quantile_mirrors_the_lower():
    u = np.arange(1, 2**12) / 2**13  # 1 - u is exact
    assert functions.normal_quantile(1.0 - u).tolist() == (-functions.normal_quantile(u)).tolist()
    assert functions.normal_quantile(0.5) == 0.0


def test_the_normal_quantile_reaches_6_3_deviations_at_the_extreme_draws():
    for u in (2.0**-33, 1.0 - 2.0**-33):
        assert functions.normal_quantile(u) == pytest.approx(special.ndtri(u), rel=1e-9)
        assert abs(functions.normal_quantile(u)) == pytest.approx(6.33, abs=0.01)


def test_softplus_keeps_its_relative_precision_where_it_is_small():
    x = np.linspace(-707.0, -30.0, 10_001)
    assert ulps(functions.softplus(x), np.log1p(np.exp(x))) <= 4


@pytest.mark.parametrize(
    ("function", "x", "value"),
    [
        (functions.exp, 0.0, 1.0),
        (functions.exp, -INF, 0.0),
        (functions.exp, INF, INF),
        (functions.exp, -708.0000001, 0.0),  # below this the result would leave the normal range
        (functions.exp, 709.0000001, INF),
        (functions.exp, -1e308, 0.0),
        (functions.exp, 1e308, INF),
        (functions.exp, 5e-324, 1.0),
        (functions.log, 1.0, 0.0),
        (functions.log, 0.0, -INF),
        (functions.log, -0.0, -INF),
        (functions.log, INF, INF),
        (functions.log, -1.0, NAN),
        (functions.log, -INF, NAN),
        (functions.tanh, 0.0, 0.0),
        (functions.tanh, INF, 1.0),
        (functions.tanh, -INF, -1.0),
        (functions.tanh, 1e300, 1.0),
        (functions.tanh, -1e300, -1.0),
        (functions.tanh, 5e-324, 5e-324),
        (functions.sigmoid, 0.0, 0.5),
        (functions.sigmoid, INF, 1.0),
        (functions.sigmoid, -INF, 0.0),
        (functions.sigmoid, 1e300, 1.0),
        (functions.sigmoid, -1e300, 0.0),
        (functions.softplus, INF, INF),
        (functions.softplus, -INF, 0.0),
        (functions.softplus, 1e300, 1e300),
        (functions.softplus, -1e300, 0.0),
        (functions.relu, -2.0, 0.0),
        (functions.relu, 3.0, 3.0),
    ],
)
def test_the_edges_have_their_stated_values(function, x, value):
    np.testing.assert_equal(float(function(x)), value)


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sigmoid", "softplus", "normal_quantile", "relu"])
def test_nan_stays_nan(name):
    assert np.isnan(getattr(functions, name)(NAN))


def test_log_of_a_subnormal_number_is_right():
    x = np.array([5e-324, 1e-320, 2.2250738585072009e-308, 2.2250738585072014e-308])
    assert ulps(functions.log(x), np.log(x)) <= 2


def test_exp_is_a_normal_number_or_0_at_its_lower_end():
    assert functions.exp(-708.0) == pytest.approx(np.exp(-708.0), rel=1e-15)
    assert functions.exp(np.nextafter(-708.0, -INF)) == 0.0
    assert functions.exp(709.0) == pytest.approx(np.exp(709.0), rel=1e-15)
    assert functions.exp(np.nextafter(709.0, INF)) == INF


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sigmoid", "softplus"])
@given(st.floats(allow_nan=False))
def test_one_number_and_an_array_give_the_same_bits(name, x):
    one, many = getattr(functions, name)(x), getattr(functions, name)(np.full(5, x))
    assert {float(value).hex() for value in many} == {float(one).hex()} == {float(getattr(scalar, name)(x)).hex()}


@given(st.floats(-700, 700), st.floats(-700, 700))
def test_exp_sigmoid_and_softplus_never_fall(a, b):
    low, high = min(a, b), max(a, b)
    for function in (functions.exp, functions.sigmoid, functions.softplus):
        below, above = float(function(low)), float(function(high))
        assert below <= above * (1.0 + 1e-15)


def test_dot_adds_over_the_last_axis_in_order():
    """(1e16 + 1) - 1e16 is 0 in float64 when added from the left; one row, many rows and a broadcast agree."""
    a = np.array([[1e16, 1.0, -1e16], [1.0, 2.0, 3.0]])
    assert functions.dot(a, np.ones(3)).tolist() == [0.0, 6.0]
    assert functions.dot(a[:1], np.ones(3)).tolist() == [0.0]
    assert functions.dot(a, np.array(2.0)).tolist() == [0.0, 12.0]
    assert functions.dot(a, np.array([[1.0], [2.0]])).tolist() == [0.0, 12.0]


def test_where_chooses_elementwise():
    assert functions.where(np.array([True, False]), 1.0, np.array([5.0, 6.0])).tolist() == [1.0, 6.0]
