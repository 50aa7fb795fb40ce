"""Where vesicles and broadcast agree and where not: ``python scenarios/vesicles_or_broadcast.py --out DIR``.

Runs the scenario vesicles_or_broadcast in four regimes, each both ways with the same seeds, tells how far apart levels
and learned weights are, and draws them into DIR.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.experiments.figures import colour, plain_axes, save
from vesicle_abm.scenario import Scenario

NAME, KIND = "vesicles_or_broadcast", "kinds.dopamine."
REGIMES: dict[str, dict] = {
    "dense": {},
    "sparse": {"emission.count": 0.02, "release.amount": 20.0},
    "far": {"emission.nodes": [0], "emission.count": 2000},
    "slow": {"docking.probability": 0.01},
}
WORDS = {
    "dense": "many, everywhere, docking at once",
    "sparse": "few and large",
    "far": "all from one neuron",
    "slow": "docking 90 times slower",
}
FIRST_PULSE = Scenario.load(NAME).data["kinds"]["dopamine"]["emission"]["at"]
BAND = (5, 95)  # percentiles of the levels over neurons


@dataclass(frozen=True)
class Pair:
    """One regime both ways: ``levels`` (2, T, N) and ``changes`` of weight (2, E), by vesicles and by broadcast."""

    levels: np.ndarray
    changes: np.ndarray

    @property
    def level_error(self) -> float:
        """Root mean square difference of levels, over neurons and steps, relative to the broadcast's."""
        return relative_error(*self.levels)

    @property
    def weight_error(self) -> float:
        """The same of the changes of weight, over synapses."""
        return relative_error(*self.changes)


def relative_error(found: np.ndarray, expected: np.ndarray) -> float:
    """|found - expected| / |expected|."""
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def course(overrides: dict, seed: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """(T, N) levels after each step, and (E,) changes of weight."""
    scenario = Scenario.load(NAME)
    for key, value in overrides.items():
        scenario = scenario.override(KIND + key, value)
    model = scenario.build(seed=seed)
    before, levels = model.state.weight.copy(), []
    for _ in range(steps):
        model.step()
        levels.append(model.state.modulator[:, 0].copy())
    return np.array(levels), model.state.weight - before


def pair(regime: str, seed: int, steps: int) -> Pair:
    """One regime, by vesicles and by broadcast, with the same seed."""
    ways = [course(REGIMES[regime] | {"delivery": way}, seed, steps) for way in ("vesicles", "broadcast")]
    return Pair(*(np.stack(both) for both in zip(*ways, strict=True)))


def told(pairs: dict[str, list[Pair]]) -> str:
    """A table of the errors: mean over seeds and its standard error."""
    lines = [f"{'regime':8}{'level error':>18}{'weight error':>18}"]
    for regime, found in pairs.items():
        cells = []
        for errors in ([p.level_error for p in found], [p.weight_error for p in found]):
            spread = np.std(errors, ddof=1) / np.sqrt(len(errors)) if len(errors) > 1 else np.nan
            cells.append(f"{np.mean(errors):.3f} ± {spread:.3f}")
        lines.append(f"{regime:8}{cells[0]:>18}{cells[1]:>18}")
    return "\n".join(lines) + "\n"


def draw(pairs: dict[str, Pair]) -> Figure:
    """A column a regime: levels over the steps above, each synapse's change of weight both ways below."""
    figure = Figure(figsize=(3.3 * len(pairs), 6.4), layout="constrained")
    panels = figure.subplots(2, len(pairs), sharex="row", sharey="row", squeeze=False)
    for (regime, found), (level, change) in zip(pairs.items(), panels.T, strict=True):
        by_vesicles, by_broadcast = found.levels
        steps = np.arange(1, len(by_vesicles) + 1)
        level.fill_between(
            steps, *np.percentile(by_vesicles, BAND, axis=1), color=colour(0), alpha=0.25, linewidth=0,
            label="vesicles: nine in ten neurons",
        )  # fmt: skip
        level.plot(steps, by_vesicles.mean(axis=1), color=colour(0), linewidth=1.6, label="vesicles: mean")
        level.plot(steps, by_broadcast.mean(axis=1), "--", color=colour(1), linewidth=1.4, label="broadcast")
        plain_axes(level, f"{regime}: {WORDS[regime]}\nlevels differ by {found.level_error:.2f}", xlabel="step")
        top = max(float(found.changes[1].max()), 1e-12)
        change.axline((0.0, 0.0), slope=1.0, color=colour(1), linestyle="--", linewidth=1.2)
        change.scatter(found.changes[1], found.changes[0], s=7, alpha=0.4, color=colour(0), linewidths=0)
        change.set(xlim=(-0.05 * top, 1.08 * top))
        plain_axes(
            change, f"learned weights differ by {found.weight_error:.2f}", xlabel="change of weight by broadcast"
        )
    panels[0, 0].set_ylabel("level of dopamine")
    panels[1, 0].set_ylabel("change of weight by vesicles")
    panels[0, 0].legend(frameon=False, fontsize=8, loc="upper right")
    return figure


def main(arguments: list[str] | None = None) -> None:
    """Run all, tell the errors, draw the first seed."""
    parser = argparse.ArgumentParser(description="Vesicles against broadcast in four regimes.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the picture goes")
    parser.add_argument("--steps", type=int, default=Scenario.load(NAME).steps, metavar="N")
    parser.add_argument("--seeds", type=int, default=4, metavar="N", help="how many, from 1 on")
    options = parser.parse_args(arguments)
    if options.steps <= FIRST_PULSE or options.seeds < 1:
        parser.error(f"the first pulse comes in step {FIRST_PULSE}: more steps, and at least one seed, are needed")
    seeds = range(1, options.seeds + 1)
    pairs = {regime: [pair(regime, seed, options.steps) for seed in seeds] for regime in REGIMES}
    sys.stdout.write(told(pairs))
    options.out.mkdir(parents=True, exist_ok=True)
    save(draw({regime: found[0] for regime, found in pairs.items()}), options.out / f"{NAME}.png")


if __name__ == "__main__":
    main()
