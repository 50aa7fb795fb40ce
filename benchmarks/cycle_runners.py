"""Running, timing and counting one version of the vesicle cycle: in this process, or in that of another interpreter.

Needs numpy only, of what is installed.
"""

import contextlib
import gc
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from workload import Tally, Workload

WORKER = Path(__file__).with_name("peer_worker.py")


class NotMeasuredError(RuntimeError):
    """A version that cannot be measured, with the reason."""


class Version(Protocol):
    """What a version of the workload gives; counts are since the start."""

    alive: int
    born: int
    docked: int
    absorbed: int

    def step(self) -> None:
        """One step."""

    def where(self) -> Any:
        """(alive,) the node of each vesicle."""


class Local:
    """One version in this process."""

    def __init__(self, name: str, build: Callable[[], Version], workload: Workload, seconds: float, warm_up: int):
        self.name, self.workload, self.tally = name, workload, Tally()
        tracemalloc.start()
        self.version = build()
        held = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        self.bytes = getattr(self.version, "bytes_per_vesicle", held / max(self.version.alive, 1))
        self.cpu: list[float] = []  # vesicle-steps a second
        self.wall: list[float] = []
        self.run(warm_up)
        cpu, _, _ = self.run(1)
        self.steps = max(1, round(seconds / max(cpu, 1e-6)))

    def run(self, steps: int) -> tuple[float, float, int]:
        """(CPU seconds, wall seconds, vesicle-steps) of so many steps."""
        version, visits = self.version, 0
        born, alive_before = version.born, version.alive
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(steps):
            version.step()
            visits += version.alive
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        visits += alive_before - version.alive + version.born - born  # those that a step began with, and its newborns
        self.tally.steps += steps
        self.tally.visits += visits
        return cpu, wall, visits

    def repeat(self) -> None:
        """One timed repetition."""
        gc.collect()
        cpu, wall, visits = self.run(self.steps)
        self.cpu.append(visits / max(cpu, 1e-9))
        self.wall.append(visits / max(wall, 1e-9))

    def result(self) -> dict[str, Any]:
        """Everything measured."""
        return {
            "version": self.name,
            "world": self.workload.name,
            "nodes": self.workload.nodes,
            "vesicles": self.workload.vesicles,
            "width": self.workload.width,
            "steps": self.steps,
            "repetitions": len(self.cpu),
            "vesicle_steps_per_cpu_s": median(self.cpu),
            "vesicle_steps_per_wall_s": median(self.wall),
            "all_per_cpu_s": self.cpu,
            "all_per_wall_s": self.wall,
            "bytes_per_vesicle": self.bytes,
            "visits": self.tally.visits,
            "docked": self.version.docked,
            "scores": self.tally.scores(self.workload, self.version),
        }

    def close(self) -> None:
        """Let go of the version."""
        del self.version


class Remote:
    """One version in a process of another interpreter; ``file`` holds the start.

    Raises
    ------
    NotMeasuredError
        with the worker's last words, if it breaks.
    """

    def __init__(self, name: str, python: str, workload: Workload, file: Path, seconds: float):
        self.name = name
        command = [python, str(WORKER), name, str(file), str(seconds)]
        command += [str(number) for number in (workload.nodes, workload.vesicles, workload.width)]
        environment = os.environ | {"POLARS_MAX_THREADS": "1"}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self.answer()

    def ask(self, what: str) -> Any:
        """Send a word and wait for the answer."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # then there is no answer either
            self.process.stdin.write(what + "\n")
            self.process.stdin.flush()
        return self.answer()

    def answer(self) -> Any:
        """The next line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            error = self.process.stderr.read() if self.process.stderr else ""
            self.process.wait()
            raise NotMeasuredError((error.strip().splitlines() or ["it ended without a word"])[-1])
        return json.loads(line)

    def repeat(self) -> None:
        """One timed repetition."""
        self.ask("repeat")

    def result(self) -> dict[str, Any]:
        """Everything measured."""
        return self.ask("result")

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def interpreter_with(package: str, pythons: list[str]) -> tuple[str, str] | None:
    """The first interpreter, this one before the others, that has a package, and the package's version."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    for python in (sys.executable, *pythons):
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return python, done.stdout.strip()
    return None
