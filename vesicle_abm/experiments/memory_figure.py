"""The picture of a run with memory: what each node holds, on the network and slot by slot."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Wedge
from matplotlib.ticker import MaxNLocator

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.experiments.figures import draw_edges, plain_axes
from vesicle_abm.positions import positions

RINGS = 200  # nodes that are drawn as rings, a piece a slot; more become dots
PIECES = 16  # slots that a ring can show
RADIUS, HOLE = 0.42, 0.55  # of a ring, in distances between nodes; of its hole, in radii
ROWS, COMPONENTS = 240, 512  # the most of a heat map
EMPTY = "0.88"
STRENGTH = "viridis_r"
NAMED, LABELLED = 40, 20  # the most nodes that are named beside a heat map, and at their rings


def strengths(memory: np.ndarray) -> np.ndarray:
    """(N, slots) root mean square of what each slot holds: 1 where it holds signs."""
    return np.sqrt((memory * memory).mean(axis=2))


def draw_memory(graph: NeuralGraph, memory: np.ndarray) -> Figure:
    """The network with what each node's slots hold; beside it, or below a wide one, the slots as rows of components,
    where they are few enough.
    """
    place, strength = positions(graph), strengths(memory)
    rows = np.argwhere(strength > 0.0)
    shown = 0 < len(rows) <= ROWS and memory.shape[2] <= COMPONENTS
    wide = np.ptp(place[:, 0]) > 3 * np.ptp(place[:, 1])
    tall = min(8.0, max(3.2, 0.6 + 0.15 * len(rows)))
    if not shown:
        figure = Figure(figsize=(10.0, 2.6) if wide else (6.4, 5.6), layout="constrained")
        network = figure.subplots()
    elif wide:
        figure = Figure(figsize=(10.0, 2.2 + tall), layout="constrained")
        network, slots = figure.subplots(2, 1, height_ratios=(1.6, tall))
    else:
        figure = Figure(figsize=(12.0, max(5.2, tall)), layout="constrained")
        network, slots = figure.subplots(1, 2)
    draw_network(network, graph, place, strength)
    if shown:
        draw_slots(slots, graph, memory, rows)
    return figure


def draw_network(panel, graph: NeuralGraph, place: np.ndarray, strength: np.ndarray) -> None:
    """Each node a ring, a piece a slot, coloured by its strength; of many nodes or slots a dot, by its strongest."""
    draw_edges(panel, graph, place)
    top = float(strength.max(initial=0.0)) or 1.0
    common: dict[str, Any] = {"cmap": colormaps[STRENGTH].with_extremes(bad=EMPTY), "zorder": 3}
    if graph.size <= RINGS and strength.shape[1] <= PIECES:
        pieces, values = rings(place, strength)
        drawn = PatchCollection(pieces, edgecolors="white", linewidths=0.6, **common)
        drawn.set_array(np.ma.masked_equal(values, 0.0))
        drawn.set_clim(0.0, top)
        panel.add_collection(drawn)
    else:
        strongest = strength.max(axis=1)
        held = strongest > 0.0
        panel.scatter(*place[~held].T, s=6, color=EMPTY, linewidths=0, zorder=2)
        size = 10 + 60 * (strength[held] > 0.0).mean(axis=1)
        drawn = panel.scatter(*place[held].T, s=size, c=strongest[held], vmin=0.0, vmax=top, linewidths=0, **common)
    for label, (x, y) in zip(graph.nodes, place, strict=True) if graph.size <= LABELLED else ():
        panel.text(x, y - 0.55 * spacing(place), str(label), fontsize=7, ha="center", va="top")
    panel.figure.colorbar(drawn, ax=panel, label="strength", shrink=0.85, pad=0.01)
    used = int((strength > 0.0).sum())
    panel.set_title(f"memory: {used} of {strength.size} slots hold something", loc="left", fontsize=10)
    panel.set_aspect("equal", adjustable="datalim")
    panel.set_axis_off()
    panel.autoscale_view()
    panel.margins(0.05)


def rings(place: np.ndarray, strength: np.ndarray) -> tuple[list[Wedge], np.ndarray]:
    """The pieces of all rings, each slot's from the top on clockwise, and their strengths."""
    radius, (nodes, slots) = RADIUS * spacing(place), strength.shape
    turn = 360.0 / slots
    pieces = [
        Wedge(tuple(place[node]), radius, 90.0 - (slot + 1) * turn, 90.0 - slot * turn, width=radius * (1.0 - HOLE))
        for node in range(nodes)
        for slot in range(slots)
    ]
    return pieces, strength.ravel()


def spacing(place: np.ndarray) -> float:
    """The distance between neighbours: the lower quartile, over all nodes, of that to the nearest."""
    if len(place) < 2:
        return 1.0
    apart = np.linalg.norm(place[:, None] - place[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return float(np.quantile(apart.min(axis=1), 0.25)) or 1.0


def draw_slots(panel, graph: NeuralGraph, memory: np.ndarray, rows: np.ndarray) -> None:
    """The slots that hold something, a row each, blue below 0 and red above."""
    values = memory[rows[:, 0], rows[:, 1]]
    top = float(np.abs(values).max())
    image = panel.imshow(values, cmap="coolwarm", vmin=-top, vmax=top, aspect="auto", interpolation="nearest")
    panel.figure.colorbar(image, ax=panel, label="component", shrink=0.85, pad=0.01)
    starts = np.flatnonzero(np.diff(rows[:, 0], prepend=-1))
    for start in starts[1:]:
        panel.axhline(start - 0.5, color="0.3", linewidth=0.8)
    if len(starts) <= NAMED:
        middles = (starts + np.append(starts[1:], len(rows)) - 1) / 2
        panel.set_yticks(middles, [str(graph.nodes[node]) for node in rows[starts, 0]], fontsize=8)
        panel.tick_params(axis="y", length=0)
    else:
        panel.set_yticks([])
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    plain_axes(panel, "what they hold, a row a slot", xlabel="component")
    panel.grid(visible=False)
