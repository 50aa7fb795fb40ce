"""Claim: vesicles alone teach a network the shipped contextual bandit: with good rates it takes nine tenths of the way
from chance to the oracle, as epsilon-greedy and LinUCB do; with poor rates it learns nothing; and from those same poor
rates, meta-learning of eta_local and eta_global brings it nine tenths of the way, in the mean, while it plays.

    python benchmarks/contextual_bandit_against_baselines.py [--seeds 20] [--trials 4000] [--jobs 1] [--first-seed 0]
        [--agents NAME …] [--json FILE] [--figure FILE]

Every agent plays every seed. Numbers are means over the seeds with 95 % t-intervals, of the last fourth of the trials;
rates are geometric means. LinUCB is MABWiser's: pip install 'vesicle-abm[bandit]', or leave it out by --agents.
"""

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from bandit_agents import AGENTS, BLOCK, SETTINGS, Problem, play
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table
from scipy import stats

NAMES = [*SETTINGS, *AGENTS]
REWARD, EXPECTED, LOCAL, GLOBAL = range(4)  # columns of blocks
LEVEL = 0.95
MARGIN = 0.06  # of the picture, beyond chance and oracle
CLAIMED = 0.9  # of the way from chance to the oracle
COLOURS = dict(
    zip(NAMES, ("#0072B2", "#009E73", "#D55E00", "#56B4E9", "#000000", "#CC79A7", "#E69F00", "0.6"), strict=True)
)
LEARNS_RATES = [name for name, setting in SETTINGS.items() if setting.get("meta", True)]


def interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and half-width of its t-interval, over the seeds: the first axis."""
    count = len(values)
    quantile = stats.t.ppf(0.5 + LEVEL / 2, count - 1) if count > 1 else np.nan
    return values.mean(0), quantile * values.std(0, ddof=1 if count > 1 else 0) / np.sqrt(count)


def measure(names: list[str], seeds: list[int], trials: int, jobs: int, console: Console) -> dict[str, np.ndarray]:
    """Agent -> (seeds, blocks, 4)."""
    found = {}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for name in names:
            started = time.perf_counter()
            count = len(seeds)
            found[name] = np.stack(list(pool.map(play, [name] * count, [trials] * count, seeds)))
            console.print(f"{name}: {count} seeds in {time.perf_counter() - started:.0f} s")
    return found


def fraction_of(expected: np.ndarray) -> np.ndarray:
    """How far from chance to the oracle a reward lies."""
    means = Problem(1, 0).means
    return (expected - means.mean()) / (means.max(1).mean() - means.mean())


def summary(found: dict[str, np.ndarray]) -> list[dict]:
    """One row of numbers an agent."""
    rows = []
    for name, blocks in found.items():
        last = blocks[:, -max(1, blocks.shape[1] // 4) :]
        reward, fraction = last[:, :, REWARD].mean(1), fraction_of(last[:, :, EXPECTED].mean(1))
        row = {"agent": name, "seeds": len(blocks), "trials": blocks.shape[1] * BLOCK}
        for key, values in (("reward", reward), ("fraction", fraction)):
            mean, half = interval(values)
            row |= {key: float(mean), f"{key}_half": float(half), f"{key}_worst": float(values.min())}
        first_half = fraction_of(blocks[:, : blocks.shape[1] // 2, EXPECTED].mean(1))
        row["fraction_first_half"] = float(first_half.mean())
        for key, column in (("eta_local", LOCAL), ("eta_global", GLOBAL)):
            row[key] = None
            if name in SETTINGS:
                logarithm = np.log(blocks[:, -1, column])
                mean, half = interval(logarithm)
                row |= {
                    key: float(np.exp(mean)),
                    f"{key}_times": float(np.exp(half)),
                    f"{key}_first": float(blocks[0, 0, column]),
                }
        rows.append(row)
    return rows


def rate_of(row: dict, key: str) -> str:
    """A rate in words: its geometric mean, and the factor of its interval where it is learned."""
    if row[key] is None:
        return ""
    return f"{row[key]:.1e} x{row[f'{key}_times']:.1f}" if row["agent"] in LEARNS_RATES else f"{row[key]:.1e}"


def show(rows: list[dict], console: Console) -> None:
    """The table."""
    title = f"The last fourth of {rows[0]['trials']:,} trials, {rows[0]['seeds']} seeds, 95 % t-intervals"
    table = Table(title=title, box=None, pad_edge=False)
    for column in ("agent", "reward", "of the way", "worst", "eta_local", "eta_global"):
        table.add_column(column, justify="left" if column == "agent" else "right", no_wrap=True)
    for row in rows:
        told = [f"{row[key]:.3f}±{row[f'{key}_half']:.3f}" for key in ("reward", "fraction")]
        rates = [rate_of(row, key) for key in ("eta_local", "eta_global")]
        table.add_row(row["agent"], *told, f"{row['fraction_worst']:.2f}", *rates)
    console.print(table)


def show_claims(rows: list[dict], console: Console) -> None:
    """Whether what is claimed was found."""
    found = {row["agent"]: row for row in rows}
    for name, low in (("HMN, good rates", True), ("HMN, meta-learned", True), ("HMN, poor rates", False)):
        if name in found:
            mean, half = found[name]["fraction"], found[name]["fraction_half"]
            met = mean >= CLAIMED if low else mean + half < 1.0 - CLAIMED
            words = f"at least {CLAIMED:g}" if low else f"less than {1.0 - CLAIMED:.1g}"
            console.print(f"{name}: {mean:.3f} of the way; claimed {words}: {'met' if met else 'NOT met'}")


def draw(found: dict[str, np.ndarray], path: Path) -> None:
    """Reward over trials for all agents; both rates over trials for those that learn them."""
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for name, blocks in found.items():
        trials = (np.arange(blocks.shape[1]) + 0.5) * BLOCK
        mean, half = interval(blocks[:, :, EXPECTED])
        left.plot(trials, mean, color=COLOURS[name], label=name, linewidth=1.6 if name in SETTINGS else 1.1)
        left.fill_between(trials, mean - half, mean + half, color=COLOURS[name], alpha=0.2, linewidth=0)
        for column, style in ((LOCAL, "--"), (GLOBAL, "-")) if name in LEARNS_RATES else ():
            mean, half = interval(np.log(blocks[:, :, column]))
            words = f"{name.removeprefix('HMN, ')}: {'eta_local' if column == LOCAL else 'eta_global'}"
            right.plot(trials, np.exp(mean), style, color=COLOURS[name], label=words, linewidth=1.4)
            right.fill_between(
                trials, np.exp(mean - half), np.exp(mean + half), color=COLOURS[name], alpha=0.2, linewidth=0
            )
    bounds = Problem(1, 0).means
    left.set(xlabel="trial", ylabel="expected reward of the chosen arm", title="Reward")
    left.set_ylim(bounds.mean() - MARGIN, bounds.max(1).mean() + MARGIN)
    right.set(xlabel="trial", ylabel="learning rate", title="Rates around which meta-learning tries", yscale="log")
    for axes in (left, right):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    left.legend(frameon=False, fontsize=8, loc="center right")
    right.legend(frameon=False, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Software": None})


def main() -> None:
    """Play, show, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--first-seed", type=int, default=0, help="the first of them")
    parser.add_argument("--trials", type=int, default=4000, help=f"of each agent and seed, a multiple of {BLOCK}")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--agents", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="2 seeds, 200 trials: no claim can be read from them")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="draw reward and rates over trials there")
    chosen = parser.parse_args()
    if chosen.trials < BLOCK or chosen.trials % BLOCK:
        parser.error(f"--trials: got {chosen.trials}; multiples of {BLOCK} are allowed")
    if chosen.seeds < 1 or chosen.jobs < 1:
        parser.error("--seeds, --jobs: whole numbers >= 1 are allowed")
    console = Console()
    count, trials = (2, 2 * BLOCK) if chosen.quick else (chosen.seeds, chosen.trials)
    seeds = list(range(chosen.first_seed, chosen.first_seed + count))
    found = measure(chosen.agents, seeds, trials, chosen.jobs, console)
    rows = summary(found)
    show(rows, console)
    if not chosen.quick:
        show_claims(rows, console)
    if chosen.json:
        curves = {name: blocks.tolist() for name, blocks in found.items()}
        chosen.json.write_text(json.dumps({"rows": rows, "blocks": curves}, indent=1) + "\n")
    if chosen.figure:
        draw(found, chosen.figure)


if __name__ == "__main__":
    main()
