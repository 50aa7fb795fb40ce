"""Claim: to record every step costs less than 5 % of a run's CPU time.

    python benchmarks/recording_cost.py [--quick] [--json FILE]

Each world runs twice side by side, with the same seed and so the same steps: recorded every step, and never. Both take
turns, in either order; the cost is the median over the turns of how much longer the recorded steps took. Beside it,
steadier on a busy machine: the share of the recorded steps that is spent inside the recorder.
"""

import argparse
import gc
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import vesicle_abm as va

WORM, VESICLES, SYNAPSES = "worm_wireless", "vesicles", "synapses that learn"
DEGREE = 10  # edges out of each node
VESICLES_A_NODE, SYNAPSES_A_NODE = 10, 100
DOCKING, ABSORB, HAZARD, LIFETIME = 0.05, 0.3, 0.01, 100  # of a vesicle: chances a step, steps
SURVIVAL = ((1.0 - DOCKING * ABSORB) * (1.0 - HAZARD)) ** np.arange(1, LIFETIME)  # of 1 … 99 steps
FULL = {"nodes": {WORM: 302, VESICLES: 100_000, SYNAPSES: 10_000}, "warm_up": LIFETIME, "turns": 61, "seconds": 0.05}
QUICK = {"nodes": {WORM: 302, VESICLES: 1_000, SYNAPSES: 100}, "warm_up": 5, "turns": 2, "seconds": 0.02}
SEED = 7
CLAIMED = 0.05  # of the CPU time without recording


def random_graph(nodes: int, degree: int) -> va.NeuralGraph:
    """So many edges out of each node, to anywhere."""
    target = np.random.default_rng(SEED).integers(nodes, size=nodes * degree)
    return va.NeuralGraph(range(nodes), np.repeat(np.arange(nodes), degree), target)


def worm(nodes: int) -> va.VesicleModel:
    """The shipped scenario."""
    return va.Scenario.load(WORM).build(seed=SEED, threads=1)


def population(nodes: int) -> va.VesicleModel:
    """Vesicles that come to ``VESICLES_A_NODE`` a node."""
    kind = va.Kind(
        emission=va.ConstantEmission(rate=VESICLES_A_NODE / SURVIVAL.sum()),
        migration=va.WeightedMigration(stay=1.0),
        docking=va.ConstantDocking(probability=DOCKING),
        release=va.ModulatorRelease(amount=1.0),
        decay=va.HazardDecay(hazard=HAZARD),
        absorb=ABSORB,
        lifetime=LIFETIME,
        clearance=50.0,
    )
    graph = random_graph(nodes, DEGREE)
    return va.VesicleModel(graph, {"signal": kind}, seed=SEED, threads=1)


def learner(nodes: int) -> va.VesicleModel:
    """Synapses under traces and a modulator's gate."""
    rule = va.Plasticity(
        trace=va.CompositeTrace(tau_fast=20.0, tau_slow=200.0),
        modulation=va.Modulation(eta_local=0.001, eta_global=0.01, weights={"reward": 1.0}),
        precision="float32",
    )
    reward = va.Kind(emission=va.ConstantEmission(rate=0.01), lifetime=5)
    graph = random_graph(nodes, SYNAPSES_A_NODE)
    return va.VesicleModel(
        graph,
        {"reward": reward},
        neurons=va.HMNNeurons(activation="tanh"),
        plasticity=rule,
        seed=SEED,
        threads=1,
    )


WORLDS: dict[str, Callable[[int], va.VesicleModel]] = {WORM: worm, VESICLES: population, SYNAPSES: learner}


@dataclass
class Pair:
    """One world, recorded and not."""

    name: str
    plan: dict

    def __post_init__(self):
        nodes = self.plan["nodes"][self.name]
        self.models = [WORLDS[self.name](nodes) for _ in range(2)]
        self.models[1].recorder.every = 0
        for model in self.models:
            model.run_for(self.plan["warm_up"])
        self.steps = max(2, round(self.plan["seconds"] / max(self.run(1, 5) / 5, 1e-6)))
        self.run(0, 5)
        self.cpu: list[tuple[float, float]] = []  # seconds a step, recorded and not
        self.shares: list[float] = []

    def share(self) -> float:
        """The part of the CPU time of a turn's steps that is spent inside the recorder."""
        recorder = self.models[0].recorder
        collect, inside = recorder.collect, 0.0

        def timed(model):
            nonlocal inside
            start = time.thread_time()
            collect(model)
            inside += time.thread_time() - start

        recorder.collect = timed
        start = time.thread_time()
        self.models[0].run_for(self.steps)
        whole = time.thread_time() - start
        recorder.collect = collect
        self.models[1].run_for(self.steps)
        return inside / whole

    def run(self, which: int, steps: int) -> float:
        """CPU seconds of so many steps."""
        start = time.process_time()
        self.models[which].run_for(steps)
        return time.process_time() - start

    def turn(self) -> None:
        """Both, in either order."""
        gc.collect()
        order = (0, 1) if len(self.cpu) % 2 else (1, 0)
        spent = {which: self.run(which, self.steps) / self.steps for which in order}
        self.cpu.append((spent[0], spent[1]))
        self.shares.append(self.share())

    def result(self) -> dict[str, Any]:
        """Everything measured."""
        model = self.models[0]
        return {
            "world": self.name,
            "nodes": model.graph.size,
            "vesicles": sum(columns.size for columns in model.state.vesicles.values()),
            "synapses": model.world.wiring.size if model.world.wiring is not None else 0,
            "steps": self.steps,
            "rows": model.recorder.rows,
            "same": model.state.digest() == self.models[1].state.digest(),
            "recorded_s": median(recorded for recorded, _ in self.cpu),
            "never_s": median(never for _, never in self.cpu),
            "cost": median(recorded / never - 1.0 for recorded, never in self.cpu),
            "share": median(self.shares),
            "all_cpu_s": self.cpu,
        }


def measure(plan: dict, console: Console) -> dict[str, Any]:
    """Run every world."""
    results = []
    for name in WORLDS:
        console.print(f"{name} …")
        pair = Pair(name, plan)
        for _ in range(plan["turns"]):
            pair.turn()
        results.append(pair.result())
    return {
        "machine": {
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "processor": platform.machine(),
            **{name: installed(name) for name in ("mesa", "numba", "numpy", "networkx")},
        },
        "results": results,
        "claimed": CLAIMED,
    }


def show(report: dict[str, Any], console: Console) -> None:
    """The table, and whether what is claimed was found."""
    table = Table(title="CPU milliseconds a step, recorded and not (medians)")
    for column in ("world", "nodes", "vesicles", "synapses", "recorded", "never", "cost", "share", "claim"):
        table.add_column(column, justify="left" if column == "world" else "right")
    for result in report["results"]:
        sizes = [f"{result[name]:,}" for name in ("nodes", "vesicles", "synapses")]
        times = [f"{1e3 * result[name]:.3f}" for name in ("recorded_s", "never_s")]
        met = "met" if result["cost"] < report["claimed"] else "NOT met"
        found = [f"{result[name]:.1%}" for name in ("cost", "share")]
        table.add_row(result["world"], *sizes, *times, *found, met)
    console.print(table)
    agree = all(result["same"] for result in report["results"])
    console.print(f"Recorded or not, the states are equal to the bit: {'yes' if agree else 'NO'}")


def main() -> None:
    """Measure, show, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small worlds and few turns; no claim can be read from it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to this file")
    options = parser.parse_args()
    console = Console()
    report = measure(QUICK if options.quick else FULL, console)
    show(report, console)
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
