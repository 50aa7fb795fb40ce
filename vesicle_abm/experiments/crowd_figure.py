"""Occupancy of a network too large for a map: how many nodes hold how many vesicles."""

import numpy as np
from matplotlib.figure import Figure

MAPPED = 20_000  # nodes; of more, a map would be one blot, and take minutes to lay out
BINS = 60


def draw_crowds(kinds: list[str], nodes) -> Figure:
    """A histogram a kind: the nodes by the mean number of its vesicles there over the run."""
    figure = Figure(figsize=(8, 0.6 + 2.0 * len(kinds)), layout="constrained")
    panels = np.atleast_1d(figure.subplots(len(kinds), 1)).ravel()
    for kind, panel in zip(kinds, panels, strict=True):
        count = nodes[f"{kind}.mean_occupancy"].to_numpy()
        panel.hist(count, bins=BINS, color="#0072B2")
        panel.set_yscale("log")
        panel.set_title(f"{kind}: {count.sum():,.0f} vesicles at nodes, mean of the run", loc="left", fontsize=10)
        panel.set_ylabel("nodes")
        panel.spines[["top", "right"]].set_visible(False)
    panels[-1].set_xlabel("mean number of vesicles at a node")
    return figure
