"""Where runs are done: executors as in ``concurrent.futures``, of processes on this machine or of a Dask cluster."""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from vesicle_abm.core.errors import InputError, RunStoppedError
from vesicle_abm.experiments.crew import end_crew, run_in_child
from vesicle_abm.experiments.execute import Failure, Job, Outcome
from vesicle_abm.experiments.identity import code_version
from vesicle_abm.experiments.store import STUDY
from vesicle_abm.views.world import cores

EXTRA = 'pip install "vesicle-abm[cluster]"'
MOST_WORKERS = 1024
PATIENCE_S = 30  # for a scheduler to answer


@dataclass(frozen=True)
class Engine:
    """So many runs at a time, each by ``submit(job)``."""

    slots: int
    submit: Callable[[Job], Future]


def batch_name() -> str:
    """A name for the children of one batch that no other batch on a cluster has."""
    return f"{socket.gethostname()}-{os.getpid()}-{time.monotonic_ns()}"


@contextlib.contextmanager
def on_this_machine(workers: int | None) -> Iterator[Engine]:
    """So many worker processes on this machine; None for one to each core that this process may use."""
    count = cores() if workers is None else workers
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_WORKERS:
        raise InputError(f"got {workers!r}; a whole number >= 1 and <= {MOST_WORKERS} is allowed", "--jobs")
    batch, threads = batch_name(), ThreadPoolExecutor(count, "vesicle-abm")
    try:
        yield Engine(count, lambda job: threads.submit(run_in_child, batch, job))
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        end_crew(batch)
        threads.shutdown(wait=True)


@contextlib.contextmanager
def on_cluster(address: str, folder: Path) -> Iterator[Engine]:
    """The workers of a Dask cluster, one run to each of their threads at a time, each in a process of its own.

    Raises
    ------
    InputError
        if there is no such cluster, or its workers do not see the study's folder or have another version of the code.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(f"a cluster needs Dask: {EXTRA}", "--cluster") from None
    try:
        client = Client(address, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"no scheduler answers at {address!r}: {error}", "--cluster") from None
    batch = batch_name()
    with client:
        threads = client.nthreads()
        if not threads:
            raise InputError(f"the cluster at {address!r} has no workers yet", "--cluster")
        _check_workers(client, folder)
        executor = client.get_executor(pure=False)
        try:
            yield Engine(sum(threads.values()), lambda job: executor.submit(run_in_child, batch, job))
        finally:
            executor.shutdown(wait=False)
            if client.status == "running":
                client.run(end_crew, batch)


def _check_workers(client, folder: Path) -> None:
    for worker, version in client.run(code_version).items():
        if version != code_version():
            words = f"the worker {worker} has version {version} of the code, and not {code_version()}"
            raise InputError(words, "--cluster")
    for worker, there in client.run(Path.is_file, folder / STUDY).items():
        if not there:
            raise InputError(f"the worker {worker} does not see the folder {str(folder)!r}", "--cluster")


def outcome_of(future: Future, job: Job) -> Outcome:
    """What became of a job, also where the cluster has lost it.

    Raises
    ------
    RunStoppedError
        if the cluster is gone.
    """
    try:
        return future.result()
    except CancelledError:
        raise RunStoppedError("the cluster has let go of the batch") from None
    except Exception as error:  # of the engine's own: Dask's worker has died, with all that was in it
        return Outcome(job.run_id, Failure("killed", f"{type(error).__name__}: {error}"))
