"""A picture of a controlled model, as pixels: what is called for, what pulls, and where the vesicles are."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vesicle_abm.learning.controls import BIRTHS, PULL, Controls
from vesicle_abm.model import VesicleModel
from vesicle_abm.positions import positions

INCHES, DPI = 4.8, 100
NODE, RING, DOT = 260.0, 520.0, 16.0  # areas of marks, in points squared
TURN, SPREAD = 2.399963, 0.012  # from one vesicle at a node to the next: the golden angle; of the picture, outwards
CALLED, BORN, INK, ROAD = "#E69F00", "#009E73", "0.15", "0.8"


def raster(model: VesicleModel, controls: Controls, title: str) -> np.ndarray:
    """(480, 480, 3) uint8. A node is the redder the more it pulls, the bluer the more it drives away; an orange ring
    around it is its activation; a green rim is as broad as births are many; black dots are vesicles of the kind.
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
    x, y = place.T
    births, pull = (np.broadcast_to(model.signals.get(name, 0.0), len(place)) for name in (BIRTHS, PULL))
    axes.scatter(x, y, s=RING * np.maximum(0.0, model.state.activation), color=CALLED, zorder=1)
    most = controls.most_births or 1.0
    axes.scatter(x, y, s=NODE * (1.0 + births / most), facecolors=BORN, linewidths=0.0, zorder=2)
    most = controls.most_pull or 1.0
    axes.scatter(x, y, s=NODE, c=pull, cmap="coolwarm", vmin=-most, vmax=most, edgecolors=INK, zorder=3)
    count = model.occupancy()[model.kinds.index(controls.kind)]
    at, within = np.repeat(np.arange(len(place)), count), np.concatenate([np.arange(n) for n in count])
    radius = SPREAD * size * np.sqrt(within)
    axes.scatter(x[at] + radius * np.cos(TURN * within), y[at] + radius * np.sin(TURN * within), s=DOT, c=INK, zorder=4)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
