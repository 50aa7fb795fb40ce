"""Claim: at 1e5 vesicles and on one thread, the compiled view makes in a CPU second at least 100 times the
vesicle-steps of Mesa's CellAgent and 20 times those of a lean mesa.Agent, in at most 64 bytes a vesicle.

    python benchmarks/vesicle_steps_against_mesa.py [--quick] [--json FILE]

All versions run the same workload in turns; medians over the repetitions, compilation and first touch left out. A table
of standard scores shows that the versions do the same: their counts agree with one theory.
"""

import argparse
import gc
import json
import os
import platform
import time
import tracemalloc
from collections.abc import Callable
from importlib.metadata import version as installed
from pathlib import Path
from statistics import median
from typing import Any

from compiled_view import CompiledModel
from mesa_cellagent import CellAgentModel
from mesa_lean import LeanModel
from rich.console import Console
from rich.table import Table
from workload import Tally, Workload

CELLAGENT, LEAN, OURS, OURS_2 = "Mesa CellAgent", "Mesa lean", "compiled, 1 thread", "compiled, 2 threads"
SEED = 7
VERSIONS: dict[str, Callable] = {
    CELLAGENT: lambda workload: CellAgentModel(workload, SEED),
    LEAN: lambda workload: LeanModel(workload, SEED + 1),
    OURS: lambda workload: CompiledModel(workload, SEED + 2, threads=1),
    OURS_2: lambda workload: CompiledModel(workload, SEED + 3, threads=2),
}
FULL = {"sizes": (1_000, 10_000, 100_000), "repetitions": 7, "seconds": 0.6, "warm_up": 20}
QUICK = {"sizes": (300, 1_000), "repetitions": 2, "seconds": 0.02, "warm_up": 3}
MESA_WARM_UP = 2  # steps; nothing is compiled there
FARTHEST = 4.5  # standard scores; of sixty that are right, one is farther with probability 4e-4
WANTED = {CELLAGENT: 100.0, LEAN: 20.0}
WANTED_BYTES = 64.0


class Runner:
    """One version at one size: runs, times and counts."""

    def __init__(self, name: str, workload: Workload, plan: dict):
        self.name, self.workload, self.tally = name, workload, Tally()
        empty, _ = traced(VERSIONS[name], Workload(0))
        full, self.version = traced(VERSIONS[name], workload)
        self.bytes = getattr(self.version, "bytes_per_vesicle", (full - empty) / workload.vesicles)
        self.cpu: list[float] = []  # vesicle-steps a second
        self.wall: list[float] = []
        self.run(MESA_WARM_UP if name in WANTED else plan["warm_up"])
        cpu, _, _ = self.run(1)
        self.steps = max(2, round(plan["seconds"] / max(cpu, 1e-6)))

    def run(self, steps: int) -> tuple[float, float, int]:
        """(CPU seconds, wall seconds, vesicle-steps) of so many steps."""
        version, visits = self.version, 0
        born, alive_before = version.born, version.alive
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(steps):
            version.step()
            visits += version.alive
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        visits += alive_before - version.alive + version.born - born  # those that a step began with, and its newborns
        self.tally.steps += steps
        self.tally.visits += visits
        return cpu, wall, visits

    def repeat(self) -> None:
        """One timed repetition."""
        gc.collect()
        cpu, wall, visits = self.run(self.steps)
        self.cpu.append(visits / max(cpu, 1e-9))
        self.wall.append(visits / max(wall, 1e-9))

    def result(self) -> dict[str, Any]:
        """Everything measured."""
        return {
            "version": self.name,
            "vesicles": self.workload.vesicles,
            "steps": self.steps,
            "repetitions": len(self.cpu),
            "vesicle_steps_per_cpu_s": median(self.cpu),
            "vesicle_steps_per_wall_s": median(self.wall),
            "all_per_cpu_s": self.cpu,
            "all_per_wall_s": self.wall,
            "bytes_per_vesicle": self.bytes,
            "scores": self.tally.scores(self.workload, self.version),
        }


def measure(plan: dict, console: Console) -> dict[str, Any]:
    """Run all versions at all sizes."""
    results = []
    for size in plan["sizes"]:
        console.print(f"{size} vesicles …")
        workload = Workload(size)
        runners = [Runner(name, workload, plan) for name in VERSIONS]
        for _ in range(plan["repetitions"]):
            for runner in runners:
                runner.repeat()
        results += [runner.result() for runner in runners]
    return {
        "machine": {
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "processor": platform.machine(),
            **{name: installed(name) for name in ("mesa", "numba", "numpy", "networkx")},
        },
        "results": results,
        "ratios": [ratio(results, size, than) for size in plan["sizes"] for than in WANTED],
        "agree": all(abs(score) < FARTHEST for result in results for score in result["scores"].values()),
    }


def traced(build: Callable, workload: Workload) -> tuple[int, Any]:
    """(bytes that Python holds for a version, the version)."""
    workload.start()  # so that its tables are counted as nobody's memory
    tracemalloc.start()
    version = build(workload)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held, version


def ratio(results: list[dict], size: int, than: str) -> dict[str, Any]:
    """How many times the vesicle-steps of another version, on one thread for each CPU second."""
    found = {result["version"]: result for result in results if result["vesicles"] == size}
    times = found[OURS]["vesicle_steps_per_cpu_s"] / found[than]["vesicle_steps_per_cpu_s"]
    return {"vesicles": size, "than": than, "times": times}


def show(report: dict[str, Any], console: Console) -> None:
    """The tables."""
    speed = Table(title="Vesicle-steps a second, in thousands (medians)")
    for column in ("vesicles", "version", "per CPU s", "per wall s", "x CellAgent", "x lean", "bytes each"):
        speed.add_column(column, justify="left" if column == "version" else "right", no_wrap=column == "version")
    scores = Table(title="Standard scores against theory: the versions do the same work")
    for column in ("vesicles", "version", *report["results"][0]["scores"]):
        scores.add_column(column, justify="left" if column == "version" else "right")
    for result in report["results"]:
        base = {r["version"]: r for r in report["results"] if r["vesicles"] == result["vesicles"]}
        per_cpu = result["vesicle_steps_per_cpu_s"]
        times = [f"{per_cpu / base[than]['vesicle_steps_per_cpu_s']:.1f}" for than in WANTED]
        rates = [f"{rate / 1e3:,.0f}" for rate in (per_cpu, result["vesicle_steps_per_wall_s"])]
        label = (f"{result['vesicles']:,}", result["version"])
        speed.add_row(*label, *rates, *times, f"{result['bytes_per_vesicle']:.0f}")
        scores.add_row(*label, *(f"{score:+.2f}" for score in result["scores"].values()))
    console.print(speed)
    console.print(scores)
    console.print(f"All counts within {FARTHEST} standard errors: {'yes' if report['agree'] else 'NO'}")


def show_claims(report: dict[str, Any], console: Console) -> None:
    """Whether what is claimed was found."""
    largest = max(result["vesicles"] for result in report["results"])
    for found in report["ratios"]:
        if found["vesicles"] == largest:
            wanted = WANTED[found["than"]]
            met = "met" if found["times"] >= wanted else "NOT met"
            console.print(
                f"{found['times']:.1f} times {found['than']} at {largest:,} vesicles; claimed {wanted:g}: {met}"
            )
    ours = next(r for r in report["results"] if r["vesicles"] == largest and r["version"] == OURS)
    met = "met" if ours["bytes_per_vesicle"] <= WANTED_BYTES else "NOT met"
    console.print(f"{ours['bytes_per_vesicle']:.1f} bytes a vesicle; claimed at most {WANTED_BYTES:g}: {met}")


def main() -> None:
    """Measure, show, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few small worlds; no claim can be read from them")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    chosen = parser.parse_args()
    console = Console()
    report = measure(QUICK if chosen.quick else FULL, console)
    show(report, console)
    if not chosen.quick:
        show_claims(report, console)
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
