"""Pictures: a plot as it is shown, made into PNG or SVG by matplotlib, and its numbers as CSV."""

import io
import threading
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from .histogram import BINS, WeightHistogram
from .lines import values
from .plotlist import Plot
from .table import Table

DPI = 150
FORMS = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv"}
STYLES = {"solid": "-", "dashed": "--", "dotted": ":"}
GROUNDS = {False: ("#ffffff", "#3c4048"), True: ("#1e1e1e", "#c9ced9")}  # ground and ink, light and dark
ONE_AT_A_TIME = threading.Lock()  # matplotlib's fonts are shared by all threads


@dataclass(frozen=True)
class Look:
    """How a visitor sees a plot: the steps in sight (None: all), names of lines that are hidden, scale and theme."""

    steps: tuple[float, float] | None = None
    hidden: frozenset[str] = frozenset()
    logarithmic: bool = False
    dark: bool = False

    def sees(self, steps: np.ndarray) -> np.ndarray:
        """(n,) bool: which of these steps are in sight."""
        return np.ones(len(steps), bool) if self.steps is None else (steps >= self.steps[0]) & (steps <= self.steps[1])


def picture(plot: Plot, tables: list[Table], weights: WeightHistogram | None, look: Look, form: str, title: str):
    """The bytes of an image, ``form`` "png" or "svg"."""
    ground, ink = GROUNDS[look.dark]
    colours = {name: ink for name in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")}
    style = {**colours, "figure.facecolor": ground, "axes.facecolor": ground, "svg.fonttype": "none"}
    with ONE_AT_A_TIME, rc_context(style):
        figure = Figure(figsize=(8, 4.2), layout="constrained")
        axes = figure.subplots()
        if plot.heat and weights is not None:
            draw_heat(axes, weights, look)
        else:
            draw_lines(axes, plot, tables, look)
        axes.set(xlabel="step", ylabel=plot.unit)
        axes.set_title(title, loc="left", fontsize=11)
        axes.spines[["top", "right"]].set_visible(False)
        FigureCanvasAgg(figure)
        file = io.BytesIO()
        figure.savefig(file, format=form, dpi=DPI, metadata={"Date": None} if form == "svg" else {"Software": None})
    return file.getvalue()


def draw_lines(axes, plot: Plot, tables: list[Table], look: Look) -> None:
    """Every line that is not hidden, and a legend."""
    for line in plot.lines:
        table = tables[line.lane]
        steps, drawn = table.rows[:, 0], values(line, table)
        seen = look.sees(steps)
        if line.name not in look.hidden:
            axes.plot(
                steps[seen], drawn[seen], color=line.colour, label=line.name, linestyle=STYLES[line.dash], linewidth=1.4
            )
    axes.grid(alpha=0.25)
    if look.logarithmic:
        axes.set_yscale("log", nonpositive="mask")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))


def draw_heat(axes, weights: WeightHistogram, look: Look) -> None:
    """How many synapses have which weight, at each step."""
    steps, counts = np.array(weights.steps, np.float64), weights.counts
    seen = look.sees(steps)
    steps, counts = steps[seen], counts[seen]
    if not len(steps):
        return
    edges = np.append(steps, steps[-1] + weights.every)
    bins = weights.low + weights.width * np.arange(BINS + 1)
    used = np.flatnonzero(counts.any(axis=0))
    shown = np.ma.masked_equal(counts, 0).T
    mesh = axes.pcolormesh(edges, bins, shown, cmap="viridis", norm=LogNorm(1, max(2, counts.max())), rasterized=True)
    axes.set_ylim(bins[used[0]], bins[used[-1] + 1])
    axes.figure.colorbar(mesh, ax=axes, label="synapses")


def numbers(plot: Plot, tables: list[Table], weights: WeightHistogram | None) -> bytes:
    """A plot's numbers as CSV, a row a step that is held. A column a line, empty where it has no number; of the weights
    a column a bin, by its middle.
    """
    if plot.heat and weights is not None:
        middles = weights.low + weights.width * (np.arange(BINS) + 0.5)
        return csv(["step", *(f"{middle:.6g}" for middle in middles)], [weights.steps, *weights.counts.T])
    lanes = {line.lane for line in plot.lines}
    steps = np.unique(np.concatenate([tables[lane].rows[:, 0] for lane in lanes]))
    columns = [steps.astype(np.int64)]
    for line in plot.lines:
        column = np.full(len(steps), np.nan)
        column[np.searchsorted(steps, tables[line.lane].rows[:, 0])] = values(line, tables[line.lane])
        columns.append(column)
    return csv(["step", *(line.name for line in plot.lines)], columns)


def csv(names: list[str], columns: list) -> bytes:
    """Columns of equal length as text."""
    return pd.DataFrame(dict(enumerate(columns))).to_csv(index=False, header=names).encode()
