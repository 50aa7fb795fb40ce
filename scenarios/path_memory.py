"""How much a path of neurons can remember: ``python scenarios/path_memory.py --out DIR``.

Runs the scenario path_memory with more and more patterns, several slots a node and several copies a pattern, and once
more with one slot into which all patterns are blended; sets beside what vesicles recall what the rules alone let one
expect, tells how well both agree, and draws them into DIR. What is expected [our formulas]:

* **Slots, each write takes the oldest.** Of a pattern Poisson(m) copies are written, each at any of n nodes alike: at a
  node it is written with probability w = 1 - exp(-m / n), whatever happens at the others. It is still there after L
  later patterns if fewer than S of them were written there. With F the binomial distribution function

      P(recalled) = 1 - (1 - w F(S - 1; L, w))**n,      of one slot 1 - (1 - w (1 - w)**L)**n.

* **One slot, each write blends in with gate g.** It holds M = sum_j s_j x_j, s_j = g (1 - g)**(j - 1) of the j-th last
  pattern. For random signs of width D, x_j . M / D is s_j give or take sqrt((Q - s_j**2) / D), Q = sum_i s_i**2; that
  of a pattern never stored is 0 give or take sqrt(Q / D). So the overlap is cos(x_j, M) = s_j / sqrt(Q), and an
  answer is nearer to x_j than to any of K lures with

      P(recalled) = integral dh phi(h) Phi((s_j sqrt(D) + h sqrt(Q - s_j**2)) / sqrt(Q))**K,

  the form that Frady, Kleyko and Sommer (2018) give for the recall of what a recurrent network superposes.
"""

import argparse
import math
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.experiments.figures import colour, plain_axes, save
from vesicle_abm.scenario import Scenario
from vesicle_abm.tasks.path_memory import CORRECT, OVERLAP, PATTERN

NAME = "path_memory"
NODES, WIDTH, SLOTS, COPIES = 12, 64, 4, 4.0  # of the scenario: nodes between input and output
ALONE = [0.0, 1.0, *[0.0] * NODES]  # the first node on the way, where all is blended
ONE_COPY = {"docking.probability": ALONE, "docking.capacity": 1, "emission.scale": 40.0, "lifetime": 1}
BLENDED = {f"kinds.writer.{key}": value for key, value in ONE_COPY.items()} | {
    "memory.slots": 1,
    "kinds.cue.docking": {"rule": "constant", "probability": ALONE},
}
LOADS = (0.25, 0.5, 0.75, 1.0)  # patterns per slot
GATES = (1.0, 0.5, 0.25, 0.1)
LATER, LURES = 12, 31  # patterns that are blended, and what an answer is told apart from
BINS = 120  # of the integral over phi
MANY = (1.0, 2.0, 4.0, 8.0, 16.0)  # copies
SURE = 1e-9  # of an error that is rounding alone
SEVERAL = 3  # times as many seeds where a run is short


def survival(patterns: int, slots: int, copies: float, nodes: int = NODES) -> np.ndarray:
    """(P,) the probability that each pattern, the first stored first, is still written somewhere."""
    written = 1.0 - math.exp(-copies / nodes)
    kept = [below(slots, patterns - 1 - k, written) for k in range(patterns)]
    return 1.0 - (1.0 - written * np.array(kept)) ** nodes


def below(count: int, trials: int, chance: float) -> float:
    """P(fewer than ``count`` successes in so many trials)."""
    return sum(math.comb(trials, i) * chance**i * (1.0 - chance) ** (trials - i) for i in range(min(count, trials + 1)))


def strengths(patterns: int, gate: float) -> np.ndarray:
    """(P,) s_j of each pattern, the first stored first."""
    return gate * (1.0 - gate) ** np.arange(patterns - 1, -1, -1.0)


def overlaps(patterns: int, gate: float) -> np.ndarray:
    """(P,) cos(x_j, M)."""
    strength = strengths(patterns, gate)
    return strength / np.sqrt((strength**2).sum())


def among_lures(patterns: int, gate: float, lures: int, width: int = WIDTH) -> np.ndarray:
    """(P,) the probability that the answer is nearest to the right pattern."""
    share = overlaps(patterns, gate)[:, None]
    h = (np.arange(BINS) + 0.5) / BINS * 12.0 - 6.0
    weight = np.exp(-0.5 * h * h)
    mean = share * math.sqrt(width) + h * np.sqrt(np.maximum(0.0, 1.0 - share**2))
    normal = 0.5 * np.vectorize(math.erfc)(-mean / math.sqrt(2.0))
    return (normal**lures * weight).sum(axis=1) / weight.sum()


def recalled(changes: dict, patterns: int, seed: int) -> np.ndarray:
    """(P, 4) what the task keeps of one recall of each pattern."""
    scenario = Scenario.load(NAME).override("task.patterns", patterns)
    for key, value in changes.items():
        scenario = scenario.override(key, value)
    model = scenario.build(seed=seed)
    model.run_for(2 * patterns * scenario.data["task"]["period"] + 1)
    recalls = model.state.task["recalls"]
    return recalls[np.argsort(recalls[:, PATTERN])]


def several(changes: dict, patterns: int, seeds) -> np.ndarray:
    """(seeds, P, 4)."""
    return np.array([recalled(changes, patterns, seed) for seed in seeds])


Point = tuple[float, np.ndarray, float, float]  # where, found (seeds,), expected, expected standard error


def by_load(slots: int, seeds) -> list[Point]:
    """The accuracy for each load."""
    return [
        accuracy(load, {"memory.slots": slots}, round(load * slots * NODES), slots, COPIES, seeds) for load in LOADS
    ]


def by_copies(patterns: int, seeds) -> list[Point]:
    """The accuracy for several numbers of copies."""
    key = "kinds.writer.emission.scale"
    return [accuracy(copies, {key: copies}, patterns, SLOTS, copies, seeds) for copies in MANY]


def accuracy(x: float, changes: dict, patterns: int, slots: int, copies: float, seeds) -> Point:
    """One point; its standard error as if patterns survived independently."""
    found = several(changes, patterns, seeds)[:, :, CORRECT].mean(axis=1)
    chance = survival(patterns, slots, copies)
    error = math.sqrt((chance * (1.0 - chance)).sum() / len(found)) / patterns
    return x, found, chance.mean(), error


def by_age(gate: float, seeds) -> tuple[list[Point], list[Point]]:
    """The overlap at each age, the last pattern first, and the accuracy among lures."""
    found = several(BLENDED | {"kinds.writer.release.gate": gate, "task.lures": LURES}, LATER, seeds)[:, ::-1]
    overlap, chance = overlaps(LATER, gate)[::-1], among_lures(LATER, gate, LURES)[::-1]
    curves = []
    for column, mean, variance in (
        (OVERLAP, overlap, (1.0 - overlap**2) / WIDTH),
        (CORRECT, chance, chance * (1.0 - chance)),
    ):
        error = np.sqrt(np.maximum(0.0, variance) / len(found))
        curves.append([(age + 1, found[:, age, column], mean[age], error[age]) for age in range(LATER)])
    return curves[0], curves[1]


def told(panels: dict[str, dict[str, list[Point]]]) -> str:
    """A line a curve: root mean squares of how far what was found lies from what is expected."""
    lines = [f"{'':28}{'points':>8}{'difference':>12}{'in standard errors':>20}"]
    for panel, curves in panels.items():
        for label, points in curves.items():
            off = np.array([found.mean() - expected for _, found, expected, _ in points])
            error = np.array([error for *_, error in points])
            sure = error < SURE
            scaled = np.where(sure, 0.0, off / np.where(sure, 1.0, error))
            rms = [math.sqrt(np.mean(values**2)) for values in (off, scaled)]
            lines.append(f"{f'{panel}: {label}':28}{len(points):8}{rms[0]:12.3f}{rms[1]:20.2f}")
    return "\n".join(lines) + "\n"


def draw(panels: dict[str, dict[str, list[Point]]]) -> Figure:
    """A panel each: dots with two standard errors for what vesicles recalled, lines for what is expected."""
    figure = Figure(figsize=(11, 8), layout="constrained")
    words = {
        "load": ("Recall against load, by slots a node", "patterns per slot", "recall accuracy"),
        "copies": (f"Recall against copies written, {SLOTS} slots a node", "copies a pattern", "recall accuracy"),
        "overlap": ("One blended slot: overlap of what is recalled", "age: the last pattern stored is 1", "overlap"),
        "lures": (
            f"One blended slot: right among {LURES} lures",
            "age: the last pattern stored is 1",
            "recall accuracy",
        ),
    }
    for (name, curves), axes in zip(panels.items(), figure.subplots(2, 2).ravel(), strict=True):
        for k, (label, points) in enumerate(curves.items()):
            x, found, expected, _ = zip(*points, strict=True)
            axes.plot(x, expected, color=colour(k), linewidth=1.4)
            mean = [each.mean() for each in found]
            spread = [2.0 * each.std(ddof=1) / math.sqrt(len(each)) for each in found]
            axes.errorbar(x, mean, spread, color=colour(k), fmt="o", markersize=4, linewidth=1, capsize=2, label=label)
        title, xlabel, ylabel = words[name]
        plain_axes(axes, title, xlabel=xlabel, ylabel=ylabel, ylim=(-0.03, 1.05))
        axes.legend(frameon=False, fontsize=8)
        if name == "copies":
            axes.set_xscale("log", base=2)
            axes.set_xticks(x, [f"{copies:.0f}" for copies in x])
    figure.suptitle("Dots: vesicles, mean of the seeds and two standard errors. Lines: expected.", fontsize=10)
    return figure


def main(arguments: list[str] | None = None) -> None:
    """Run all, tell how it agrees, draw it."""
    parser = argparse.ArgumentParser(description="How much a path of neurons can remember.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the picture goes")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="how many, from 1 on; at least 2")
    options = parser.parse_args(arguments)
    if options.seeds < 2:
        parser.error("at least 2 seeds are needed, to tell how far they differ")
    seeds, more = range(1, options.seeds + 1), range(1, SEVERAL * options.seeds + 1)
    ages = {f"gate {gate:g}": by_age(gate, more) for gate in GATES}
    panels = {
        "load": {f"{slots} slot{'s' * (slots > 1)}": by_load(slots, seeds) for slots in (1, 2, SLOTS)},
        "copies": {f"{patterns} patterns": by_copies(patterns, seeds) for patterns in (12, 24)},
        "overlap": {label: both[0] for label, both in ages.items()},
        "lures": {label: both[1] for label, both in ages.items()},
    }
    sys.stdout.write(told(panels))
    options.out.mkdir(parents=True, exist_ok=True)
    save(draw(panels), options.out / f"{NAME}.png")


if __name__ == "__main__":
    main()
