"""The commands that run studies: ``batch``, ``ablate``, ``sensitivity``, ``optimise``, and ``report``."""

import argparse
import contextlib
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vesicle_abm.core.errors import InputError, RunStoppedError

if TYPE_CHECKING:
    import pandas as pd

DONE, FAILED = 0, 1
COMMAND = "vesicle-abm "  # a line that begins so is to be copied as it stands
RANGE = "KEY=LOW:HIGH"

Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_experiments(command: Add) -> None:
    """Add the commands to a parser; ``command(name, action, help)`` makes one."""
    batch = command("batch", run_batch, "run replicates of a scenario under each condition of a design")
    add_study(batch, replicates=1)
    design = batch.add_mutually_exclusive_group()
    design.add_argument(
        "--sweep", action="append", metavar="KEY=V1,V2", help="values to try; several make a grid of all combinations"
    )
    design.add_argument("--list", metavar="FILE.csv", help="the conditions: keys on top, a condition a row")
    design.add_argument("--lhs", nargs="+", metavar=("N", f"{RANGE}[:log][:int]"), help="N of a Latin hypercube")
    design.add_argument("--sobol", nargs="+", metavar=("N", f"{RANGE}[:log][:int]"), help="N of a Sobol' sequence")
    batch.add_argument("--unpaired", action="store_true", help="other seeds in every condition")

    ablate = command("ablate", run_ablate, "take every part of a model out, and put only it in, with the same seeds")
    add_study(ablate, replicates=10)
    ablate.add_argument("--metric", action="append", default=[], metavar="NAME", help="what it is judged by")
    ablate.add_argument("--match", default="none", metavar="none|mean", help="mean: keep the mean size of updates")
    ablate.add_argument(
        "--part", action="append", default=[], metavar="GROUP", help="plasticity, task.meta, kinds.NAME"
    )

    sensitivity = command("sensitivity", run_sensitivity, "find which parameters a metric depends on")
    add_study(sensitivity, replicates=1)
    add_ranges(sensitivity)
    sensitivity.add_argument("--method", default="morris", metavar="morris|sobol", help="default: morris")
    sensitivity.add_argument("--samples", type=int, metavar="N", help="trajectories (16), or points of Sobol' (64)")

    optimise = command("optimise", run_optimise, "look for the parameters at which a metric is best")
    add_study(optimise, replicates=1)
    add_ranges(optimise)
    to = optimise.add_mutually_exclusive_group(required=True)
    for direction in ("maximise", "minimise"):
        to.add_argument(f"--{direction}", dest="direction", action="store_const", const=direction)
    optimise.add_argument("--trials", type=int, default=50, metavar="N", help="points to try (default: 50)")
    optimise.add_argument("--at-once", type=int, default=4, metavar="N", help="points run together (default: 4)")

    report = command("report", write_report, "write a study's report, one HTML file, and its numbers as CSV")
    report.add_argument("study", metavar="DIR", help="the study's folder")
    report.add_argument("--metric", action="append", default=[], metavar="NAME", help="to show (default: the study's)")
    report.add_argument("--reference", metavar="CONDITION", help="that others are compared with")
    report.add_argument("--level", type=float, default=0.95, metavar="P", help="of intervals (default: 0.95)")
    report.add_argument("--intervals", default="t", metavar="t|bootstrap", help="default: t")


def add_study(command: argparse.ArgumentParser, replicates: int) -> None:
    """The options of every command that runs a study."""
    command.add_argument("scenario", metavar="SCENARIO", help="the name of a shipped scenario, or a TOML file")
    runs = f"runs of each condition (default: {replicates})"
    command.add_argument("--replicates", type=int, default=replicates, metavar="R", help=runs)
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="replace a value in every run")
    command.add_argument("--seed", type=int, metavar="N", help="the root of all seeds (default: the scenario's)")
    command.add_argument("--steps", type=int, metavar="N", help="instead of the scenario's number of steps")
    command.add_argument("--view", metavar="VIEW", help="compiled, particles or density")
    command.add_argument(
        "--measure", action="append", default=[], metavar="FILE.py:FUNCTION", help="metrics of your own"
    )
    command.add_argument("--out", required=True, metavar="DIR", help="the study's folder; of the same study, to go on")
    where = command.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=int, metavar="J", help="worker processes (default: one to each core)")
    where.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler, whose workers see the folder as well")
    command.add_argument("--timeout", type=float, metavar="S", help="seconds that a run may take")
    command.add_argument("--memory-limit", metavar="SIZE", help="memory that a worker may hold, say 2G")
    command.add_argument(
        "--retries", type=int, default=1, metavar="N", help="attempts more for what fails (default: 1)"
    )
    told = command.add_mutually_exclusive_group()
    told.add_argument("--quiet", action="store_true", help="print the folder only")
    told.add_argument("--json-lines", action="store_true", help="print one JSON object for each event")


def add_ranges(command: argparse.ArgumentParser) -> None:
    """A metric, and the ranges that it is looked at over."""
    command.add_argument(
        "range", nargs="+", metavar=RANGE, help="of a parameter; :log for equal ratios, :int for whole"
    )
    command.add_argument("--metric", required=True, metavar="NAME", help="what it is judged by")


def run_batch(options: argparse.Namespace) -> int:
    """``batch``."""
    from vesicle_abm.experiments.batch import batch
    from vesicle_abm.experiments.texts import sweep_of
    from vesicle_abm.terminal import study_summary

    sweep = [sweep_of(text) for text in options.sweep or ()]
    keys = [key for key, _ in sweep]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError("stands twice; one --sweep a key is allowed", key)
    lhs, sobol = (sample_of(name, getattr(options, name)) for name in ("lhs", "sobol"))
    design: dict[str, Any] = {"sweep": dict(sweep), "rows": options.list, "lhs": lhs, "sobol": sobol}
    with study_options(options) as how:
        batch(options.scenario, **design, paired=not options.unpaired, **how)
    return concluded(options, study_summary)


def sample_of(name: str, words: list[str] | None) -> tuple[int, list[str]] | None:
    """``N KEY=LOW:HIGH …``."""
    if words is None:
        return None
    if not words[0].isdecimal() or len(words) < 2:
        raise InputError(f"got {' '.join(words)!r}; N {RANGE} … is allowed", f"--{name}")
    return int(words[0]), words[1:]


def run_ablate(options: argparse.Namespace) -> int:
    """``ablate``."""
    from vesicle_abm.experiments.ablation import ablate

    with study_options(options) as how:
        table = ablate(options.scenario, metric=options.metric, match=options.match, parts=options.part, **how)
    return concluded(
        options, table_printer(table[["part", "metric", "full", "without", "delta", "low", "high", "p_holm"]])
    )


def run_sensitivity(options: argparse.Namespace) -> int:
    """``sensitivity``."""
    from vesicle_abm.experiments.sensitivity import sensitivity

    own = {"metric": options.metric, "method": options.method, "samples": options.samples}
    with study_options(options) as how:
        table = sensitivity(options.scenario, options.range, **own, **how)
    return concluded(options, table_printer(table))


def run_optimise(options: argparse.Namespace) -> int:
    """``optimise``."""
    from vesicle_abm.experiments.optimisation import MAXIMISE, optimise

    own = {"metric": options.metric, "direction": options.direction, "trials": options.trials}
    with study_options(options) as how:
        table = optimise(options.scenario, options.range, at_once=options.at_once, **own, **how)
    best = table.dropna().sort_values(options.metric, ascending=options.direction != MAXIMISE, kind="stable")
    return concluded(options, table_printer(best.drop(columns="best").head(5)))


def write_report(options: argparse.Namespace) -> int:
    """``report``."""
    from vesicle_abm.experiments.report import report

    about = {"metrics": options.metric, "reference": options.reference, "level": options.level}
    sys.stdout.write(f"{report(options.study, method=options.intervals, **about)}\n")
    return DONE


@contextlib.contextmanager
def study_options(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """What ``add_study`` has asked for, as arguments; whatever stops the study is told with the command to go on."""
    from vesicle_abm.experiments.texts import parse_setting
    from vesicle_abm.terminal import batch_line

    try:
        with batch_line(options.quiet, options.json_lines, Path(options.scenario).stem) as report:
            yield {
                "overrides": dict(parse_setting(text) for text in options.set),
                "replicates": options.replicates,
                "seed": options.seed,
                "steps": options.steps,
                "view": options.view,
                "metrics": options.measure,
                "out": options.out,
                "workers": options.jobs,
                "cluster": options.cluster,
                "timeout_s": options.timeout,
                "memory_limit": options.memory_limit,
                "retries": options.retries,
                "report": report,
            }
    except RunStoppedError as error:
        raise RunStoppedError(f"{error}:\n{COMMAND}{shlex.join(options.given)}") from None


def concluded(options: argparse.Namespace, show: Callable) -> int:
    """Print what came out, as it was asked for; the exit code."""
    from vesicle_abm.experiments.study import Study

    study = Study.open(options.out)
    if options.quiet:
        sys.stdout.write(f"{options.out}\n")
    elif not options.json_lines:
        show(study)
        sys.stdout.write(f"a report of it: {COMMAND}report {shlex.quote(options.out)}\n")
    return FAILED if study.store.failures(study.run_ids) else DONE


def table_printer(table: "pd.DataFrame") -> Callable:
    """Prints a table, and then what a study has come to."""

    def show(study) -> None:
        from vesicle_abm.terminal import study_summary

        study_summary(study)
        sys.stdout.write(f"\n{table.to_string(index=False, float_format='{:.4g}'.format, na_rep='-')}\n\n")

    return show
