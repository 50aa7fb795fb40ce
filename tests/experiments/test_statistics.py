"""Statistics against closed forms, values worked by hand, and scipy."""

import math

import numpy as np
import pytest
from scipy import stats

import vesicle_abm as va
from vesicle_abm.experiments.statistics import Interval, compare, d_z, hedges_g, holm, mean_interval

X = [4.1, 5.3, 6.0, 4.8, 5.9, 7.2, 5.1]
Y = [3.9, 4.4, 5.2, 5.0, 4.9, 6.1, 4.0]


def draws(*parts):
    """Standard normal numbers, ours: one for each of (replicate, place)."""
    return np.array([[va.normal(7, r, 0, 0, i) for i in range(parts[1])] for r in range(parts[0])])


def test_a_t_interval_is_mean_plus_minus_t_times_standard_error():
    """Of 1, 2, 3: mean 2, standard error 1 / sqrt 3; t of 2 degrees at 97.5 % is 0.95 sqrt(2 / (1 - 0.95**2))."""
    half = 0.95 * math.sqrt(2.0 / (1.0 - 0.95**2)) / math.sqrt(3.0)
    assert mean_interval([1.0, 2.0, 3.0]) == pytest.approx((2.0, 2.0 - half, 2.0 + half), rel=1e-12)
    assert mean_interval(X)[1:] == pytest.approx(stats.ttest_1samp(X, 0.0).confidence_interval(0.95), rel=1e-12)


@pytest.mark.parametrize("method", ["t", "bootstrap"])
def test_intervals_hold_the_mean_as_often_as_they_say(method):
    """200 samples of 10 at 90 %: 180 expected, standard error 4.2; the bootstrap is known to be short at n = 10."""
    samples = draws(200, 10)
    held = sum(i.low <= 0.0 <= i.high for i in (mean_interval(x, 0.9, method) for x in samples))
    assert (167 if method == "t" else 155) < held < 193


def test_a_bootstrap_interval_is_that_of_its_seed():
    first, again, other = (mean_interval(X, method="bootstrap", seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert first.low < first.mean < first.high


def test_without_spread_an_interval_is_a_point_and_of_one_value_there_is_none():
    assert mean_interval([2.0, 2.0], method="bootstrap") == Interval(2.0, 2.0, 2.0)
    alone = mean_interval([2.0])
    assert alone.mean == 2.0
    assert math.isnan(alone.low)
    assert math.isnan(alone.high)


def test_pairs_are_compared_as_scipy_does():
    found = compare(X, Y)
    test = stats.ttest_rel(X, Y)
    assert found.difference[1:] == pytest.approx(test.confidence_interval(0.95), rel=1e-12)
    assert found.p_t == test.pvalue
    assert found.p_wilcoxon == stats.wilcoxon(X, Y).pvalue
    assert found.d_z == pytest.approx(test.statistic / math.sqrt(7), rel=1e-12)  # t = d_z sqrt n
    assert found.pairs == 7


def test_conditions_that_differ_nowhere_or_everywhere_alike():
    same, shifted = compare([1.0, 2.0], [1.0, 2.0]), compare([2.0, 3.0], [1.0, 2.0])
    assert (same.p_t, same.p_wilcoxon, same.d_z, same.hedges_g) == (1.0, 1.0, 0.0, 0.0)
    assert shifted.difference == Interval(1.0, 1.0, 1.0)
    assert math.isnan(shifted.p_t)
    assert math.isnan(shifted.d_z)


def test_hedges_g_by_hand():
    """1, 2, 3 and 2, 4, 6: means 2 and 4, squares 2 and 8, pooled sqrt(10 / 4); J of 4 degrees is gamma(2) /
    (sqrt 2 gamma(3 / 2)) = 1 / (sqrt 2 sqrt(pi) / 2).
    """
    j = 2.0 / math.sqrt(2.0 * math.pi)
    assert hedges_g([1, 2, 3], [2, 4, 6]) == pytest.approx(-2.0 / math.sqrt(2.5) * j, rel=1e-12)
    assert d_z([1.0, 2.0, 3.0]) == 2.0


def test_hedges_g_has_no_bias_at_five_and_five():
    """The true effect is 1. Of 2000 pairs of samples of 5, g has standard deviation 0.72, its mean one of 0.016."""
    a, b = draws(4000, 5).reshape(2, 2000, 5)
    assert np.mean([hedges_g(x + 1.0, y) for x, y in zip(a, b, strict=True)]) == pytest.approx(1.0, abs=4 * 0.016)


def test_holm_by_hand():
    """Ordered 0.01, 0.03, 0.04 of three: times 3, 2, 1 is 0.03, 0.06, 0.04, and never less than the one before."""
    assert holm([0.01, math.nan, 0.04, 0.03]) == pytest.approx([0.03, math.nan, 0.06, 0.06], nan_ok=True)
    assert np.isnan(holm([math.nan])).all()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: mean_interval([1.0, math.nan]), "1 of them not finite"),
        (lambda: mean_interval([]), "got 0 values"),
        (lambda: mean_interval(X, method="bootstrp"), "did you mean 'bootstrap'"),
        (lambda: mean_interval(X, level=95), "got 95"),
        (lambda: compare([1.0], [1.0, 2.0]), "got 1 and 2 values"),
    ],
)
def test_bad_input_is_refused(make, words):
    with pytest.raises(va.InputError, match=words):
        make()
