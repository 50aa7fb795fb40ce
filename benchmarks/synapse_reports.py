"""What the benchmarks of synapses share: measuring versions in turns, ratios between them, and tables."""

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterable
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from synapse_runners import Brian, Local, Runner

BLOCK = 65_536  # synapses; the best of 8 192 … 65 536 on the machine where this was written
PRECISIONS = ("float64", "float32")
FULL = {"sizes": (100_000, 1_000_000, 10_000_000), "repetitions": 7, "seconds": 1.0}
QUICK = {"sizes": (2_000, 5_000), "repetitions": 2, "seconds": 0.01}
SPEEDS = ("per CPU s", "per wall s", "x numpy", "bytes each", "scratch", "build s")
OURS, OURS_2 = "compiled, 1 thread", "compiled, 2 threads"
NUMPY, NUMPY_BLOCKS = "numpy", "numpy, blocks"
CYTHON, CPP, CPP_2 = "Brian2 Cython", "Brian2 C++", "Brian2 C++, 2 threads"
TWO_THREADS = (OURS_2, CPP_2)
BRIAN: dict[str, dict] = {
    CYTHON: {"mode": "cython"},
    CPP: {"mode": "standalone"},
    CPP_2: {"mode": "standalone", "threads": 2},
}
PAIRS = [(OURS, than) for than in (NUMPY, NUMPY_BLOCKS, CYTHON, CPP)] + [(OURS_2, OURS), (OURS_2, CPP_2)]


def turns(runners: list[Local | Brian], repetitions: int) -> list[dict[str, Any]]:
    """Every runner's results, measured in turns."""
    for _ in range(repetitions):
        for runner in runners:
            runner.repeat()
    for runner in runners:
        runner.close()
    return [Runner.result(runner) for runner in runners]


def report_of(measured: Callable[[], list[dict]], pairs: Iterable[tuple[str, str]], agrees: Callable) -> dict[str, Any]:
    """The report of a benchmark: the machine, all results, their ratios, and whether all agree with theory."""
    load = os.getloadavg()
    results = measured()
    machine = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "processor": platform.machine(),
        "load before": load,
        "load after": os.getloadavg(),
        **{name: installed(name) for name in ("numpy", "numba", "vesicle_abm")},
    }
    agree = all(agrees(result) for result in results)
    return {"machine": machine, "results": results, "ratios": ratios(results, pairs), "agree": agree}


def ratios(results: list[dict], pairs: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """How many times the synapse updates a second of another version."""
    found = {(r["synapses"], r["precision"], r["version"]): r for r in results}
    worlds = dict.fromkeys((size, precision) for size, precision, _ in found)
    return [
        {"synapses": size, "precision": precision, "version": version, "than": than}
        | times(found[size, precision, version], found[size, precision, than])
        for size, precision in worlds
        for version, than in pairs
        if (size, precision, than) in found
    ]


def times(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The ratio of two results: by CPU time if both run on one thread and have it, else by wall time."""
    alone = one["version"] not in TWO_THREADS and other["version"] not in TWO_THREADS
    clock = "cpu" if alone and one["all_per_cpu_s"] and other["all_per_cpu_s"] else "wall"
    return {"times": one[f"updates_per_{clock}_s"] / other[f"updates_per_{clock}_s"], "clock": clock}


def show_speeds(report: dict[str, Any], console: Console, scored: tuple[str, ...]) -> None:
    """The tables of speed, and the one that compares with theory by the scores of these names."""
    scores = table_of("Against theory", "world", ("version", *scored))
    for size, precision in dict.fromkeys((r["synapses"], r["precision"]) for r in report["results"]):
        world = f"{size:,} synapses, {precision}"
        found = {r["version"]: r for r in report["results"] if (r["synapses"], r["precision"]) == (size, precision)}
        speed = table_of(f"{world}: updates a second, in millions (medians)", "version", SPEEDS)
        for name, result in found.items():
            cpu, wall = result["updates_per_cpu_s"], result["updates_per_wall_s"]
            speed.add_row(
                name,
                "" if cpu is None else f"{cpu / 1e6:.1f}",
                f"{wall / 1e6:.1f}",
                f"{times(result, found[NUMPY])['times']:.2f}",
                f"{result['bytes_per_synapse']:.0f}",
                f"{result['scratch_per_synapse']:.0f}",
                f"{result['build_s']:.1f}",
            )
            cells = (f"{result['scores'][score]:+.2g}" for score in scored)
            scores.add_row(world if name == OURS else "", name, *cells)
        console.print(speed)
    console.print(scores)
    console.print(f"All agree with theory: {'yes' if report['agree'] else 'NO'}")
    for r in report["ratios"]:
        world = f"{r['synapses']:,} {r['precision']}"
        console.print(f"{world}: {r['version']} makes {r['times']:.2f} x {r['than']} ({r['clock']} time)")
    machine = report["machine"]
    load = ", ".join(f"{machine[when][0]:.1f} {when.split()[1]}" for when in ("load before", "load after"))
    console.print(f"{machine['cpus']} CPUs; load {load}")


def show_claims(report: dict[str, Any], console: Console, wanted: dict[tuple[str, str], float], where: dict) -> None:
    """Whether what is claimed of (version, than) was found, ``where`` it is claimed."""
    place = f"{where['synapses']:,} synapses, {where['precision']}"
    for r in report["ratios"]:
        claimed = wanted.get((r["version"], r["than"]))
        if claimed is not None and where.items() <= r.items():
            met = "met" if r["times"] >= claimed else "NOT met"
            console.print(f"{r['version']}: {r['times']:.2f} times {r['than']} at {place}; claimed {claimed:g}: {met}")


def table_of(title: str, first: str, columns: tuple[str, ...]) -> Table:
    """An empty table."""
    table = Table(title=title)
    for column in (first, *columns):
        text = column in (first, "version")
        table.add_column(column, justify="left" if text else "right", no_wrap=text)
    return table


def run(doc: str | None, measure: Callable, show: Callable) -> None:
    """The command of a benchmark: measure, show, and write what was asked for."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brian2", metavar="PYTHON", help="an interpreter that has Brian2; without it, not measured")
    parser.add_argument("--sizes", type=int, nargs="+", metavar="E", help="synapses; instead of 1e5, 1e6 and 1e7")
    parser.add_argument("--quick", action="store_true", help="a few small worlds; nothing can be read from them")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    chosen = parser.parse_args()
    console = Console()
    plan = QUICK if chosen.quick else FULL
    report = measure(plan | {"sizes": chosen.sizes or plan["sizes"]}, chosen.brian2, console)
    show(report, console)
    if not chosen.brian2:
        console.print("Brian2: not measured; give --brian2 PYTHON (--help says how to get one)")
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1) + "\n")
