"""How late a reward may come: ``python scenarios/eligibility.py --out DIR``.

A batch of the scenario eligibility over delays and memories, with a metric of its own: what the synapse of a cue has
beyond those of the others. DIR then holds the study, where what has been run is not run again, and a picture of the
metric beside its closed form.
"""

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import vesicle_abm as va
from vesicle_abm.experiments.figures import colour, plain_axes, save
from vesicle_abm.scenario import Scenario

NAME = "eligibility"
DELAY, MEMORY = "graph.projections.2.delay", "plasticity.trace.tau_slow"
SWEEP = {MEMORY: [50.0, 200.0], DELAY: [9, 19, 49, 99, 199]}
TAU_FAST, ETA, BRINGS, REST = 5.0, 0.01, 1.0, -2.4  # of the scenario; what 20 vesicles of 0.05 bring
LEFT = 60  # steps after which nothing of a level is left that is 1 / e of itself a step later


def advantage(model: va.VesicleModel) -> dict[str, float]:
    """The metric: mean weight of cues' synapses less that of the others'."""
    graph = model.graph
    learns = graph.layer == graph.layer_names.index("synaptic")
    earns = graph.attribute("earns", "node")[graph.source]
    cue, other = (model.state.weight[learns & ((earns > 0) == wanted)] for wanted in (True, False))
    return {"advantage": float(cue.mean() - other.mean())}


def expected(delay: float, memory: float, steps: int) -> float:
    """The closed form of the scenario's file. [our formula]"""
    chance = 0.5 * math.erfc(-REST / math.sqrt(2.0))
    mean = math.exp(-REST * REST / 2.0) / math.sqrt(2.0 * math.pi) + REST * chance  # of max(0, N(REST, 1))
    later = np.arange(LEFT)
    remembered = sum(np.exp(-(delay - 1 + later) / tau) for tau in (TAU_FAST, memory))
    return ETA * BRINGS * (steps - delay) * mean * (1.0 - chance) * float((np.exp(-later) * remembered).sum())


def measure(out: Path, steps: int, replicates: int, workers: int | None = None) -> pd.DataFrame:
    """Run the batch; a row a condition: ``delay``, ``memory``, ``mean`` and ``error`` of the metric, ``expected``."""
    table = va.batch(
        NAME, sweep=SWEEP, replicates=replicates, steps=steps, metrics=[f"{__file__}:advantage"], out=out,
        workers=workers,
    )  # fmt: skip
    found = table.groupby([MEMORY, DELAY])["metric.advantage"].agg(mean="mean", error="sem").reset_index()
    found = found.rename(columns={MEMORY: "memory", DELAY: "delay"})
    return found.assign(expected=[expected(row.delay, row.memory, steps) for row in found.itertuples()])


def draw(found: pd.DataFrame, steps: int) -> Figure:
    """Measured advantages with two standard errors, over the curves of the closed form."""
    figure = Figure(figsize=(7.0, 4.2), layout="constrained")
    axes = figure.subplots()
    delays = np.linspace(1, max(SWEEP[DELAY]), 200)
    for k, (memory, rows) in enumerate(found.groupby("memory")):
        axes.plot(delays, [expected(delay, memory, steps) for delay in delays], color=colour(k), linewidth=1.2)
        label = f"memory of {memory:g} steps"
        axes.errorbar(rows["delay"], rows["mean"], 2.0 * rows["error"], fmt="o", color=colour(k), label=label)
    axes.axhline(0.0, color="0.6", linewidth=0.8, linestyle=":")
    plain_axes(
        axes, "What a cue's synapse learns beyond others, and the closed form", xlabel="delay of dopamine, steps"
    )
    axes.set_ylabel("weight")
    axes.legend(frameon=False)
    return figure


def main(arguments: list[str] | None = None) -> None:
    """Run, tell, draw."""
    parser = argparse.ArgumentParser(description="How late a reward may come, for two memories.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where study and picture go")
    parser.add_argument("--steps", type=int, default=Scenario.load(NAME).steps, metavar="N")
    parser.add_argument("--replicates", type=int, default=4, metavar="R", help="two at least, for an error")
    options = parser.parse_args(arguments)
    if options.replicates < 2 or options.steps <= max(SWEEP[DELAY]):
        parser.error(f"at least two replicates, and more than {max(SWEEP[DELAY])} steps, are needed")
    found = measure(options.out / "study", options.steps, options.replicates)
    sys.stdout.write(found.round(4).to_string(index=False) + "\n")
    save(draw(found, options.steps), options.out / f"{NAME}.png")


if __name__ == "__main__":
    main()
