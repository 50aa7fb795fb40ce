"""Figure 7: the two learning rates on their way over the measured meta-loss, by SPSA (equations 8 and 9)."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.experiments.document.learning_task import RIGHT, meta_loss
from vesicle_abm.experiments.document.style import NOTE, WHOLE, tidy
from vesicle_abm.experiments.figures import colour
from vesicle_abm.neurons.learning_rates import SPSA

STARTS = np.array([[0.0004, 0.0006], [0.002, 0.0052], [0.0054, 0.0034]])  # three neurons, [eta_local, eta_global]
HIGH = 0.006
RULE = SPSA(alpha=6e-5, epsilon=0.0004, low=0.0, high=HIGH, max_step=0.001)
ITERATIONS = 40  # in each phase
EPISODES = 4  # new ones for every iteration
POINTS = 15  # along each side of the landscape
MEASURED = 16  # episodes that the landscape averages
SEED = 7
SCALE, UNIT = 1e3, r"/ $10^{-3}$"
LEAST = {"marker": "*", "color": WHOLE, "markeredgecolor": "white", "markersize": 14, "linestyle": "none"}
TITLES = {
    "guided": "guided: every answer is right, reward is rare",
    "alone": "alone: answers at random, each rewarded or punished",
}


@dataclass(frozen=True)
class Phase:
    """A phase of the task: the rates (iterations + 1, G, 2) on their way, and the landscape that they cross.

    ``loss`` (POINTS, POINTS): the meta-loss at ``axis[i]`` = eta_local and ``axis[j]`` = eta_global.
    """

    name: str
    path: np.ndarray
    axis: np.ndarray
    loss: np.ndarray

    @property
    def best(self) -> np.ndarray:
        """(2,) the pair of rates with the least loss on the grid."""
        i, j = np.unravel_index(np.argmin(self.loss), self.loss.shape)
        return self.axis[[i, j]]


def rates() -> list[Phase]:
    """Meta-learn through both phases of the task, and measure the meta-loss around."""
    found, eta, done = [], STARTS, 0
    for name in RIGHT:
        path = [eta]
        for iteration in range(ITERATIONS):
            trials = RULE.trials(path[-1], iteration, SEED + done)
            first = MEASURED + EPISODES * (done + iteration)
            losses = meta_loss(trials.reshape(-1, 2), name, range(first, first + EPISODES))
            path.append(RULE.update(path[-1], losses.reshape(trials.shape[:2]), iteration, SEED + done))
        axis, loss = landscape(name)
        found.append(Phase(name, np.stack(path), axis, loss))
        eta, done = path[-1], done + ITERATIONS
    return found


def landscape(phase: str) -> tuple[np.ndarray, np.ndarray]:
    """The meta-loss measured on a grid of rates."""
    axis = np.linspace(0.0, HIGH, POINTS)
    pairs = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    parts = [meta_loss(pairs, phase, range(first, first + EPISODES)) for first in range(0, MEASURED, EPISODES)]
    return axis, np.mean(parts, axis=0).reshape(POINTS, POINTS)


def draw_rates(phases: list[Phase]) -> Figure:
    """Both landscapes with the three ways over them; beside them the rates over the iterations."""
    figure = Figure(figsize=(12.5, 4.7), layout="constrained")
    grid = figure.add_gridspec(2, 3, width_ratios=(1, 1, 1.05))
    maps = [figure.add_subplot(grid[:, k]) for k in range(len(phases))]
    levels = np.geomspace(min(p.loss.min() for p in phases), max(p.loss.max() for p in phases), 13)
    for panel, phase in zip(maps, phases, strict=True):
        filled = draw_landscape(panel, phase, levels)
    maps[0].set_ylabel(rf"$\eta_\mathrm{{global}}$ {UNIT}")
    maps[1].tick_params(axis="y", labelleft=False)
    explain(maps[1])
    bar = figure.colorbar(filled, ax=maps, location="bottom", shrink=0.6, aspect=40, format="%.2g")
    bar.set_label("measured meta-loss: squared error on patterns that were not shown")
    for row, name in enumerate(("local", "global")):
        panel = figure.add_subplot(grid[row, 2])
        draw_course(panel, phases, row)
        tidy(panel, rf"$\eta_\mathrm{{{name}}}$ {UNIT}; dashed: least loss", ylim=(0, HIGH * SCALE))
        panel.tick_params(labelbottom=row == 1)
    panel.set_xlabel("iteration of SPSA")
    return figure


def draw_landscape(panel, phase: Phase, levels: np.ndarray):
    """Contours, the least loss, and each neuron's way from a ring to a dot."""
    axis = phase.axis * SCALE
    filled = panel.contourf(axis, axis, phase.loss.T, levels=levels, cmap="Blues_r", extend="both")
    panel.contour(axis, axis, phase.loss.T, levels=levels, colors="white", linewidths=0.5)
    for k in range(phase.path.shape[1]):
        way = phase.path[:, k] * SCALE
        panel.plot(*way.T, color="white", linewidth=3.2)
        panel.plot(*way.T, color=colour(k + 1), linewidth=1.7)
        panel.plot(*way[0], "o", color=colour(k + 1), markerfacecolor="white", markersize=7, clip_on=False, zorder=4)
        panel.plot(*way[-1], "o", color=colour(k + 1), markeredgecolor="white", markersize=7, clip_on=False, zorder=5)
    panel.plot(*phase.best * SCALE, clip_on=False, zorder=6, **LEAST)
    panel.set_title(TITLES[phase.name], loc="left", fontsize=10)
    panel.set(xlabel=rf"$\eta_\mathrm{{local}}$ {UNIT}", xlim=(0, HIGH * SCALE), ylim=(0, HIGH * SCALE))
    return filled


def explain(panel) -> None:
    """What a ring, a dot and a star are."""
    panel.plot([], [], "o", color=NOTE, markerfacecolor="white", label="start")
    panel.plot([], [], "o", color=NOTE, label="end of the phase")
    panel.plot([], [], label="least loss", **LEAST)
    panel.legend(loc="lower right", fontsize=8, framealpha=0.85)


def draw_course(panel, phases: list[Phase], rate: int) -> None:
    """One rate of each neuron over the iterations of all phases; dashed: where the loss is least."""
    start = 0
    for number, phase in enumerate(phases):
        steps = start + np.arange(len(phase.path))
        for k in range(phase.path.shape[1]):
            panel.plot(steps, phase.path[:, k, rate] * SCALE, color=colour(k + 1), linewidth=1.5)
        panel.hlines(phase.best[rate] * SCALE, steps[0], steps[-1], color=WHOLE, linewidth=1.0, linestyle="--")
        panel.annotate(phase.name, (steps[0] + 1, HIGH * SCALE), va="top", color=NOTE)
        if number:
            panel.axvline(start, color=NOTE, linewidth=0.9, linestyle=":")
        start = steps[-1]
