"""Figure: the stage as a picture of the server's own: the same places, colours and legend, as PNG or SVG."""

import io
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import vesicle_abm as va

from ..run.course import Model
from ..stage import layout
from ..stage.colours import SCALES, kind_colours

DPI = 110
SIZE = (9.6, 6.0)  # inches
INK, EDGE = "#333333", "#8a93a2"
MOST_LINES, MOST_DOTS = 20_000, 20_000
SPREAD = 0.012  # of the picture's width, how far vesicles at a neuron lie around it
GOLDEN = 2.399963  # rad, the golden angle: dots around a point that never lie on each other


@dataclass(frozen=True)
class Look:
    """How the stage looks: which layout and edges, and what the neurons' colours mean."""

    layout: str
    layers: list[str]
    shade: np.ndarray  # (N,) uint8
    scale: dict  # low, middle, high, ramp, title, note


def draw(model: Model, look: Look, title: str) -> Figure:
    """The picture."""
    place = layout.places(model.graph, look.layout)
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_aspect("equal")
    draw_edges(axes, model.graph, place, look.layers)
    colours = matplotlib.colormaps[SCALES[look.scale["ramp"]]](look.shade / 255.0)
    size = max(9.0, min(90.0, 9000.0 / len(place))) * (0.5 + look.shade / 255.0)
    axes.scatter(*place.T, s=size, c=colours, edgecolors=INK, linewidths=0.4, zorder=2)
    if isinstance(model, va.VesicleModel):
        draw_vesicles(axes, model, place)
    draw_legend(figure, axes, model, look.scale)
    axes.set_title(f"{title}, step {model.time}", loc="left", fontsize=11)
    return figure


def draw_edges(axes, graph: va.NeuralGraph, place: np.ndarray, layers: list[str]) -> None:
    """The edges of these layers, an even sample where there are too many."""
    shown = np.isin(np.array(graph.layer_names, dtype=object)[graph.layer], layers) & (graph.source != graph.target)
    rows = np.flatnonzero(shown)
    rows = rows[:: max(1, -(-len(rows) // MOST_LINES))]
    ends = np.stack([place[graph.source[rows]], place[graph.target[rows]]], axis=1)
    strength = min(0.5, max(0.06, 60.0 / max(len(rows), 1)))
    axes.add_collection(LineCollection(list(ends), colors=EDGE, linewidths=0.5, alpha=strength, zorder=1))
    axes.autoscale_view()


def draw_vesicles(axes, model: va.VesicleModel, place: np.ndarray) -> None:
    """Each vesicle where it is, at a neuron or on its way, in its kind's colour."""
    count = sum(columns.size for columns in model.state.vesicles.values())
    every = max(1, -(-count // MOST_DOTS))
    for (kind, columns), colour in zip(model.state.vesicles.items(), kind_colours(len(model.kinds)), strict=True):
        _, arrival = model.graph.ends(model.world.kinds[kind].migration.direction)
        xy = positions(columns, arrival, model.graph.delay, place)[::every]
        axes.scatter(*xy.T, s=4.0, color=colour, linewidths=0, alpha=0.9, zorder=3)


def positions(columns, arrival: np.ndarray, delay: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(n, 2) where vesicles are; those at one neuron lie around it in a spiral."""
    node = columns["node"]
    xy = place[node].astype(np.float64)
    if "edge" in columns:
        edge = columns["edge"]
        away = edge >= 0
        way = np.clip(1.0 - columns["remaining"] / (delay[edge] + 1.0), 0.0, 1.0)[:, None]
        xy = np.where(away[:, None], (1.0 - way) * xy + way * place[arrival[edge]], xy)
    order = np.argsort(node, kind="stable")
    first = np.flatnonzero(np.diff(node[order], prepend=-1))
    rank = np.empty(len(node), np.int64)
    rank[order] = np.arange(len(node)) - np.repeat(first, np.diff(first, append=len(node)))
    angle, radius = GOLDEN * rank, SPREAD * (1.0 + 0.35 * np.sqrt(rank))
    return xy + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def draw_legend(figure: Figure, axes, model: Model, scale: dict) -> None:
    """What the colours of neurons, and of vesicles, mean."""
    ticks = [0.0, 0.5, 1.0]
    bar = figure.colorbar(
        matplotlib.cm.ScalarMappable(Normalize(0.0, 1.0), SCALES[scale["ramp"]]),
        ax=axes,
        shrink=0.5,
        ticks=ticks,
        pad=0.01,
    )
    bar.ax.set_yticklabels([f"{scale[end]:.3g}" for end in ("low", "middle", "high")])
    bar.set_label(f"{scale['title']} ({scale['note']})" if scale["note"] else scale["title"])
    if not isinstance(model, va.VesicleModel):
        return
    alive = [columns.size for columns in model.state.vesicles.values()]
    marks = [
        Line2D([], [], linestyle="", marker="o", markersize=5, color=colour, label=f"{kind} {number:,}")
        for kind, colour, number in zip(model.kinds, kind_colours(len(model.kinds)), alive, strict=True)
    ]
    figure.legend(handles=marks, loc="outside lower left", ncols=5, frameon=False, fontsize=9)


def as_png(figure: Figure, times: int = 1) -> bytes:
    """The figure as PNG, so many times as fine."""
    FigureCanvasAgg(figure)
    return saved(figure, format="png", dpi=DPI * times, metadata={"Software": None})


def as_svg(figure: Figure) -> bytes:
    """The figure as SVG, with text as text."""
    FigureCanvasSVG(figure)
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "vesicle-abm"}):
        return saved(figure, format="svg", metadata={"Date": None, "Creator": None})


def saved(figure: Figure, **options) -> bytes:
    """What ``savefig`` writes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, **options)
    return buffer.getvalue()
