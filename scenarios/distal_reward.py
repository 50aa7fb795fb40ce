"""How does learning from distant reward fail as dopamine comes later, in fewer portions, or to fewer neurons?

    python scenarios/distal_reward.py --out DIR [--seconds S] [--graphs G] [--jobs J]

Runs the scenario distal_reward in seven regimes of delivery, each on G networks, and draws into DIR the weight of the
rewarded synapse over time and, at the end, the part of all others that lie below it. A regime releases the same
dopamine in all as the published model. Called again, it does what is left to do. An hour of CPU time.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import vesicle_abm as va
from vesicle_abm.experiments.figures import colour, plain_axes, save

KIND = "kinds.dopamine."
BY_VESICLES = {KIND + "delivery": "vesicles"}
REGIMES: dict[str, dict[str, Any]] = {
    "broadcast": {},
    "vesicles": BY_VESICLES,
    "slow": BY_VESICLES | {KIND + "docking.probability": 0.001},
    "slower": BY_VESICLES | {KIND + "docking.probability": 0.0002},
    "sparse": BY_VESICLES | {KIND + "emission.scale": 5.0, KIND + "release.amount": 4.975},
    "sparser": BY_VESICLES | {KIND + "emission.scale": 0.5, KIND + "release.amount": 49.75},
    "local": BY_VESICLES | {KIND + "emission.scale": 1000.0, KIND + "emission.nodes": [400]},
}
WORDS = {
    "broadcast": "the published model",
    "vesicles": "1000 a reward, docking after 0.1 s",
    "slow": "docking after 1 s",
    "slower": "docking after 5 s",
    "sparse": "100 a reward",
    "sparser": "10 a reward",
    "local": "all from one place",
}


TARGET = "task.target_weight"


def below_target(model: va.VesicleModel) -> dict[str, float]:
    """The part of the other excitatory synapses whose weight is below that of the rewarded one."""
    weight, edge = model.state.weight, int(model.state.task["edge"])
    others = np.flatnonzero(model.graph.in_layers(["excitatory"]))
    return {"below_target": float(np.mean(weight[others[others != edge]] < weight[edge]))}


def study_of(folder: Path, regimes: Sequence[str], seconds: int, graphs: int, workers: int | None) -> va.Study:
    """All regimes on the same networks, with the same seeds, network by network."""
    trials = [
        va.Trial((*REGIMES[name].items(), ("graph.cortex.seed", graph)), graph, va.seed_of(0, graph), name)
        for graph in range(graphs)
        for name in regimes
    ]
    scenario = va.Scenario.load("distal_reward")
    steps, metrics = 1000 * seconds, [f"{__file__}:below_target"]
    study = va.Study.create(folder, scenario, trials, steps=steps, metrics=metrics, grows=True)
    study.run(workers=workers)
    return study


def told(study: va.Study) -> pd.DataFrame:
    """A row a regime: on how many networks the cap was reached; means over networks, and their standard errors."""
    done = study.frame()
    done["capped"] = done["metric.target_capped_at_s"].notna()
    groups = done.groupby("condition", sort=False)
    return groups.agg(
        networks=("capped", "size"),
        capped=("capped", "sum"),
        weight=("metric.target_weight_final", "mean"),
        weight_error=("metric.target_weight_final", "sem"),
        below=("metric.below_target", "mean"),
        below_error=("metric.below_target", "sem"),
        others_capped=("metric.fraction_capped", "mean"),
        rate_hz=("metric.mean_rate_hz", "mean"),
        rewards=("metric.rewards", "mean"),
    )


def draw(series: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """The rewarded synapse over time, a panel a regime, a line a network; and its rank at the end."""
    names = list(table.index)
    figure = Figure(figsize=(3.0 * len(names), 5.2), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1.2, 1.0))
    for panel, name in zip(above.subplots(1, len(names), sharey=True, squeeze=False)[0], names, strict=True):
        for _, course in series[series["condition"] == name].groupby("trial"):
            panel.plot(course["step"] / 1000.0, course[TARGET], color=colour(0), linewidth=1.2)
        panel.set_ylim(-0.1, 4.1)
        plain_axes(panel, f"{name}\n{WORDS[name]}", xlabel="s")
    above.axes[0].set_ylabel("weight of the rewarded synapse")
    axes = below.subplots()
    places = np.arange(len(names))
    axes.errorbar(places, table["below"], 2.0 * table["below_error"].fillna(0.0), fmt="o", color=colour(0))
    axes.axhline(0.5, color="0.6", linewidth=0.8, linestyle=":")
    axes.set(ylim=(-0.05, 1.05), xticks=places, xticklabels=names)
    plain_axes(axes, "Other synapses below it at the end, mean of networks and two standard errors", xlabel="")
    return figure


def main(arguments: list[str] | None = None) -> None:
    """Run, tell, draw."""
    parser = argparse.ArgumentParser(description="Learning from distant reward, by how dopamine is delivered.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where study and picture go")
    parser.add_argument("--seconds", type=int, default=1200, metavar="S", help="simulated (default: 1200)")
    parser.add_argument("--graphs", type=int, default=3, metavar="G", help="networks of each regime (default: 3)")
    parser.add_argument("--regimes", nargs="+", choices=tuple(REGIMES), default=list(REGIMES), metavar="REGIME")
    parser.add_argument("--jobs", type=int, metavar="J", help="worker processes (default: one to each core)")
    options = parser.parse_args(arguments)
    if min(options.seconds, options.graphs) < 1:
        parser.error("at least one second and one network are needed")
    study = study_of(options.out / "study", options.regimes, options.seconds, options.graphs, options.jobs)
    table = told(study)
    sys.stdout.write(table.round(3).to_string() + "\n")
    save(draw(study.series([TARGET]), table), options.out / "distal_reward.png")


if __name__ == "__main__":
    main()
