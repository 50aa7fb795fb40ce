"""What a batch tells while it runs: an event for each run that ends, with the numbers of all."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from vesicle_abm.experiments.execute import Failure


@dataclass(frozen=True)
class Event:
    """Something that happened to a batch: "damaged", "began", "done", "retried", "failed", "stopped" or
    "ended".

    ``found``: runs that had finished before it began; ``done`` counts them too. ``rate``: runs a second of those done
    now; ``eta_s``: seconds left at that rate, None before the first.
    """

    event: str
    total: int
    done: int
    failed: int
    running: int
    found: int
    elapsed_s: float
    rate: float
    eta_s: float | None
    run_id: str = ""
    failure: Failure | None = None


Report = Callable[[Event], None]


def silent(event: Event) -> None:
    """Report nothing."""


def json_lines(event: Event) -> None:
    """One JSON object a line, to standard output."""
    sys.stdout.write(json.dumps(asdict(event), ensure_ascii=False) + "\n")
    sys.stdout.flush()


class Tally:
    """The numbers of a batch, told with each event."""

    def __init__(self, total: int, found: int, report: Report):
        self.total, self.found, self.done, self.failed, self.running = total, found, found, 0, 0
        self._report, self._began = report, time.monotonic()

    def find(self, number: int, total: int) -> None:
        """So many more runs have finished already, of so many in all."""
        self.found, self.done, self.total = self.found + number, self.done + number, total

    def tell(self, event: str, run_id: str = "", failure: Failure | None = None) -> None:
        """Report an event."""
        elapsed = time.monotonic() - self._began
        ended = self.done + self.failed - self.found
        rate = ended / elapsed if elapsed else 0.0
        left = (self.total - self.done - self.failed) / rate if rate else None
        counts = (self.total, self.done, self.failed, self.running, self.found)
        self._report(Event(event, *counts, round(elapsed, 3), round(rate, 3), left and round(left, 1), run_id, failure))
