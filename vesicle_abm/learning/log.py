"""What a training has come to, and the bar that shows it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Log:
    """What a training has come to: ``loss``, ``validation`` (the loss itself where there is none), ``gradient`` (its
    norm), an entry for each number of updates; ``best``, the number of them with the lowest validation loss; ``fell``,
    with the last that was lower than the one before by what counts.
    """

    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    gradient: list[float] = field(default_factory=list)
    best: int = 0
    fell: int = 0

    def add(self, loss: float, validation: float, gradient: float, least: float) -> bool:
        """Note an entry; whether it is the best so far. ``least``, how much lower counts as having fallen."""
        for column, value in ((self.loss, loss), (self.validation, validation), (self.gradient, gradient)):
            column.append(value)
        better = len(self.loss) == 1 or validation < self.validation[self.best]
        self.best = len(self.loss) - 1 if better else self.best
        if validation < self.validation[self.fell] - least:
            self.fell = len(self.loss) - 1
        return better

    def frame(self) -> "pd.DataFrame":
        """A row for each number of updates, from 0."""
        import pandas as pd

        columns = {"loss": self.loss, "validation": self.validation, "gradient": self.gradient}
        return pd.DataFrame(columns).rename_axis("updates")


@contextmanager
def progress_bar(quiet: bool, epochs: int) -> Iterator[Callable[[int, Log], None]]:
    """A bar with the loss, on standard error; gives the function to report to."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), disable=quiet)
    with bar:
        task = bar.add_task("training", total=epochs)

        def report(epoch: int, log: Log) -> None:
            words = f"loss {log.loss[-1]:.5g}, best {log.validation[log.best]:.5g}"
            bar.update(task, completed=epoch, description=words)

        yield report
