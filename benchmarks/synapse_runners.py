"""Runners: one version of the rule at one size and precision, here or in a process of Brian2's; checked and timed."""

import gc
import hashlib
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from plasticity_workload import CHECKED, Workload

WORKER = Path(__file__).with_name("brian2_worker.py")


class Runner:
    """What was measured: synapse updates a second, one number a repetition, by CPU and by wall time."""

    def __init__(self, name: str, workload: Workload, precision: str, steps: int):
        self.name, self.workload, self.precision, self.steps = name, workload, precision, steps
        self.cpu: list[float] = []
        self.wall: list[float] = []
        self.about: dict[str, Any] = {}

    def keep(self, cpu: float | None, wall: float) -> None:
        """Keep a repetition's seconds."""
        updates = self.steps * self.workload.synapses
        self.wall.append(updates / wall)
        if cpu is not None:
            self.cpu.append(updates / cpu)

    def result(self) -> dict[str, Any]:
        """Everything measured."""
        return {
            "version": self.name,
            "synapses": self.workload.synapses,
            "precision": self.precision,
            "steps": self.steps,
            "repetitions": len(self.wall),
            "updates_per_cpu_s": median(self.cpu) if self.cpu else None,
            "updates_per_wall_s": median(self.wall),
            "all_per_cpu_s": self.cpu,
            "all_per_wall_s": self.wall,
            **self.about,
        }


class Local(Runner):
    """A version in this process: anything with ``step``, ``weight``, ``fast``, ``slow`` and ``bytes_held``."""

    def __init__(self, name: str, build: Callable, workload: Workload, precision: str, theory: Any, seconds: float):
        begun = time.perf_counter()
        self.rule = build(workload, precision)
        self.rule.step()
        build_s = time.perf_counter() - begun
        for _ in range(CHECKED - 1):
            self.rule.step()
        learned = self.rule.weight, self.rule.fast, self.rule.slow
        scores, bits = theory.scores(*learned), hashlib.sha256(b"".join(array.tobytes() for array in learned))
        begun = time.perf_counter()
        self.rule.step()
        steps = max(1, round(seconds / (time.perf_counter() - begun)))
        super().__init__(name, workload, precision, steps)
        self.about = {
            "build_s": build_s,
            "bytes_per_synapse": self.rule.bytes_held / workload.synapses,
            "scratch_per_synapse": self.rule.scratch / workload.synapses,
            "scores": scores,
            "bits": bits.hexdigest(),
        }

    def repeat(self) -> None:
        """One timed repetition."""
        gc.collect()
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(self.steps):
            self.rule.step()
        self.keep(time.process_time() - cpu, time.perf_counter() - wall)

    def close(self) -> None:
        """Nothing is open."""


class Brian(Runner):
    """A version in a process of an interpreter that has Brian2."""

    def __init__(
        self,
        name: str,
        python: str,
        workload: Workload,
        precision: str,
        steps: int,
        mode: str,
        threads: int = 0,
        rule: str = "hmn",
    ):
        super().__init__(name, workload, precision, steps)
        options = {"synapses": workload.synapses, "precision": precision, "mode": mode, "threads": threads}
        options["rule"] = rule
        command = [python, str(WORKER), "--steps", str(steps)]
        command += [text for key, value in options.items() for text in (f"--{key}", str(value))]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        found = self._answer()
        self.about = {
            "build_s": found["build_s"],
            "bytes_per_synapse": found["bytes_held"] / workload.synapses,
            "scratch_per_synapse": 0.0,
            "scores": found["scores"],
            "brian2": found["brian2"],
            "numpy": found["numpy"],
        }

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise SystemExit(f"Brian2's worker ended without an answer; to see why, run: {' '.join(self.process.args)}")
        return json.loads(line)

    def repeat(self) -> None:
        """One timed repetition."""
        self.process.stdin.write("repeat\n")
        self.process.stdin.flush()
        self.keep(**self._answer())

    def close(self) -> None:
        """Let the process end."""
        self.process.stdin.close()
        self.process.wait(timeout=60)
