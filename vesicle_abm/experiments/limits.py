"""What a worker process lets a run have: so much time, so much memory, and not a moment after its driver has ended.

A run that takes too long is ended by the system's own alarm, which no loop of C can hold back. Memory is what the
process has held at most (its resident set's high-water mark), looked at fifty times a second and after the run.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.machine import gib

try:
    import resource
except ImportError:  # a system without limits on processes
    resource = None  # type: ignore[assignment]

OUT_OF_MEMORY = 86  # exit code of a worker that has held more than it may
PREPARING_S = 300.0  # that imports and compilation may take, beside the limit
LOOK_S = 0.02
PR_SET_PDEATHSIG = 1  # linux/prctl.h
SIZES = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
UNIT = 1 if sys.platform == "darwin" else 1024  # bytes of ru_maxrss


def read_size(text: str | float | None) -> int | None:
    """Bytes: a number, or text such as "500M" or "2.5 GiB".

    >>> read_size("2G"), read_size("1.5 MiB")
    (2147483648, 1572864)
    """
    if text is None:
        return None
    words = str(text).strip().upper().removesuffix("B").removesuffix("I")
    scale = SIZES.get(words[-1:], 1)
    try:
        size = int(float(words[:-1] if scale > 1 else words) * scale)
    except (ValueError, OverflowError):
        size = 0
    if size < 1:
        raise InputError(f"got {text!r}; bytes, or a number with K, M, G or T are allowed, say 2G", "--memory-limit")
    return size


def check_limits(timeout_s: float | None, memory_limit: int | None) -> None:
    """Refuse limits that are none, or that this system cannot keep."""
    if timeout_s is not None and not 0 < timeout_s < float("inf"):
        raise InputError(f"got {timeout_s!r}; seconds > 0 are allowed", "--timeout")
    if timeout_s is not None and not hasattr(signal, "setitimer"):
        raise InputError("this system has no alarms for processes", "--timeout")
    if memory_limit is not None and resource is None:
        raise InputError("this system does not tell what a process holds", "--memory-limit")


@contextlib.contextmanager
def alarm(seconds: float | None) -> Iterator[None]:
    """End this process after so many seconds; the clock can be set anew inside."""
    if seconds is not None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        if seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, 0.0)


def most_held() -> int:
    """Bytes of memory that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT


def watch_memory(limit: int) -> None:
    """End this process once it has held more than so many bytes."""

    def look() -> None:
        while True:
            end_beyond(limit)
            time.sleep(LOOK_S)

    threading.Thread(target=look, name="memory limit", daemon=True).start()


def end_beyond(limit: int | None) -> None:
    """End this process if it has held more than so many bytes."""
    if limit is not None and most_held() > limit:
        os._exit(OUT_OF_MEMORY)


def end_with(driver: int) -> None:
    """Have the system end this process when its parent ends, and the parent's when the driver does (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        try:
            os.kill(driver, 0)
        except ProcessLookupError:
            os._exit(1)


def why(code: int | None, timeout_s: float | None, memory_limit: int | None) -> tuple[str, str]:
    """What the exit code of a worker says: a kind of failure, and a sentence."""
    if code == OUT_OF_MEMORY and memory_limit is not None:
        return "memory", f"it held more than {gib(memory_limit)} of memory"
    if code is not None and code < 0:
        if hasattr(signal, "SIGALRM") and -code == signal.SIGALRM and timeout_s is not None:
            return "timeout", f"it took more than {timeout_s:g} s"
        hint = "; the system does so when memory runs out" if -code == signal.SIGKILL else ""
        return "killed", f"its worker was ended by {signal.Signals(-code).name}{hint}"
    return "killed", f"its worker ended with exit code {code}"
