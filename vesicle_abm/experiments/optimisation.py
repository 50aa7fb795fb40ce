"""Optimisation: parameters at which a metric is best, asked of Optuna's sampler, told by a study's runs.

The sampler is asked for ``at_once`` points, these are run with all replicates, the same seeds at every point, and it is
told their means; then asked again. Nothing is stored but the study: a sampler with the same seed that is told the same
asks the same, so going on means asking it all over, and only what has not been run is run. Where a run that failed has
a value after all, what is asked behind it may be other points; the runs of the old ones are kept.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.experiments.comparisons import known_metric
from vesicle_abm.experiments.conduct import based_on, conduct, design_of
from vesicle_abm.experiments.designs import Settings, refuse_too_many, replicated
from vesicle_abm.experiments.extra import needed
from vesicle_abm.experiments.frames import METRIC
from vesicle_abm.experiments.ranges import Range, ranges_by_key
from vesicle_abm.experiments.study import Study
from vesicle_abm.experiments.texts import range_of, text_of
from vesicle_abm.experiments.trial import Trial
from vesicle_abm.experiments.validation import validate
from vesicle_abm.scenario import Scenario

AT_ONCE = 4  # points asked for before any is told; part of the design, since it decides what is asked
TRIALS = 50
MAXIMISE, MINIMISE = "maximise", "minimise"
DIRECTIONS = (MAXIMISE, MINIMISE)


class Search:
    """Optuna's tree-structured Parzen estimator (Bergstra et al. 2011) with a seed of its own, asked and told."""

    def __init__(self, ranges: Sequence[Range], direction: str, seed: int):
        self.ranges, self._asked = list(ranges), list[Any]()
        optuna = needed("optuna")
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler = optuna.samplers.TPESampler(seed=seed % 2**32)
        self._study = optuna.create_study(direction=direction.replace("ise", "ize"), sampler=sampler)
        self._failed = optuna.trial.TrialState.FAIL

    def ask(self, number: int) -> list[Settings]:
        """The next points to try."""
        self._asked = [self._study.ask() for _ in range(number)]
        return [tuple((each.key, suggested(trial, each)) for each in self.ranges) for trial in self._asked]

    def tell(self, values: Sequence[float]) -> None:
        """What came out at all points, of which those asked last are new; NaN for a failure."""
        for trial, value in zip(self._asked, values[-len(self._asked) :], strict=True):
            if np.isfinite(value):
                self._study.tell(trial, float(value))
            else:
                self._study.tell(trial, state=self._failed)


def suggested(trial, each: Range) -> float | int:
    """One parameter of a point."""
    if each.whole:
        return trial.suggest_int(each.key, int(each.low), int(each.high), log=each.log)
    return trial.suggest_float(each.key, each.low, each.high, log=each.log)


def tries(frame: pd.DataFrame, keys: Sequence[str], metric: str, replicates: int, direction: str) -> pd.DataFrame:
    """A row for each point, in the order tried: its parameters, the mean of the metric over the replicates, NaN where a
    run has none, and the best so far.
    """
    numbers = pd.to_numeric(frame[METRIC + metric], errors="coerce").where(frame["status"] == "done")
    y = numbers.to_numpy(float).reshape(-1, replicates)
    found = frame.iloc[::replicates][list(keys)].reset_index(drop=True)
    found[metric] = np.where(np.isfinite(y).all(axis=1), y.mean(axis=1), np.nan)
    best = found[metric].cummax() if direction == MAXIMISE else found[metric].cummin()
    return found.assign(best=best.ffill())


def optimise(
    scenario: Scenario | str,
    ranges: Sequence[Range | str],
    *,
    metric: str,
    direction: str = MAXIMISE,
    trials: int = TRIALS,
    at_once: int = AT_ONCE,
    replicates: int = 1,
    overrides: dict[str, Any] | None = None,
    seed: int | None = None,
    out=None,
    **how,
) -> pd.DataFrame:
    """Look for the parameters at which a metric is greatest, or least; gives ``tries``.

    The same command goes on with what was stopped; one with more trials goes on from the last.

    Parameters
    ----------
    ranges : of the parameters, or "key=low:high[:log][:int]"
    metric : the name of one
    direction : "maximise" or "minimise"
    trials : points to try, each with all ``replicates``
    at_once : points that are run together, before the sampler is told any of them
    overrides : dotted key -> its value in every run
    seed : of the sampler, and the root of all other seeds; by default the scenario's
    out : the study's folder, by default ``studies/NAME-optimisation``
    how : ``steps``, ``view``, ``metrics``, ``workers`` and the rest, as of ``batch``

    Raises
    ------
    InputError
        for bad input, before anything runs; or if no run has the metric.
    """
    base = based_on(scenario, overrides)
    root = base.seed if seed is None else seed
    spread = ranges_by_key(range_of(each) if isinstance(each, str) else each for each in ranges)
    refuse_too_many(trials * replicates, "trials")
    for name, number in (("trials", trials), ("at_once", at_once)):
        if number < 1:
            raise InputError(f"got {number}; a whole number >= 1 is allowed", name)
    if direction not in DIRECTIONS:
        raise InputError(f"got {direction!r}; {nearest(direction, DIRECTIONS)}", "direction")
    design = design_of(
        "optimisation",
        ["optimise", *map(text_of, spread), f"--{direction}", "--at-once", str(at_once)],
        replicates=replicates,
        seed=root,
        overrides=overrides,
        metrics=[metric],
        ranges=spread,
        direction=direction,
        at_once=at_once,
    )
    refuse_bad_ends(base, spread)
    search, conditions = Search(spread, direction, root), list[Settings]()

    def ask() -> list[Trial]:
        """All trials up to the next round; none once all points have been tried."""
        asked = search.ask(min(at_once, trials - len(conditions)))
        conditions.extend(asked)
        return replicated(conditions, replicates, root) if asked else []

    def tried(study: Study) -> pd.DataFrame:
        frame = study.frame().iloc[: len(conditions) * replicates]
        return tries(frame, [each.key for each in spread], known_metric(frame, metric), replicates, direction)

    def further(study: Study) -> list[Trial]:
        search.tell(tried(study)[metric].tolist())
        return ask()

    return tried(conduct(out, base, ask(), design, further=further, most=trials * replicates, **how))


def refuse_bad_ends(base: Scenario, ranges: Sequence[Range]) -> None:
    """Refuse ranges that hold values which their parameter may not have, before any is tried.

    Raises
    ------
    DesignError
        with all problems.
    """
    validate(base, [Trial(((each.key, value),)) for each in ranges for value in each.at([0.0, 1.0])])
