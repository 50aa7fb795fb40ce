"""Pictures of the mesh: how many flits each link carried, and which core holds how many neurons and vesicles."""

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from vesicle_abm.neuromorphic.emulation import Emulation
from vesicle_abm.neuromorphic.mesh import CONTROLLER
from vesicle_abm.neuromorphic.routing import DIRECTIONS

STEP = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])  # of each direction
LANE = np.array([(0, -1), (0, 1), (1, 0), (-1, 0)])  # on which side of the middle the links of each direction run
ASIDE = 0.16  # of the distance between cores
GAP = 0.12  # from a core to where its links begin
LIGHT = "0.88"


def draw_links(found: Emulation) -> Figure:
    """The mesh with a line for each link, side by side for both ways: colour and width show the flits it carried."""
    mesh, loads = found.mesh, found.tally.loads
    link = np.flatnonzero(loads)
    link = link[np.argsort(loads[link], kind="stable")]  # the busiest on top
    start = np.column_stack(mesh.place(link // DIRECTIONS)) + ASIDE * LANE[link % DIRECTIONS]
    step = STEP[link % DIRECTIONS]
    lines = np.stack([start + GAP * step, start + (1.0 - GAP) * step], axis=1)
    figure, panel = _mesh(found, 7.4)
    top = max(1, int(loads.max()))
    drawn = LineCollection(list(lines), cmap="viridis_r", linewidths=1.0 + 2.6 * loads[link] / top, capstyle="round")
    drawn.set_array(loads[link])
    drawn.set_clim(0, top)
    panel.add_collection(drawn)
    figure.colorbar(drawn, ax=panel, label=f"flits in {found.steps:,} steps", shrink=0.7)
    _cores(panel, found)
    busiest = int(np.argmax(loads))
    x, y = mesh.place(busiest // DIRECTIONS)
    words = f"the busiest, at ({x}, {y}): {loads[busiest] / found.steps:.3g} a step" if loads.any() else "none"
    panel.set_title(f"{found.scenario.name}, flits over each link; {words}", loc="left", fontsize=10)
    return figure


def draw_cores(found: Emulation) -> Figure:
    """Two maps of the cores: neurons, and the most vesicles that each held at once."""
    mesh, core = found.mesh, found.sender.placement.core
    maps: dict[str, Any] = {
        "neurons": np.bincount(core, minlength=mesh.size),
        "vesicles held at once, at most": found.tally.crowd,
    }
    figure = Figure(figsize=(11, 4.9), layout="constrained")
    for panel, (title, values) in zip(figure.subplots(1, 2), maps.items(), strict=True):
        shown = np.ma.masked_equal(values.reshape(mesh.height, mesh.width), 0)
        image = panel.imshow(shown, cmap="viridis", vmin=0, vmax=max(1, int(values.max())))
        panel.set_facecolor(LIGHT)
        panel.set_title(f"{title}, in each core", loc="left", fontsize=10)
        _axes(panel, found)
        figure.colorbar(image, ax=panel, shrink=0.85)
    return figure


def _mesh(found: Emulation, size: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(size + 1.0, size), layout="constrained")
    panel = figure.subplots()
    _axes(panel, found)
    panel.set_aspect("equal")
    return figure, panel


def _axes(panel, found: Emulation) -> None:
    mesh = found.mesh
    panel.set(xlim=(-0.6, mesh.width - 0.4), ylim=(mesh.height - 0.4, -0.6), xlabel="x", ylabel="y")
    panel.tick_params(length=0, labelsize=8)
    panel.spines[:].set_visible(False)


def _cores(panel, found: Emulation) -> None:
    """A dot a core: dark where it holds neurons; a square for the controller."""
    mesh = found.mesh
    used = np.zeros(mesh.size, bool)
    used[found.sender.placement.used] = True
    x, y = mesh.place(np.arange(mesh.size))
    idle = ~used
    idle[CONTROLLER] = False
    panel.scatter(x[idle], y[idle], s=6, color="0.85", linewidths=0, zorder=1)
    panel.scatter(x[used], y[used], s=16, color="0.15", linewidths=0, zorder=3, label="a core with neurons")
    panel.scatter(x[:1], y[:1], s=30, color="#D55E00", marker="s", linewidths=0, zorder=3, label="the controller")
    panel.legend(frameon=False, fontsize=8, loc="upper right", bbox_to_anchor=(1.0, -0.04), ncols=2)
