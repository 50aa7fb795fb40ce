"""Claim: at 1e6 synapses, in float64 and on one thread, the compiled view makes in a CPU second at least 0.75 times the
synapse updates of the whole HMN rule that the same rule makes in C, tiled and with AVX2 (``bound/rule.c``), to the same
bits; at least 2 times those of numpy, and 2 times those of Brian2's Cython. Two threads make 1.5 times one.

    python benchmarks/synapse_updates_against_brian2.py [--brian2 PYTHON] [--sizes E ...] [--quick] [--json FILE]

Every stage is at work: fast and slow trace, attention (a softmax over each neuron's inputs), two modulators, phase
gate, probabilistic gate, bounds; 100 synapses a neuron on average, without delays, listed by postsynaptic neuron, the
order that suits all versions best. Ours, C and numpy run in this process, Brian2 in one of an interpreter that has it
(it needs numpy < 2.4, so an environment of its own):

    python3 -m venv brian2 && brian2/bin/pip install brian2==2.9.0 "numpy<2.4" cython setuptools

C is built by the system's compiler; without one it is left out, and said so. All versions do the same workload in
turns; medians over the repetitions; building and compiling are left out and shown apart. A table of standard scores
shows that the versions do the same: chance's counts agree with one theory, the traces agree to rounding. Ours gives the
same bits for any number of threads, and so does C in float64 arithmetic; the others' chance follows one sequential
stream. With float32, ours stores in float32 and computes in float64; numpy, and C where it says so, compute in float32.
It wants a quiet machine: the load is printed.
"""

from typing import Any

import numpy as np
from c_library import compiler
from c_rule import CRule
from compiled_rule import CompiledRule
from numpy_rule import NumpyRule
from plasticity_workload import Theory, Workload
from rich.console import Console
from synapse_reports import (
    BLOCK,
    BRIAN,
    CYTHON,
    NUMPY,
    NUMPY_BLOCKS,
    OURS,
    OURS_2,
    PAIRS,
    PRECISIONS,
    report_of,
    run,
    show_claims,
    show_speeds,
    turns,
)
from synapse_runners import Brian, Local

C, C_SINGLE = "C, AVX2", "C, float32 arithmetic"
LOCAL = {
    OURS: lambda workload, precision: CompiledRule(workload, precision, threads=1),
    OURS_2: lambda workload, precision: CompiledRule(workload, precision, threads=2),
    NUMPY: NumpyRule,
    NUMPY_BLOCKS: lambda workload, precision: NumpyRule(workload, precision, BLOCK),
}
BOUND: dict[str, dict] = {
    "float64": {C: CRule},
    "float32": {C: CRule, C_SINGLE: lambda workload, precision: CRule(workload, precision, "float32")},
}
SCORES = ("change", "moved", "trace error")
CLAIMED = {(OURS, C): 0.75, (OURS, NUMPY): 2.0, (OURS, CYTHON): 2.0, (OURS_2, OURS): 1.5}
CLAIMED_AT = {"synapses": 1_000_000, "precision": "float64"}
FARTHEST = 4.5  # standard scores; of a hundred that are right, one is farther with probability 7e-4
ROUNDING = 20.0  # units of the precision's rounding, of a trace after the checked steps


def measure(plan: dict, brian2: str | None, console: Console) -> dict[str, Any]:
    """Run all versions at all sizes and precisions; "same bits": whether C gave ours, None without a compiler."""

    def results() -> list[dict]:
        found = []
        for size in plan["sizes"]:
            workload = Workload(size)
            theory = Theory(workload)
            for precision in PRECISIONS:
                console.print(f"{size:,} synapses, {precision} …")
                runners = runners_of(workload, precision, theory, plan["seconds"], brian2)
                found += turns(runners, plan["repetitions"])
        return found

    report = report_of(results, [*PAIRS, (OURS, C), (OURS, C_SINGLE)], agrees)
    return report | {"same bits": same_bits(report["results"]) if compiler() else None}


def runners_of(workload: Workload, precision: str, theory: Theory, seconds: float, brian2: str | None) -> list:
    """Every version, checked and ready."""
    local = LOCAL | (BOUND[precision] if compiler() else {})
    runners: list[Local | Brian] = [
        Local(name, build, workload, precision, theory, seconds) for name, build in local.items()
    ]
    if brian2:
        steps = runners[-1].steps
        runners += [Brian(name, brian2, workload, precision, steps, **mode) for name, mode in BRIAN.items()]
    return runners


def same_bits(results: list[dict[str, Any]]) -> bool:
    """Whether ours, on both numbers of threads, and C made the same bits in the checked steps, wherever measured."""
    worlds: dict[tuple, set[str]] = {}
    for result in results:
        if result["version"] in (OURS, OURS_2, C):
            worlds.setdefault((result["synapses"], result["precision"]), set()).add(result["bits"])
    return all(len(bits) == 1 for bits in worlds.values())


def agrees(result: dict[str, Any]) -> bool:
    """Whether a version did what theory says."""
    scores, epsilon = result["scores"], float(np.finfo(result["precision"]).eps)
    return max(abs(scores["change"]), abs(scores["moved"])) < FARTHEST and scores["trace error"] < ROUNDING * epsilon


def show(report: dict[str, Any], console: Console) -> None:
    """The tables, and whether what is claimed was found."""
    show_speeds(report, console, SCORES)
    if report["same bits"] is None:
        console.print("C: not measured; there is no C compiler")
    else:
        console.print(f"C and ours give the same bits: {'yes' if report['same bits'] else 'NO'}")
    show_claims(report, console, CLAIMED, CLAIMED_AT)


if __name__ == "__main__":
    run(__doc__, measure, show)
