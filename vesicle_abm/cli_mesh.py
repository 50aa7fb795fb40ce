"""The command ``mesh``: a scenario on a neuromorphic mesh."""

import argparse
import sys

from vesicle_abm.cli_experiments import Add
from vesicle_abm.core.errors import InputError

DONE = 0
JOULES = "EVENT=JOULES"


def add_mesh(command: Add) -> None:
    """Add the command to a parser; ``command(name, action, help)`` makes one."""
    mesh = command("mesh", run_mesh, "run a scenario as on a neuromorphic mesh: what fits, its packets, its rounding")
    mesh.add_argument("scenario", metavar="SCENARIO", help="the name of a shipped scenario, or a TOML file")
    mesh.add_argument("--seed", type=int, metavar="N", help="instead of the scenario's seed")
    mesh.add_argument("--steps", type=int, metavar="N", help="instead of the scenario's number of steps")
    mesh.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="replace a value")
    mesh.add_argument("--bits", type=int, default=8, metavar="B", help="of a weight: 16, 8 (default), 6, 4 or 2")
    mesh.add_argument("--cores", type=int, metavar="N", help="to use (default: 64, or as many as are needed)")
    mesh.add_argument("--partition", default="bisection", metavar="bisection|metis", help="default: bisection")
    mesh.add_argument("--rounding", default="stochastic", metavar="stochastic|nearest", help="default: stochastic")
    mesh.add_argument(
        "--joules", action="append", default=[], metavar=JOULES, help="what an event costs, say flit_hops=1e-12"
    )
    mesh.add_argument("--out", metavar="DIR", help="default: mesh/SCENARIO-SEED, or with -2, -3 … behind it")
    mesh.add_argument("--quiet", action="store_true", help="print the folder only")


def run_mesh(options: argparse.Namespace) -> int:
    """``mesh``."""
    from vesicle_abm.experiments.texts import parse_setting
    from vesicle_abm.neuromorphic.counts import check_joules
    from vesicle_abm.neuromorphic.emulation import emulate
    from vesicle_abm.neuromorphic.summary import summary
    from vesicle_abm.neuromorphic.writing import folder_for, write
    from vesicle_abm.scenario import Scenario
    from vesicle_abm.terminal import progress_bar

    joules = dict(joules_of(text) for text in options.joules)
    check_joules(joules)
    scenario = Scenario.load(options.scenario)
    for text in options.set:
        scenario = scenario.override(*parse_setting(text))
    seed = scenario.seed if options.seed is None else options.seed
    how = {"bits": options.bits, "cores": options.cores, "partitioner": options.partition}
    folder = folder_for(options.out, f"{scenario.name}-{seed}")
    try:
        with progress_bar(options.quiet, scenario.name) as report:
            found = emulate(scenario, seed=seed, steps=options.steps, rounding=options.rounding, report=report, **how)
    except BaseException:
        folder.rmdir()  # nothing has been written yet
        raise
    write(found, folder, joules)
    if options.quiet:
        sys.stdout.write(f"{folder}\n")
    else:
        summary(found, folder, joules)
    return DONE


def joules_of(text: str) -> tuple[str, float]:
    """``EVENT=JOULES``.

    >>> joules_of("flit_hops=1e-12")
    ('flit_hops', 1e-12)
    """
    name, _, cost = text.partition("=")
    try:
        return name, float(cost)
    except ValueError:
        raise InputError(f"got {text!r}; {JOULES} is allowed, say flit_hops=1e-12", "--joules") from None
