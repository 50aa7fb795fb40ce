"""A picture of a controlled model, as pixels: what is called for, what pulls, and where the vesicles are."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vesicle_abm.learning.controls import BIRTHS, PULL, Controls
from vesicle_abm.model import VesicleModel
from vesicle_abm.positions import positions

INCHES, DPI = 4.8, 100
NODE, RING, DOT = 260.0, 520.0, 16.0  # areas of marks, in points squared
SPREAD = 2.399963  # radians from one vesicle at a node to the next: the golden angle
CALLED, BORN, INK, ROAD = "#E69F00", "#009E73", "0.15", "0.8"


def raster(model: VesicleModel, controls: Controls, title: str) -> np.ndarray:
    """(480, 480, 3) uint8. A node is the redder the more it pulls, the bluer the more it drives away; an orange ring
    around it is its activation; green rings are births a step; black dots are vesicles of the kind.
    """
    figure = Figure(figsize=(INCHES, INCHES), dpi=DPI, layout="constrained")
    canvas, axes = FigureCanvasAgg(figure), figure.subplots()
    place = positions(model.graph)
    size = float(np.ptp(place, axis=0).max()) or 1.0
    axes.set_axis_off()
    axes.set(aspect="equal", title=title)
    axes.margins(0.14)
    ends = place[np.stack([model.graph.source, model.graph.target])]
    axes.plot(*ends.transpose(2, 0, 1), color=ROAD, linewidth=1.5, zorder=0)
    births, pull = (np.broadcast_to(model.signals.get(name, 0.0), len(place)) for name in (BIRTHS, PULL))
    activation = np.maximum(0.0, model.state.activation)
    axes.scatter(*place.T, s=RING * activation, color=CALLED, zorder=1)
    green = RING * births
    axes.scatter(*place.T, s=green, facecolors="none", edgecolors=BORN, linewidths=2.0 * (births > 0.0), zorder=2)
    most = controls.most_pull or 1.0
    axes.scatter(*place.T, s=NODE, c=pull, cmap="coolwarm", vmin=-most, vmax=most, edgecolors=INK, zorder=3)
    dots = np.repeat(np.arange(len(place)), model.occupancy()[model.kinds.index(controls.kind)])
    within = np.concatenate([np.arange(n) for n in np.bincount(dots, minlength=len(place))])
    angle, radius = SPREAD * within, 0.012 * size * np.sqrt(within)
    axes.scatter(
        *(place[dots] + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)).T, s=DOT, c=INK, zorder=4
    )
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
