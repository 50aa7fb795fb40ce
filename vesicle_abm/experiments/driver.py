"""The driver of a batch: it hands out runs a few at a time, tries again what may go better, and keeps the tally."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait

from vesicle_abm.core.errors import RunStoppedError
from vesicle_abm.experiments.engines import Engine, outcome_of
from vesicle_abm.experiments.execute import DISK, Failure, Job
from vesicle_abm.experiments.progress import Tally

AGAIN = {"exception", "timeout", "memory", "killed"}  # failures that another attempt may not meet
AHEAD = 2  # jobs a slot that are handed out, so that none waits for the driver

Note = Callable[[Job, Failure, int], None]  # a run that has failed for good, why, and after how many attempts


def drive(jobs: Iterator[Job], engine: Engine, retries: int, note: Note, tally: Tally) -> None:
    """Hand out jobs, a few at a time, until all have finished or failed for good.

    Raises
    ------
    RunStoppedError
        if the disk fails, or no worker process begins.
    """
    running: dict[Future, tuple[Job, int]] = {}

    def begin(job: Job, attempt: int) -> None:
        running[engine.submit(job)] = (job, attempt)
        tally.running = min(len(running), engine.slots)

    while True:
        while len(running) < AHEAD * engine.slots and (job := next(jobs, None)) is not None:
            begin(job, 1)
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            job, attempt = running.pop(future)
            failure = outcome_of(future, job).failure
            tally.running = min(len(running), engine.slots)
            if failure is None:
                tally.done += 1
                tally.tell("done", job.run_id)
            elif failure.kind in (DISK, "start"):
                raise RunStoppedError(_stops(failure, job))
            elif failure.kind in AGAIN and attempt <= retries:
                tally.tell("retried", job.run_id, failure)
                begin(job, attempt + 1)
            else:
                note(job, failure, attempt)
                tally.failed += 1
                tally.tell("failed", job.run_id, failure)


def _stops(failure: Failure, job: Job) -> str:
    if failure.kind == DISK:
        return f"cannot write into {job.folder!r}: {failure.message}"
    return f'{failure.message}; a script begins a batch under `if __name__ == "__main__":`'


@contextlib.contextmanager
def stoppable(tally: Tally) -> Iterator[None]:
    """Whatever stops a batch is told with the way to go on."""
    try:
        yield
    except (KeyboardInterrupt, RunStoppedError) as error:
        tally.tell("stopped")
        why = str(error) or "stopped"
        words = f"{why}; {tally.done} of {tally.total} runs are done, and the same command goes on with the others"
        raise RunStoppedError(words) from None
