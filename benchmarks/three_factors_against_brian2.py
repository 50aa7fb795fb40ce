"""Claim: of the three-factor rule (traces and a dopamine gate alone), at 1e6 synapses, in float64, on one thread, the
compiled view makes at least 2 times the synapse updates a second of Brian2's Cython, and 3 times those of numpy;
against Brian2's C++ standalone the ratio is printed.

    python benchmarks/three_factors_against_brian2.py [--brian2 PYTHON] [--sizes E ...] [--quick] [--json FILE]

Both sides keep a fast and a slow trace: c = x_i z_j, fast <- fast k_f + c, slow <- slow k_s + c, and
w <- clip(w + eta D_j (fast + slow)), with D_j the dopamine at each neuron; 100 synapses a neuron on average, listed by
postsynaptic neuron. Ours, with all that surrounds a learn stage (dopamine's competition with other modulators, checks
of what is finite), and numpy run in this process, Brian2 in one of an interpreter that has it; how to get one is said
in ``synapse_updates_against_brian2.py``. Brian2's standalone measures its main loop by wall time, with -ffast-math and
without any checks. All versions in turns; medians over the repetitions; building and compiling shown apart. No chance
is involved: weights and traces agree with theory to rounding. It wants a quiet machine: the load is printed.
"""

from typing import Any

import numpy as np
from compiled_rule import CompiledRule, three_factors
from numpy_rule import NumpyThreeFactors
from plasticity_workload import ThreeFactorTheory, Workload
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

LOCAL = {
    OURS: lambda workload, precision: CompiledRule(workload, precision, threads=1, rule=three_factors),
    OURS_2: lambda workload, precision: CompiledRule(workload, precision, threads=2, rule=three_factors),
    NUMPY: NumpyThreeFactors,
    NUMPY_BLOCKS: lambda workload, precision: NumpyThreeFactors(workload, precision, BLOCK),
}
SCORES = ("weight error", "trace error")
CLAIMED = {(OURS, NUMPY): 3.0, (OURS, CYTHON): 2.0}
CLAIMED_AT = {"synapses": 1_000_000, "precision": "float64"}
ROUNDING = 20.0  # units of the precision's rounding, after the checked steps


def measure(plan: dict, brian2: str | None, console: Console) -> dict[str, Any]:
    """Run all versions at all sizes and precisions."""

    def results() -> list[dict]:
        found = []
        for size in plan["sizes"]:
            workload = Workload(size)
            theory = ThreeFactorTheory(workload)
            for precision in PRECISIONS:
                console.print(f"{size:,} synapses, {precision} …")
                runners: list[Local | Brian] = [
                    Local(name, build, workload, precision, theory, plan["seconds"]) for name, build in LOCAL.items()
                ]
                steps = runners[0].steps
                for name, mode in BRIAN.items() if brian2 else ():
                    runners.append(Brian(name, str(brian2), workload, precision, steps, rule="three", **mode))
                found += turns(runners, plan["repetitions"])
        return found

    return report_of(results, PAIRS, agrees)


def agrees(result: dict[str, Any]) -> bool:
    """Whether a version did what theory says."""
    return max(result["scores"].values()) < ROUNDING * float(np.finfo(result["precision"]).eps)


def show(report: dict[str, Any], console: Console) -> None:
    """The tables, and whether what is claimed was found."""
    show_speeds(report, console, SCORES)
    show_claims(report, console, CLAIMED, CLAIMED_AT)


if __name__ == "__main__":
    run(__doc__, measure, show)
