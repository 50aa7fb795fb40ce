"""Which way travellers take over the double bridge: ``python scenarios/double_bridge.py --out DIR``.

Runs the scenario double_bridge in three conditions with the same seeds, tells where the traffic goes, and draws into
DIR the traffic over time, where each bridge ends, and the pathway as it forms.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.experiments.figures import CLEAR, FAINT, colour, plain_axes, running_mean, save
from vesicle_abm.experiments.pathway_figure import draw_trail
from vesicle_abm.positions import positions
from vesicle_abm.scenario import Scenario

NAME, TRAIL = "double_bridge", "forager"
CONDITIONS: dict[str, dict] = {
    "short and long": {},
    "equal": {"graph.projections.3.delay": 9, "graph.projections.4.delay": 9},
    "fast fading": {"kinds.forager.trail.tau": 5.0},
}
WORDS = {
    "short and long": "branches of ratio 2",
    "equal": "equal branches",
    "fast fading": "ratio 2, the trail fades in 5 steps",
}
DECIDED = 0.8  # of the traffic
BINS = np.linspace(0.0, 1.0, 21)
MOMENTS = (0.03, 0.15, 1.0)  # of the run


def bridge(condition: str, seed: int, steps: int):
    """The traffic of one bridge: a row a step, and its metrics."""
    scenario = Scenario.load(NAME)
    for key, value in CONDITIONS[condition].items():
        scenario = scenario.override(key, value)
    model = scenario.build(seed=seed)
    model.run_for(steps)
    return model.record["task.path_share"], model.metrics


def trails(seed: int, moments: list[int]) -> tuple[NeuralGraph, list[np.ndarray]]:
    """The graph of the scenario as it stands, and the trail (E,) after each of so many steps."""
    model, found = Scenario.load(NAME).build(seed=seed), []
    for moment in moments:
        model.run_for(moment - model.time)
        found.append(model.state.trails[TRAIL].copy())
    return model.graph, found


def told(shares: dict[str, np.ndarray]) -> str:
    """A table: where the traffic of the last quarter goes, over the seeds."""
    lines = [f"{'':16}{'median share':>14}{'above 0.8':>12}{'below 0.2':>12}{'of':>6}"]
    for condition, found in shares.items():
        decided = f"{(found > DECIDED).sum():>12}{(found < 1.0 - DECIDED).sum():>12}{len(found):>6}"
        lines.append(f"{condition:16}{np.median(found):>14.3f}{decided}")
    return "\n".join(lines) + "\n"


def draw(
    courses: dict[str, list], shares: dict[str, np.ndarray], graph: NeuralGraph, found: dict[int, np.ndarray]
) -> Figure:
    """Above the traffic of every bridge over time, in the middle where each ends, below the trail of the first."""
    figure = Figure(figsize=(11, 9.5), layout="constrained")
    panels = figure.subplots(3, len(courses), gridspec_kw={"height_ratios": (1.0, 0.8, 1.2)})
    for k, (condition, above, middle) in enumerate(zip(courses, *panels[:2], strict=True)):
        for number, course in enumerate(courses[condition]):
            above.plot(course.index, running_mean(course), color=colour(k), **(FAINT if number else CLEAR))
        last = courses[condition][0].index[-1]
        plain_axes(above, f"{condition}: {WORDS[condition]}", xlabel="step", xlim=(0, last), ylim=(-0.03, 1.03))
        middle.hist(shares[condition], bins=BINS, color=colour(k), alpha=0.75)
        plain_axes(middle, f"median {np.median(shares[condition]):.3f}", xlabel="share in the last quarter")
        middle.set(xlim=(-0.03, 1.03), ylim=(0, 1.05 * len(shares[condition])))
    panels[0, 0].set_ylabel("share of the short branch in the traffic\n(of equal ones, of the upper)")
    panels[1, 0].set_ylabel("bridges")
    place, top = positions(graph), max(float(trail.max()) for trail in found.values())
    for panel, (moment, trail) in zip(panels[2], found.items(), strict=True):
        panel.set_axis_off()
        lines = draw_trail(panel, graph, place, trail, top)
        panel.set_title(f"{next(iter(courses))}: step {moment}", loc="left", fontsize=10)
    figure.colorbar(lines, ax=panels[2], label="trail", shrink=0.8, pad=0.01)
    return figure


def main(arguments: list[str] | None = None) -> None:
    """Run all, tell where the traffic goes, draw it."""
    parser = argparse.ArgumentParser(description="Which way travellers take over the double bridge.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the picture goes")
    parser.add_argument("--steps", type=int, default=Scenario.load(NAME).steps, metavar="N")
    parser.add_argument("--seeds", type=int, default=24, metavar="N", help="how many, from 1 on")
    options = parser.parse_args(arguments)
    task = Scenario.load(NAME).table.task
    if options.steps <= task.block or options.seeds < 1:
        parser.error(f"more than {task.block} steps, and at least one seed, are needed")
    seeds = range(1, options.seeds + 1)
    bridges = {name: [bridge(name, seed, options.steps) for seed in seeds] for name in CONDITIONS}
    shares = {name: np.array([metrics["path_share"] for _, metrics in found]) for name, found in bridges.items()}
    sys.stdout.write(told(shares))
    options.out.mkdir(parents=True, exist_ok=True)
    moments = [max(1, round(part * options.steps)) for part in MOMENTS]
    courses = {name: [course for course, _ in found] for name, found in bridges.items()}
    graph, found = trails(seeds[0], moments)
    save(draw(courses, shares, graph, dict(zip(moments, found, strict=True))), options.out / f"{NAME}.png")


if __name__ == "__main__":
    main()
