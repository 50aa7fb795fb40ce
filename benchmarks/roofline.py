"""What this machine can do at best: bytes streamed, random look-ups and draws a second, on one core and on all.

    python benchmarks/roofline.py [--quick] [--json FILE]

And what follows for the vesicle cycle: the time that the bytes, look-ups and draws of one vesicle and step take at
these rates, one after the other.

In C where there is a compiler, else in numpy, which says less of the machine; the report tells which. Best of the
repetitions, since a roofline is what can be reached: by CPU time on one core, by wall time on all.
"""

import os
from typing import Any

from cycle_needs import limits
from machine_rates import FULL, QUICK, tasks
from report import begin_report, end_report, parser, say_where, table_of, write
from rich.console import Console
from workload import Workload

WORLDS = ((1_000, 10_000, 0), (100_000, 1_000_000, 0), (100_000, 1_000_000, 4), (100_000, 1_000_000, 16))
LARGEST = (1_000_000, 10_000_000, 4)
ALONE, ALL = "one core", "all cores"


def measure(plan: dict, console: Console) -> dict[str, Any]:
    """All rates, and what they mean for the vesicle cycle."""
    report = begin_report("numpy")
    written_in, to_do = tasks(plan)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    results = []
    for task in to_do:
        console.print(f"{task.name} …")
        for cores_used, threads in ((ALONE, 1), (ALL, cores)):
            rate = task.rate(threads, plan["repetitions"])
            results.append(
                {"what": task.name, "unit": task.unit, "table": task.table, "cores": cores_used, "rate": rate}
            )
    alone = [result for result in results if result["cores"] == ALONE]
    rates = {result["what"]: result["rate"] for result in alone}
    gathers = {result["table"]: result["rate"] for result in alone if result["table"]}
    return end_report(
        report,
        written_in=written_in,
        cores=cores,
        results=results,
        ratios=[
            {"world": one["what"], "version": ALL, "than": ALONE, "times": both["rate"] / one["rate"]}
            for one, both in zip(results[::2], results[1::2], strict=True)
        ],
        limits=[limits(Workload(*world), rates, gathers) for world in (*WORLDS, LARGEST)],
    )


def show(report: dict[str, Any], console: Console) -> None:
    """The tables."""
    found = {(result["what"], result["cores"]): result for result in report["results"]}
    rates = table_of(f"Rates (written in {report['written_in']})", "what", "unit", ALONE, ALL, words=("what", "unit"))
    for what in dict.fromkeys(result["what"] for result in report["results"]):
        alone, both = found[what, ALONE], found[what, ALL]
        rates.add_row(what, alone["unit"], f"{alone['rate']:.3g}", f"{both['rate']:.3g}")
    console.print(rates)
    needed = table_of(
        "A vesicle and step: nanoseconds at these rates, one core",
        *("world", "bytes", "streams", "look-ups", "draws", "M/s"),
        words=("world",),
    )
    for limit in report["limits"]:
        spent = [f"{limit['nanoseconds'][name]:.1f}" for name in ("streams", "look-ups", "draws")]
        needed.add_row(limit["world"], f"{limit['bytes']:.0f}", *spent, f"{limit['vesicle_steps_per_s'] / 1e6:.3g}")
    console.print(needed)
    say_where(report, console)


def main() -> None:
    """Measure, show, and write what was asked for."""
    chosen = parser(__doc__, "small arrays; nothing can be read from them").parse_args()
    console = Console()
    report = measure(QUICK if chosen.quick else FULL, console)
    show(report, console)
    write(report, chosen.json)


if __name__ == "__main__":
    main()
