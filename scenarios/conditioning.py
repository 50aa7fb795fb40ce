"""Dopamine around a cue and its reward: ``python scenarios/conditioning.py --out DIR``.

Runs the scenario conditioning with several seeds and draws, as in the figure of Schultz, Dayan and Montague (1997), the
vesicles born around cue and reward in the first trial, amid learning, at the end, and where the reward fails to come;
beside them the reward prediction error of every trial.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.experiments.figures import INK, colour, plain_axes, save
from vesicle_abm.scenario import Scenario

NAME, KIND = "conditioning", "dopamine"
BEFORE, AFTER = 6, 18  # steps that are drawn, before the cue and after it
MIDDLE = 40  # a trial amid learning
SINCE = np.arange(-BEFORE, AFTER + 1)


@dataclass(frozen=True)
class Course:
    """One run, a row each trial, a column each step around its cue: ``error`` and ``births``, (T, len(SINCE))."""

    error: np.ndarray
    births: np.ndarray


def course(seed: int, steps: int) -> Course:
    """A run of the scenario; trials of which not all is seen are left out."""
    model = Scenario.load(NAME).build(seed=seed)
    cues, error, births = [], [], []
    for _ in range(steps):
        born = int(model.state.emitted.sum())
        model.step()
        error.append(float(model.signals["rpe"]))
        births.append(int(model.state.emitted.sum()) - born)
        if model.state.task["cue_at"] == model.time - 1:
            cues.append(model.time - 1)
    at = np.array([cue for cue in cues if cue + AFTER < steps])[:, None] + SINCE
    return Course(np.array(error)[at], np.array(births)[at])


def rows_drawn(trials: int) -> dict[str, int]:
    """Words -> trial."""
    (omitted,) = Scenario.load(NAME).data["task"]["omitted"]
    rows = {"the first trial: a reward that nothing foretold": 0, f"amid learning: trial {MIDDLE}": MIDDLE}
    rows |= {f"learned: trial {omitted - 1}": omitted - 1, f"the reward fails to come: trial {omitted}": omitted}
    return {words: trial for words, trial in rows.items() if trial < trials}


def told(courses: list[Course]) -> str:
    """A table: error, and births with their standard error over seeds, at the cue and when the reward was due."""
    lines = [f"{'':50}{'at the cue':>22}{'when reward was due':>24}"]
    for words, trial in rows_drawn(min(len(c.error) for c in courses)).items():
        cells = []
        for since in (0, delay()):
            births = [c.births[trial, BEFORE + since] for c in courses]
            spread = np.std(births, ddof=1) / np.sqrt(len(births)) if len(births) > 1 else np.nan
            cells.append(f"{courses[0].error[trial, BEFORE + since]:+.3f} {np.mean(births):6.1f} ± {spread:.1f}")
        lines.append(f"{words:50}{cells[0]:>22}{cells[1]:>24}")
    return "\n".join(lines) + "\n"


def delay() -> int:
    """Steps from cue to reward."""
    return Scenario.load(NAME).data["task"]["delay"]


def draw(courses: list[Course]) -> Figure:
    """Births in four trials at the left, the error of every trial at the right."""
    rows = rows_drawn(min(len(c.error) for c in courses))
    figure = Figure(figsize=(10.5, 1.2 + 1.7 * len(rows)), layout="constrained")
    grid = figure.add_gridspec(len(rows), 2, width_ratios=(1.15, 1))
    emission = Scenario.load(NAME).data["kinds"][KIND]["emission"]
    first = None
    for row, (words, trial) in enumerate(rows.items()):
        panel = figure.add_subplot(grid[row, 0], sharex=first, sharey=first)
        first = first or panel
        births = np.mean([c.births[trial] for c in courses], axis=0)
        expected = np.maximum(0.0, emission["base"] + emission["scale"] * courses[0].error[trial])
        panel.bar(SINCE, births, width=0.8, color=colour(0), alpha=0.75, label=f"mean of {len(courses)} runs")
        panel.step(SINCE, expected, where="mid", color=INK, linewidth=1.1, label="base + scale · error")
        mark(panel, came="fails" not in words)
        plain_axes(panel, words)
        if row == 1:
            panel.legend(frameon=False, fontsize=8, loc="center right")
        panel.tick_params(labelbottom=row == len(rows) - 1)
    if first is None:
        return figure
    panel.set_xlabel("steps since the cue")
    figure.supylabel("dopamine vesicles born in a step", fontsize=10)
    draw_errors(figure, figure.add_subplot(grid[:, 1]), courses[0])
    return figure


def mark(panel, came: bool) -> None:
    """Where cue and reward are."""
    for since, words, line in ((0, "cue", "-"), (delay(), "reward" if came else "no reward", "-" if came else ":")):
        panel.axvline(since, color=colour(1), linewidth=0.9, linestyle=line, zorder=0)
        panel.annotate(
            words, (since, 1.0), (3, -2), xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=8,
            color=colour(1), va="top",
        )  # fmt: skip


def draw_errors(figure: Figure, panel, found: Course) -> None:
    """The error by trial and step since the cue: the burst moves from the reward to the cue."""
    edges = np.arange(-BEFORE, AFTER + 2) - 0.5
    image = panel.pcolormesh(
        edges, np.arange(len(found.error) + 1) - 0.5, found.error, cmap="RdBu_r", vmin=-1, vmax=1, rasterized=True
    )
    panel.invert_yaxis()
    panel.set(xlabel="steps since the cue", ylabel="trial")
    panel.set_title("reward prediction error", loc="left", fontsize=10)
    figure.colorbar(image, ax=panel, shrink=0.7)


def main(arguments: list[str] | None = None) -> None:
    """Run all seeds, tell errors and births, draw them."""
    parser = argparse.ArgumentParser(description="Dopamine vesicles around a cue and its reward.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the picture goes")
    parser.add_argument("--steps", type=int, default=Scenario.load(NAME).steps, metavar="N")
    parser.add_argument("--seeds", type=int, default=8, metavar="N", help="how many, from 1 on")
    options = parser.parse_args(arguments)
    least = Scenario.load(NAME).data["task"]["interval"] + AFTER + 1
    if options.steps < least or options.seeds < 1:
        parser.error(f"the first trial is over after {least} steps: so many, and at least one seed, are needed")
    courses = [course(seed, options.steps) for seed in range(1, options.seeds + 1)]
    sys.stdout.write(told(courses))
    options.out.mkdir(parents=True, exist_ok=True)
    save(draw(courses), options.out / f"{NAME}.png")


if __name__ == "__main__":
    main()
