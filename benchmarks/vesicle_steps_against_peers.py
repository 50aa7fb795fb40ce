"""Claim: on one thread, the compiled view makes in a CPU second at least 100 times the vesicle-steps of Mesa's
CellAgent and 75 times those of a lean mesa.Agent (from 1e4 vesicles on), and at least 0.85 of those of a C program.

    python benchmarks/vesicle_steps_against_peers.py [--quick] [--json FILE] [--peers PYTHON...] [--worlds N,n,D...]

Versions run the same workload in turns, from the same start; medians over the repetitions, compilation and first touch
left out. The C program gives the same bits as the model, which is checked; that the others do the same work shows in a
table of standard scores: their counts agree with one theory, or with the model's where theory is silent.

Peers are measured where an interpreter has them; each in an environment of its own, given by --peers:

    python3 -m venv agentpy && agentpy/bin/pip install agentpy
    python3 -m venv frames && frames/bin/pip install --pre mesa-frames
    python3 -m venv ambr && ambr/bin/pip install ambr
"""

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from c_library import NotBuiltError
from compiled_view import CompiledModel, choices_of, save_steady_state
from cycle_bound import BoundModel
from cycle_runners import Local, NotMeasuredError, Remote, interpreter_with
from cycle_tables import show, show_claims
from mesa_cellagent import CellAgentModel
from mesa_lean import LeanModel
from numpy_blocks import NumpyModel
from peer_worker import PEERS
from report import begin_report, end_report, parser, write
from rich.console import Console
from steady_state import Start
from steady_state import write as write_start
from workload import Workload

OURS, OURS_2, BOUND = "compiled, 1 thread", "compiled, 2 threads", "C, AVX2"
CELLAGENT, LEAN, NUMPY = "Mesa CellAgent", "Mesa lean", "numpy, blocks"
SEED = 7  # of the model and the C program
HERE: dict[str, Callable] = {CELLAGENT: CellAgentModel, LEAN: LeanModel, NUMPY: NumpyModel}
WITH_OBJECTS = (CELLAGENT, LEAN, "agentpy")  # an object an agent: without content, and up to MOST_OBJECTS vesicles
MOST_OBJECTS = 100_000
FARTHEST = 4.5  # standard scores; of two hundred that are right, one is farther with probability 1.4e-3
FULL = {
    "worlds": (
        (1_000, 1_000, 0),
        (1_000, 10_000, 0),
        (1_000, 100_000, 0),
        (100_000, 1_000_000, 0),
        (100_000, 1_000_000, 4),
        (100_000, 1_000_000, 16),
        (1_000_000, 10_000_000, 4),
    ),
    "repetitions": 7,
    "seconds": 0.6,
    "warm_up": 10,
}
QUICK = {"worlds": ((100, 300, 0), (200, 1_000, 4)), "repetitions": 2, "seconds": 0.02, "warm_up": 20}
INSTALL = {"mesa-frames": "--pre mesa-frames"}  # what pip is to be told, where it is not the name


def measure(plan: dict, console: Console, peers: list[str] | None = None) -> dict[str, Any]:
    """Run all versions in all worlds; ``peers``: interpreters to look for peers in."""
    report = begin_report("mesa", "numba", "numpy", "networkx")
    missing: dict[str, str] = {}
    pythons = found_peers(peers or [], missing)
    results, equal = [], []
    for world in plan["worlds"]:
        workload = Workload(*world)
        console.print(f"{workload.name} …")
        with tempfile.TemporaryDirectory() as folder:
            runners = runners_of(workload, Path(folder), plan, pythons, missing)
        equal += bits_of(runners, workload)
        results += with_docked_scores(turns(runners, plan["repetitions"], missing))
    report["versions"] |= {name: version for name, (_, version) in pythons.items()}
    agree = all(abs(score) < FARTHEST for result in results for score in result["scores"].values())
    return end_report(report, results=results, ratios=ratios(results), equal=equal, agree=agree, left_out=missing)


def found_peers(pythons: list[str], missing: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Name -> (interpreter, version) of the peers that are installed; the others become ``missing``."""
    found = {name: interpreter_with(name, pythons) for name in PEERS}
    for name, place in found.items():
        if place is None:
            missing[name] = f"not installed; pip install {INSTALL.get(name, name)}, then --peers PYTHON"
    return {name: place for name, place in found.items() if place is not None}


def runners_of(
    workload: Workload, folder: Path, plan: dict, pythons: dict[str, tuple[str, str]], missing: dict[str, str]
) -> list[Local | Remote]:
    """A runner for each version, all at the same start."""
    saved, shared = folder / "model.npz", folder / "start.npz"
    save_steady_state(workload, SEED, saved)
    start, choices = CompiledModel(saved, 1).start(), choices_of(workload)
    write_start(shared, start, choices)
    runners: list[Local | Remote] = []

    def add(name: str, build: Callable[[], Local | Remote]) -> None:
        if name in WITH_OBJECTS and (workload.width or workload.vesicles > MOST_OBJECTS):
            return
        try:
            runners.append(build())
        except (NotMeasuredError, NotBuiltError) as error:
            missing[name] = str(error)

    def local(name: str, build: Callable, warm_up: int) -> None:
        add(name, lambda: Local(name, build, workload, plan["seconds"], warm_up))

    for name, threads in ((OURS, 1), (OURS_2, 2)):
        local(name, functools.partial(CompiledModel, saved, threads), plan["warm_up"])
    local(BOUND, functools.partial(BoundModel, workload, start, choices, SEED), plan["warm_up"])
    for seed, (name, model) in enumerate(HERE.items(), SEED + 1):
        local(name, functools.partial(model, workload, start, choices, seed), min(2, plan["warm_up"]))
    for name, (python, _) in pythons.items():
        add(name, functools.partial(Remote, name, python, workload, shared, plan["seconds"]))
    return runners


def turns(runners: list[Local | Remote], repetitions: int, missing: dict[str, str]) -> list[dict[str, Any]]:
    """Every runner's results, measured in turns; those that break become ``missing``."""
    left = list(runners)
    for _ in range(repetitions):
        for runner in tuple(left):
            try:
                runner.repeat()
            except NotMeasuredError as error:
                missing[runner.name] = str(error)
                left.remove(runner)
    results = [runner.result() for runner in left]
    for runner in left:
        runner.close()
    return results


def with_docked_scores(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Results of one world; where theory says nothing of dockings, they are scored against the model's, as the
    difference of two binomial shares.
    """
    ours = next(result for result in results if result["version"] == OURS)
    for result in results:
        if "docked" not in result["scores"] and result is not ours:
            visits = (ours["visits"], result["visits"])
            share = (ours["docked"] + result["docked"]) / sum(visits)
            error = np.sqrt(share * (1.0 - share) * sum(1.0 / count for count in visits))
            difference = result["docked"] / visits[1] - ours["docked"] / visits[0]
            result["scores"]["docked"] = float(difference / error)
    return results


def bits_of(runners: list[Local | Remote], workload: Workload) -> list[dict[str, Any]]:
    """Whether the versions that promise the same bits have them; all have done the steps of the warm-up."""
    first, *others = [runner for runner in runners if runner.name in (OURS, OURS_2, BOUND)]
    wanted = counted(first)
    return [
        {
            "world": workload.name,
            "steps": first.tally.steps,
            "version": other.name,
            "equal": agrees(counted(other), wanted),
        }
        for other in others
    ]


def counted(runner: Local) -> tuple[Start, tuple[int, ...]]:
    """The vesicles of a version, and its counts."""
    version = runner.version
    return version.start(), (version.alive, version.born, version.docked, version.absorbed)


def agrees(one: tuple[Start, tuple[int, ...]], other: tuple[Start, tuple[int, ...]]) -> bool:
    """Whether vesicles and counts are the same."""
    return one[0].equals(other[0]) and one[1] == other[1]


def ratios(results: list[dict]) -> list[dict[str, Any]]:
    """How many times the vesicle-steps of every other version: by CPU time on one thread, by wall time on two."""
    found = []
    for world in dict.fromkeys(result["world"] for result in results):
        by_name = {result["version"]: result for result in results if result["world"] == world}
        place = {key: by_name[OURS][key] for key in ("world", "nodes", "vesicles", "width")}
        for name in by_name:
            if name != OURS:
                version, than, clock = (OURS_2, OURS, "wall") if name == OURS_2 else (OURS, name, "cpu")
                rate = f"vesicle_steps_per_{clock}_s"
                times = by_name[version][rate] / by_name[than][rate]
                found.append(place | {"version": version, "than": than, "times": times, "clock": clock})
    return found


def main() -> None:
    """Measure, show, and write what was asked for."""
    options = parser(__doc__, "a few small worlds; no claim can be read from them")
    options.add_argument("--peers", nargs="+", default=[], metavar="PYTHON", help="interpreters to look for peers in")
    options.add_argument("--worlds", nargs="+", metavar="N,n,D", help="nodes, vesicles, width of content")
    chosen = options.parse_args()
    console = Console()
    plan = QUICK if chosen.quick else FULL
    if chosen.worlds:
        plan = plan | {"worlds": [tuple(map(int, world.split(","))) for world in chosen.worlds]}
    report = measure(plan, console, chosen.peers)
    show(report, console)
    if not chosen.quick:
        show_claims(report, console)
    write(report, chosen.json)


if __name__ == "__main__":
    main()
