"""Optimisation: parameters at which a metric is best, asked of Optuna's sampler, told by a study's runs.

The sampler is asked for ``at_once`` points, these are run with all replicates, the same seeds at every point, and it is
told their means; then asked again. Nothing is stored but the study: a sampler with the same seed that is told the same
asks the same, so going on means asking it all over, and only what has not been run is run.
"""

import dataclasses
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.comparisons import METRIC, known_metric
from vesicle_abm.experiments.conduct import conduct
from vesicle_abm.experiments.designs import Settings, refuse_too_many, replicated
from vesicle_abm.experiments.extra import needed
from vesicle_abm.experiments.ranges import Range, ranges_by_key
from vesicle_abm.experiments.texts import range_of, text_of
from vesicle_abm.experiments.trial import Trial
from vesicle_abm.scenario import Scenario

AT_ONCE = 4  # points asked for before any is told; part of the design, since it decides what is asked
TRIALS = 50
MAXIMISE, MINIMISE = "maximise", "minimise"


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
        """What came out at the points asked last; NaN for a failure."""
        for trial, value in zip(self._asked, values, strict=True):
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
    y = pd.to_numeric(frame[METRIC + metric], errors="coerce") if METRIC + metric in frame else pd.Series(np.nan, frame.index)
    y = y.where(frame["status"] == "done").to_numpy(float).reshape(-1, replicates)
    found = frame.iloc[::replicates][list(keys)].reset_index(drop=True)
    found[metric] = np.where(np.isfinite(y).all(axis=1), y.mean(axis=1), np.nan)
    best = found[metric].cummax() if direction == MAXIMISE else found[metric].cummin()
    return found.assign(best=best.ffill())
