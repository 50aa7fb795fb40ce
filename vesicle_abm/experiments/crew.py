"""Worker processes, one to each thread that asks for runs: what happens in a process happens to its run alone.

An executor's thread, on this machine or on a cluster's, calls ``run_in_child``. The thread has one process of its own
(a pebble pool of one), which lasts from run to run, so that imports and compilation are paid once; a process that dies
takes nothing with it but the run that it was at, and is replaced.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver, resource_tracker

from pebble import ProcessExpired, ProcessPool

from vesicle_abm.experiments.execute import Failure, Job, Outcome, execute
from vesicle_abm.experiments.limits import end_with, watch_memory, why
from vesicle_abm.views.world import THREADS

BEGINNINGS = 5  # processes in a row that may end before they take up a run
ONE_THREAD = (THREADS, "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
PRELOADED = "vesicle_abm.experiments.execute"

_BEGINNING = threading.Lock()


class Child:
    """A worker process, begun when it is first needed and again when it has died, until ``end``."""

    def __init__(self) -> None:
        self._pool: ProcessPool | None = None
        self._future: Future | None = None
        self._ended = False
        self._lock = threading.Lock()

    def run(self, job: Job) -> Outcome:
        """What becomes of a job in the process, whatever happens to that."""
        for _ in range(BEGINNINGS):
            try:
                return self._hand_out(job).result()
            except CancelledError:
                return Outcome(job.run_id, Failure("killed", "the batch has ended"))
            except ProcessExpired as end:
                self._drop()
                return Outcome(job.run_id, Failure(*why(end.exitcode, job.timeout_s, job.memory_limit)))
            except (BrokenProcessPool, RuntimeError):  # it died before it took up the run
                self._drop()
        return Outcome(job.run_id, Failure("start", f"{BEGINNINGS} worker processes have ended before they began"))

    def _hand_out(self, job: Job) -> Future:
        with self._lock:
            if self._ended:
                raise CancelledError
            self._pool = self._pool or _pool(job.memory_limit)
            self._future = self._pool.schedule(execute, args=(job,))
            return self._future

    def _drop(self) -> None:
        """End the process; the next run has another."""
        with self._lock:
            if self._pool is not None:
                self._pool.stop()
                self._pool.join()
                self._pool = None

    def end(self) -> None:
        """End the process and the run that it is at, and begin none any more."""
        with self._lock:
            self._ended = True
            if self._future is not None:
                self._future.cancel()
        self._drop()


def _pool(memory_limit: int | None) -> ProcessPool:
    """A pool of one process, begun."""
    if multiprocessing.current_process().daemon:  # as a cluster's workers are, which could have no children so
        multiprocessing.current_process().daemon = False
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload([PRELOADED])
        with _BEGINNING, one_thread():
            resource_tracker.ensure_running()  # which the fork server would begin, and which unblocks interrupts then
            with without_interrupts():
                forkserver.ensure_running()
    return ProcessPool(max_workers=1, initializer=begin, initargs=(os.getpid(), memory_limit), context=context)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """An environment in which libraries that are loaded use one thread each."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """Processes begun inside never see a Ctrl-C: it is for their driver to end them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def begin(driver: int, memory_limit: int | None) -> None:
    """What a worker process does first."""
    import pyarrow as pa

    end_with(driver)
    os.environ[THREADS] = "1"
    pa.set_cpu_count(1)
    if memory_limit is not None:
        watch_memory(memory_limit)


class Crew:
    """The children of one batch in one process, a child to a thread."""

    def __init__(self) -> None:
        self._children: dict[int, Child] = {}
        self._ended = False
        self._lock = threading.Lock()

    def child(self) -> Child:
        """This thread's child."""
        with self._lock:
            child = self._children.setdefault(threading.get_ident(), Child())
        if self._ended:
            child.end()
        return child

    def end(self) -> None:
        """End all children, those to come as well."""
        with self._lock:
            self._ended = True
            children = list(self._children.values())
        for child in children:
            child.end()


_CREWS: dict[str, Crew] = {}


def run_in_child(batch: str, job: Job) -> Outcome:
    """Do a job in this thread's child; ``batch`` names the crew."""
    return _CREWS.setdefault(batch, Crew()).child().run(job)


def end_crew(batch: str) -> None:
    """End a batch's children in this process."""
    _CREWS.setdefault(batch, Crew()).end()
