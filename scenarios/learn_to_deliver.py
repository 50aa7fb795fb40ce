"""A network that learns where to bring vesicles: ``python scenarios/learn_to_deliver.py --out DIR``.

The scenario learn_to_deliver has a source, and a hundred neurons that are all alike. Three of them are the targets: no
rule knows them, and the loss sees what is delivered there, and nothing else. Trains the log-weights of edges and of
staying through the field, lets agents run with what was learned, tells how much they deliver beside what the field
predicts, and writes into DIR the trained scenario and a picture.
"""

import argparse
import dataclasses
import sys
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

import vesicle_abm as va
from vesicle_abm.experiments.figures import CLEAR, colour, plain_axes, save
from vesicle_abm.experiments.pathway_figure import draw_trail
from vesicle_abm.learning import losses

NAME, KIND = "learn_to_deliver", "messenger"
SOURCE, TARGETS = 4, [26, 58, 85]
LEARNED = [f"kinds.{KIND}.migration.logit", f"kinds.{KIND}.migration.stay_logit"]
LEARNING_RATE = 0.2


def loss(course: va.Course) -> torch.Tensor:
    """What is to be lowered: -log of what is delivered at the targets."""
    return losses.undelivered(course, KIND, TARGETS)


def train(module: va.Trainable, steps: int, epochs: int, quiet: bool = False) -> va.Training:
    """Adam on all logits."""
    made = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE)
    return va.train(module, loss, steps, epochs=epochs, optimiser=made, quiet=quiet)


def expected(module: va.Trainable, steps: int) -> float:
    """What the field expects to be delivered at the targets."""
    with torch.no_grad():
        return float(losses.delivered(module(steps), KIND, TARGETS))


def agents(module: va.Trainable, steps: int, seeds: int) -> list[va.VesicleModel]:
    """Runs of agents by the rules as they stand, with seeds from 1 on; they mark each edge that they take."""
    kinds = {KIND: dataclasses.replace(module.to_lifecycle().kinds[KIND], trail=va.ConstantTrail())}
    models = [va.VesicleModel(module.model.graph, kinds, seed=seed, record_every=0) for seed in range(1, seeds + 1)]
    for model in models:
        model.run_for(steps)
    return models


def deliveries(models: list[va.VesicleModel]) -> np.ndarray:
    """(runs,) how many vesicles docked at the targets."""
    return np.array([model.state.docked[0, TARGETS].sum() for model in models])


def line(name: str, field: float, found: np.ndarray, born: float) -> str:
    """What the field expects, what agents did, how far apart these are in standard errors, and the share delivered."""
    mean, error = found.mean(), found.std(ddof=1) / np.sqrt(len(found))
    return f"{name:8}{field:>9.3f}{mean:>9.3f}{error:>8.3f}{(mean - field) / error:>7.2f}{mean / born:>9.4f}\n"


def draw(runs: list[va.VesicleModel], history) -> Figure:
    """Where agents went before and after, and the deliveries as the field expected them after each update."""
    figure = Figure(figsize=(12.5, 4.4), layout="constrained")
    *maps, course = figure.subplots(1, 3, width_ratios=(1.0, 1.0, 0.8))
    for panel, model, when in zip(maps, runs, ("before", "after"), strict=True):
        place = np.array(model.graph.node_data["pos"])
        panel.set_axis_off()
        lines = draw_trail(panel, model.graph, place, model.state.trails[KIND])
        figure.colorbar(lines, ax=panel, label="vesicles that came along", shrink=0.7, pad=0.01)
        panel.scatter(*place[SOURCE], s=90, marker="s", color=colour(2), zorder=4, label="source")
        panel.scatter(*place[TARGETS].T, s=150, marker="*", color=colour(1), zorder=4, label="targets")
        docked = model.state.docked[0]
        share = docked[TARGETS].sum() / model.state.emitted.sum()
        panel.set_title(f"{when}: {share:.1%} of a run's vesicles dock at the targets", loc="left", fontsize=10)
    maps[0].legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=2, fontsize=9)
    course.plot(history.index, np.exp(-history.loss), color=colour(0), **CLEAR)
    plain_axes(course, "expected deliveries at the targets", xlabel="updates", ylim=(0, None))
    return figure


def main(arguments: list[str] | None = None) -> None:
    """Train, run agents before and after, tell, write, draw."""
    parser = argparse.ArgumentParser(description="A network that learns where to bring vesicles.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where scenario and picture go")
    parser.add_argument("--epochs", type=int, default=60, metavar="N", help="updates of the logits")
    parser.add_argument("--seeds", type=int, default=200, metavar="N", help="runs of agents, before and after")
    options = parser.parse_args(arguments)
    if options.epochs < 1 or options.seeds < 2:
        parser.error("at least one update, and two seeds, are needed")
    scenario = va.Scenario.load(NAME)
    steps, module, runs = scenario.steps, va.Trainable(scenario, LEARNED), []
    sys.stdout.write(f"{'at targets':8}{'field':>7}{'agents':>9}{'error':>8}{'z':>7}{'share':>9}\n")
    for when in ("before", "after"):
        done = train(module, steps, options.epochs) if when == "after" else None
        models = agents(module, steps, options.seeds)
        runs.append(models[0])
        sys.stdout.write(line(when, expected(module, steps), deliveries(models), float(runs[0].state.emitted.sum())))
    options.out.mkdir(parents=True, exist_ok=True)
    module.to_scenario(options.out / f"{NAME}_trained.toml")
    save(draw(runs, done.history), options.out / f"{NAME}.png")


if __name__ == "__main__":
    main()
