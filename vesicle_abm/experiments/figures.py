"""The pictures of a run: populations over time, occupancy on the network, births against dockings; of a model that
learns its weights, learning rates and levels; of a task what it has recorded, of estimators their signals.
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.positions import positions

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")  # Okabe and Ito 2008
PANELS_A_ROW = 5
EDGES_DRAWN = 1500  # more would hide the nodes
BINS = 60  # of a histogram of weights
SHARE_AVERAGED = 1 / 25  # of the run, by each running mean
INK = "0.2"
CLEAR: dict[str, Any] = {"linewidth": 1.4}
FAINT: dict[str, Any] = {"linewidth": 0.6, "alpha": 0.4}
COURSES = {"task": "task.", "signals": "signal."}  # a picture each: its name, and how the columns on it begin
HEADROOM = (
    0.05  # at least so much of a wide network's width is kept free above and below its middle, for dots and names
)
DPI = 130


def draw_all(folder: Path, graph: NeuralGraph, kinds: list[str], series, nodes, edges=None, caps=None) -> None:
    """Write every picture that the tables allow into a folder, as PNG; ``caps``, kind -> the most that may live."""
    if edges is not None and "weight" in series and len(series):
        save(draw_learning(kinds, series, edges), folder / "learning.png")
    for name, prefix in COURSES.items():
        if any(column.startswith(prefix) for column in series) and len(series):
            save(draw_courses(series, name), folder / f"{name}.png")
    if not kinds:
        return
    unseen = never_seen(kinds, series, nodes)
    save(draw_population(kinds, series, caps, unseen), folder / "population.png")
    save(draw_occupancy(graph, kinds, nodes, unseen), folder / "occupancy.png")
    if f"{kinds[0]}.docked" in nodes:
        save(draw_emission_and_docking(kinds, nodes), folder / "emission_and_docking.png")


def save(figure: Figure, path: Path) -> None:
    """Write a figure."""
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=DPI, metadata={"Software": None})


def colour(k: int) -> str:
    """The colour of kind number k."""
    return COLOURS[k % len(COLOURS)]


def never_seen(kinds: list[str], series, nodes) -> dict[str, str]:
    """Of each kind that was born but that no recorded row finds alive: why, in words."""
    all_recorded = len(series) > 0 and series.index[-1] == len(series)
    words = "none outlives its step" if all_recorded else "none alive in a recorded step"
    born = [kind for kind in kinds if f"{kind}.emitted" in nodes and nodes[f"{kind}.emitted"].any()]
    return {kind: words for kind in born if not series[f"{kind}.alive"].any()}


def draw_population(
    kinds: list[str], series, caps: dict[str, int] | None = None, unseen: dict[str, str] | None = None
) -> Figure:
    """Vesicles alive per kind over the steps; a dotted line at the cap of a kind that was held there. ``unseen``: of
    kinds that are born but never seen alive, why.
    """
    unseen = unseen or {}
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    for k, kind in enumerate(kinds):
        label = f"{kind} ({unseen[kind]})" if kind in unseen else kind
        axes.plot(series.index, series[f"{kind}.alive"], color=colour(k), label=label, linewidth=1.4)
        if caps and kind in caps and series[f"{kind}.suppressed"].max() > 0:
            axes.axhline(caps[kind], color=colour(k), linestyle=":", linewidth=1.2, label=f"cap of {kind}")
    axes.set(xlabel=series.index.name, ylabel="vesicles alive", title="Population per kind")
    axes.set_ylim(bottom=0, top=1 if len(unseen) == len(kinds) else None)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def draw_occupancy(graph: NeuralGraph, kinds: list[str], nodes, unseen: dict[str, str] | None = None) -> Figure:
    """Where the vesicles were, one panel a kind: area and colour show the mean number at each node over the run. Of
    kinds that are born but never seen alive, ``unseen`` says why, and area and colour show where they were born.
    """
    unseen = unseen or {}
    place = positions(graph)
    (width, height), middle = np.ptp(place, axis=0), (place.min(axis=0) + place.max(axis=0)) / 2
    wide = width > 3 * height
    room = max(0.68 * height, HEADROOM * width)  # above and below the middle of a wide network
    columns = 1 if wide else min(3, len(kinds))
    rows = -(-len(kinds) // columns)
    size = (10.0, min(2.1, 0.5 + 16 * room / width) * rows) if wide else (4.2 * columns, 3.8 * rows)
    figure = Figure(figsize=size, layout="constrained")
    panels = np.atleast_1d(figure.subplots(rows, columns, sharex=True, sharey=True)).ravel()
    for panel in panels[len(kinds) :]:
        panel.set_axis_off()
    for kind, panel in zip(kinds, panels, strict=False):
        draw_edges(panel, graph, place)
        if kind in unseen:
            count, scale = nodes[f"{kind}.emitted"].to_numpy(), "born"
            title = f"{kind}: {count.sum():,} born, {unseen[kind]}"
        else:
            count, scale = nodes[f"{kind}.mean_occupancy"].to_numpy(), "mean number"
            title = f"{kind}: {vesicles(count.sum())} at nodes, mean of the run"
        dots, most = draw_counts(panel, place, count)
        figure.colorbar(dots, ax=panel, label=scale, shrink=0.85, pad=0.01)
        if most is not None:
            name, offset = str(graph.nodes[most]), (4, 5)
            panel.annotate(name, place[most], xytext=offset, textcoords="offset points", fontsize=8, zorder=4)
        panel.set_title(title, loc="left", fontsize=10 if wide else 9)
        panel.set_axis_off()
        panel.margins(0.06, 0.18)
        if wide:
            panel.set_ylim(middle[1] - room, middle[1] + room)
            panel.set_aspect("equal", adjustable="box")
    return figure


def vesicles(number: float) -> str:
    """A number of vesicles, in words."""
    words = f"{number:.4g}"
    return f"{words} vesicle" if words == "1" else f"{words} vesicles"


def draw_counts(panel, place: np.ndarray, count: np.ndarray) -> tuple[PathCollection, int | None]:
    """A dot a node, by its count (N,), the largest on top; gives the dots, and the node with the largest."""
    panel.scatter(*place.T, s=7, color="0.75", linewidths=0, zorder=2)
    here = np.flatnonzero(count > 0)
    here = here[np.argsort(count[here])]
    top = float(count.max()) or 1.0
    dots = panel.scatter(
        *place[here].T, s=14 + 130 * count[here] / top, c=count[here], cmap="viridis", vmin=0, vmax=top,
        edgecolors="white", linewidths=0.4, zorder=3,
    )  # fmt: skip
    return dots, here[-1] if len(here) else None


def draw_edges(panel, graph: NeuralGraph, place: np.ndarray) -> None:
    """The first layer's edges, faintly, if they are few enough to see."""
    first = np.flatnonzero((graph.layer == 0) & (graph.source != graph.target))
    if 0 < len(first) <= EDGES_DRAWN:
        ends = np.full((len(first), 3, 2), np.nan)
        ends[:, 0], ends[:, 1] = place[graph.source[first]], place[graph.target[first]]
        panel.plot(*ends.reshape(-1, 2).T, color="0.5", alpha=0.07, linewidth=0.5, zorder=1)


def draw_emission_and_docking(kinds: list[str], nodes) -> Figure:
    """Births against dockings, a panel a kind and a dot a node: who sends, and who receives."""
    columns = min(PANELS_A_ROW, len(kinds))
    rows = -(-len(kinds) // columns)
    figure = Figure(figsize=(max(5.0, 1.2 + 2.6 * columns), 1.0 + 2.9 * rows), layout="constrained")
    panels = np.atleast_1d(figure.subplots(rows, columns, sharex=True, sharey=True)).ravel()
    top = 1.5 * max(nodes[f"{kind}.{what}"].max() for kind in kinds for what in ("emitted", "docked")) + 1.0
    for panel in panels[len(kinds) :]:
        panel.set_axis_off()
    for k, (kind, panel) in enumerate(zip(kinds, panels, strict=False)):
        emitted, docked = nodes[f"{kind}.emitted"], nodes[f"{kind}.docked"]
        seen = (emitted > 0) | (docked > 0)
        panel.plot([0, top], [0, top], color="0.6", linewidth=0.8, linestyle=":", zorder=1)
        panel.scatter(emitted[seen], docked[seen], s=14, alpha=0.55, color=colour(k), linewidths=0, zorder=2)
        panel.set_xscale("symlog", linthresh=1)
        panel.set_yscale("symlog", linthresh=1)
        panel.set(xlim=(-0.4, top), ylim=(-0.4, top))
        panel.set_title(kind, loc="left", fontsize=10)
        panel.grid(alpha=0.25)
        panel.spines[["top", "right"]].set_visible(False)
    words = "Who sends, and who receives: a dot is a neuron,\non the dotted line as many dock as are born there"
    figure.suptitle(words, fontsize=10)
    figure.supxlabel("vesicles born at the neuron", fontsize=10)
    figure.supylabel("vesicles docked there", fontsize=10)
    return figure


def draw_learning(kinds: list[str], series, edges) -> Figure:
    """Levels, activation, mean weight and learning rates over the steps; beside them the weights, before and after."""
    figure = Figure(figsize=(11, 7), layout="constrained")
    grid = figure.add_gridspec(4, 2, width_ratios=(1.5, 1))
    eta = {"eta_local": r"$\eta_\mathrm{local}$", "eta_global": r"$\eta_\mathrm{global}$"}
    courses: dict[str, dict[str, tuple]] = {
        "mean level": {kind: (series[f"{kind}.level"], colour(k)) for k, kind in enumerate(kinds)},
        "mean activation, and its running mean": {"": (series["activation"], INK)},
        "mean weight": {"": (series["weight"], INK)},
        "mean learning rate": {
            words: (series[name], shade) for (name, words), shade in zip(eta.items(), (INK, colour(1)), strict=True)
        },
    }
    panels = [figure.add_subplot(grid[row, 0]) for row in range(len(courses))]
    for panel, (title, lines) in zip(panels, courses.items(), strict=True):
        noisy = "running" in title
        for label, (values, shade) in lines.items():
            panel.plot(series.index, values, color=shade, label=label, **(FAINT if noisy else CLEAR))
            if noisy:
                panel.plot(series.index, running_mean(values), color=shade, **CLEAR)
        plain_axes(panel, title, xlim=(0, series.index[-1]))
        panel.tick_params(labelbottom=panel is panels[-1])
        if any(lines):
            panel.legend(frameon=False, fontsize=8, ncols=8, loc="lower right", bbox_to_anchor=(1.0, 0.97))
    panels[-1].set_xlabel(series.index.name)
    draw_weights(figure.add_subplot(grid[:2, 1]), edges[edges["learns"]])
    draw_changes(figure.add_subplot(grid[2:, 1]), edges[edges["learns"]])
    return figure


def draw_weights(panel, edges) -> None:
    """How many synapses have which weight, at the start and at the end."""
    start, end = edges["weight_at_start"], edges["weight_at_end"]
    both = np.concatenate([start, end])
    bins = np.histogram_bin_edges(both, BINS) if len(both) else BINS
    panel.hist(end, bins=bins, color=colour(0), alpha=0.55, label="at the end")
    panel.hist(start, bins=bins, histtype="step", color=INK, linewidth=1.4, label="at the start")
    panel.set_yscale("symlog", linthresh=10)
    plain_axes(panel, f"{len(edges):,} synapses that learn", xlabel="weight", ylabel="synapses")
    panel.legend(frameon=False, fontsize=8)


def draw_changes(panel, edges) -> None:
    """How far which share of the synapses has come: each synapse's change, in order."""
    change = np.sort((edges["weight_at_end"] - edges["weight_at_start"]).to_numpy(np.float64))
    panel.axvline(0.0, color="0.6", linewidth=0.8, linestyle=":")
    panel.plot(change, np.arange(1, len(change) + 1) / max(len(change), 1), color=colour(0), linewidth=1.6)
    plain_axes(panel, "changes of weight", xlabel="change, at most", ylabel="share of synapses", ylim=(0, 1.02))


def draw_courses(series, what: str) -> Figure:
    """What the task, or the estimators, have left in the series, a panel a column: as recorded, and running means."""
    prefix = COURSES[what]
    names = [name for name in series if name.startswith(prefix)]
    figure = Figure(figsize=(8, 1.0 + 2.0 * len(names)), layout="constrained")
    panels = np.atleast_1d(figure.subplots(len(names), 1, sharex=True))
    for k, (name, panel) in enumerate(zip(names, panels, strict=True)):
        panel.plot(series.index, series[name], color=colour(k), **FAINT)
        panel.plot(series.index, running_mean(series[name]), color=colour(k), **CLEAR)
        plain_axes(panel, name.removeprefix(prefix), xlim=(0, series.index[-1]))
    panels[-1].set_xlabel(series.index.name)
    steps = rows_averaged(series) * int(series.index[0])
    figure.suptitle(f"The {what}: faintly as recorded, and the mean of the last {steps} steps", fontsize=10)
    return figure


def rows_averaged(series) -> int:
    """How many rows a running mean averages."""
    return max(1, round(len(series) * SHARE_AVERAGED))


def running_mean(values):
    """The mean of each row and those before it; of fewer at the beginning."""
    return values.rolling(rows_averaged(values), min_periods=1).mean()


def plain_axes(panel, title: str, **labels) -> None:
    """A title at the left, a faint grid, no frame above and to the right."""
    panel.set(**labels)
    panel.set_title(title, loc="left", fontsize=10)
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
