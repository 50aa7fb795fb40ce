"""Statistics of a study, from scipy and statsmodels: intervals, paired differences, effect sizes, corrected p-values.

Replicates are the unit: n is a number of seeds, never of steps or vesicles.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.experiments.extra import needed

LEVEL = 0.95
RESAMPLES = 9999
T, BOOTSTRAP = "t", "bootstrap"
METHODS = (T, BOOTSTRAP)


class Interval(NamedTuple):
    """A mean and its confidence interval; without any spread to judge by, n < 2, its ends are NaN."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """Two conditions, a - b, pair by pair: mean difference with interval, p-values, effect sizes; n pairs."""

    difference: Interval
    p_t: float  # paired t
    p_wilcoxon: float  # signed ranks
    d_z: float
    hedges_g: float
    pairs: int


def mean_interval(values, level: float = LEVEL, method: str = T, seed: int = 0) -> Interval:
    """The mean of values (n,) and its interval: by Student's t, or bootstrapped, BCa (Efron 1987), from ``seed``.

    >>> mean_interval([1.0, 2.0, 3.0]).mean
    2.0

    Raises
    ------
    InputError
        for no values, values that are not finite, a method that is unknown, or a level that is none.
    """
    x = finite(values)
    if method not in METHODS:
        raise InputError(f"got {method!r}; {nearest(method, METHODS)}", "method")
    if not 0.0 < level < 1.0:
        raise InputError(f"got {level!r}; a number > 0 and < 1 is allowed", "level")
    mean = float(x.mean())
    if len(x) < 2:
        return Interval(mean, math.nan, math.nan)
    if np.ptp(x) == 0.0:
        return Interval(mean, mean, mean)
    stats = needed("scipy.stats")
    if method == T:
        low, high = stats.t.interval(level, len(x) - 1, loc=mean, scale=stats.sem(x))
    else:
        low, high = stats.bootstrap(
            (x,), np.mean, confidence_level=level, n_resamples=RESAMPLES, method="BCa", rng=seed
        ).confidence_interval
    return Interval(mean, float(low), float(high))


def compare(a, b, level: float = LEVEL, method: str = T, seed: int = 0) -> Comparison:
    """Compare two conditions (n,), (n,), whose replicates are paired by common random numbers.

    Where no pair differs at all, p is 1 and the effect 0; where all differ by the same, there is no spread to judge by,
    and p and d_z are NaN.

    Raises
    ------
    InputError
        if they are of different length, empty or not finite.
    """
    x, y = finite(a), finite(b)
    if len(x) != len(y):
        raise InputError(f"got {len(x)} and {len(y)} values; as many of both make pairs")
    difference = x - y
    p_t = p_wilcoxon = math.nan
    if not difference.any():
        p_t = p_wilcoxon = 1.0
    elif len(x) > 1 and np.ptp(difference) > 0.0:
        stats = needed("scipy.stats")
        p_t, p_wilcoxon = float(stats.ttest_rel(x, y).pvalue), float(stats.wilcoxon(difference).pvalue)
    interval = mean_interval(difference, level, method, seed)
    return Comparison(interval, p_t, p_wilcoxon, d_z(difference), hedges_g(x, y), len(x))


def d_z(difference) -> float:
    """Mean of paired differences (n,) over their standard deviation (Cohen 1988).

    >>> d_z([1.0, 2.0, 3.0])
    2.0
    """
    return standardised(float(np.mean(difference)), spread(np.asarray(difference, float)))


def hedges_g(a, b) -> float:
    """Difference of the means of a (n,) and b (m,) over their pooled standard deviation, without its bias in small
    samples: times J = gamma(f / 2) / (sqrt(f / 2) gamma((f - 1) / 2)), f = n + m - 2 (Hedges 1981).
    """
    x, y = finite(a), finite(b)
    freedom = len(x) + len(y) - 2
    if freedom < 2:
        return math.nan
    squares = ((x - x.mean()) ** 2).sum() + ((y - y.mean()) ** 2).sum()
    log_j = math.lgamma(freedom / 2) - math.log(freedom / 2) / 2 - math.lgamma((freedom - 1) / 2)
    return math.exp(log_j) * standardised(float(x.mean() - y.mean()), math.sqrt(squares / freedom))


def holm(p) -> np.ndarray:
    """p-values (m,) corrected for being m (Holm 1979); those that are NaN stay so and do not count.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, float)
    tested, corrected = ~np.isnan(values), np.full(len(values), np.nan)
    if tested.any():
        corrected[tested] = needed("statsmodels.stats.multitest").multipletests(values[tested], method="holm")[1]
    return corrected


def spread(x: np.ndarray) -> float:
    """Standard deviation, n - 1; NaN of fewer than two."""
    return float(x.std(ddof=1)) if len(x) > 1 else math.nan


def standardised(difference: float, deviation: float) -> float:
    """A difference in standard deviations; 0 for none at all, NaN for one without spread."""
    if difference == 0.0 and deviation == 0.0:
        return 0.0
    return difference / deviation if deviation > 0.0 else math.nan


def finite(values) -> np.ndarray:
    """(n,) numbers, at least one, all finite."""
    x = np.asarray(values, float).ravel()
    if not len(x) or not np.isfinite(x).all():
        raise InputError(
            f"got {len(x)} values, {int((~np.isfinite(x)).sum())} of them not finite; finite ones are needed"
        )
    return x
