"""Three regimes of a cascade side by side: ``python scenarios/cascade.py --out DIR``.

Above, the population of the scenario cascade on its graph, against its mean without a cap,

    m(t) = sparks ratio (1 - p) (1 + p (ratio - 1))^(t - at - 2)     after t >= at + 2 steps, p the docking probability.

Below, avalanches: thousands of nodes without edges, a spark on each, where every vesicle docks as it is born. Node by
node these are independent branching processes, the next generation one step later, and the size S of an avalanche, its
spark included, has the Borel distribution P(S = n) = exp(-ratio n) (ratio n)^(n - 1) / n! (Borel 1942; Otter 1949). At
ratio 1 it falls as n^(-3/2), as neuronal avalanches do (Beggs and Plenz 2003). Above 1 only a share q of them ends, the
smallest solution of q = exp(ratio (q - 1)).
"""

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.experiments.figures import colour, plain_axes, save
from vesicle_abm.model import VesicleModel
from vesicle_abm.scenario import Scenario
from vesicle_abm.vesicles.docking import ConstantDocking
from vesicle_abm.vesicles.emission import CascadeEmission, PulseEmission
from vesicle_abm.vesicles.kind import Kind

NAME, WAVE = "cascade", "kinds.wave."
REGIMES = {"sub-critical": 0.9, "critical": 1.0, "super-critical": 1.2}
GENERATIONS = {
    "sub-critical": 400,
    "critical": 400,
    "super-critical": 30,
}  # no avalanche below that size goes on longer
UNBOUNDED = 2**31 - 1  # a cap that nothing reaches
BINS_A_DECADE = 6
LINE, SHADE, GUIDE = 1.4, colour(1), "0.5"


@dataclass(frozen=True)
class Estimate:
    """A branching ratio and its standard error: offspring are Poisson, so sqrt(ratio / parents)."""

    ratio: float
    error: float

    @classmethod
    def of(cls, model: VesicleModel) -> "Estimate":
        """Of a model whose vesicles all dock once: its own metric, over the dockings that have borne."""
        ratio = model.metrics["wave.offspring_per_docking"]
        waiting = sum(int(model.state.tallies[f"docked/{name}"].sum()) for name in ("spark", "wave"))
        return cls(ratio, math.sqrt(ratio / (int(model.state.docked.sum()) - waiting)))

    def __str__(self):
        return f"{self.ratio:.4f} ± {self.error:.4f}"


@dataclass(frozen=True)
class Course:
    """The scenario with one ratio: (T,) vesicles alive, births suppressed in all, the measured ratio."""

    alive: np.ndarray
    suppressed: int
    cap: int
    estimate: Estimate


@dataclass(frozen=True)
class Avalanches:
    """Sizes (n,) of the avalanches, which of them have ended, the measured ratio."""

    sizes: np.ndarray
    ended: np.ndarray
    estimate: Estimate


def course(ratio: float, seed: int, steps: int) -> Course:
    """Run the scenario."""
    model = Scenario.load(NAME).override(WAVE + "emission.ratio", ratio).build(seed=seed)
    model.run_for(steps)
    record = model.record
    suppressed = int(record["wave.suppressed"].iloc[-1])
    return Course(record["wave.alive"].to_numpy(), suppressed, model.world.kinds["wave"].cap, Estimate.of(model))


def avalanches(ratio: float, count: int, generations: int, seed: int) -> Avalanches:
    """So many independent avalanches, followed for so many generations."""
    at_once = ConstantDocking(probability=1.0)
    kinds = {
        "spark": Kind(emission=PulseEmission(count=1), docking=at_once),
        "wave": Kind(emission=CascadeEmission(of=["spark", "wave"], ratio=ratio), docking=at_once, cap=UNBOUNDED),
    }
    model = VesicleModel(NeuralGraph(range(count), [], []), kinds, seed=seed, record_every=0)
    model.run_for(1 + generations)
    born, last = model.state.emitted[1], model.state.tallies["docked/wave"]
    return Avalanches(1 + born, last == 0, Estimate.of(model))


def borel(n: np.ndarray, ratio: float) -> np.ndarray:
    """P(S = n)."""
    factorials = np.array([math.lgamma(size + 1.0) for size in n])
    return np.exp(-ratio * n + (n - 1) * np.log(ratio * n) - factorials)


def ending(ratio: float, generations: int) -> float:
    """The share of avalanches that end within so many generations: q <- exp(ratio (q - 1)) as often, from 0."""
    q = 0.0
    for _ in range(generations):
        q = math.exp(ratio * (q - 1.0))
    return q


def mean_alive(ratio: float, steps: int) -> np.ndarray:
    """(T,) m(t) after 1 … T steps."""
    kinds = Scenario.load(NAME).data["kinds"]
    pulse, p = kinds["spark"]["emission"], kinds["wave"]["docking"]["probability"]
    since = np.arange(1, steps + 1) - pulse["at"] - 2
    return np.where(since >= 0, pulse["count"] * ratio * (1 - p) * (1 + p * (ratio - 1)) ** np.maximum(since, 0), 0.0)


def density(sizes: np.ndarray, trials: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bins of whole numbers, even in the logarithm: their middles, P(S = n) in each, and its standard error."""
    decades = math.log10(max(int(sizes.max(initial=1)), 1) + 1)
    edges = np.unique(np.ceil(10 ** np.linspace(0, decades, 2 + int(BINS_A_DECADE * decades))).astype(np.int64))
    found = np.histogram(sizes, bins=edges)[0].astype(np.float64)
    found, low, high = found[found > 0], edges[:-1][found > 0], edges[1:][found > 0]
    return np.sqrt(low * (high - 1)), found / (high - low) / trials, np.sqrt(found) / (high - low) / trials


def draw(courses: dict[str, Course], burst: dict[str, Avalanches]) -> Figure:
    """A column a regime: population over the steps above, sizes of avalanches below."""
    figure = Figure(figsize=(3.7 * len(courses), 6.8), layout="constrained")
    panels = figure.subplots(2, len(courses), sharex="row", sharey="row", squeeze=False)
    for regime, (above, below) in zip(courses, panels.T, strict=True):
        draw_course(above, regime, courses[regime])
        draw_sizes(below, regime, burst[regime])
    panels[0, 0].set_ylabel("wave vesicles alive")
    panels[1, 0].set_ylabel("P(S = n)")
    panels[0, -1].legend(frameon=False, fontsize=8, loc="lower right")
    panels[1, 0].legend(frameon=False, fontsize=8, loc="lower left")
    return figure


def draw_course(panel, regime: str, found: Course) -> None:
    """Vesicles alive, with their mean and the cap."""
    ratio, steps = REGIMES[regime], np.arange(1, len(found.alive) + 1)
    panel.plot(steps, found.alive, color=colour(0), linewidth=LINE, label="one run")
    panel.plot(steps, mean_alive(ratio, len(steps)), "--", color=SHADE, linewidth=LINE, label="mean without a cap")
    panel.axhline(found.cap, color=GUIDE, linestyle=":", linewidth=LINE, label="cap")
    panel.set(yscale="log", ylim=(0.7, 4 * found.cap), xlim=(0, len(steps)))
    words = f"{found.suppressed:,} births suppressed" if found.suppressed else "no birth suppressed"
    plain_axes(panel, f"{regime}: ratio {ratio:g}\nmeasured {found.estimate}\n{words}", xlabel="step")


def draw_sizes(panel, regime: str, found: Avalanches) -> None:
    """Sizes of the avalanches that ended, against Borel's law."""
    ratio, sizes = REGIMES[regime], found.sizes[found.ended]
    n, share, error = density(sizes, len(found.sizes))
    panel.errorbar(n, share, yerr=error, fmt="o", markersize=4, color=colour(0), elinewidth=1, label="counted")
    exact = np.unique(np.geomspace(1, 10 * max(n[-1], 10), 200).astype(np.int64)).astype(np.float64)
    panel.plot(exact, borel(exact, ratio), color=SHADE, linewidth=LINE, label="Borel")
    tail = exact[exact >= 3]
    panel.plot(tail, tail**-1.5 / math.sqrt(2 * math.pi), ":", color=GUIDE, linewidth=LINE, label=r"$n^{-3/2}$")
    panel.set(xscale="log", yscale="log", ylim=(1e-9, 1.5))
    words = f"{found.ended.mean():.1%} ended within {GENERATIONS[regime]} generations"
    title = f"{len(found.sizes):,} avalanches\nmeasured {found.estimate}\n{words}"
    plain_axes(panel, title, xlabel="size of an avalanche n")


def told(courses: dict[str, Course], burst: dict[str, Avalanches]) -> str:
    """A table: set and measured ratios with standard errors, avalanches that ended, births suppressed."""
    heads = ("regime", "ratio", "of the run", "of avalanches", "ended", "expected", "suppressed")
    rows = [heads]
    for regime, found in courses.items():
        many, ratio = burst[regime], REGIMES[regime]
        shares = f"{many.ended.mean():.4f}", f"{ending(ratio, GENERATIONS[regime]):.4f}"
        rows.append((regime, f"{ratio:g}", str(found.estimate), str(many.estimate), *shares, f"{found.suppressed:,}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + "\n" for row in rows)


def main(arguments: list[str] | None = None) -> None:
    """Run all, tell the ratios, draw."""
    scenario = Scenario.load(NAME)
    parser = argparse.ArgumentParser(description="Three regimes of a cascade side by side.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the picture goes")
    parser.add_argument("--steps", type=int, default=scenario.steps, metavar="N", help="of the scenario")
    parser.add_argument("--sparks", type=int, default=20_000, metavar="N", help="avalanches of each regime")
    parser.add_argument("--seed", type=int, default=scenario.seed, metavar="N")
    options = parser.parse_args(arguments)
    begins = scenario.data["kinds"]["spark"]["emission"]["at"]
    if options.steps < begins + 2 or options.sparks < 1:
        parser.error(f"the first waves come in step {begins + 1}: more steps, and at least one spark, are needed")
    courses = {regime: course(ratio, options.seed, options.steps) for regime, ratio in REGIMES.items()}
    burst = {
        regime: avalanches(ratio, options.sparks, GENERATIONS[regime], options.seed)
        for regime, ratio in REGIMES.items()
    }
    sys.stdout.write(told(courses, burst))
    options.out.mkdir(parents=True, exist_ok=True)
    save(draw(courses, burst), options.out / f"{NAME}.png")


if __name__ == "__main__":
    main()
