"""The benchmarks: scripts of a folder of their own, each run by itself, then one table of all ratios found."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.places import PACKAGE, shipped

MEASURED = {"version", "than", "times", "clock"}  # what a ratio says, beside the world that it was measured in


class Benchmark(NamedTuple):
    """A script, what it measures, and the options for other interpreters that it knows."""

    script: str
    question: str
    options: tuple[str, ...] = ()


BENCHMARKS = {
    "cycle": Benchmark(
        "vesicle_steps_against_peers.py",
        "vesicle-steps a second beside Mesa, agentpy, mesa-frames, ambr, numpy, and a C program with the same bits",
        ("peers",),
    ),
    "rule": Benchmark(
        "synapse_updates_against_brian2.py",
        "synapse updates a second of the whole HMN rule beside numpy, Brian2, and a C program",
        ("brian2",),
    ),
    "three_factor": Benchmark(
        "three_factors_against_brian2.py",
        "synapse updates a second of traces and one modulator alone, beside numpy and Brian2",
        ("brian2",),
    ),
    "spikes": Benchmark(
        "spiking_seconds_against_peers.py",
        "simulated seconds a CPU second of 1000 spiking neurons with 80,000 plastic synapses, beside Brian2 and NEST",
        ("brian2", "nest"),
    ),
    "synapse_memory": Benchmark("synapse_memory.py", "bytes that a synapse takes with all stages at work"),
    "scale": Benchmark("scale.py", "cost and memory against size, up to ten million vesicles and synapses"),
    "field": Benchmark(
        "field_gradients.py",
        "a field of 8 kinds forward and back through 100 steps, beside torch's own sparse products, with checkpoints",
    ),
    "recording": Benchmark("recording_cost.py", "what it costs to record every step"),
    "batch": Benchmark(
        "batch_overhead.py", "what a batch costs beyond its runs, beside Mesa's batch_run, and after kills"
    ),
    "policy_gradient": Benchmark(
        "paired_policy_gradient.py",
        "scatter of a policy's gradient, episodes in pairs or not, by baseline, at equal cost",
    ),
    "roofline": Benchmark("roofline.py", "what this machine can do at best: bytes, look-ups and draws a second"),
}


def show_benchmarks(console: Console) -> None:
    """The names, and what each measures."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("benchmark", no_wrap=True)
    table.add_column("what it measures")
    for name, benchmark in BENCHMARKS.items():
        table.add_row(name, benchmark.question)
    console.print(table)


def run_benchmarks(
    names: Sequence[str], quick: bool, pythons: dict[str, list[str]], file: Path | None, console: Console
) -> dict[str, str]:
    """Run these benchmarks, or all; print their tables and all ratios, write the numbers; returns name -> failure.

    ``pythons``: interpreters that have what ours has not, by the option of the scripts that takes them.

    Raises
    ------
    InputError
        for a name that is none.
    """
    for name in names:
        if name not in BENCHMARKS:
            raise InputError(f"got {name!r}; {nearest(name, BENCHMARKS)}", "bench")
    reports: dict[str, Any] = {}
    failures: dict[str, str] = {}
    for name in names or BENCHMARKS:
        console.rule(name)
        console.file.flush()  # before the script writes to the same place
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / "report.json"
            code = run_script(BENCHMARKS[name], quick, pythons, written)
            if code == 0:
                reports[name] = json.loads(written.read_text(encoding="utf-8"))
            else:
                failures[name] = f"{BENCHMARKS[name].script} ended with exit code {code}"
    show_ratios(reports, console)
    if file is not None:
        file.write_text(json.dumps(reports, indent=1) + "\n", encoding="utf-8")
    return failures


def run_script(benchmark: Benchmark, quick: bool, pythons: dict[str, list[str]], written: Path) -> int:
    """Run one script in a process of its own, so that none measures what another left behind; its exit code."""
    command = [sys.executable, str(shipped("benchmarks") / benchmark.script), "--json", str(written)]
    command += ["--quick"] if quick else []
    for option in benchmark.options:
        if pythons.get(option):
            command += [f"--{option}", *pythons[option]]
    path = os.pathsep.join([str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=False).returncode


def show_ratios(reports: dict[str, Any], console: Console) -> None:
    """One row for each ratio of each report."""
    table = Table(title="All ratios", title_justify="left")
    for column in ("benchmark", "world", "version", "is times", "than"):
        table.add_column(column, justify="right" if column == "is times" else "left")
    for name, report in reports.items():
        for ratio in report.get("ratios", []):
            table.add_row(name, world_of(ratio), ratio["version"], f"{ratio['times']:.3g}", ratio["than"])
    console.print(table)


def world_of(ratio: dict[str, Any]) -> str:
    """The world that a ratio was measured in, in words.

    >>> world_of({"synapses": 1000, "precision": "float32", "version": "a", "than": "b", "times": 2.0})
    '1,000 synapses, float32'
    """
    if "world" in ratio:
        return ratio["world"]
    rest = {key: value for key, value in ratio.items() if key not in MEASURED}
    return ", ".join(f"{value:,} {key}" if isinstance(value, int) else str(value) for key, value in rest.items())
