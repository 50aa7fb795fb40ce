"""Claim: with all stages on, in float32, a synapse takes at most 48 bytes: its state, its parameters and its indices.

    python benchmarks/synapse_memory.py [--sizes E ...] [--quick] [--json FILE]

Each size runs in a fresh process, which takes a step and says how much of its memory is resident: with the edges that
the caller gives, with the model, and at the most while the model was made and learned. Besides, the arrays are counted:
what synapses keep, their weights and preferred phases, and the wiring that learning and activation go by. What comes on
top is known: the graph itself (ends, weights, delays, layers: 22 bytes an edge), the ways of vesicles (8),
and the patterns that this benchmark gives (4).
"""

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from compiled_rule import CompiledRule
from plasticity_workload import Workload
from rich.console import Console
from synapse_reports import table_of

FULL: dict[str, Any] = {"sizes": (1_000_000, 10_000_000)}
QUICK: dict[str, Any] = {"sizes": (20_000,)}
MOST = 48.0  # bytes a synapse, in float32
COLUMNS = ("counted", "graph", "resident with edges", "resident with model", "most resident")


def measure(plan: dict, console: Console) -> dict[str, Any]:
    """Bytes a synapse at each size and precision, each of a fresh process."""
    results = []
    for size in plan["sizes"]:
        for precision in ("float32", "float64"):
            console.print(f"{size:,} synapses, {precision} …")
            command = [sys.executable, __file__, "--one", str(size), precision]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            results.append(json.loads(done.stdout))
    return {"results": results}


def one(size: int, precision: str) -> dict[str, Any]:
    """What this process needs for one network, in bytes a synapse."""
    CompiledRule(Workload(1000), precision, threads=1).step()  # so that what is loaded and compiled does not count
    before = resident()
    workload = Workload(size)
    ends = workload.source, workload.target
    with_edges = resident()
    rule = CompiledRule(workload, precision, threads=1)
    rule.step()
    graph = rule.model.graph
    arrays = (*ends, graph.weight, graph.delay, graph.layer)
    return {
        "synapses": size,
        "precision": precision,
        "counted": rule.bytes_held / size,
        "graph": sum(array.nbytes for array in arrays) / size,
        "resident with edges": (with_edges - before) / size,
        "resident with model": (resident() - before) / size,
        "most resident": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before) / size,
    }


def resident() -> int:
    """Bytes of this process in memory (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def show(report: dict[str, Any], console: Console) -> None:
    """The table, and whether what is claimed was found."""
    table = table_of("Bytes a synapse", "synapses", ("precision", *COLUMNS))
    for r in report["results"]:
        table.add_row(f"{r['synapses']:,}", r["precision"], *(f"{r[column]:.1f}" for column in COLUMNS))
    console.print(table)
    most = max(r["counted"] for r in report["results"] if r["precision"] == "float32")
    met = "met" if most <= MOST else "NOT met"
    console.print(f"{most:.1f} bytes a synapse in float32; claimed at most {MOST:g}: {met}")


def main() -> None:
    """Measure, show, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", metavar="E", help="synapses; instead of 1e6 and 1e7")
    parser.add_argument("--quick", action="store_true", help="one small world; nothing can be read from it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    parser.add_argument("--one", nargs=2, metavar=("E", "PRECISION"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(one(int(chosen.one[0]), chosen.one[1])))
        return
    console = Console()
    plan = QUICK if chosen.quick else FULL
    report = measure(plan | {"sizes": chosen.sizes or plan["sizes"]}, console)
    show(report, console)
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
