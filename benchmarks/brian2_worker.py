"""The workload in Brian2, run by an interpreter that has it: one process a version, JSON lines in and out.

    python benchmarks/brian2_worker.py --synapses E --precision float32|float64 --mode cython|standalone --steps N
        --rule hmn|three

It builds, compiles, runs the checked steps and says so in one line; then times N steps for each line that it reads. In
the mode "standalone" Brian2 writes and compiles one C++ program, and times its main loop itself (wall time).

The rule "three" is traces and the dopamine gate alone. Brian2 expresses the whole rule too, but: its ``(summed)``
variables know sums only, so the softmax does not subtract the largest score first, and overflows where beta * h * c
exceeds 709 (88 in float32), which this workload's scores never do; and the gate's ``rand()`` is one sequential stream,
so results depend on order and threads. Its standalone mode compiles with -ffast-math, its own default.
"""

import argparse
import json
import os
import sys
import tempfile
import time

import numpy as np
from plasticity_workload import (
    ATTENTION_BETA,
    CHANCE_BETA,
    CHANCE_THETA,
    CHECKED,
    CONTEXT_RATE,
    EMBEDDING_RATE,
    ETA_DOPAMINE,
    ETA_GLOBAL,
    ETA_LOCAL,
    FREQUENCY,
    GLOBAL_CONTEXT,
    HIGH,
    KEEP_FAST,
    KEEP_SLOW,
    LOW,
    MODULATION_BETA,
    MODULATORS,
    PATTERNS,
    SEED,
    Theory,
    ThreeFactorTheory,
    Workload,
)

NEURON = """
x : 1
z : 1
h : 1
c : 1
factor : 1
total : 1
"""
EACH_NEURON = """
now = t_in_timesteps % patterns
x = activity(((now + patterns - 1) % patterns) * dt, i)
z = activity(now * dt, i)
h = h + embedding_rate * (x - h)
c = c + context_rate * (z - c)
e_0 = reward(now * dt, i)
e_1 = novelty(now * dt, i)
a_0 = exp(modulation_beta * e_0)
a_1 = exp(modulation_beta * e_1)
factor = eta_local + eta_global * (a_0 * w_0 * e_0 + a_1 * w_1 * e_1) / (a_0 + a_1)
"""
SYNAPSE = """
w : 1
fast : 1
slow : 1
phase : 1 (constant)
relevance : 1
total_post = relevance : 1 (summed)
"""
BEFORE_THE_SUM = "relevance = exp(attention_beta * h_pre * c_post)"
EACH_SYNAPSE = """
correlation = x_pre * z_post
fast = keep_fast * fast + correlation
slow = keep_slow * slow + correlation
attention = relevance / total_post
oscillation = 2 * pi * frequency * t_in_timesteps
update = factor_post * attention * (fast + slow) * clip(cos(oscillation - phase), 0, 1)
odds = exp(-chance_beta * (abs(update) - chance_theta))
w = clip(w + update * int(rand() * (1 + odds) < 1), low, high)
"""
KEPT = ("w", "fast", "slow")

THREE_NEURON = """
x : 1
z : 1
factor : 1
"""
THREE_EACH_NEURON = """
now = t_in_timesteps % patterns
x = activity(((now + patterns - 1) % patterns) * dt, i)
z = activity(now * dt, i)
factor = eta_dopamine * reward(now * dt, i)
"""
THREE_SYNAPSE = """
w : 1
fast : 1
slow : 1
"""
THREE_EACH_SYNAPSE = """
correlation = x_pre * z_post
fast = keep_fast * fast + correlation
slow = keep_slow * slow + correlation
w = clip(w + factor_post * (fast + slow), low, high)
"""
RULES = {
    "hmn": (NEURON, EACH_NEURON, SYNAPSE, BEFORE_THE_SUM, EACH_SYNAPSE, Theory),
    "three": (THREE_NEURON, THREE_EACH_NEURON, THREE_SYNAPSE, "", THREE_EACH_SYNAPSE, ThreeFactorTheory),
}


class BrianRule:
    """The network; ``mode`` "cython" runs within this process, "standalone" as a program of its own."""

    def __init__(self, brian2, workload: Workload, mode: str, rule: str):
        self.brian2, self.workload = brian2, workload
        neuron, each_neuron, synapse, before, each_synapse, self.theory = RULES[rule]
        brian2.seed(SEED)
        brian2.defaultclock.dt = 1 * brian2.ms
        table = {"dt": brian2.defaultclock.dt}
        names = {
            "activity": brian2.TimedArray(workload.activity, **table),
            "reward": brian2.TimedArray(workload.modulators[:, :, 0], **table),
            "novelty": brian2.TimedArray(workload.modulators[:, :, 1], **table),
            "patterns": PATTERNS,
            "embedding_rate": EMBEDDING_RATE,
            "context_rate": CONTEXT_RATE,
            "modulation_beta": MODULATION_BETA * GLOBAL_CONTEXT,
            "eta_local": ETA_LOCAL,
            "eta_global": ETA_GLOBAL,
            "eta_dopamine": ETA_DOPAMINE,
            "w_0": MODULATORS["reward"],
            "w_1": MODULATORS["novelty"],
            "attention_beta": ATTENTION_BETA,
            "keep_fast": KEEP_FAST,
            "keep_slow": KEEP_SLOW,
            "frequency": FREQUENCY,
            "chance_beta": CHANCE_BETA,
            "chance_theta": CHANCE_THETA,
            "low": LOW,
            "high": HIGH,
        }
        neurons = brian2.NeuronGroup(workload.neurons, neuron, namespace=names)
        neurons.run_regularly(each_neuron, when="start")
        checked = "".join(f"{name}_checked : 1\n" for name in KEPT) if mode == "standalone" else ""
        synapses = brian2.Synapses(neurons, neurons, synapse + checked, namespace=names)
        synapses.connect(i=workload.source, j=workload.target)
        if before:
            synapses.run_regularly(before, when="start", order=1)
        synapses.run_regularly(each_synapse, when="end")
        for variable, name in (("w", "weight"), ("fast", "fast"), ("slow", "slow"), ("phase", "phase")):
            if f"{variable} :" in synapse:
                setattr(synapses, variable, workload.per_synapse(name))
        self.synapses, self.network = synapses, brian2.Network(neurons, synapses)

    def run(self, steps: int) -> None:
        """So many steps; in the mode "standalone" this is planned only."""
        self.network.run(steps * self.brian2.defaultclock.dt)

    def scores(self, suffix: str = "") -> dict[str, float]:
        """Against theory, from the variables of this suffix."""
        found = (np.asarray(getattr(self.synapses, name + suffix)[:]) for name in KEPT)
        return self.theory(self.workload).scores(*found)

    def bytes_held(self) -> int:
        """Bytes of Brian2's arrays that have one entry a synapse; copies kept for the check left out."""
        from brian2.core.variables import DynamicArrayVariable

        itemsize = {
            id(variable): np.dtype(variable.dtype).itemsize
            for name, variable in self.synapses.variables.items()
            if isinstance(variable, DynamicArrayVariable)
            and not name.startswith("N_")  # counts per neuron
            and not name.endswith("_checked")
        }
        return sum(itemsize.values()) * self.workload.synapses


class Cython:
    """Runs within this process; times are taken at the beginnings of the first and the last step."""

    def __init__(self, brian2, workload: Workload, steps: int, folder: str, rule: str):
        brian2.prefs.codegen.target = "cython"
        brian2.prefs.codegen.runtime.cython.cache_dir = folder
        self.steps, self.stamps = steps, []
        self.rule = BrianRule(brian2, workload, "cython", rule)

        @brian2.network_operation(when="start", order=-1)
        def stamp():
            self.stamps.append((time.process_time(), time.perf_counter()))

        begun = time.perf_counter()
        self.rule.run(CHECKED)
        self.scores = self.rule.scores()
        self.rule.network.add(stamp)
        self.rule.run(1)
        self.build_s = time.perf_counter() - begun

    def repeat(self) -> dict[str, float]:
        """Seconds for the steps."""
        self.stamps.clear()
        self.rule.run(self.steps + 1)
        (cpu, wall), (cpu_end, wall_end) = self.stamps[0], self.stamps[-1]
        return {"cpu": cpu_end - cpu, "wall": wall_end - wall}


class Standalone:
    """Runs as a program of its own, anew for each repetition; its own time of the main loop counts."""

    def __init__(self, brian2, workload: Workload, steps: int, folder: str, rule: str):
        self.device = brian2.device
        self.steps, self.folder = steps, folder
        self.rule = BrianRule(brian2, workload, "standalone", rule)
        self.rule.run(CHECKED)
        for name in KEPT:
            setattr(self.rule.synapses, f"{name}_checked", name)
        self.rule.run(steps)
        begun = time.perf_counter()
        self.device.build(directory=folder, compile=True, run=False, with_output=False)
        self.build_s = time.perf_counter() - begun
        self.repeat()
        self.scores = self.rule.scores("_checked")

    def repeat(self) -> dict[str, float]:
        """Seconds for the steps."""
        self.device.run(with_output=False)
        return {"cpu": None, "wall": self.device._last_run_time}


def main() -> None:
    """Build, then answer lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synapses", type=int, required=True)
    parser.add_argument("--precision", choices=("float32", "float64"), required=True)
    parser.add_argument("--mode", choices=("cython", "standalone"), required=True)
    parser.add_argument("--rule", choices=tuple(RULES), default="hmn")
    parser.add_argument("--threads", type=int, default=0, help="OpenMP threads of the mode standalone; 0: none")
    parser.add_argument("--steps", type=int, required=True)
    chosen = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever compilers say goes to stderr

    import brian2

    brian2.prefs.core.default_float_dtype = np.dtype(chosen.precision).type
    if chosen.mode == "standalone":
        brian2.set_device("cpp_standalone", build_on_run=False)
        brian2.prefs.devices.cpp_standalone.openmp_threads = chosen.threads
    with tempfile.TemporaryDirectory() as folder:
        engine = {"cython": Cython, "standalone": Standalone}[chosen.mode]
        built = engine(brian2, Workload(chosen.synapses), chosen.steps, folder, chosen.rule)
        about = {
            "brian2": brian2.__version__,
            "numpy": np.__version__,
            "build_s": built.build_s,
            "bytes_held": built.rule.bytes_held(),
            "scores": built.scores,
        }
        print(json.dumps(about), file=answers)
        for _ in sys.stdin:
            print(json.dumps(built.repeat()), file=answers)


if __name__ == "__main__":
    main()
