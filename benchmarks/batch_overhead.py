"""Claim: a batch costs at most 10 ms a run beyond the simulation, in bounded memory, and a kill costs it no byte.

    python benchmarks/batch_overhead.py [--quick] [--json FILE]

The same runs of a small scenario, on two worker processes each: stepped and forgotten by a plain pool of processes;
as a batch, which stores every run; and by Mesa's ``batch_run``, which holds what is recorded in memory. Each is a
process of its own, and its CPU time that of all that it has begun; they take turns, and medians are told. Then what
becomes of the last two when a run raises, and when a worker is killed; and of the batch, when five workers and two
drivers are killed at random.
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from multiprocessing import forkserver
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from report import begin_report, end_report, parser, table_of
from rich.console import Console

import vesicle_abm as va

SCENARIO, STEPS, WORKERS = "random_walk", 100, 2
FULL = {"runs": 1000, "turns": 3, "worker kills": 5, "driver kills": 2, "patience": 60.0}
QUICK = {"runs": 6, "turns": 1, "worker kills": 1, "driver kills": 1, "patience": 20.0}
CLAIMED_S = 0.010  # a run, beyond the simulation
TROUBLED = 5  # the run of so many that raises, or is killed
FEW = 10  # runs of a batch in trouble
CLOCKS = ("wall_s", "cpu_s")
COLUMNS = ("alive", "born", "cleared")


def walk(seed: int, trouble: str = "") -> va.VesicleModel:
    """The scenario's model, with reporters as Mesa's ``batch_run`` asks for them."""
    if trouble and seed == TROUBLED:
        if trouble == "raise":
            raise ValueError("this run is in trouble")
        os.kill(os.getpid(), signal.SIGKILL)
    model = va.Scenario.load(SCENARIO).build(seed=seed, threads=1)
    reporters = {name: partial(count, name=name) for name in COLUMNS}
    model.recorder = model.datacollector = va.Recorder(model.kinds, model_reporters=reporters)
    return model


def count(model: va.VesicleModel, name: str) -> int:
    """One of a model's counts."""
    return model.counts[name]


def troubled(model: va.VesicleModel) -> dict[str, float]:
    """A metric that brings the run with one seed into trouble, as the environment says."""
    if model.world.state.seed == va.seed_of(0, TROUBLED):
        walk(TROUBLED, os.environ["TROUBLE"])
    return {}


def step(seed: int) -> str:
    """One run, of which nothing is kept but its digest."""
    model = va.Scenario.load(SCENARIO).build(seed=seed, threads=1)
    model.run_for(STEPS)
    return model.state.digest()


def plain(runs: int) -> dict[str, Any]:
    """The simulation alone, by a pool of processes."""
    with multiprocessing.get_context("forkserver").Pool(WORKERS) as pool:
        found = sum(1 for _ in pool.imap_unordered(step, [va.seed_of(0, r) for r in range(runs)]))
        pool.close()
        pool.join()
    return {"finished": found}


def ours(runs: int) -> dict[str, Any]:
    """The runs as a batch; the driver's memory with each that is done."""
    held: list[int] = []
    metrics = [f"{__file__}:troubled"] if "TROUBLE" in os.environ else []
    with tempfile.TemporaryDirectory() as folder:
        table = va.batch(
            SCENARIO, out=folder, replicates=runs, steps=STEPS, workers=WORKERS, metrics=metrics,
            report=lambda event: held.append(psutil.Process().memory_info().rss),
        )  # fmt: skip
    return {"finished": int((table["status"] == "done").sum()), "held": held}


def mesas(runs: int) -> dict[str, Any]:
    """The runs by Mesa's ``batch_run``."""
    from mesa.batchrunner import batch_run

    before, trouble = psutil.Process().memory_info().rss, os.environ.get("TROUBLE", "")
    rows = batch_run(
        walk, {"seed": range(runs), "trouble": trouble}, number_processes=WORKERS, data_collection_period=1,
        max_steps=STEPS - 1, display_progress=False,
    )  # fmt: skip
    after = psutil.Process().memory_info().rss
    return {"finished": len({row["RunId"] for row in rows}), "held": [before, after]}


PARTS = {"plain pool": plain, "batch": ours, "Mesa batch_run": mesas}


def one_part(name: str, runs: int) -> None:
    """Do one part in this process, and print what it took as JSON."""
    began = time.perf_counter()
    found = PARTS[name](runs)
    wall = time.perf_counter() - began
    forkserver._forkserver._stop()  # so that its CPU time, and its children's, are known
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    print(json.dumps({"wall_s": wall, "cpu_s": cpu, **found}))


def part(name: str, runs: int, patience: float | None = None, **surroundings: str) -> dict[str, Any]:
    """One part in a process of its own; what became of it, if it did not end well."""
    command = [sys.executable, __file__, "--part", name, "--runs", str(runs)]
    begun = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | surroundings
    )
    try:
        printed, words = begun.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        below = psutil.Process(begun.pid).children(recursive=True)
        for process in (*below, begun):
            process.kill()
        begun.communicate()
        return {"finished": 0, "ended": "hangs"}
    if begun.returncode:
        return {"finished": 0, "ended": words.strip().splitlines()[-1]}
    return json.loads(printed.splitlines()[-1]) | {"ended": "well"}


def results(out: Path) -> dict[str, bytes]:
    """All that the runs' files hold but when, where and how long."""
    files = [path for path in out.glob("runs/*/*") if path.name != "circumstances.json"]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def begin(out: Path, runs: int) -> subprocess.Popen:
    """A batch as a command."""
    options = ["--replicates", str(runs), "--steps", str(STEPS), "--jobs", str(WORKERS), "--retries", "99"]
    command = [sys.executable, "-m", "vesicle_abm", "batch", SCENARIO, *options, "--out", str(out), "--quiet"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def disturbed(out: Path, plan: dict) -> int:
    """A batch whose workers and drivers are killed at random; how many were."""
    chance, kills = random.Random(1), 0
    victims = ["worker"] * plan["worker kills"] + ["driver"] * plan["driver kills"]
    chance.shuffle(victims)
    driver = begin(out, plan["runs"])
    for number, victim in enumerate(victims, start=1):
        enough = number * plan["runs"] // (len(victims) + 2)
        while len(list(out.glob("runs/*"))) <= enough and driver.poll() is None:
            time.sleep(0.01)
        below = psutil.Process(driver.pid).children(recursive=True) if driver.poll() is None else []
        workers = [process for process in below if process.ppid() != driver.pid]
        if victim == "worker" and workers:
            chance.choice(workers).kill()
            kills += 1
        elif victim == "driver" and below:
            driver.kill()
            driver.wait()
            kills += 1
            driver = begin(out, plan["runs"])
    driver.wait()
    return kills


def measure(plan: dict, console: Console) -> dict[str, Any]:
    """All parts, and all troubles."""
    report, parts, troubles = begin_report("mesa", "pebble", "pyarrow"), {}, {}
    turns: list[dict[str, Any]] = []
    for _ in range(plan["turns"]):
        console.print(f"{', '.join(PARTS)} …")
        turns.append({name: part(name, plan["runs"]) for name in PARTS})
    for name in PARTS:
        parts[name] = turns[-1][name] | {clock: median(turn[name][clock] for turn in turns) for clock in CLOCKS}
    for name, patience in (("batch", None), ("Mesa batch_run", plan["patience"])):  # only Mesa's hangs
        for trouble in ("raise", "kill"):
            console.print(f"{name}, {trouble} …")
            troubles[f"{name}, {trouble}"] = part(name, FEW, patience, TROUBLE=trouble)
    with tempfile.TemporaryDirectory() as folder:
        console.print("killed at random …")
        undisturbed, other = Path(folder) / "undisturbed", Path(folder) / "disturbed"
        begin(undisturbed, plan["runs"]).wait()
        kills = disturbed(other, plan)
        same = results(undisturbed) == results(other)
    extra = {
        clock: median((turn["batch"][clock] - turn["plain pool"][clock]) / plan["runs"] for turn in turns)
        for clock in CLOCKS
    }
    return end_report(
        report, runs=plan["runs"], results=parts, troubles=troubles, extra=extra, kills=kills, same=same, ratios=[
            {"version": "a batch", "than": "Mesa's batch_run", "times": parts["Mesa batch_run"]["cpu_s"] /
             parts["batch"]["cpu_s"], "clock": "CPU", "world": f"{SCENARIO}, {plan['runs']} runs"}
        ],
    )  # fmt: skip


def show(report: dict[str, Any], console: Console) -> None:
    """The tables, and whether what is claimed was found."""
    runs = report["runs"]
    table = table_of(f"{runs:,} runs of {STEPS} steps on {WORKERS} workers", "by", "finished", "wall s", "CPU s",
                     "driver's memory grew", words=("by",))  # fmt: skip
    for name, found in report["results"].items():
        held = found.get("held")
        grew = f"{(held[-1] - held[len(held) // 10]) / 2**20:,.1f} MiB" if held else ""
        table.add_row(name, f"{found['finished']:,}", f"{found['wall_s']:.1f}", f"{found['cpu_s']:.1f}", grew)
    console.print(table)
    extra = report["extra"]
    met = "met" if extra["wall_s"] <= CLAIMED_S else "NOT met"
    console.print(f"Beyond the simulation: {1e3 * extra['wall_s']:.1f} ms of wall time a run "
                  f"(at most {1e3 * CLAIMED_S:.0f}: {met}), {1e3 * extra['cpu_s']:.1f} ms of CPU time")  # fmt: skip
    troubles = table_of(f"One of {FEW} runs in trouble", "by", "finished", "ended", words=("by", "ended"))
    for name, found in report["troubles"].items():
        troubles.add_row(name, str(found["finished"]), found["ended"])
    console.print(troubles)
    console.print(f"After {report['kills']} kills, every byte is the same: {'yes' if report['same'] else 'NO'}")


def main() -> None:
    """Measure, show, and write what was asked for."""
    options = parser(__doc__, "few runs; no claim can be read from it")
    options.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options.add_argument("--runs", type=int, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.part is not None:
        one_part(given.part, given.runs)
        return
    console = Console(highlight=False)
    report = measure(QUICK if given.quick else FULL, console)
    show(report, console)
    if given.json is not None:
        given.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
