"""Claim: of the distal reward network (1000 Izhikevich neurons at 1.2 Hz, 100,000 synapses, of which 80,000 learn by
STDP, eligibility and dopamine, steps of 1 ms) one thread simulates in a CPU second at least twice the seconds that
Brian2 does with Cython, and at least as many as NEST.

    python benchmarks/spiking_seconds_against_peers.py [--brian2 PYTHON] [--nest PYTHON] [--quick] [--json FILE]

Ours is the scenario distal_reward, many steps at one go; "step by step" the same through all stages of a step. Brian2
runs the same equations, its STDP by events and its weights every 10 ms, in one of an interpreter that has it; NEST its
own izhikevich neurons and stdp_dopamine_synapse, which knows the same three factors, each synapse's weight moved at its
spikes and once a second. Their noise is their own: an even current in Brian2, a normal one as strong in NEST.
The rates say whether all simulate the same. Building and compiling are left out. How to get the peers:

    python3 -m venv brian2 && brian2/bin/pip install brian2==2.9.0 "numpy<2.4" cython setuptools
    python3 -m venv nest && nest/bin/pip install nest-simulator==3.10.0
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from report import begin_report, end_report, parser, say_where, table_of, write
from rich.console import Console

import vesicle_abm as va

OURS, SINGLE = "compiled, 1 thread", "compiled, step by step"
WORKERS = {"Brian2 Cython": ("brian2", "brian2_spikes.py"), "NEST": ("nest", "nest_spikes.py")}
FULL, QUICK = {"seconds": 10, "repetitions": 5}, {"seconds": 1, "repetitions": 1}
STEPS_A_SECOND = 1000
CLAIMED = {"Brian2 Cython": 2.0, "NEST": 1.0}


class Ours:
    """The scenario."""

    def __init__(self, at_a_go: bool):
        self.model, self.at_a_go = va.Scenario.load("distal_reward").build(threads=1), at_a_go
        self.run(0.1)

    def run(self, seconds: float) -> tuple[float, float]:
        """(CPU seconds taken, mean rate in Hz)."""
        before, steps = self.model.state.cells["fired"].sum(), int(seconds * STEPS_A_SECOND)
        begun = time.process_time()
        if self.at_a_go:
            self.model.run_for(steps)
        else:
            for _ in range(steps):
                self.model.step()
        took = time.process_time() - begun
        return took, (self.model.state.cells["fired"].sum() - before) / self.model.graph.size / seconds


class Peer:
    """A simulator in a process of an interpreter that has it; seconds in, (CPU seconds, rate) out, a line each."""

    def __init__(self, python: str, worker: str):
        command = [python, str(Path(__file__).with_name(worker))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.run(0.1)

    def run(self, seconds: float) -> tuple[float, float]:
        """(CPU seconds taken, mean rate in Hz)."""
        print(seconds, file=self.process.stdin, flush=True)
        for line in self.process.stdout or ():
            if line.startswith("{"):
                told = json.loads(line)
                return told["cpu"], told["rate"]
        raise RuntimeError(f"the process of {self.process.args} ended")

    def end(self) -> None:
        """End the process."""
        self.process.communicate()


def measure(plan: dict[str, Any], pythons: dict[str, str | None], console: Console) -> dict[str, Any]:
    """All versions in turns."""
    report, left_out = begin_report("vesicle-abm", "numba"), {}
    runners: dict[str, Any] = {OURS: Ours(True), SINGLE: Ours(False)}
    for name, (option, worker) in WORKERS.items():
        if pythons[option]:
            console.print(f"{name} …")
            runners[name] = Peer(str(pythons[option]), worker)
        else:
            left_out[name] = f"--{option} names no interpreter that has it"
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in runners}
    for _ in range(plan["repetitions"]):
        for name, runner in runners.items():
            found[name].append(runner.run(plan["seconds"]))
    for runner in runners.values():
        if isinstance(runner, Peer):
            runner.end()
    results = [
        {
            "version": name,
            "seconds_per_cpu_s": plan["seconds"] / median(cpu for cpu, _ in runs),
            "rate_hz": median(rate for _, rate in runs),
        }
        for name, runs in found.items()
    ]
    speed = {result["version"]: result["seconds_per_cpu_s"] for result in results}
    ratios = [
        {"world": "1000 neurons, 80,000 plastic synapses", "version": OURS, "than": name, "times": speed[OURS] / other}
        for name, other in speed.items()
        if name != OURS
    ]
    return end_report(report, results=results, ratios=ratios, left_out=left_out)


def show(report: dict[str, Any], console: Console) -> None:
    """A line a version."""
    table = table_of(
        "Simulated seconds a CPU second", "version", "s / CPU s", "rate, Hz", "ours is times", words=("version",)
    )
    times = {ratio["than"]: f"{ratio['times']:.3g}" for ratio in report["ratios"]}
    for result in report["results"]:
        name = result["version"]
        table.add_row(name, f"{result['seconds_per_cpu_s']:.3g}", f"{result['rate_hz']:.3g}", times.get(name, ""))
    console.print(table)
    for name, claimed in CLAIMED.items():
        if name in times:
            reached = float(times[name]) >= claimed
            console.print(f"claimed: {claimed:g} times {name}; {'reached' if reached else 'NOT REACHED'}")
    say_where(report, console)


def main() -> None:
    """Measure, show, write."""
    options = parser(__doc__, "one second, once: whether it runs")
    options.add_argument("--brian2", metavar="PYTHON", help="an interpreter that has Brian2")
    options.add_argument("--nest", metavar="PYTHON", help="an interpreter that has NEST")
    given, console = options.parse_args(), Console(highlight=False)
    report = measure(QUICK if given.quick else FULL, {"brian2": given.brian2, "nest": given.nest}, console)
    show(report, console)
    write(report, given.json)


if __name__ == "__main__":
    sys.exit(main())
