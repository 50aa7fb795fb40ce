"""Threads: a loop over rows in as many parts as pay. The bits are the same for every number of parts."""

import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

ROWS_PER_THREAD = 50_000  # fewer are not worth a thread


@functools.cache
def pool(threads: int) -> ThreadPoolExecutor:
    """Worker threads, shared by all models of the process; kernels run without Python's lock."""
    return ThreadPoolExecutor(threads, thread_name_prefix="vesicle_abm")


if hasattr(os, "register_at_fork"):  # threads do not survive a fork: a child makes its own
    os.register_at_fork(after_in_child=pool.cache_clear)


def split(loop: Callable, rows: int, threads: int, *arguments) -> list:
    """``loop(*arguments, first, last)`` over all rows, in as many parts as pay; what each part gave."""
    parts = min(threads, max(1, rows // ROWS_PER_THREAD))
    if parts == 1:
        return [loop(*arguments, 0, rows)]
    edges = [rows * part // parts for part in range(parts + 1)]
    return together([functools.partial(loop, *arguments, *edges[part : part + 2]) for part in range(parts)], parts)


def together(calls: list[Callable], threads: int) -> list:
    """What each call gives, the first made here and the others on so many threads less one; all have ended before an
    error is raised.
    """
    if threads == 1 or len(calls) == 1:
        return [call() for call in calls]
    jobs = [pool(threads - 1).submit(call) for call in calls[1:]]
    try:
        return [calls[0](), *(job.result() for job in jobs)]
    finally:
        wait(jobs)
