"""The pictures of a run: populations over time, occupancy on the network, births against dockings."""

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.positions import positions

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")  # Okabe and Ito 2008
PANELS_A_ROW = 5
EDGES_DRAWN = 1500  # more would hide the nodes
DPI = 130


def draw_all(folder: Path, graph: NeuralGraph, kinds: list[str], series, nodes) -> None:
    """Write every picture that the tables allow into a folder, as PNG."""
    if not kinds:
        return
    save(draw_population(kinds, series), folder / "population.png")
    save(draw_occupancy(graph, kinds, nodes), folder / "occupancy.png")
    if f"{kinds[0]}.docked" in nodes:
        save(draw_emission_and_docking(kinds, nodes), folder / "emission_and_docking.png")


def save(figure: Figure, path: Path) -> None:
    """Write a figure."""
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=DPI, metadata={"Software": None})


def colour(k: int) -> str:
    """The colour of kind number k."""
    return COLOURS[k % len(COLOURS)]


def draw_population(kinds: list[str], series) -> Figure:
    """Vesicles alive per kind over the steps."""
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    for k, kind in enumerate(kinds):
        axes.plot(series.index, series[f"{kind}.alive"], color=colour(k), label=kind, linewidth=1.4)
    axes.set(xlabel="step", ylabel="vesicles alive", title="Population per kind")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def draw_occupancy(graph: NeuralGraph, kinds: list[str], nodes) -> Figure:
    """Where the vesicles were, one panel a kind: area and colour show the mean number at each node over the run."""
    place = positions(graph)
    wide = np.ptp(place[:, 0]) > 3 * np.ptp(place[:, 1])
    columns = 1 if wide else min(3, len(kinds))
    rows = -(-len(kinds) // columns)
    size = (10.0, 2.1 * rows) if wide else (4.2 * columns, 3.8 * rows)
    figure = Figure(figsize=size, layout="constrained")
    panels = np.atleast_1d(figure.subplots(rows, columns, sharex=True, sharey=True)).ravel()
    for panel in panels[len(kinds) :]:
        panel.set_axis_off()
    for kind, panel in zip(kinds, panels, strict=False):
        count = nodes[f"{kind}.mean_occupancy"].to_numpy()
        draw_edges(panel, graph, place)
        panel.scatter(*place.T, s=7, color="0.75", linewidths=0, zorder=2)
        here = np.flatnonzero(count > 0)
        here = here[np.argsort(count[here])]
        top = float(count.max()) or 1.0
        dots = panel.scatter(
            *place[here].T, s=14 + 130 * count[here] / top, c=count[here], cmap="viridis", vmin=0, vmax=top,
            edgecolors="white", linewidths=0.4, zorder=3,
        )  # fmt: skip
        figure.colorbar(dots, ax=panel, label="mean number", shrink=0.85, pad=0.01)
        for at in here[-1:]:
            panel.annotate(
                str(graph.nodes[at]), place[at], xytext=(4, 5), textcoords="offset points", fontsize=8, zorder=4
            )
        panel.set_title(f"{kind}: {count.sum():.4g} vesicles, mean of the run", loc="left", fontsize=10)
        panel.set_axis_off()
        panel.margins(0.06, 0.18)
        if wide:
            panel.set_aspect("equal", adjustable="box")
    return figure


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
