"""Emission and migration learned on an outer loop, on tasks that it has not seen: ``python scenarios/nested_learning.py
--out DIR``.

The outer loop begins from the scenario nested_learning with a constant rate, and looks for the policy with which whole
lives have the least loss: mean squared error, and a price for each vesicle. What it found stands in the scenario; the
same command finds it again, and a stopped one goes on. Then, on tasks of which none was learned from:

untuned    where the search began: as many vesicles at any time, to both areas alike
constant   the best constant rate, placement and duration, by a grid that costs as many lives as the search
evenly     what was found, with as many vesicles, but at a constant rate: its timing taken away
anywhere   what was found, but to both areas alike: its placement taken away
found      what was found

Pairs of lives with the same seed are compared, by Student's t.
"""

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from vesicle_abm.core.functions import softplus
from vesicle_abm.experiments.figures import INK, colour, plain_axes, save
from vesicle_abm.experiments.statistics import compare, mean_interval
from vesicle_abm.learning.lives import HELD_OUT, Lived, lived, living, task_seeds
from vesicle_abm.learning.nested import Nested, meta_learn
from vesicle_abm.neurons.learning_rates import REINFORCE
from vesicle_abm.scenario import Scenario

NAME, KIND = "nested_learning", "kinds.norepinephrine."
BIAS, SURPRISE = f"{KIND}emission.bias", f"{KIND}emission.weights.0"
PLACE, DURATION = f"{KIND}migration.weights.0", f"{KIND}release.recovery"
UNTUNED = {BIAS: -0.2, SURPRISE: 0.0, PLACE: 0.0, DURATION: 45.0}
RANGES = [f"{BIAS}=-4:3", f"{SURPRISE}=-5:20", f"{PLACE}=-1.5:2", f"{DURATION}=15:120:log"]
LOSS = {"error": 1.0, "norepinephrine.born": 1e-5}  # a thousand vesicles cost as much as a squared error of 0.01
RULE = REINFORCE(
    samples=6, antithetic=True, epsilon=0.1, epsilon_decay=0.1, alpha=0.01, alpha_decay=0.15, max_step=0.08
)
TRAINING, BATCH, SEED = 64, 3, 1  # tasks to learn from, those of a generation, and what all are drawn by
RATES, PLACES, DURATIONS = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0), (0.0, 0.5), (25.0, 45.0, 80.0)
DRAWN = {"untuned": "--", "constant": "-.", "found": "-"}
AFTER = 40  # trials after a change that are drawn


def scenario_with(settings: dict) -> Scenario:
    """The scenario with other numbers."""
    found = Scenario.load(NAME)
    for key, value in settings.items():
        found = found.override(key, value)
    return found


def constant(rate: float) -> dict:
    """The settings of a constant number of births a step: softplus(bias) = rate / scale."""
    scale = Scenario.load(NAME).data["kinds"]["norepinephrine"]["emission"]["scale"]
    return {BIAS: float(np.log(np.expm1(rate / scale))), SURPRISE: 0.0}


def best_constant(lives: int, workers: Lived) -> dict:
    """The settings of the grid with the least loss in training tasks, so many lives in all."""
    grid = [
        constant(rate) | {PLACE: place, DURATION: duration}
        for rate, place, duration in itertools.product(RATES, PLACES, DURATIONS)
    ]
    each = max(1, lives // len(grid))
    table = lived({str(i): scenario_with(point) for i, point in enumerate(grid)}, task_seeds(SEED, each), LOSS, workers)
    loss = table.groupby("scenario", sort=False)["loss"].mean()
    return grid[int(loss.idxmin())]


def conditions(found: Nested, best: dict, workers: Lived) -> dict[str, Scenario]:
    """All that is compared."""
    some = lived({"found": found.scenario}, task_seeds(SEED, BATCH), LOSS, workers)
    rate = some["norepinephrine.born"].mean() / found.scenario.steps
    return {
        "untuned": scenario_with(UNTUNED),
        "constant": scenario_with(best),
        "evenly": scenario_with(found.settings | constant(rate)),
        "anywhere": scenario_with(found.settings | {PLACE: 0.0}),
        "found": scenario_with(found.settings),
    }


def told(table: pd.DataFrame) -> str:
    """A line each: means with half their 95 % intervals, and how much more loss than what was found, pair by pair."""
    heads = ["loss", "error", "error_early", "error_late", "norepinephrine.born"]
    lines = [f"{'':10}" + "".join(f"{head:>21}" for head in heads) + f"{'loss above found':>28}"]
    best = table[table["scenario"] == "found"]["loss"].to_numpy()
    for name, rows in table.groupby("scenario", sort=False):
        cells = [mean_interval(rows[head]) for head in heads]
        words = "".join(f"{cell.mean:>12.4g} ± {cell.high - cell.mean:<6.2g}" for cell in cells)
        above = compare(rows["loss"].to_numpy(), best)
        low, high = above.difference.low, above.difference.high
        words += "" if name == "found" else f"{above.difference.mean:>12.4f} [{low:.4f}, {high:.4f}]"
        lines.append(f"{name:10}{words}")
    return "\n".join(lines) + "\n"


def life(scenario: Scenario, seed: int) -> tuple[np.ndarray, pd.DataFrame]:
    """(trials, 3) what the task keeps of each trial, and the record."""
    model = scenario.build(seed=seed)
    model.run_for(scenario.steps)
    return model.state.task["trials"], model.record


def in_its_tasks(compared: dict[str, Scenario], generations: int, workers: Lived) -> pd.DataFrame:
    """(generations,) the mean loss of what does not learn in the tasks of each generation, a column each."""
    every = task_seeds(SEED, TRAINING)
    seeds = [every[i % TRAINING] for i in range(generations * BATCH)]
    table = lived({name: compared[name] for name in DRAWN}, seeds, LOSS, workers)
    table["generation"] = np.tile(np.arange(len(seeds)) // BATCH, len(DRAWN))
    return table.pivot_table(index="generation", columns="scenario", values="loss")


def draw(found: Nested, compared: dict[str, Scenario], others: pd.DataFrame, seeds) -> Figure:
    """Errors after changes, the policy, one life, and the outer loop."""
    figure = Figure(figsize=(11, 8), layout="constrained")
    (after, policy), (one, outer) = figure.subplots(2, 2)
    lives = {name: [life(compared[name], seed) for seed in seeds] for name in DRAWN}
    draw_after(after, {name: [trials for trials, _ in each] for name, each in lives.items()})
    draw_policy(policy, found, [record for _, record in lives["found"]])
    draw_life(one, *lives["found"][0])
    draw_outer(outer, found, others)
    return figure


def draw_after(panel, lives: dict[str, list[np.ndarray]]) -> None:
    """Mean squared error of the changing outputs by how long ago the last change was."""
    for k, (name, each) in enumerate(lives.items()):
        rows = np.concatenate(each)
        means = [rows[rows[:, 2] == age, 0].mean() for age in range(AFTER)]
        panel.plot(range(AFTER), means, DRAWN[name], color=colour(k), label=name)
    title = "Held-out tasks: error of the outputs that change"
    plain_axes(panel, title, xlabel="trials since the last change", ylabel="mean squared error")
    panel.set_ylim(bottom=0.0)
    panel.legend(frameon=False)


def draw_policy(panel, found: Nested, records: list[pd.DataFrame]) -> None:
    """Births a step over the signal, and how often the signal was where."""
    rule = found.scenario.data["kinds"]["norepinephrine"]["emission"]
    signal = pd.concat(records)["signal.surprise"]
    x = np.linspace(signal.min(), signal.max(), 200)
    for k, (label, settings) in enumerate((("untuned", UNTUNED), ("found", found.settings))):
        births = rule["scale"] * softplus(settings[BIAS] + settings[SURPRISE] * x)
        panel.plot(x, births, DRAWN[label], color=colour(2 * k), label=label)
    plain_axes(panel, "The emission", xlabel="surprise: error size of late, less the usual", ylabel="births a step")
    panel.legend(frameon=False, loc="upper left")
    share = panel.twinx()
    share.hist(signal, bins=40, color=INK, alpha=0.2, weights=np.full(len(signal), 100.0 / len(signal)))
    share.set_ylabel("% of the time (grey)")


def draw_life(panel, trials: np.ndarray, record: pd.DataFrame) -> None:
    """One life: error of the changing outputs, births, and changes."""
    changes = np.flatnonzero(trials[1:, 2] == 0) + 1
    panel.plot(pd.Series(trials[:, 0]).rolling(5, min_periods=1).mean(), color=colour(1), linewidth=1.2)
    plain_axes(panel, "One life: error, and births a trial (shaded)", xlabel="trial", ylabel="mean squared error")
    births = panel.twinx()
    born = record["norepinephrine.born"].diff().fillna(0.0).to_numpy()
    births.fill_between(np.arange(len(born)), born, color=colour(0), alpha=0.35, step="mid")
    births.set(ylabel="births a trial", ylim=(0.0, None))
    panel.set_ylim(bottom=0.0)
    for change in changes:
        panel.axvline(change, color=INK, linestyle=":", linewidth=1)


def draw_outer(panel, found: Nested, others: pd.DataFrame) -> None:
    """The losses of each generation less that of where the search began, in the same tasks."""
    history, began = found.history, others["untuned"]
    spread = [history[name] - began for name in ("best", "worst")]
    panel.fill_between(history.index, *spread, color=INK, alpha=0.15, label="points tried: best to worst")
    panel.plot(history.index, history["loss"] - began, color=INK, linewidth=1, label="their mean")
    for k, name in enumerate(DRAWN):
        panel.plot(others.index, others[name] - began, DRAWN[name], color=colour(k), label=name)
    title = "Training tasks: loss, less that of the untuned"
    plain_axes(panel, title, xlabel="generation", ylabel="difference of loss")
    panel.legend(frameon=False, fontsize=8, loc="upper right")


def main(arguments: list[str] | None = None) -> None:
    """Search, compare, tell, draw."""
    parser = argparse.ArgumentParser(description="Policies of vesicles learned on an outer loop.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where search, table and picture go")
    parser.add_argument("--generations", type=int, default=12, metavar="N")
    parser.add_argument("--tasks", type=int, default=12, metavar="N", help="held-out tasks; at least 2")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes")
    options = parser.parse_args(arguments)
    if options.tasks < 2 or options.generations < 1:
        parser.error("a generation and 2 held-out tasks, to tell how far they differ, are the least")

    def report(generation: int, loss: float, settings: dict) -> None:
        numbers = ", ".join(f"{key.removeprefix(KIND)} {value:.3g}" for key, value in settings.items())
        sys.stdout.write(f"generation {generation}: loss {loss:.4f}; {numbers}\n")
        sys.stdout.flush()

    with living(options.workers) as run:
        how = {
            "generations": options.generations,
            "training": TRAINING,
            "batch": BATCH,
            "rule": RULE,
            "seed": SEED,
            "workers": run,
        }
        found = meta_learn(scenario_with(UNTUNED), RANGES, loss=LOSS, out=options.out, report=report, **how)
        found.save(options.out / f"{NAME}.toml")
        best = best_constant(options.generations * RULE.samples * BATCH, run)
        sys.stdout.write(f"best constant: {best}\n")
        compared, seeds = conditions(found, best, run), task_seeds(SEED, options.tasks, HELD_OUT)
        table = lived(compared, seeds, LOSS, run)
        others = in_its_tasks(compared, options.generations, run)
    table.to_csv(options.out / "held_out.csv", index=False)
    sys.stdout.write(told(table))
    save(draw(found, compared, others, seeds), options.out / f"{NAME}.png")


if __name__ == "__main__":
    main()
