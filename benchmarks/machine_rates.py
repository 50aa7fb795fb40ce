"""Measuring what a machine does at best: bytes copied, random look-ups, draws; in C, or in numpy where it must be."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from c_library import NotBuiltError, build

AHEAD = 32  # places behind the last one that the C loop looks at
TABLES = tuple(2**power for power in range(14, 30, 3))  # bytes of the tables that are looked up: 16 KiB to 512 MiB
FULL = {"elements": 2**24, "lookups": 2**22, "blocks": 2**22, "repetitions": 7, "tables": TABLES}
QUICK = {"elements": 2**14, "lookups": 2**12, "blocks": 2**12, "repetitions": 2, "tables": TABLES[:2]}
COPIED, TRIAD = 16, 24  # bytes read and written for an element, without what a cache reads before it writes


@dataclass
class Task:
    """Something to do ``amount`` of; ``prepare`` gives a thread its own call. ``table``: bytes looked up in, or 0."""

    name: str
    unit: str
    amount: float
    prepare: Callable[[], Callable[[], Any]]
    table: int = 0

    def rate(self, threads: int, repetitions: int) -> float:
        """Amounts a second, the best of the repetitions: by CPU time on one thread, by wall time on several."""
        calls = [self.prepare() for _ in range(threads)]
        clock, best = time.process_time if threads == 1 else time.perf_counter, 0.0
        with ThreadPoolExecutor(threads) as pool:
            for _ in range(repetitions + 1):  # the first touches the pages
                begun = clock()
                list(pool.map(lambda call: call(), calls))
                best = max(best, threads * self.amount / (clock() - begun))
        return best


def tasks(plan: dict) -> tuple[str, list[Task]]:
    """What they are written in, and the tasks."""
    try:
        return "C", in_c(plan, build("roofline.c"))
    except NotBuiltError as error:
        return f"numpy, since there is {error}", in_numpy(plan)


def in_c(plan: dict, library) -> list[Task]:
    """The tasks as C loops."""
    count, lookups, blocks = plan["elements"], plan["lookups"], plan["blocks"]

    def call(function: str, *arguments) -> Callable[[], Any]:
        return partial(getattr(library, function), *map(as_argument, arguments))

    def streams(function: str, arrays: int) -> Callable[[], Any]:
        return call(function, *(np.ones(count) for _ in range(arrays)), count)

    def gather(size: int) -> Callable[[], Any]:
        table, where = looked_up(size, lookups + AHEAD)
        return call("gather", table, where, lookups)

    return [
        Task("copy", "GB/s", COPIED * count / 1e9, partial(streams, "copy", 2)),
        Task("triad", "GB/s", TRIAD * count / 1e9, partial(streams, "triad", 3)),
        Task("Philox blocks", "M/s", blocks / 1e6, partial(call, "philox", blocks)),
        *(Task(gather_name(size), "M/s", lookups / 1e6, partial(gather, size), size) for size in plan["tables"]),
    ]


def in_numpy(plan: dict) -> list[Task]:
    """The tasks as numpy does them."""
    count, lookups, blocks = plan["elements"], plan["lookups"], plan["blocks"]

    def copy() -> Callable[[], Any]:
        return partial(np.copyto, np.ones(count), np.ones(count))

    def triad() -> Callable[[], Any]:
        to, a, b = np.ones(count), np.ones(count), np.ones(count)
        return lambda: np.add(a, np.multiply(b, 3.0, out=to), out=to)

    def draw() -> Callable[[], Any]:
        return partial(np.random.Generator(np.random.Philox(7)).bytes, 16 * blocks)

    def gather(size: int) -> Callable[[], Any]:
        table, where = looked_up(size, lookups)
        return partial(np.take, table, where, out=np.empty(lookups), mode="clip")

    return [
        Task("copy", "GB/s", COPIED * count / 1e9, copy),
        Task("triad", "GB/s", TRIAD * count / 1e9, triad),
        Task("Philox blocks", "M/s", blocks / 1e6, draw),
        *(Task(gather_name(size), "M/s", lookups / 1e6, partial(gather, size), size) for size in plan["tables"]),
    ]


def as_argument(value: Any) -> Any:
    """An array's address, held together with the array; other numbers as 64 bits."""
    import ctypes

    if isinstance(value, np.ndarray):
        return np.ctypeslib.as_ctypes(value)
    return ctypes.c_int64(value)


def looked_up(size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """A table of so many bytes, and (count,) places in it, at random."""
    table = np.ones(size // 8)
    return table, np.random.default_rng(3).integers(len(table), size=count, dtype=np.int32)


def gather_name(size: int) -> str:
    """Look-ups in a table of so many bytes."""
    unit, scale = ("MiB", 2**20) if size >= 2**20 else ("KiB", 2**10)
    return f"look-ups in {size // scale} {unit}"
