"""One vesicle, none, and many small ones at a switch of context: ``python scenarios/context_switch.py --out DIR``.

Runs the scenario context_switch in each regime that its comments name, with the same seeds, tells how soon answers are
right again and how many vesicles docked, and draws accuracy around the switches and one run of the single vesicle.
"""

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.experiments.figures import INK, colour, plain_axes, save
from vesicle_abm.scenario import Scenario

NAME, KIND = "context_switch", "kinds.switcher."
CROWD = {"lifetime": 10, "emission": {"rule": "constant", "rate": 0.8}}
REGIMES: dict[str, dict] = {
    "one": {},
    "none": {"emission.count": 0},
    "brief": {"lifetime": 10},
    "dense": {**CROWD, "release.amount": -0.09},
    "costly": CROWD,
    "anywhere": {"docking": {"rule": "constant", "probability": 0.05}},
}
DRAWN = {"one": "one vesicle", "none": "none", "dense": "88 alive, short-lived, an 88th of the dose each"}
LINES = {"one": "-", "none": "-", "dense": "--"}
NUMBERS = ("accuracy_before", "accuracy_after_switch", "recovered", "trials_to_recover")
BEFORE, AFTER = 8, 40  # trials around a switch
GATES = ("rule_a", "rule_b")
CLOSE_UP = (60, 36)  # steps before and after a docking
NORMAL_95 = 1.96


@dataclass
class Run:
    """One run: ``metrics``; ``docked`` in all; ``outcomes`` (trials,) 1 where right; ``rules`` (trials,)."""

    metrics: dict[str, float]
    docked: int
    outcomes: np.ndarray
    rules: np.ndarray
    nodes: list = field(default_factory=list)
    place: np.ndarray = field(default_factory=lambda: np.zeros(0, int))  # (steps,) where the one vesicle is
    docking: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))  # (steps,) whether it docks
    activation: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))  # (steps, N)


def scenario_of(regime: str) -> Scenario:
    """The scenario in a regime."""
    scenario = Scenario.load(NAME)
    for key, value in REGIMES[regime].items():
        scenario = scenario.override(KIND + key, value)
    return scenario


def run(regime: str, seed: int, steps: int, follow: bool = False) -> Run:
    """One run; ``follow`` the vesicle, where there is just one, from step to step."""
    model = scenario_of(regime).build(seed=seed)
    places, dockings, activations = [], [], []
    for _ in range(steps):
        model.step()
        if follow:
            places.append(int(model.state.vesicles["switcher"]["node"][0]))
            dockings.append(bool(model.docked_now[0]))
            activations.append(model.state.activation.copy())
    task, outcomes = model.world.task, model.state.task["outcomes"]
    rules = np.array([task.rule_of(trial) for trial in range(len(outcomes))])
    found = Run(model.metrics, int(model.state.docked.sum()), outcomes, rules)
    if follow:
        found.nodes, found.place = list(model.graph.nodes), np.array(places)
        found.docking, found.activation = np.array(dockings), np.array(activations)
    return found


def around(runs: list[Run], rule: int, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Trials from a switch to ``rule`` on, and the share of right answers in them over switches and runs."""
    trials = np.arange(-BEFORE, min(AFTER, block))
    rows = [
        one.outcomes[switch + trials]
        for one in runs
        for switch in range(block, len(one.outcomes) - block + 1, block)
        if one.rules[switch] == rule
    ]
    return trials, np.mean(rows, axis=0)


def told(runs: dict[str, list[Run]]) -> str:
    """A table: mean over seeds, and half its 95 % interval."""
    heads = [*NUMBERS, "docked a switch"]
    lines = [f"{'regime':10}" + "".join(f"{head:>24}" for head in heads)]
    for regime, found in runs.items():
        values = {name: [one.metrics[name] for one in found if name in one.metrics] for name in NUMBERS}
        values["docked a switch"] = [one.docked / one.metrics["switches"] for one in found]
        lines.append(f"{regime:10}" + "".join(f"{mean_and_interval(values[head]):>24}" for head in heads))
    return "\n".join(lines) + "\n"


def mean_and_interval(values: list[float]) -> str:
    """Mean ± half the 95 % interval."""
    if not values:
        return "never"
    half = NORMAL_95 * np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{np.mean(values):.3f} ± {half:.3f}"


def draw(runs: dict[str, list[Run]], example: Run) -> Figure:
    """Accuracy around switches above; one run, and its first docking from near, below."""
    task = Scenario.load(NAME).table.task
    figure = Figure(figsize=(10.5, 11.0), layout="constrained")
    grid = figure.add_gridspec(3, 2, height_ratios=(1.0, 1.25, 1.15))
    for rule, title in enumerate(("back to the first rule, the habit", "to the other rule")):
        panel = figure.add_subplot(grid[0, 1 - rule])
        for k, (regime, words) in enumerate(DRAWN.items()):
            trials, share = around(runs[regime], rule, task.block)
            panel.plot(trials, share, LINES[regime], color=colour(k), linewidth=1.8, label=words)
        panel.axvline(-0.5, color=INK, linewidth=0.9, linestyle=":")
        plain_axes(panel, f"Switch {title}", xlabel="trials since the switch", ylim=(-0.04, 1.04))
        if rule == 1:
            panel.set_ylabel(f"share of right answers, {len(runs['one'])} seeds")
            panel.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 0.08))
    draw_run(figure.add_subplot(grid[1, :]), example, task)
    draw_docking(figure.add_subplot(grid[2, :]), example, task)
    return figure


def shade(panel, first: int, last: int, length: int) -> None:
    """Grey where the other rule holds, in units of which a block has ``length``."""
    for begin in range(length, last, 2 * length):
        if begin + length > first:
            panel.axvspan(max(begin, first), min(begin + length, last), color="0.92", linewidth=0, zorder=0)


def draw_run(panel, example: Run, task) -> None:
    """Rules, answers, and where the vesicle is, over one run."""
    steps, rows = np.arange(len(example.place)), len(example.nodes)
    answered = np.arange(len(example.outcomes)) * task.period + task.answer_at
    shade(panel, 0, len(steps), task.block * task.period)
    panel.scatter(steps, example.place, s=3.0, color="0.4", linewidths=0, label="the vesicle")
    panel.scatter(
        steps[example.docking], example.place[example.docking], s=110, marker="*", color=colour(1), zorder=3,
        label="it docks",
    )  # fmt: skip
    for right, row, shade_, words in ((1, rows + 0.6, colour(0), "right answer"), (0, rows + 1.5, INK, "wrong answer")):
        at = answered[example.outcomes == right]
        panel.scatter(at, np.full(len(at), row), s=26, marker="|", color=shade_, linewidths=0.9, label=words)
    panel.set_yticks([*range(rows), rows + 0.6, rows + 1.5], [*example.nodes, "right", "wrong"], fontsize=8)
    words = f"One run: {example.docking.sum()} dockings in {len(steps):,} steps (grey: the other rule holds)"
    plain_axes(panel, words, xlabel="step", xlim=(0, len(steps)), ylim=(-0.7, rows + 2.1))
    panel.legend(frameon=False, fontsize=8, ncols=4, loc="lower right", bbox_to_anchor=(1.0, 1.0), markerscale=1.4)


def draw_docking(panel, example: Run, task) -> None:
    """Both gates and the conflict neuron around the first docking."""
    docked = np.flatnonzero(example.docking)
    middle = int(docked[0]) if len(docked) else CLOSE_UP[0]
    steps = np.arange(max(0, middle - CLOSE_UP[0]), min(len(example.place), middle + CLOSE_UP[1]))
    shade(panel, int(steps[0]), int(steps[-1]) + 1, task.block * task.period)
    names = {GATES[0]: "gate of the first rule", GATES[1]: "gate of the other", "conflict": "conflict"}
    for (name, words), tint in zip(names.items(), (colour(0), colour(2), colour(4)), strict=True):
        values = example.activation[steps, example.nodes.index(name)]
        panel.plot(steps, values, color=tint, linewidth=1.6, label=words)
    for row, (name, tint) in enumerate(zip(GATES, (colour(0), colour(2)), strict=True)):
        at = steps[example.place[steps] == example.nodes.index(name)]
        panel.scatter(at, np.full(len(at), -0.08 - 0.07 * row), s=16, color=tint, linewidths=0)
    now = docked[np.isin(docked, steps)]
    gate = example.activation[now, example.place[now]]
    panel.scatter(now, gate, s=130, marker="*", color=colour(1), zorder=3, label="it docks")
    words = "The first docking: the vesicle meets the wrong gate in conflict (dots: it is at a gate, of that colour)"
    plain_axes(panel, words, xlabel="step", ylabel="activation", xlim=(steps[0], steps[-1]), ylim=(-0.22, 1.3))
    panel.legend(frameon=False, fontsize=8, ncols=4, loc="upper left")


def main(arguments: list[str] | None = None) -> None:
    """Run all, tell the numbers, draw."""
    scenario = Scenario.load(NAME)
    task = scenario.table.task
    parser = argparse.ArgumentParser(description="One vesicle at switches of context, none, and others.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the picture goes")
    parser.add_argument("--steps", type=int, default=scenario.steps, metavar="N")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="how many, from 1 on")
    options = parser.parse_args(arguments)
    least = 3 * task.block * task.period
    if options.steps < least or options.seeds < 1:
        parser.error(f"both switches are over after {least} steps: as many, and at least one seed, are needed")
    seeds = range(1, options.seeds + 1)
    runs = {
        regime: [run(regime, seed, options.steps, follow=(regime, seed) == ("one", 1)) for seed in seeds]
        for regime in REGIMES
    }
    sys.stdout.write(told(runs))
    options.out.mkdir(parents=True, exist_ok=True)
    save(draw(runs, runs["one"][0]), options.out / f"{NAME}.png")


if __name__ == "__main__":
    main()
