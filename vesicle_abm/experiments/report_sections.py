"""The sections of a report: what each kind of design has to show, as figures, tables, and the numbers behind them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments import report_figures as draw
from vesicle_abm.experiments.ablation import FULL, Part, delta_scores
from vesicle_abm.experiments.comparisons import conditions_of, differences, paired, summaries
from vesicle_abm.experiments.designs import settings_of
from vesicle_abm.experiments.frames import METRIC
from vesicle_abm.experiments.optimisation import MAXIMISE, tries
from vesicle_abm.experiments.report_tables import Table, table_of
from vesicle_abm.experiments.sensitivity import MORRIS, RESAMPLES, analysis_of
from vesicle_abm.experiments.statistics import LEVEL
from vesicle_abm.experiments.svg import HUES, STYLE, inline

ENDS = ("low", "high")
HALF_WIDTH = f"± is half the width of the {100 * LEVEL:g} % interval (SALib, {RESAMPLES:,} resamples)."
MOST_DRAWN = 40  # conditions in a figure; of more, tables and scatters say more
RATIO_OF_LOG = 30.0  # between the ends of an axis, from which it is logarithmic


@dataclass(frozen=True)
class Picture:
    """A figure in the page, and what it shows."""

    svg: str
    caption: str


@dataclass
class Section:
    """One section; ``numbers``: name -> table, everything that is shown in it, unrounded, for the CSV."""

    title: str
    paragraphs: list[str] = field(default_factory=list)
    figures: list[Picture] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    numbers: dict[str, pd.DataFrame] = field(default_factory=dict)

    def show(self, caption: str, make: Callable[..., Figure], *what) -> None:
        """Add the figure ``make(*what)``."""
        name = f"{self.title}-{len(self.figures)}".lower().replace(" ", "-")
        with rc_context(STYLE):
            self.figures.append(Picture(inline(make(*what), name, caption), caption))


def conditions_section(frame: pd.DataFrame, metrics: Sequence[str], level: float, method: str) -> Section:
    """Every condition's mean with its interval."""
    found = Section("Conditions")
    table = found.numbers["conditions"] = summaries(frame, metrics, level, method)
    keys, labels = settings_of(frame), conditions_of(frame)
    axis = axis_of(frame, keys)
    for metric in metrics:
        rows = table[table["metric"] == metric]
        if axis is not None:
            x, lines = lines_of(frame, rows, keys, axis)
            found.show(
                f"{metric}: mean and {100 * level:g} % interval",
                draw.curves,
                x,
                lines,
                metric,
                spans(lines, x),
            )
        elif 1 < len(labels) <= MOST_DRAWN and rows["low"].notna().any():
            found.show(
                f"{metric}: mean and {100 * level:g} % interval",
                draw.intervals,
                labels,
                rows,
                "mean",
                metric,
            )
        columns = ["condition", "n", "mean", "sd", "min", "max"]
        found.tables.append(table_of(rows, metric, columns, {"mean": ENDS}, level))
    return found


def axis_of(frame: pd.DataFrame, keys: Sequence[str]) -> str | None:
    """The key that makes an axis: numbers, three values at least, most of all; none where lines would be too many."""
    numeric = {key: frame[key].nunique() for key in keys if pd.api.types.is_numeric_dtype(frame[key])}
    axis = max(numeric, key=lambda key: numeric[key], default=None)
    if axis is None or numeric[axis] < 3:
        return None
    return axis if len(conditions_of(frame)) / numeric[axis] <= len(HUES) else None


def lines_of(frame: pd.DataFrame, rows: pd.DataFrame, keys: Sequence[str], axis: str) -> tuple[str, dict]:
    """The summaries of a metric as lines over one key: a line for each setting of the others."""
    points = frame.drop_duplicates("condition")[["condition", *keys]].merge(rows, on="condition")
    others = [key for key in keys if key != axis]
    points["line"] = [
        "; ".join(f"{key.rpartition('.')[2]} {row[key]}" for key in others) for row in points.to_dict("records")
    ]
    return axis, {line: each.sort_values(axis) for line, each in points.groupby("line", sort=False)}


def spans(lines: dict[str, pd.DataFrame], x: str) -> bool:
    """Whether an axis is better logarithmic."""
    ends = np.concatenate([each[x].to_numpy(float) for each in lines.values()])
    return bool((ends > 0.0).all() and ends.max() > RATIO_OF_LOG * ends.min())


def differences_section(
    frame: pd.DataFrame, metrics: Sequence[str], reference: str, level: float, method: str
) -> Section:
    """Every condition's paired difference from the reference."""
    found = Section(f"Differences from “{reference}”")
    if not paired(frame):
        found.paragraphs.append("Replicates have other seeds in other conditions; there are no pairs to compare.")
        return found
    found.paragraphs.append(
        "Condition less reference, seed by seed: replicate r has the same random numbers in every condition, so that "
        "what differs is the condition. p (Holm) is p (t) corrected over all comparisons of the metric."
    )
    table = found.numbers["differences"] = differences(frame, metrics, reference, level, method)
    for metric in metrics:
        rows = table[table["metric"] == metric]
        if len(rows) <= MOST_DRAWN and rows["low"].notna().any():
            labels = list(rows["condition"])
            found.show(
                f"{metric}: difference and {100 * level:g} % interval",
                draw.intervals,
                labels,
                rows,
                "difference",
                f"Δ {metric}",
                True,
            )
        columns = ["condition", "pairs", "difference", "p_t", "p_holm", "p_wilcoxon", "d_z", "g"]
        found.tables.append(table_of(rows, metric, columns, {"difference": ENDS}, level))
    return found


def ablation_section(frame: pd.DataFrame, design: dict, metrics: Sequence[str], level: float, method: str) -> Section:
    """Delta-scores: what is lost without each part."""
    found = Section("Ablation: Δ-scores")
    found.paragraphs += [
        "Δ is the full model less the model without the part, seed by seed: positive where the part raises the metric "
        "(HMN, section 7.2, Phase 3).",
        "“Alone” is what the part adds to a model without all parts of its group; synergy is Δ less that: how much "
        "more it does among the others.",
    ]
    parts = [Part(**each) for each in design["parts"]]
    table = found.numbers["delta-scores"] = delta_scores(frame, parts, metrics, level, method)
    for metric in metrics:
        rows = table[table["metric"] == metric]
        if rows["low"].notna().any():
            labels = list(rows["part"])
            found.show(
                f"{metric}: Δ-score and {100 * level:g} % interval",
                draw.intervals,
                labels,
                rows,
                "delta",
                f"Δ {metric}: {FULL} − without",
                True,
            )
        columns = ["part", FULL, "without", "delta", "pairs", "p_t", "p_holm", "d_z", "g"]
        found.tables.append(table_of(rows, metric, columns, {"delta": ENDS}, level))
        together = rows[rows["synergy"].notna()]
        if len(together):
            ends = {"synergy": ("synergy_low", "synergy_high")}
            title = f"{metric}: alone, and among the others"
            found.tables.append(table_of(together, title, ["part", "delta", "alone", "synergy"], ends, level))
    return found


def sensitivity_section(frame: pd.DataFrame, design: dict) -> Section:
    """Indices of each parameter; or why there are none."""
    metric, found = design["metrics"][0], Section("Sensitivity")
    try:
        table = analysis_of(frame, design)
    except InputError as error:
        found.paragraphs.append(str(error))
        return found
    found.numbers["sensitivity"] = table.assign(metric=metric)
    if design["method"] == MORRIS:
        found.paragraphs.append(
            "Elementary effects over each parameter's whole range: μ* is their mean size, σ their spread; a σ as large "
            f"as μ* tells of interaction or curvature. {HALF_WIDTH}"
        )
        found.show(f"{metric}: Morris", draw.morris, table, metric)
    else:
        found.paragraphs.append(
            f"Shares of the metric's variance: S1 by the parameter itself, ST with all its interactions. {HALF_WIDTH}"
        )
        found.show(f"{metric}: Sobol' indices", draw.sobol, table, metric)
    found.tables.append(table_of(table, metric, list(table.columns), {}))
    return found


def optimisation_section(frame: pd.DataFrame, design: dict) -> Section:
    """The best that was found, and the way there."""
    metric, keys = design["metrics"][0], [each["key"] for each in design["ranges"]]
    found = Section("Optimisation")
    table = tries(frame, keys, metric, design["replicates"], design["direction"])
    found.numbers["tries"] = table.assign(metric=metric).rename_axis("try").reset_index()
    order = table.dropna(subset=metric).sort_values(metric, ascending=design["direction"] != MAXIMISE, kind="stable")
    if not len(order):
        found.paragraphs.append("No run has a value.")
        return found
    best = order.iloc[0]
    settings = ", ".join(f"{key} = {best[key]:.4g}" for key in keys)
    found.paragraphs.append(
        f"The best of {len(table):,} points: {metric} {best[metric]:.4g} at {settings}. It was chosen for its value, "
        "which is therefore better than what new seeds will give."
    )
    found.show(f"{metric}: each try", draw.progress, table[metric].tolist(), table["best"].tolist(), metric)
    found.tables.append(table_of(order.head(10), f"{metric}: the best ten", [*keys, metric], {}))
    return found


def scatter_section(frame: pd.DataFrame, ranges: Sequence[dict], metrics: Sequence[str]) -> Section:
    """A sampled design: every metric over every parameter, and Spearman's rank correlation."""
    from scipy.stats import spearmanr

    found, keys, rows = Section("Parameters"), settings_of(frame), []
    done = frame[frame["status"] == "done"]
    found.paragraphs.append("ρ is Spearman's rank correlation (scipy.stats) over all runs; its p is not corrected.")
    logs = [each["key"] for each in ranges if each["log"]]
    for metric in metrics:
        points = done[[*keys, METRIC + metric]].rename(columns={METRIC + metric: metric}).astype(float).dropna()
        if len(points) < 3:
            continue
        found.show(f"{metric} over each parameter", draw.scatters, points, keys, metric, logs)
        for key in keys:
            if points[key].nunique() > 1 and points[metric].nunique() > 1:
                rho, p = spearmanr(points[key], points[metric])
                rows.append({"metric": metric, "parameter": key, "n": len(points), "rho": float(rho), "p": float(p)})
    table = found.numbers["rank correlation"] = pd.DataFrame(rows, columns=["metric", "parameter", "n", "rho", "p"])
    for name, each in table.groupby("metric", sort=False):
        found.tables.append(table_of(each, str(name), ["parameter", "n", "rho", "p"], {}))
    return found


def courses_section(courses: dict[str, dict[str, pd.DataFrame]], left_out: int, level: float) -> Section:
    """Recorded columns over time: column -> condition -> mean and interval over the replicates, indexed by step."""
    found = Section("Over time")
    for column, lines in courses.items():
        found.show(
            f"{column}: mean over replicates and {100 * level:g} % interval",
            draw.courses,
            lines,
            column,
        )
        long = pd.concat(lines, names=["condition", "step"]).reset_index()
        found.numbers[f"over time: {column}"] = long.assign(metric=column)
    if left_out:
        found.paragraphs.append(f"The first {len(HUES)} conditions; {left_out:,} further are not drawn.")
    return found
