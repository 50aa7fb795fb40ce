"""Sensitivity: which parameters a metric depends on, by SALib, with confidence.

Morris (1991): elementary effects along N trajectories, N (D + 1) runs; ``mu_star``, their mean size, ranks, ``sigma``
tells of interaction and curvature. Sobol' (2001; Saltelli 2010): shares of variance, N (D + 2) runs; ``S1`` by itself,
``ST`` with all its interactions. Every point is run with the same seeds, so that the metric is one function of the
parameters; effects are per whole range, in a logarithmic one per logarithm.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.experiments.comparisons import known_metric
from vesicle_abm.experiments.conduct import based_on, conduct, design_of
from vesicle_abm.experiments.designs import refuse_too_many, replicated, settings_at
from vesicle_abm.experiments.extra import needed
from vesicle_abm.experiments.frames import METRIC
from vesicle_abm.experiments.ranges import Range, ranges_by_key
from vesicle_abm.experiments.statistics import LEVEL
from vesicle_abm.experiments.texts import range_of, text_of
from vesicle_abm.scenario import Scenario

MORRIS, SOBOL = "morris", "sobol"
METHODS = (MORRIS, SOBOL)
LEVELS = 4  # of each range, that Morris' trajectories visit
RESAMPLES = 1000  # of the confidence intervals
SAMPLES = {MORRIS: 16, SOBOL: 64}
NAMED = 5  # failed runs, in an error
COLUMNS = {
    MORRIS: ["mu_star", "mu_star_conf", "mu", "sigma"],
    SOBOL: ["S1", "S1_conf", "ST", "ST_conf"],
}


def problem_of(ranges: Sequence[Range]) -> dict:
    """The parameters as SALib wants them, each from 0 to 1: part of its range."""
    return {"num_vars": len(ranges), "names": [each.key for each in ranges], "bounds": [[0.0, 1.0]] * len(ranges)}


def points(method: str, ranges: Sequence[Range], samples: int, seed: int) -> np.ndarray:
    """(runs, D) parts of the way along each range, from 0 to 1."""
    if method == MORRIS:
        return needed("SALib.sample.morris").sample(problem_of(ranges), samples, num_levels=LEVELS, seed=seed)
    return needed("SALib.sample.sobol").sample(problem_of(ranges), samples, calc_second_order=False, seed=seed)


def analyse(method: str, ranges: Sequence[Range], parts: np.ndarray, y: np.ndarray, seed: int) -> pd.DataFrame:
    """A row for each parameter, of what came out, (runs,), at ``points``; ``_conf`` is half a 95 % interval's width.

    Raises
    ------
    InputError
        if a value is not finite, or all are the same.
    """
    if not np.isfinite(y).all():
        raise InputError(f"{(~np.isfinite(y)).sum():,} of {len(y):,} values are not finite; nothing was analysed")
    if np.ptp(y) == 0.0:
        raise InputError(f"the metric is {y[0]:g} everywhere; there is nothing to analyse")
    problem, how = (
        problem_of(ranges),
        {"conf_level": LEVEL, "num_resamples": RESAMPLES, "seed": seed + 1},
    )  # 0 is none to SALib
    if method == MORRIS:
        found = needed("SALib.analyze.morris").analyze(problem, parts, y, num_levels=LEVELS, **how)
    else:
        found = needed("SALib.analyze.sobol").analyze(problem, y, calc_second_order=False, **how)
    columns = {name: np.asarray(found[name], float) for name in COLUMNS[method]}
    return pd.DataFrame({"parameter": problem["names"], **columns})


def outcomes(frame: pd.DataFrame, metric: str, replicates: int) -> np.ndarray:
    """(points,) the metric, the mean over the replicates of each point.

    Raises
    ------
    InputError
        if a run has no finite value of it, saying which and why: one alone would falsify every index.
    """
    y = pd.to_numeric(frame[METRIC + known_metric(frame, metric)], errors="coerce").to_numpy(float)
    bad = frame[~np.isfinite(y) | (frame["status"] != "done").to_numpy()]
    if len(bad):
        named = [
            f"{row['condition']}, replicate {row['replicate']}: {row['reason'] or f'no number for {metric}'}"
            for row in bad.head(NAMED).to_dict("records")
        ]
        further = [f"… and {len(bad) - NAMED:,} more"] if len(bad) > NAMED else []
        head = f"{len(bad):,} of {len(frame):,} runs have no value; nothing was analysed"
        raise InputError("\n".join([head, *named, *further]), metric)
    return y.reshape(-1, replicates).mean(axis=1)


def analysis_of(frame: pd.DataFrame, design: dict) -> pd.DataFrame:
    """What ``sensitivity`` gives, of a study that has been run."""
    ranges = [Range(**each) for each in design["ranges"]]
    parts = points(design["method"], ranges, design["samples"], design["seed"])
    y = outcomes(frame, design["metrics"][0], design["replicates"])
    return analyse(design["method"], ranges, parts, y, design["seed"])


def sensitivity(
    scenario: Scenario | str,
    ranges: Sequence[Range | str],
    *,
    metric: str,
    method: str = MORRIS,
    samples: int | None = None,
    replicates: int = 1,
    overrides: dict[str, Any] | None = None,
    seed: int | None = None,
    out=None,
    **how,
) -> pd.DataFrame:
    """How much a metric depends on each parameter: a row for each, see ``analyse``.

    Parameters
    ----------
    ranges : of the parameters, or "key=low:high[:log][:int]"
    metric : the name of one
    method : "morris" or "sobol"
    samples : trajectories of Morris, 16 by default; points of Sobol', a power of two, 64 by default
    replicates : runs at each point, of which the mean is taken
    overrides : dotted key -> its value in every run
    seed : of the points, and the root of all other seeds; by default the scenario's
    out : the study's folder, by default ``studies/NAME-sensitivity``
    how : ``steps``, ``view``, ``metrics``, ``workers`` and the rest, as of ``batch``

    Raises
    ------
    InputError
        for bad input, before anything runs; or for runs without a value, which are named.
    """
    base = based_on(scenario, overrides)
    root = base.seed if seed is None else seed
    if method not in METHODS:
        raise InputError(f"got {method!r}; {nearest(method, METHODS)}", "method")
    spread = ranges_by_key(range_of(each) if isinstance(each, str) else each for each in ranges)
    number = checked_samples(method, SAMPLES[method] if samples is None else samples)
    refuse_too_many(number * (len(spread) + (1 if method == MORRIS else 2)) * replicates, "trials")
    conditions = settings_at(spread, points(method, spread, number, root))
    design = design_of(
        "sensitivity",
        ["sensitivity", *map(text_of, spread), "--method", method, "--samples", str(number)],
        replicates=replicates,
        seed=root,
        overrides=overrides,
        metrics=[metric],
        ranges=spread,
        method=method,
        samples=number,
    )
    return analysis_of(conduct(out, base, replicated(conditions, replicates, root), design, **how).frame(), design)


def checked_samples(method: str, samples: int) -> int:
    """The number of trajectories, at least two, or of points, a power of two.

    Raises
    ------
    InputError
        for another number.
    """
    if samples < 2 or (method == SOBOL and samples & (samples - 1)):
        allowed = "a power of two >= 2" if method == SOBOL else "a whole number >= 2"
        raise InputError(f"got {samples}; {allowed} is allowed", "samples")
    return samples
