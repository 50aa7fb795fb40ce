"""The command line: ``vesicle-abm``, also ``python -m vesicle_abm``.

Exit codes: 0 done; 1 a run failed or was stopped; 2 bad input, with a message and never a traceback (``--debug`` shows
it).
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from vesicle_abm.cli_exchange import add_exchange
from vesicle_abm.cli_experiments import Add, add_experiments
from vesicle_abm.cli_mesh import add_mesh
from vesicle_abm.core.errors import InputError, RunStoppedError
from vesicle_abm.version import VERSION

DONE, FAILED, BAD_INPUT = 0, 1, 2
DEFAULT_PORT = 8765
RUN_DIRECTORY = "the run directory (default: runs/SCENARIO-SEED, or with -2, -3 … behind it where that is taken)"
THREADS = "most threads (default: what VESICLE_ABM_THREADS says, or else all cores; the bits are the same)"
COMMAND = "vesicle-abm "  # a line that begins so is to be copied as it stands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parser().parse_args(given, argparse.Namespace(given=given))
    try:
        return options.command(options)
    except InputError as error:
        if options.debug:
            raise
        complain(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        complain("stopped")
        return FAILED
    except BrokenPipeError:
        return DONE
    except Exception as error:  # the last resort: whatever it is, say it in one line
        if options.debug:
            raise
        complain(last_words(error))
        return FAILED


def complain(message: str) -> None:
    """Say what is wrong, to standard error."""
    for line in message.splitlines():
        sys.stderr.write(f"{'' if line.startswith(COMMAND) else 'vesicle-abm: '}{line}\n")


def last_words(error: Exception) -> str:
    """One error that is not bad input, in a line or two."""
    if isinstance(error, RunStoppedError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"there is not enough memory for that ({error})" if str(error) else "there is not enough memory for that"
    return f"{type(error).__name__}: {error}\n(--debug shows where)"


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    top = argparse.ArgumentParser(
        prog="vesicle-abm", description="Neuromodulation as a population of moving vesicles.", parents=[common]
    )
    top.add_argument("--version", action="version", version=f"vesicle-abm {VERSION}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, action: Callable, text: str) -> argparse.ArgumentParser:
        found = commands.add_parser(name, help=text, description=text, parents=[common])
        found.set_defaults(command=action)
        return found

    command("list", list_scenarios, "list the shipped scenarios and the question that each answers")
    rules = command("rules", show_rules, "list the rules that a scenario can name, or show the parameters of some")
    rules.add_argument("name", nargs="?", metavar="NAME", help="a rule, a table of a scenario, or a class")
    check = command("check", check_scenarios, "check scenario files, and say everything that is wrong with them")
    check.add_argument("scenario", nargs="+", metavar="FILE", help="a TOML file, or the name of a shipped scenario")
    run = command("run", run_scenario, "run a scenario, with series, figures and a manifest at the end")
    run.add_argument("scenario", metavar="SCENARIO", help="the name of a shipped scenario, or a TOML file")
    run.add_argument("--seed", type=int, metavar="N", help="instead of the scenario's seed")
    run.add_argument("--steps", type=int, metavar="N", help="instead of the scenario's number of steps")
    run.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="replace a value, say kinds.dopamine.absorb=0.5"
    )
    run.add_argument("--view", metavar="VIEW", help="compiled, particles or density")
    run.add_argument("--out", metavar="DIR", help=RUN_DIRECTORY)
    run.add_argument("--save-every", type=int, metavar="N", help="steps between checkpoints (default: every 10 s)")
    run.add_argument("--threads", type=int, metavar="N", help=THREADS)
    run.add_argument("--quiet", action="store_true", help="print the run directory only")
    resume = command("resume", resume_run, "go on with a run that was stopped, from its last checkpoint")
    resume.add_argument("run", metavar="RUN_DIR", help="its run directory")
    resume.add_argument("--threads", type=int, metavar="N", help=THREADS)
    resume.add_argument("--quiet", action="store_true", help="print the run directory only")
    again = command("reproduce", reproduce_run, "make a finished run again, and compare it to the bit")
    again.add_argument("run", metavar="RUN_DIR", help="its run directory")
    again.add_argument("--threads", type=int, metavar="N", help=THREADS)
    again.add_argument("--quiet", action="store_true", help="no progress bar")
    add_experiments(command)
    add_mesh(command)
    add_exchange(command)
    figures = command("figures", draw_figures, "draw the HMN document's figures, each from a run")
    figures.add_argument("--out", default="figures", metavar="DIR", help="where to (default: figures)")
    bench = command("bench", run_bench, "run the benchmarks, and print how many times as fast as others ours is")
    bench.add_argument("name", nargs="*", metavar="NAME", help="some of them (default: all); --list says which")
    bench.add_argument("--list", action="store_true", help="list the benchmarks, and run none")
    bench.add_argument("--quick", action="store_true", help="small worlds; nothing can be read from them")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    for peer in ("Brian2", "NEST"):
        bench.add_argument(f"--{peer.lower()}", metavar="PYTHON", help=f"an interpreter that has {peer}")
    bench.add_argument(
        "--peers", nargs="+", default=[], metavar="PYTHON", help="interpreters that have agentpy, mesa-frames or ambr"
    )
    add_dashboard(command)
    return top


def add_dashboard(command: Add) -> None:
    """The dashboard and its options."""
    dashboard = command("dashboard", open_dashboard, "open the dashboard in a browser")
    dashboard.add_argument("scenario", nargs="?", metavar="SCENARIO", help="the scenario to begin with")
    dashboard.add_argument("--port", type=int, default=DEFAULT_PORT, metavar="P", help=f"default: {DEFAULT_PORT}")
    dashboard.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="to listen on (default: this machine)"
    )
    dashboard.add_argument("--hosted", action="store_true", help="let strangers in, each within limits")
    dashboard.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a name under which it is asked, too"
    )
    dashboard.add_argument("--runs", default="runs", metavar="DIR", help="the folder of runs to replay (default: runs)")
    dashboard.add_argument(
        "--limit", action="append", default=[], metavar="NAME=NUMBER", help="another limit, say nodes=1000"
    )


def list_scenarios(options: argparse.Namespace) -> int:
    """``list``."""
    from rich.console import Console
    from rich.table import Table

    from vesicle_abm.places import questions

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("scenario", no_wrap=True)
    table.add_column("the question that it answers")
    for name, question in questions().items():
        table.add_row(name, question)
    Console().print(table)
    return DONE


def show_rules(options: argparse.Namespace) -> int:
    """``rules``."""
    from rich.console import Console

    from vesicle_abm.rules import show, show_all

    console = Console(markup=False, emoji=False, highlight=False)
    if options.name is None:
        show_all(console)
    else:
        show(options.name, console)
    return DONE


def check_scenarios(options: argparse.Namespace) -> int:
    """``check``: every file is looked at, whatever is wrong with the others."""
    from vesicle_abm.core.machine import GIB, gib
    from vesicle_abm.scenario import Scenario

    bad = 0
    for name in options.scenario:
        try:
            needed = Scenario.load(name).check().total
            told = f", needs {gib(needed)} of memory" if needed > GIB else ""
            sys.stdout.write(f"{name}: good{told}\n")
        except InputError as error:
            if options.debug:
                raise
            bad += 1
            complain(str(error))
    return BAD_INPUT if bad else DONE


def run_scenario(options: argparse.Namespace) -> int:
    """``run``."""
    from vesicle_abm.experiments.run import run
    from vesicle_abm.experiments.texts import parse_setting
    from vesicle_abm.scenario import Scenario

    scenario = Scenario.load(options.scenario)
    overrides = dict(parse_setting(text) for text in options.set)
    for key, value in overrides.items():
        scenario = scenario.override(key, value)
    with progress(options.quiet, scenario.name) as report:
        result = run(
            scenario,
            seed=options.seed,
            steps=options.steps,
            view=options.view,
            out=options.out,
            save_every=options.save_every,
            overrides=overrides,
            threads=options.threads,
            report=report,
        )
    conclude(result, options.quiet)
    return DONE


def resume_run(options: argparse.Namespace) -> int:
    """``resume``."""
    from vesicle_abm.experiments.run import resume
    from vesicle_abm.experiments.rundir import RunDirectory

    if RunDirectory.open(options.run).finished:
        complain(f"{options.run}: finished already; nothing to do")
    with progress(options.quiet, options.run) as report:
        result = resume(options.run, report, threads=options.threads)
    conclude(result, options.quiet)
    return DONE


def reproduce_run(options: argparse.Namespace) -> int:
    """``reproduce``: 0 where the run comes out the same, 1 where it does not."""
    from vesicle_abm.experiments.reproduction import reproduce
    from vesicle_abm.terminal import comparison

    with progress(options.quiet, options.run) as report:
        found = reproduce(options.run, report, threads=options.threads)
    comparison(found)
    return DONE if found.equal else FAILED


def draw_figures(options: argparse.Namespace) -> int:
    """``figures``."""
    from vesicle_abm.experiments.document_figures import draw

    for path in draw(options.out):
        sys.stdout.write(f"{path}\n")
        sys.stdout.flush()
    return DONE


def run_bench(options: argparse.Namespace) -> int:
    """``bench``."""
    from rich.console import Console

    from vesicle_abm.benching import run_benchmarks, show_benchmarks

    console = Console(highlight=False)
    if options.list:
        show_benchmarks(console)
        return DONE
    pythons = {"brian2": [options.brian2], "nest": [options.nest], "peers": options.peers}
    pythons = {name: list(filter(None, given)) for name, given in pythons.items()}
    failures = run_benchmarks(options.name, options.quick, pythons, options.json, console)
    for name, failure in failures.items():
        complain(f"{name}: {failure}")
    return FAILED if failures else DONE


def open_dashboard(options: argparse.Namespace) -> int:
    """``dashboard``."""
    from vesicle_abm.places import scenario_path

    if options.scenario is not None:
        scenario_path(options.scenario)
    from vesicle_abm.dashboards.launch import serve

    given = {"host": options.host, "hosted": options.hosted, "names": options.allow_host}
    serve(options.scenario, options.port, **given, runs=options.runs, limits=options.limit)
    return DONE


def progress(quiet: bool, name: str):
    """A progress bar with rate and time left, as a context that gives the function to report to."""
    from vesicle_abm.terminal import progress_bar

    return progress_bar(quiet, name)


def conclude(result, quiet: bool) -> None:
    """Print what came out, and where it lies."""
    from vesicle_abm.terminal import summary

    if quiet:
        sys.stdout.write(f"{result.path}\n")
    else:
        summary(result)


if __name__ == "__main__":
    sys.exit(main())
