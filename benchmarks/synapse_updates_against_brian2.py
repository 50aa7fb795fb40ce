"""Claim: at 1e6 synapses, in float64 and on one thread, the compiled view makes in a CPU second at least 1.3 times the
synapse updates of the whole HMN rule that plain numpy makes, and 1.5 times those of Brian2's Cython.

    python benchmarks/synapse_updates_against_brian2.py [--brian2 PYTHON] [--sizes E ...] [--quick] [--json FILE]

Every stage is at work: fast and slow trace, attention (a softmax over each neuron's inputs), two modulators, phase
gate, probabilistic gate, bounds; 100 synapses a neuron on average, without delays, listed by postsynaptic neuron, the
order that suits all versions best. Ours and numpy run in this process, Brian2 in one of an interpreter that has it (it
needs numpy < 2.4, so an environment of its own):

    python3 -m venv brian2 && brian2/bin/pip install brian2==2.9.0 "numpy<2.4" cython setuptools

All versions do the same workload in turns; medians over the repetitions; building and compiling are left out and shown
apart. A table of standard scores shows that the versions do the same: chance's counts agree with one theory, the traces
agree to rounding. Ours gives the same bits for any number of threads; the others' chance follows one sequential stream.
With float32, ours stores in float32 and computes in float64; numpy computes in float32, and is faster. It wants a quiet
machine: the load is printed.
"""

import argparse
import json
import os
import platform
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import numpy as np
from compiled_rule import CompiledRule
from numpy_rule import NumpyRule
from plasticity_workload import Theory, Workload
from rich.console import Console
from rich.table import Table
from synapse_runners import Brian, Local, Runner

OURS, OURS_2 = "compiled, 1 thread", "compiled, 2 threads"
NUMPY, NUMPY_BLOCKS = "numpy", "numpy, blocks"
CYTHON, CPP, CPP_2 = "Brian2 Cython", "Brian2 C++", "Brian2 C++, 2 threads"
BLOCK = 65_536  # synapses; the best of 8 192 … 65 536 on the machine where this was written
LOCAL = {
    OURS: lambda workload, precision: CompiledRule(workload, precision, threads=1),
    OURS_2: lambda workload, precision: CompiledRule(workload, precision, threads=2),
    NUMPY: NumpyRule,
    NUMPY_BLOCKS: lambda workload, precision: NumpyRule(workload, precision, BLOCK),
}
BRIAN: dict[str, dict] = {
    CYTHON: {"mode": "cython"},
    CPP: {"mode": "standalone"},
    CPP_2: {"mode": "standalone", "threads": 2},
}
PAIRS = [(OURS, than) for than in (NUMPY, NUMPY_BLOCKS, CYTHON, CPP)] + [(OURS_2, OURS), (OURS_2, CPP_2)]
TWO_THREADS = (OURS_2, CPP_2)
PRECISIONS = ("float64", "float32")
FULL = {"sizes": (100_000, 1_000_000, 10_000_000), "repetitions": 7, "seconds": 1.0}
SPEEDS = ("per CPU s", "per wall s", "x numpy", "bytes each", "scratch", "build s")
SCORES = ("version", "change", "moved", "trace error")
QUICK = {"sizes": (2_000, 5_000), "repetitions": 2, "seconds": 0.01}
CLAIMED_AT = {"synapses": 1_000_000, "precision": "float64", "version": OURS}
WANTED = {NUMPY: 1.3, CYTHON: 1.5}
FARTHEST = 4.5  # standard scores; of a hundred that are right, one is farther with probability 7e-4
ROUNDING = 20.0  # units of the precision's rounding, of a trace after the checked steps


def measure(plan: dict, brian2: str | None, console: Console) -> dict[str, Any]:
    """Run all versions at all sizes and precisions."""
    results = []
    load = os.getloadavg()
    for size in plan["sizes"]:
        workload = Workload(size)
        theory = Theory(workload)
        for precision in PRECISIONS:
            console.print(f"{size:,} synapses, {precision} …")
            results += turns(runners_of(workload, precision, theory, plan["seconds"], brian2), plan["repetitions"])
    return {
        "machine": {
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "processor": platform.machine(),
            "load before": load,
            "load after": os.getloadavg(),
            **{name: installed(name) for name in ("numba", "numpy")},
        },
        "results": results,
        "ratios": ratios(results),
        "agree": all(agrees(result) for result in results),
    }


def runners_of(
    workload: Workload, precision: str, theory: Theory, seconds: float, brian2: str | None
) -> list[Local | Brian]:
    """A runner for each version."""
    runners: list[Local | Brian] = [
        Local(name, build, workload, precision, theory, seconds) for name, build in LOCAL.items()
    ]
    if brian2:
        steps = runners[-1].steps
        runners += [Brian(name, brian2, workload, precision, steps, **mode) for name, mode in BRIAN.items()]
    return runners


def turns(runners: list[Local | Brian], repetitions: int) -> list[dict[str, Any]]:
    """Every runner's results, measured in turns."""
    for _ in range(repetitions):
        for runner in runners:
            runner.repeat()
    for runner in runners:
        runner.close()
    return [Runner.result(runner) for runner in runners]


def agrees(result: dict[str, Any]) -> bool:
    """Whether a version did what theory says."""
    chance = (result["scores"]["change"], result["scores"]["moved"])
    rounding = ROUNDING * float(np.finfo(result["precision"]).eps)
    return all(abs(score) < FARTHEST for score in chance) and result["scores"]["trace error"] < rounding


def ratios(results: list[dict]) -> list[dict[str, Any]]:
    """How many times the synapse updates a second of another version."""
    found = {(r["synapses"], r["precision"], r["version"]): r for r in results}
    worlds = dict.fromkeys((size, precision) for size, precision, _ in found)
    return [
        {"synapses": size, "precision": precision, "version": version, "than": than}
        | times(found[size, precision, version], found[size, precision, than])
        for size, precision in worlds
        for version, than in PAIRS
        if (size, precision, than) in found
    ]


def times(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The ratio of two results: by CPU time if both run on one thread and have it, else by wall time."""
    alone = one["version"] not in TWO_THREADS and other["version"] not in TWO_THREADS
    clock = "cpu" if alone and one["all_per_cpu_s"] and other["all_per_cpu_s"] else "wall"
    return {"times": one[f"updates_per_{clock}_s"] / other[f"updates_per_{clock}_s"], "clock": clock}


def show(report: dict[str, Any], console: Console) -> None:
    """The tables."""
    scores = table_of("Against theory: standard scores, and the traces' largest relative error", "world", SCORES)
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
            change, moved, error = (result["scores"][name] for name in SCORES[1:])
            scores.add_row(world if name == OURS else "", name, f"{change:+.2f}", f"{moved:+.2f}", f"{error:.1e}")
        console.print(speed)
    console.print(scores)
    console.print(f"All agree with theory: {'yes' if report['agree'] else 'NO'}")
    for r in report["ratios"]:
        world = f"{r['synapses']:,} {r['precision']}"
        console.print(f"{world}: {r['version']} makes {r['times']:.2f} x {r['than']} ({r['clock']} time)")
    machine = report["machine"]
    load = ", ".join(f"{machine[when][0]:.1f} {when.split()[1]}" for when in ("load before", "load after"))
    console.print(f"{machine['cpus']} CPUs; load {load}")


def show_claims(report: dict[str, Any], console: Console) -> None:
    """Whether what is claimed was found."""
    for r in report["ratios"]:
        if r["than"] in WANTED and CLAIMED_AT.items() <= r.items():
            wanted = WANTED[r["than"]]
            met = "met" if r["times"] >= wanted else "NOT met"
            console.print(f"{r['times']:.2f} times {r['than']} at 1e6 synapses, float64; claimed {wanted:g}: {met}")


def table_of(title: str, first: str, columns: tuple[str, ...]) -> Table:
    """An empty table."""
    table = Table(title=title)
    for column in (first, *columns):
        text = column in (first, "version")
        table.add_column(column, justify="left" if text else "right", no_wrap=text)
    return table


def main() -> None:
    """Measure, show, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brian2", metavar="PYTHON", help="an interpreter that has Brian2; without it, not measured")
    parser.add_argument("--sizes", type=int, nargs="+", metavar="E", help="synapses; instead of 1e5, 1e6 and 1e7")
    parser.add_argument("--quick", action="store_true", help="a few small worlds; nothing can be read from them")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    chosen = parser.parse_args()
    console = Console()
    plan = QUICK if chosen.quick else FULL
    report = measure(plan | {"sizes": chosen.sizes or plan["sizes"]}, chosen.brian2, console)
    show(report, console)
    show_claims(report, console)
    if not chosen.brian2:
        console.print("Brian2: not measured; give --brian2 PYTHON (--help says how to get one)")
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
