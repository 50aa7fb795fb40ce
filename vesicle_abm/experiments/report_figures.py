"""The figures of a report, for ``svg.inline``: narrow, so that a phone shows them at full size."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from vesicle_abm.experiments.svg import INK, hue

WIDTH = 4.6  # inches, of 72 px: some 330 px
ROW = 0.24  # inches a condition
LONGEST = 28  # letters of a label
BAND = 0.14  # opacity


def shortened(label: str) -> str:
    """A label that leaves room for the plot."""
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"


def intervals(labels: Sequence[str], table: pd.DataFrame, of: str, title: str, zero: bool = False) -> Figure:
    """A row for each label: the mean in column ``of``, its interval from ``low`` to ``high``; a line at 0 if asked."""
    figure = Figure(figsize=(WIDTH, 0.75 + ROW * len(labels)), layout="constrained")
    axes = figure.subplots()
    place = np.arange(len(labels))
    mean, low, high = (pd.to_numeric(table[column]).to_numpy(float) for column in (of, "low", "high"))
    axes.hlines(place, low, high, color=hue(0), linewidth=2.0)
    axes.plot(mean, place, "o", color=hue(0), markersize=4.5)
    if zero:
        axes.axvline(0.0, color=INK, linewidth=0.8, alpha=0.6)
    axes.set_yticks(place, [shortened(label) for label in labels])
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_title(title)
    axes.grid(True, axis="x")
    axes.locator_params(axis="x", nbins=5)
    axes.tick_params(axis="y", length=0)
    return figure


def curves(x: str, lines: dict[str, pd.DataFrame], title: str, logarithmic: bool) -> Figure:
    """A line for each of several groups: ``mean`` over the column ``x``, with its interval as a band."""
    figure = Figure(figsize=(WIDTH, 2.6), layout="constrained")
    axes = figure.subplots()
    for number, (label, table) in enumerate(lines.items()):
        axes.fill_between(table[x], table["low"], table["high"], color=hue(number), alpha=BAND, linewidth=0)
        axes.plot(table[x], table["mean"], "o-", color=hue(number), markersize=3.5, label=shortened(label))
    if logarithmic:
        axes.set_xscale("log")
    axes.set(xlabel=x, title=title)
    axes.grid(True)
    legend_below(axes, len(lines))
    return figure


def courses(frames: dict[str, pd.DataFrame], title: str) -> Figure:
    """Of each condition the ``mean`` over steps, and the band from ``low`` to ``high``."""
    figure = Figure(figsize=(WIDTH, 2.6), layout="constrained")
    axes = figure.subplots()
    for number, (label, table) in enumerate(frames.items()):
        axes.fill_between(table.index, table["low"], table["high"], color=hue(number), alpha=BAND, linewidth=0)
        axes.plot(table.index, table["mean"], color=hue(number), linewidth=1.3, label=shortened(label))
    axes.set(xlabel="step", title=title)
    axes.margins(x=0)
    axes.grid(True)
    legend_below(axes, len(frames))
    return figure


def scatters(points: pd.DataFrame, keys: Sequence[str], metric: str, logarithmic: Sequence[str]) -> Figure:
    """The metric, the last column, over each parameter."""
    figure = Figure(figsize=(WIDTH, 1.9 * len(keys)), layout="constrained")
    for number, (key, axes) in enumerate(zip(keys, np.atleast_1d(figure.subplots(len(keys), 1)), strict=True)):
        axes.plot(points[key], points[metric], "o", color=hue(0), markersize=3, alpha=0.7)
        if key in logarithmic:
            axes.set_xscale("log")
        axes.set(xlabel=key, title=metric if number == 0 else "")
        axes.grid(True)
    return figure


def morris(table: pd.DataFrame, metric: str) -> Figure:
    """mu* with its confidence against sigma, a parameter each."""
    figure = Figure(figsize=(WIDTH, 2.9), layout="constrained")
    axes = figure.subplots()
    for number, row in enumerate(table.to_dict("records")):
        dot, label = dotted(number), shortened(row["parameter"])
        axes.errorbar(row["mu_star"], row["sigma"], xerr=row["mu_star_conf"], label=label, **dot)
    axes.set(xlabel="mu*, mean size of elementary effects", ylabel="sigma", title=f"Morris: {metric}")
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.grid(True)
    legend_below(axes, len(table))
    return figure


def sobol(table: pd.DataFrame, metric: str) -> Figure:
    """First-order and total indices with their confidence."""
    figure = Figure(figsize=(WIDTH, 0.9 + 0.42 * len(table)), layout="constrained")
    axes, place = figure.subplots(), np.arange(len(table))
    for number, index in enumerate(("S1", "ST")):
        words = {"S1": "S1, alone", "ST": "ST, with all interactions"}[index]
        axes.errorbar(
            table[index], place + 0.24 * number - 0.12, xerr=table[f"{index}_conf"], label=words, **dotted(number)
        )
    axes.axvline(0.0, color=INK, linewidth=0.8, alpha=0.6)
    axes.set_yticks(place, [shortened(name) for name in table["parameter"]])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_title(f"Sobol' indices: {metric}")
    axes.grid(True, axis="x")
    legend_below(axes, 2)
    return figure


def progress(values: Sequence[float], best: Sequence[float], metric: str) -> Figure:
    """What each try gave, and the best so far."""
    figure = Figure(figsize=(WIDTH, 2.4), layout="constrained")
    axes, tries = figure.subplots(), np.arange(1, len(values) + 1)
    axes.plot(tries, values, "o", color=hue(0), markersize=3, alpha=0.7, label="each try")
    axes.step(tries, best, where="post", color=hue(1), label="best so far")
    axes.set(xlabel="try", title=metric)
    axes.grid(True)
    legend_below(axes, 2)
    return figure


def dotted(number: int) -> dict[str, Any]:
    """How a dot with an error bar looks."""
    return {"fmt": "o", "color": hue(number), "markersize": 5}


def legend_below(axes, entries: int) -> None:
    """A legend under the plot, where it hides nothing; none for one entry without a name."""
    handles, labels = axes.get_legend_handles_labels()
    if any(labels):
        columns = 2 if entries > 1 and max(map(len, labels)) <= LONGEST // 2 + 4 else 1
        axes.figure.legend(handles, labels, loc="outside lower left", ncols=columns, fontsize=8)
