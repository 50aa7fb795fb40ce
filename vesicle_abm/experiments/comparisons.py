"""Tables of a study: each condition's metrics with intervals, and its paired differences from a reference.

They are made of ``Study.frame()``: a row a trial, metrics in columns ``metric.NAME``. Runs that failed, and metrics
that are not numbers, are left out, a difference's pair by pair; n says how many are left.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.experiments.frames import METRIC, OF_SERIES
from vesicle_abm.experiments.statistics import LEVEL, T, compare, holm, mean_interval, spread

TIMINGS = ("wall_s", "steps_per_s")
DIFFERENCES = ["condition", "metric", "pairs", "difference", "low", "high", "p_t", "p_wilcoxon", "p_holm", "d_z", "g"]


def metrics_of(frame: pd.DataFrame) -> list[str]:
    """The names of a study's metrics, but those of time."""
    names = [column.removeprefix(METRIC) for column in map(str, frame) if column.startswith(METRIC)]
    return [name for name in names if name not in TIMINGS]


def main_metrics(frame: pd.DataFrame) -> list[str]:
    """Those that speak for a study: what its task and cascades say; without them, how many vesicles lived on average.

    The others sum the recorded columns up, three for each.
    """
    names = metrics_of(frame)
    own = [name for name in names if not name.endswith(OF_SERIES) and name != "vesicles_max"]
    return own or [name for name in names if name.endswith(".alive.mean")] or names


def known_metric(frame: pd.DataFrame, name: str) -> str:
    """The name of a metric.

    Raises
    ------
    InputError
        naming the nearest, if no run has it; or why there is none at all.
    """
    if not (frame["status"] == "done").any():
        reasons = [reason for reason in frame["reason"] if reason]
        raise InputError(f"no run is done{', the first failed: ' + reasons[0] if reasons else ''}", name)
    if name not in metrics_of(frame):
        raise InputError(f"no metric {name!r}; {nearest(name, metrics_of(frame))}", "metric")
    return name


def conditions_of(frame: pd.DataFrame) -> list[str]:
    """The conditions, in order."""
    return list(dict.fromkeys(frame["condition"]))


def values(frame: pd.DataFrame, condition: str, metric: str) -> pd.Series:
    """replicate -> the metric, of the runs that have it, in order."""
    rows = frame[(frame["condition"] == condition) & (frame["status"] == "done")].set_index("replicate")
    numbers = pd.to_numeric(rows[METRIC + metric], errors="coerce")
    return numbers[np.isfinite(numbers)].sort_index()


def summaries(
    frame: pd.DataFrame, metrics: Sequence[str], level: float = LEVEL, method: str = T, seed: int = 0
) -> pd.DataFrame:
    """A row for each metric and condition: n, mean with interval ``low`` to ``high``, standard deviation, extremes."""
    rows = []
    for metric in metrics:
        for condition in conditions_of(frame):
            found = values(frame, condition, metric)
            row = {"metric": metric, "condition": condition, "n": len(found)}
            if len(found):
                mean, low, high = mean_interval(found, level, method, seed)
                row |= {"mean": mean, "low": low, "high": high, "sd": spread(found.to_numpy(float))}
                row |= {"min": float(found.min()), "max": float(found.max())}
            rows.append(row)
    columns = ["metric", "condition", "n", "mean", "low", "high", "sd", "min", "max"]
    return pd.DataFrame(rows, columns=columns)


def paired(frame: pd.DataFrame) -> bool:
    """Whether replicate r has the same seed in every condition, and there is more than one condition."""
    return len(conditions_of(frame)) > 1 and bool((frame.groupby("replicate")["seed"].nunique() == 1).all())


def differences(
    frame: pd.DataFrame,
    metrics: Sequence[str],
    reference: str,
    level: float = LEVEL,
    method: str = T,
    seed: int = 0,
) -> pd.DataFrame:
    """A row for each metric and condition: its paired difference from the reference, condition - reference, with
    interval, p-values, and effect sizes d_z and Hedges' g; ``p_holm`` corrects ``p_t`` over the conditions of a metric.

    Raises
    ------
    InputError
        if there is no such reference, or the replicates of the study are not paired.
    """
    if reference not in conditions_of(frame):
        raise InputError(f"no condition {reference!r}; {nearest(reference, conditions_of(frame))}", "reference")
    if not paired(frame):
        raise InputError("replicates have other seeds in other conditions; there are no pairs to compare")
    rows = [
        row_of_difference(frame, metric, condition, reference, level, method, seed)
        for metric in metrics
        for condition in conditions_of(frame)
        if condition != reference
    ]
    return corrected(pd.DataFrame(rows, columns=DIFFERENCES))


def row_of_difference(
    frame: pd.DataFrame, metric: str, a: str, b: str, level: float = LEVEL, method: str = T, seed: int = 0
) -> dict:
    """The paired difference a - b in a metric; without a pair, only that there is none."""
    x, y = values(frame, a, metric), values(frame, b, metric)
    both = x.index.intersection(y.index)
    row: dict = {"condition": a, "metric": metric, "pairs": len(both)}
    if not len(both):
        return row
    found = compare(x[both], y[both], level, method, seed)
    mean, low, high = found.difference
    row |= {"difference": mean, "low": low, "high": high, "p_t": found.p_t, "p_wilcoxon": found.p_wilcoxon}
    return row | {"d_z": found.d_z, "g": found.hedges_g}


def corrected(table: pd.DataFrame) -> pd.DataFrame:
    """The table with ``p_holm``, ``p_t`` corrected over the rows of each metric."""
    for _, rows in table.groupby("metric", sort=False):
        table.loc[rows.index, "p_holm"] = holm(rows["p_t"])
    return table
