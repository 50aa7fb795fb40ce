"""The picture of pathways: what travellers have left on the edges, as the run ended."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.experiments.figures import EDGES_DRAWN
from vesicle_abm.positions import positions

TRAIL = ".trail"
NAMED = 30  # nodes; more names would hide the pathways
UNMARKED, WIDEST = 0.8, 6.0  # points


def draw_pathways(graph: NeuralGraph, edges) -> Figure | None:
    """The network, a panel a trail: each edge as wide and as bright as its trail. None where no kind leaves one."""
    names = [name for name in edges if name.endswith(TRAIL)]
    if not names:
        return None
    place = positions(graph)
    wide = np.ptp(place[:, 0]) > 1.5 * np.ptp(place[:, 1])
    columns = 1 if wide else min(3, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(8.0, 3.8 * rows) if wide else (5.2 * columns, 4.6 * rows), layout="constrained")
    panels = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    for panel in panels:
        panel.set_axis_off()
    for name, panel in zip(names, panels, strict=False):
        trail = edges[name].to_numpy(np.float64)
        lines = draw_trail(panel, graph, place, trail)
        figure.colorbar(lines, ax=panel, label="trail", shrink=0.85, pad=0.01)
        panel.set_title(
            f"Trail of {name.removesuffix(TRAIL)}: {trail.sum():.4g} in all at the end", loc="left", fontsize=10
        )
    return figure


def draw_trail(panel, graph: NeuralGraph, place: np.ndarray, trail: np.ndarray, top: float = 0.0) -> LineCollection:
    """A trail (E,) on the network, the strongest edges on top, beyond ``EDGES_DRAWN`` the strongest only; ``top``, or
    the largest value if that is larger, has the full width.
    """
    top = max(top, float(trail.max(initial=0.0))) or 1.0
    seen = np.argsort(trail, kind="stable")[-EDGES_DRAWN:]
    seen = seen[graph.source[seen] != graph.target[seen]]
    ends = np.stack([place[graph.source[seen]], place[graph.target[seen]]], axis=1)  # (edges, 2, 2)
    panel.add_collection(LineCollection(list(ends), colors="0.85", linewidths=UNMARKED, zorder=1))
    lines = LineCollection(
        list(ends), linewidths=WIDEST * trail[seen] / top, cmap="viridis_r", capstyle="round", zorder=2
    )
    lines.set_array(trail[seen])
    lines.set_clim(0.0, top)
    panel.add_collection(lines)
    panel.scatter(*place.T, s=26 if graph.size <= NAMED else 7, color="0.35", linewidths=0, zorder=3)
    if graph.size <= NAMED:
        for label, at in zip(graph.nodes, place, strict=True):
            name = panel.annotate(str(label), at, xytext=(0, 8), textcoords="offset points", fontsize=8, ha="center")
            name.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    panel.margins(0.08, 0.14)
    panel.set_aspect("equal", adjustable="datalim")
    return lines
