"""Claims: one process holds ten million vesicles on a million nodes with ten million learning synapses in 2 GiB, of
which the footprint predicts all but a tenth; at most 1.2 * (18 + 4 D) bytes a vesicle, room to grow included; cost
grows in proportion to size.

    python benchmarks/scale.py [--quick] [--long] [--json FILE]

Every world runs in a process of its own. Memory is resident memory, beside that of the program with a small world of
the same rules. ``--long`` adds 1e8 vesicles, without learning: 6 GiB, 4 GB of disk, and some minutes.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

GIB = 2**30
WORKER = Path(__file__).with_name("scale_world.py")
WIDTH = 4  # numbers of a vesicle's content
A_NODE = 10  # vesicles
LARGE = {"nodes": 10**6, "degree": 10, "vesicles": 10**7, "learns": True, "steps": 5, "saves": True}
LONG = {"nodes": 10**6, "degree": 10, "vesicles": 10**8, "learns": False, "steps": 3, "saves": True}
WANTED_GIB, WANTED_ERROR = 2.0, 0.1
WANTED_A_VESICLE, WANTED_A_SYNAPSE = 1.2 * (18 + 4 * WIDTH), 48.0
WORK = 2_000_000  # vesicle-steps at least, so that a small world is timed long enough
MOST_STEPS = 300
STRAIGHT = 3.0  # times the least cost an element of all sizes from 1e5 on: caches are left, nothing else grows


def sized(vesicles: int, degree: int) -> dict[str, Any]:
    """A world with ten vesicles a node."""
    steps = min(MOST_STEPS, max(5, WORK // vesicles))
    return {"nodes": vesicles // A_NODE, "degree": degree, "vesicles": vesicles, "learns": True, "steps": steps}


def plans(quick: bool, long: bool) -> list[dict[str, Any]]:
    """The worlds: sizes at a fan-in of 10, sizes at 100, then the large ones."""
    if quick:
        return [sized(10**3, 10), sized(10**4, 10), {**sized(10**4, 100), "saves": True}]
    lines = [sized(10**power, 10) for power in range(3, 7)] + [sized(10**power, 100) for power in range(4, 7)]
    return [*lines, LARGE, *([LONG] if long else [])]


def measure(quick: bool, long: bool, console: Console) -> dict[str, Any]:
    """Run the worlds one after the other."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for plan in plans(quick, long):
            told = {"threads": 1, "saves": False, "folder": folder, **plan}
            console.print(f"{told['vesicles']:,} vesicles, {told['nodes'] * told['degree']:,} synapses …")
            results.append(summary(run(told)))
    machine = {"python": platform.python_version(), "cpus": os.cpu_count()}
    return {"machine": machine, "results": results, "ratios": [ratio for found in results for ratio in ratios(found)]}


def run(plan: dict[str, Any]) -> dict[str, Any]:
    """One world, in a process of its own."""
    done = subprocess.run([sys.executable, WORKER, json.dumps(plan)], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """What is told of a world."""
    plan, stages, base = found["plan"], found["stages"], found["base"]
    learning = stages["learn"] + stages["activate"]
    phases = [name for name in ("build", "steps", "save", "load") if name in found]
    return {
        **{name: plan[name] for name in ("nodes", "degree", "vesicles", "learns")},
        "synapses": found["synapses"],
        "cpu_s_a_step": found["steps"]["cpu_s"] / plan["steps"],
        "wall_s_a_step": found["steps"]["wall_s"] / plan["steps"],
        "stages_cpu_s": stages,
        "ns_a_vesicle": (sum(stages.values()) - learning) / found["alive"] * 1e9,
        "ns_a_synapse": learning / found["synapses"] * 1e9 if plan["learns"] else None,
        "cpu_s": {name: found[name]["cpu_s"] for name in phases},
        "peak_gib": {name: (found[name]["peak"] - base) / GIB for name in phases},
        "program_gib": base / GIB,
        "predicted_gib": found["predicted"] / GIB,
        "bytes_a_vesicle": found["bytes_a_vesicle"],
        "bytes_a_synapse": found["bytes"].get("synapse"),
        "bytes_a_way": found["bytes"].get("way"),
        "file_gib": found.get("file", 0) / GIB,
        "same_digest": found.get("same_digest"),
    }


def ratios(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What a world takes beside what it should."""
    world = f"{found['vesicles']:,} vesicles, {found['synapses']:,} synapses"
    pairs = {
        ("memory measured", "memory predicted"): found["peak_gib"]["steps"] / found["predicted_gib"],
        ("bytes a vesicle", "18 + 4 D"): found["bytes_a_vesicle"] / (18 + 4 * WIDTH),
    }
    return [
        {"world": world, "version": version, "than": than, "times": times} for (version, than), times in pairs.items()
    ]


def show(report: dict[str, Any], console: Console) -> None:
    """The tables."""
    cost = Table(title="Cost against size, one thread")
    for name in ("vesicles", "synapses", "fan-in", "ns a vesicle and step", "ns a synapse and step", "CPU s", "wall s"):
        cost.add_column(name, justify="right")
    for found in report["results"]:
        synapse = "" if found["ns_a_synapse"] is None else f"{found['ns_a_synapse']:.1f}"
        sizes = (f"{found['vesicles']:,}", f"{found['synapses']:,}", str(found["degree"]))
        times = (f"{found['cpu_s_a_step']:.4f}", f"{found['wall_s_a_step']:.4f}")
        cost.add_row(*sizes, f"{found['ns_a_vesicle']:.1f}", synapse, *times)
    console.print(cost)
    for found in report["results"]:
        if found["vesicles"] >= LARGE["vesicles"] or found["same_digest"] is not None:
            show_world(found, console)


def show_world(found: dict[str, Any], console: Console) -> None:
    """One world: its stages and its memory."""
    size = f"{found['vesicles']:,} vesicles, {found['synapses']:,} synapses, {found['nodes']:,} nodes"
    console.print(f"{size}; the program itself takes {found['program_gib']:.2f} GiB")
    stages = Table("CPU s a step")
    parts = {stage: seconds for stage, seconds in found["stages_cpu_s"].items() if seconds >= 5e-4}
    for stage in parts:
        stages.add_column(stage, justify="right")
    stages.add_row("", *(f"{seconds:.3f}" for seconds in parts.values()))
    console.print(stages)
    memory = Table("", "predicted")
    for phase in found["peak_gib"]:
        memory.add_column(phase, justify="right")
    memory.add_row(
        "peak, GiB", f"{found['predicted_gib']:.2f}", *(f"{peak:.2f}" for peak in found["peak_gib"].values())
    )
    memory.add_row("CPU s", "", *(f"{seconds:.1f}" for seconds in found["cpu_s"].values()))
    console.print(memory)


def claims(report: dict[str, Any]) -> list[tuple[str, float, float]]:
    """(what, found, wanted at most)."""
    results = report["results"]
    large = next((found for found in results if found["vesicles"] == LARGE["vesicles"]), results[-1])
    held = large["peak_gib"]["steps"]
    most = max(large["peak_gib"].values()) + large["program_gib"]
    found = [
        ("GiB of the whole process at its peak", most, WANTED_GIB),
        ("error of the prediction", abs(large["predicted_gib"] / held - 1.0), WANTED_ERROR),
        ("bytes a vesicle", max(r["bytes_a_vesicle"] for r in results if r["vesicles"] >= large["vesicles"]),
         WANTED_A_VESICLE),
        ("bytes a synapse", large["bytes_a_synapse"], WANTED_A_SYNAPSE),
    ]  # fmt: skip
    for name in ("ns_a_vesicle", "ns_a_synapse"):
        costs = [r[name] for r in results if r["vesicles"] >= 10**5 and r["degree"] == 10 and r[name] is not None]
        if costs:
            found.append(
                (f"largest over least {name.replace('_', ' ')} from 1e5 on", max(costs) / min(costs), STRAIGHT)
            )
    return found


def main() -> None:
    """Measure, show, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few small worlds; no claim can be read from them")
    parser.add_argument("--long", action="store_true", help="1e8 vesicles too: 6 GiB, 4 GB of disk, some minutes")
    parser.add_argument("--json", metavar="FILE", help="write all that was measured")
    options = parser.parse_args()
    console = Console()
    report = measure(options.quick, options.long, console)
    show(report, console)
    if not options.quick:
        for what, found, wanted in claims(report):
            console.print(f"{found:.2f} {what}; claimed at most {wanted:g}: {'met' if found <= wanted else 'NOT met'}")
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
