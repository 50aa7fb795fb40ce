"""What the command line shows of a run: a progress bar, then a summary table."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from vesicle_abm.experiments.progress import Event, json_lines
from vesicle_abm.experiments.progress import Report as BatchReport
from vesicle_abm.experiments.progress import silent as quiet_batch
from vesicle_abm.experiments.reproduction import Reproduction
from vesicle_abm.experiments.run import Report, Result, silent

if TYPE_CHECKING:
    from vesicle_abm.experiments.study import Study

ALWAYS = ("wall_s", "steps_per_s", "vesicles_max")  # metrics of every run
FAILURES_SHOWN = 10
TURNED = ("came", "went")
FEW = 3.0  # steps a second; of fewer, the time of one step says more
COUNTS = ("born", "alive", "absorbed", "expired", "cleared")


class Rate(ProgressColumn):
    """Steps a second."""

    def render(self, task) -> Text:
        """The rate of late."""
        if not task.completed:
            return Text("compiling, first time only")
        speed = task.speed or 0.0
        return Text(f"{speed:,.0f} steps/s" if speed >= FEW or not speed else f"{1.0 / speed:,.2g} s a step")


@contextlib.contextmanager
def progress_bar(quiet: bool, name: str) -> Iterator[Report]:
    """A bar with rate and time left, on standard error, from the first report on; gives the function to report to."""
    if quiet:
        yield silent
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True))
    task = bar.add_task(name, total=None)

    def report(done: int, steps: int) -> None:
        bar.start()
        bar.update(task, completed=done, total=steps)

    try:
        yield report
    finally:
        if bar.live.is_started:
            bar.stop()


def clock(seconds: float) -> str:
    """Seconds as hours, minutes and seconds.

    >>> clock(3725.4)
    '1:02:05'
    """
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"


def batch_words(event: Event) -> str:
    """The line of a batch: done, failed, running, rate, and time left."""
    words = f"{event.done} of {event.total} done, {event.failed} failed, {event.running} running"
    if event.found == event.total:
        return f"{words}; all had finished before"
    if event.eta_s is None:
        return f"{words}; compiling, first time only"
    rate = f"{event.rate:,.1f} runs/s" if event.rate >= 1 else f"{60 * event.rate:,.1f} runs/min"
    return f"{words}, {rate}, {clock(event.eta_s)} left"


@contextlib.contextmanager
def batch_line(quiet: bool, json_objects: bool, name: str) -> Iterator[BatchReport]:
    """A line that tells how a batch goes, on standard error; or a JSON object an event, on standard output; or nothing.

    Gives the function to report to. Where standard error is no terminal, the line is printed when the batch ends.
    """
    if quiet or json_objects:
        yield quiet_batch if quiet else json_lines
        return
    bar = Progress(TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True))
    task = bar.add_task(name)

    def report(event: Event) -> None:
        bar.start()
        if event.event == "damaged" and event.failure is not None:
            bar.console.print(f"[yellow]{event.run_id} is run again: {escape(event.failure.message)}[/yellow]")
        bar.update(task, description=f"{name}: {batch_words(event)}", completed=event.done, total=event.total)

    try:
        yield report
    finally:
        if bar.live.is_started:
            bar.stop()


def study_summary(study: "Study") -> None:
    """What a study has come to: its runs, the failures' reasons, and where everything lies."""
    console, failures = Console(soft_wrap=True, highlight=False), study.store.failures(study.run_ids)
    runs = len(set(study.run_ids))
    console.print(f"\n[bold]{escape(study.scenario.question)}[/bold]\n")
    console.print(f"{runs - len(failures)} of {runs} runs are done, {study.about['steps']:,} steps each")
    for run_id, failure in list(failures.items())[:FAILURES_SHOWN]:
        often = f"{failure['attempts']} attempt{'s' if failure['attempts'] > 1 else ''}"
        console.print(f"[red]{run_id} failed ({often}): {escape(failure['message'])}[/red]")
    if len(failures) > FAILURES_SHOWN:
        console.print(
            f"[red]and {len(failures) - FAILURES_SHOWN} more; see {escape(str(study.folder / 'failed'))}[/red]"
        )
    console.print(f"runs: {escape(str(study.folder))}")


def expectation(manifest: dict) -> str:
    """How to introduce what one should see: it was written for the scenario as its file has it."""
    changed = manifest["overrides"] or manifest["steps"] != manifest["data"].get("steps", manifest["steps"])
    return "What one should see of the scenario as it is in its file: " if changed else "What one should see: "


def table_of_counts(manifest: dict) -> Table:
    """What became of the vesicles of each kind, and of all; where some turn, how many came and went so."""
    by_kind, table = manifest["counts_by_kind"], Table("kind", box=None, pad_edge=False)
    names = [*COUNTS, *(name for name in TURNED if any(name in counts for counts in by_kind.values()))]
    for name in names:
        table.add_column(name, justify="right")
    for kind, counts in by_kind.items():
        table.add_row(kind, *(f"{counts[name]:,}" for name in names))
    table.add_row("all", *(f"{manifest['counts'][name]:,}" for name in COUNTS), style="bold")
    return table


def summary(result: Result) -> None:
    """Question, counts per kind, timing, and where everything lies."""
    manifest, console = result.manifest, Console()
    console.print(f"\n[bold]{manifest['question']}[/bold]\n[dim]{expectation(manifest)}{manifest['expect']}[/dim]\n")
    if "expected_alive" in manifest:
        table = Table("kind", "expected alive at the end", box=None, pad_edge=False)
        for kind, alive in manifest["expected_alive"].items():
            table.add_row(kind, f"{alive:,.2f}")
    else:
        table = table_of_counts(manifest)
    console.print(table)
    metrics = manifest["metrics"]
    for name, value in metrics.items():
        if name not in ALWAYS:
            console.print(f"{name} never" if value is None else f"{name} {value:,.4g}")
    console.print(
        f"\n{manifest['steps']:,} steps, seed {manifest['seed']}, {manifest['view']} view; "
        f"{metrics['wall_s']:.1f} s" + (f", {metrics['steps_per_s']:,.0f} steps/s" if metrics["steps_per_s"] else "")
    )
    for warning in manifest.get("warnings", ()):
        console.print(f"[yellow]warning: {warning}[/yellow]", soft_wrap=True)
    console.print(f"digest {manifest['digest'][:16]}…")
    console.print(f"series, figures and manifest: {result.path}", soft_wrap=True)


def comparison(found: Reproduction) -> None:
    """Whether a run came out the same again; where it did not, the first difference, and what is not as it was then."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{found.path}: " + ("the same again, to the bit" if found.equal else "not the same again"))
    if found.difference is not None:
        console.print(f"first difference, {found.difference}")
    for name in found.altered:
        console.print(f"{name} is not as the run left it: its checksum is another")
    for name, (then, now) in found.changed.items():
        console.print(f"{name} was {then}, and is {now}")
