"""A router of a thousand neurons that learns its tables: ``python scenarios/router.py --out DIR``.

In the scenario router four kinds of vesicles start from ten neurons each, and dock anywhere with the same small
probability. Each kind has an address of ten neurons, which only the loss knows. Trains the log-weights of all edges and
of staying, a set for each kind, lets agents run with them, tells the share that each kind delivers beside diffusion and
beside the best that any router could do, and writes into DIR the trained scenario and a picture.
"""

import argparse
import dataclasses
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import torch
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

import vesicle_abm as va
from vesicle_abm.experiments.figures import colour, save
from vesicle_abm.learning import losses

NAME = "router"
ADDRESS = {
    "red": [36, 59, 90, 292, 351, 404, 523, 600, 783, 787],
    "green": [110, 172, 323, 403, 419, 637, 658, 681, 832, 970],
    "blue": [29, 296, 352, 425, 450, 476, 576, 730, 760, 972],
    "yellow": [104, 139, 202, 262, 752, 761, 859, 864, 900, 968],
}
INK = {"red": 1, "green": 2, "blue": 0, "yellow": 4}  # numbers of colours
LEARNED = [f"kinds.{kind}.migration.{field}" for kind in ADDRESS for field in ("logit", "stay_logit")]
LEARNING_RATE = 0.5
WITHIN = 1.96  # standard errors of an interval of 95 %
WIDEST = 5.0  # points


def loss(course: va.Course) -> torch.Tensor:
    """The sum over the kinds of -log of what each delivers at its address."""
    return torch.stack([losses.undelivered(course, kind, nodes) for kind, nodes in ADDRESS.items()]).sum()


def train(module: va.Trainable, steps: int, epochs: int, quiet: bool = False) -> va.Training:
    """Adam on all logits."""
    made = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE)
    return va.train(module, loss, steps, epochs=epochs, optimiser=made, quiet=quiet)


def expected(module: va.Trainable, steps: int) -> np.ndarray:
    """(K,) the share of each kind's vesicles that the field expects at its address."""
    with torch.no_grad():
        course = module(steps)
        found = [losses.delivered(course, kind, nodes) / course.born(kind).sum() for kind, nodes in ADDRESS.items()]
        return torch.stack(found).numpy()


def best(scenario: va.Scenario, graph: va.NeuralGraph) -> np.ndarray:
    """(K,) the most that any router could deliver, given all the time there is: from each source the shortest way of d
    edges, on which d - 1 neurons each let (1 - p) pass: the mean of (1 - p)^(d - 1).
    """
    network, found = graph.to_networkx(), []
    for kind, nodes in ADDRESS.items():
        table = scenario.data["kinds"][kind]
        away = nx.multi_source_dijkstra_path_length(network, set(nodes), weight=None)
        passing = 1.0 - table["docking"]["probability"]
        found.append(np.mean([passing ** (away[source] - 1) for source in table["emission"]["nodes"]]))
    return np.array(found)


def agents(module: va.Trainable, steps: int, seeds: int) -> list[va.VesicleModel]:
    """Runs of agents by the rules as they stand, with seeds from 1 on; they mark each edge that they take."""
    kinds = module.to_lifecycle().kinds.items()
    marking = {name: dataclasses.replace(kind, trail=va.ConstantTrail()) for name, kind in kinds}
    models = [va.VesicleModel(module.model.graph, marking, seed=seed, record_every=0) for seed in range(1, seeds + 1)]
    for model in models:
        model.run_for(steps)
    return models


def delivered(models: list[va.VesicleModel]) -> np.ndarray:
    """(K, 2) of each kind over all runs, the vesicles that docked at its address, and those that were born."""
    docked = sum(model.state.docked for model in models)
    born = sum(model.state.emitted.sum(axis=1) for model in models)
    return np.array([[docked[k, nodes].sum(), born[k]] for k, nodes in enumerate(ADDRESS.values())])


def factor(after: np.ndarray, before: np.ndarray) -> tuple[float, float, float]:
    """How many times the share of ``after`` is that of ``before``, each (hits, trials), and the interval of 95 % of the
    ratio of two binomial shares (Katz et al. 1978).
    """
    ratio = (after[0] / after[1]) / (before[0] / before[1])
    error = np.sqrt(1.0 / after[0] - 1.0 / after[1] + 1.0 / before[0] - 1.0 / before[1])
    return ratio, ratio * np.exp(-WITHIN * error), ratio * np.exp(WITHIN * error)


def told(before: np.ndarray, after: np.ndarray, fields: list[np.ndarray], most: np.ndarray) -> str:
    """A table: shares by the field and by agents, before and after, and how many times more agents deliver."""
    lines = [f"{'':8}{'diffusion':>20}{'trained':>20}{'best':>9}{'agents: trained / diffusion':>34}"]
    lines.append(f"{'':8}{'field':>10}{'agents':>10}{'field':>10}{'agents':>10}{'':>9}{'95 %':>34}")
    totals = zip([*ADDRESS, "all"], *(np.append(part, part.mean()) for part in (*fields, most)), strict=True)
    hits = [np.vstack([part, part.sum(axis=0)]) for part in (before, after)]
    for k, (name, field_before, field_after, limit) in enumerate(totals):
        shares = [part[k, 0] / part[k, 1] for part in hits]
        ratio, low, high = factor(hits[1][k], hits[0][k])
        first = f"{name:8}{field_before:>10.5f}{shares[0]:>10.5f}{field_after:>10.4f}{shares[1]:>10.4f}{limit:>9.4f}"
        lines.append(f"{first}{f'{ratio:.0f} ({low:.0f} to {high:.0f})':>34}")
    return "\n".join(lines) + "\n"


def draw(runs: list[va.VesicleModel], after: np.ndarray) -> Figure:
    """The ways of all kinds in a run before and in one after, each edge as wide as its traffic."""
    figure = Figure(figsize=(12.4, 6.4), layout="constrained")
    graph = runs[0].graph
    place, most = np.array(graph.node_data["pos"]), max(trail.max() for trail in runs[1].state.trails.values())
    ends = np.stack([place[graph.source], place[graph.target]], axis=1)  # (E, 2, 2)
    words = ("untrained", f"trained: {after[:, 0].sum() / after[:, 1].sum():.1%} arrive")
    for panel, model, title in zip(figure.subplots(1, 2), runs, words, strict=True):
        panel.set_axis_off()
        panel.add_collection(LineCollection(list(ends), colors="0.9", linewidths=0.4, zorder=1))
        for kind, nodes in ADDRESS.items():
            trail, ink = model.state.trails[kind], colour(INK[kind])
            seen = np.flatnonzero(trail)
            widths = WIDEST * np.sqrt(np.minimum(trail[seen] / most, 1.0))
            lines = LineCollection(
                list(ends[seen]), colors=ink, linewidths=widths, alpha=0.55, capstyle="round", zorder=2
            )
            panel.add_collection(lines)
            sources = np.flatnonzero(model.state.emitted[model.kinds.index(kind)])
            panel.scatter(*place[sources].T, s=30, marker="s", color=ink, edgecolors="white", linewidths=0.6, zorder=3)
            panel.scatter(*place[nodes].T, s=80, marker="*", color=ink, edgecolors="0.1", linewidths=0.6, zorder=4)
        panel.set_title(f"{title} (squares: sources, stars: addresses)", loc="left", fontsize=10)
        panel.set_aspect("equal")
        panel.autoscale()
    return figure


def main(arguments: list[str] | None = None) -> None:
    """Train, run agents before and after, tell, write, draw."""
    parser = argparse.ArgumentParser(description="A router of a thousand neurons that learns its tables.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where scenario and picture go")
    parser.add_argument("--epochs", type=int, default=40, metavar="N", help="updates of the logits")
    parser.add_argument("--seeds", type=int, default=50, metavar="N", help="runs of agents, before and after")
    options = parser.parse_args(arguments)
    if options.epochs < 1 or options.seeds < 1:
        parser.error("at least one update, and one seed, are needed")
    scenario = va.Scenario.load(NAME)
    steps, module = scenario.steps, va.Trainable(scenario, LEARNED)
    fields, counts, shown = [], [], []
    for trained in (False, True):
        if trained:
            train(module, steps, options.epochs)
        models = agents(module, steps, options.seeds)
        fields.append(expected(module, steps))
        counts.append(delivered(models))
        shown.append(models[0])
    sys.stdout.write(told(*counts, fields, best(scenario, module.model.graph)))
    options.out.mkdir(parents=True, exist_ok=True)
    module.to_scenario(options.out / f"{NAME}_trained.toml")
    save(draw(shown, counts[1]), options.out / f"{NAME}.png")


if __name__ == "__main__":
    main()
