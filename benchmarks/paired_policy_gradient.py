"""Claim: pairs of episodes under common random numbers scatter less than independent ones, at equal cost.

    python benchmarks/paired_policy_gradient.py [--quick] [--json FILE]

Variance of what two episodes say of the gradient of a policy in control of the scenario delivery, summed over its
parameters: with seeds and actions drawn afresh, and with one seed of the model and mirrored actions. For each baseline;
for a policy that knows nothing, and one that has learned for a while. No clock is read.
"""

from typing import Any

import torch
from report import begin_report, end_report, parser, say_where, table_of, write
from rich.console import Console

import vesicle_abm as va

PAIRED, FRESH = "paired", "independent"
BASELINES = {"none": va.NoBaseline, "running mean": va.MeanBaseline, "value function": va.ValueBaseline}
FULL = {"steps": 100, "fit": 6, "pairs": 30, "learned": (0, 30)}
QUICK = {"steps": 10, "fit": 2, "pairs": 3, "learned": (0, 1)}
LEARNING = {"pairs": 4, "discount": 0.9, "rate": 0.03, "seed": 1}
SEED = 2


def spread(env: va.VesicleEnv, policy: va.GaussianPolicy, name: str, paired: bool, plan: dict) -> float:
    """The variance of a pair's estimate, summed over parameters, behind a batch from which the baseline learns."""
    baseline = BASELINES[name]()
    learner = va.PolicyGradient(env, policy, baseline, pairs=plan["fit"], paired=paired, discount=0.9, seed=SEED)
    learner.estimate()
    learner.pairs = plan["pairs"]
    rows, _ = learner.estimate()
    return float(rows.var(axis=0, ddof=1).sum())


def measure(plan: dict, console: Console) -> dict[str, Any]:
    """Every baseline, before learning and behind it."""
    torch.set_num_threads(1)
    report = begin_report("torch", "numpy")
    env = va.VesicleEnv("delivery", steps=plan["steps"])
    results, ratios = [], []
    for updates in plan["learned"]:
        policy = va.GaussianPolicy(env.observation_space.shape[0], env.controls.size)
        learner = va.PolicyGradient(env, policy, va.ValueBaseline(), **LEARNING)
        for _ in range(updates):
            learner.step()
        for name in BASELINES:
            world = f"{updates} updates, {name}"
            console.print(f"{world} …")
            found = {version: spread(env, policy, name, version == PAIRED, plan) for version in (FRESH, PAIRED)}
            results += [{"world": world, "version": version, "variance": value} for version, value in found.items()]
            ratios.append({"world": world, "version": PAIRED, "than": FRESH, "times": found[FRESH] / found[PAIRED]})
    return end_report(report, results=results, ratios=ratios, pairs=plan["pairs"])


def show(report: dict[str, Any], console: Console) -> None:
    """A row each."""
    title = f"Variance of a gradient by two episodes (of {report['pairs']} such)"
    table = table_of(title, "policy and baseline", FRESH, PAIRED, "ratio", words=("policy and baseline",))
    found = {(result["world"], result["version"]): result["variance"] for result in report["results"]}
    for ratio in report["ratios"]:
        both = (f"{found[ratio['world'], version]:.4g}" for version in (FRESH, PAIRED))
        table.add_row(ratio["world"], *both, f"{ratio['times']:.2f}")
    console.print(table)
    say_where(report, console)


def main() -> None:
    """Measure, show, and write what was asked for."""
    options = parser(__doc__, "a few short episodes: whether it runs; no claim can be read from it").parse_args()
    console = Console()
    report = measure(QUICK if options.quick else FULL, console)
    show(report, console)
    write(report, options.json)


if __name__ == "__main__":
    main()
