"""Claim: twenty visitors run models of 100 neurons and 1000 vesicles at once on one server, and each stays responsive.

    python benchmarks/dashboard_sessions.py [--quick] [--hosted] [--json FILE]

A real server, in a process of its own; its visitors speak its protocol over websockets and answer all frames, but draw
none: a browser costs more than the server, and twenty do not fit a small machine. Their own work, which counts towards
the same processors, is told too. Each asks for 10 steps a second. Measured: the steps a second that each gets, alone
and among all; how long a pause takes, until the visitor is told; memory and processor time of the server.
Then visitors come and go, each in place of another: the memory of a server must not grow with those who have left.
"""

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import mean, median
from typing import Any

import psutil
import report as reports
from dashboard_client import Visitor
from rich.console import Console

ASKED = 10  # steps a second
FULL = {"visitors": 20, "nodes": 100, "vesicles": 1000, "warm_up_s": 10.0, "seconds": 30.0, "pauses": 5, "cycles": 120}
QUICK = {"visitors": 2, "nodes": 20, "vesicles": 50, "warm_up_s": 1.0, "seconds": 2.0, "pauses": 1, "cycles": 2}
HAZARD = 0.02
SCENARIO = """
question = "How many visitors can watch at once?"
expect = "About {vesicles} vesicles on {nodes} nodes."
steps = 1000000
graph.small_world = {{ nodes = {nodes}, degree = 10, seed = 1 }}

[kinds.signal]
emission = {{ rule = "constant", rate = {rate} }}
decay = {{ rule = "hazard", hazard = {hazard} }}
release = {{ rule = "modulator", amount = 1.0 }}
clearance = 50.0
"""
SERVE = (
    "import sys; from vesicle_abm.dashboards.launch import serve; serve(sys.argv[1], 0, hosted=sys.argv[2] == 'hosted')"
)
MIB = 2**20


class Server:
    """The dashboard, in a process of its own."""

    def __init__(self, scenario: Path, hosted: bool):
        command = [sys.executable, "-c", SERVE, str(scenario), "hosted" if hosted else "own"]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        assert self.process.stdout is not None
        self.port = next(
            int(found[1]) for line in self.process.stdout if (found := re.search(r"http://\S+?:(\d+)", line))
        )
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.measured = psutil.Process(self.process.pid)

    @property
    def memory(self) -> float:
        """MiB that it holds."""
        return self.measured.memory_info().rss / MIB

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        times = self.measured.cpu_times()
        return times.user + times.system

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait(10)


def come(server: Server, step: int = 1) -> Visitor:
    """A visitor who stands at a step."""
    visitor = Visitor(server.port, f"scenario=many.toml&step={step}", 120.0)
    visitor.wait(lambda: visitor.paused and visitor.step == step, "the first step")
    return visitor


def watched(server: Server, visitors: list[Visitor], seconds: float) -> dict[str, Any]:
    """All of them play: what each gets, and what it costs."""
    begun = [visitor.step for visitor in visitors]
    frames, bytes_ = sum(v.frames for v in visitors), sum(v.bytes for v in visitors)
    cpu, own, began = server.cpu, time.process_time(), time.perf_counter()
    time.sleep(seconds)
    took = time.perf_counter() - began
    rates = [(visitor.step - first) / took for visitor, first in zip(visitors, begun, strict=True)]
    drawn = sum(v.frames for v in visitors) - frames
    return {
        "visitors": len(visitors),
        "steps_a_second": rates,
        "frames_a_second": drawn / took / len(visitors),
        "kb_a_frame": (sum(v.bytes for v in visitors) - bytes_) / max(drawn, 1) / 1e3,
        "server_cpus": (server.cpu - cpu) / took,
        "clients_cpus": (time.process_time() - own) / took,
    }


def pauses(visitors: list[Visitor], times: int) -> list[float]:
    """Seconds that each of some pauses took, while all the others play."""
    found = []
    for visitor in visitors[:times]:
        visitor.order("pause")
        found.append(visitor.wait(lambda visitor=visitor: visitor.paused, "a pause"))
        visitor.order("play")
        time.sleep(0.5)
    return found


def comings_and_goings(server: Server, cycles: int) -> list[float]:
    """MiB of the server after each of so many visitors has come, played, and closed the tab."""
    found = []
    for _ in range(cycles):
        visitor = come(server, 5)
        visitor.close()
        time.sleep(0.3)
        found.append(server.memory)
    return found


def measure(size: dict[str, Any], folder: Path, hosted: bool = False) -> dict[str, Any]:
    """All that is claimed."""
    rate = size["vesicles"] * HAZARD / size["nodes"] / (1.0 - HAZARD)
    path = folder / "many.toml"
    path.write_text(SCENARIO.format(**size, rate=rate, hazard=HAZARD), encoding="utf-8")
    server = Server(path, hosted)
    visitors: list[Visitor] = []
    try:
        come(server).close()  # compiles, and loads what is loaded once
        alone = come(server, 200)
        alone.order("play")
        time.sleep(size["warm_up_s"])
        one = watched(server, [alone], size["seconds"])
        alone.close()
        time.sleep(1.0)
        before = server.memory
        visitors = [come(server, 200) for _ in range(size["visitors"])]
        for visitor in visitors:
            visitor.order("play")
        time.sleep(size["warm_up_s"])
        many = watched(server, visitors, size["seconds"])
        many["mib_a_session"] = (server.memory - before) / size["visitors"]
        many["pause_s"] = pauses(visitors, size["pauses"])
        for visitor in visitors:
            visitor.close()
        time.sleep(2.0)
        after = comings_and_goings(server, size["cycles"])
        return {"alone": one, "together": many, "mib_before": before, "mib_after": after}
    finally:
        server.close()


def show(found: dict[str, Any], console: Console) -> None:
    """The table."""
    table = reports.table_of(
        "Sessions at once, each asking for 10 steps a second",
        "visitors", "steps/s, least", "median", "frames/s", "kB a frame", "server, CPUs", "visitors, CPUs",
    )  # fmt: skip
    for each in (found["alone"], found["together"]):
        rates = each["steps_a_second"]
        numbers = [min(rates), median(rates), each["frames_a_second"], each["kb_a_frame"]]
        cpus = [each["server_cpus"], each["clients_cpus"]]
        table.add_row(str(each["visitors"]), *(f"{number:.1f}" for number in numbers), *(f"{cpu:.2f}" for cpu in cpus))
    console.print(table)
    waits, after = found["together"]["pause_s"], found["mib_after"]
    console.print(f"A pause among all takes {1e3 * median(waits):.0f} ms, at most {1e3 * max(waits):.0f}.")
    console.print(f"A session takes {found['together']['mib_a_session']:.1f} MiB.")
    third = max(1, len(after) // 3)
    console.print(
        f"{len(after)} visitors come and go: {mean(after[:third]):.0f} MiB in the first third, "
        f"{mean(after[third : 2 * third] or after):.0f} in the second, {mean(after[-third:]):.0f} in the last."
    )


def main() -> None:
    """Measure, and say what was found."""
    parser = reports.parser(__doc__, "two visitors for a moment")
    parser.add_argument("--hosted", action="store_true", help="a server for strangers, with the usual limits")
    options = parser.parse_args()
    console = Console(highlight=False)
    report = reports.begin_report("solara", "uvicorn", "websockets", "numba")
    with tempfile.TemporaryDirectory() as folder:
        found = measure(QUICK if options.quick else FULL, Path(folder), options.hosted)
    alone, many = (median(found[name]["steps_a_second"]) for name in ("alone", "together"))
    ratio = {
        "version": f"one of {found['together']['visitors']} sessions",
        "than": "one alone",
        "times": many / alone if alone else 0.0,
        "world": "steps a second of the 10 asked for",
    }
    report = reports.end_report(report, results=[found], ratios=[ratio])
    show(found, console)
    reports.say_where(report, console)
    reports.write(report, options.json)


if __name__ == "__main__":
    main()
