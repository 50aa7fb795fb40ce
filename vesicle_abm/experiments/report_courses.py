"""Recorded columns over time, of each condition the mean over its replicates with an interval at every step."""

import numpy as np
import pandas as pd

from vesicle_abm.experiments.extra import needed
from vesicle_abm.experiments.study import Study
from vesicle_abm.experiments.svg import HUES

COLUMNS = 4  # drawn at most
STEPS = 200  # drawn at most, evenly spaced
TASK, ALIVE = "task.", ".alive"


def courses(study: Study, names: dict[str, str], level: float) -> dict[str, dict[str, pd.DataFrame]]:
    """Column -> condition -> ``mean``, ``low`` and ``high`` by step: what the task records, and the vesicles alive; of
    the first conditions, as many as there are colours. ``names``: condition -> what it is called.
    """
    found: dict[str, dict[str, pd.DataFrame]] = {}
    columns = columns_of(study)
    series = study.series(columns) if columns else pd.DataFrame()
    for column in columns if len(series) else ():
        for condition, name in list(names.items())[: len(HUES)]:
            rows = series[series["condition"] == condition]
            if len(rows):
                table = rows.pivot(index="step", columns="trial", values=column)
                found.setdefault(column, {})[name] = band(table, level)
    return found


def columns_of(study: Study) -> list[str]:
    """The columns to draw."""
    names = study.scenario.build().recorder.names
    task = [name for name in names if name.startswith(TASK)]
    alive = [name for name in names if name.endswith(ALIVE)]
    return (alive if study.about["view"] == "density" else task + alive)[:COLUMNS]


def band(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """The mean of a row (steps, replicates), and its t interval; NaN without a second replicate."""
    thin = table.iloc[:: max(1, -(-len(table) // STEPS))]
    mean, n = thin.mean(axis=1), thin.count(axis=1)
    half = needed("scipy.stats").t.ppf((1 + level) / 2, np.maximum(n - 1, 1)) * thin.std(axis=1) / np.sqrt(n)
    return pd.DataFrame({"mean": mean, "low": mean - half, "high": mean + half})
