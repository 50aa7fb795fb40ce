"""Prints the bytes predicted for a model, and the peak of resident memory that it takes beside the program itself.

python tests/measure_footprint.py
"""

import ctypes
import sys
from pathlib import Path

import vesicle_abm as va

NODES, DEGREE, LIFETIME, STEPS = 200_000, 10, 10, 14


def model_of(nodes: int) -> va.VesicleModel:
    """Ten vesicles and ten synapses a node, all stages of learning on."""
    kind = va.Kind(
        emission=va.ConstantEmission(rate=1.0),
        migration=va.WeightedMigration(stay=1.0),
        release=va.ModulatorRelease(amount=1.0),
        lifetime=LIFETIME,
        clearance=20.0,
        content_width=4,
    )
    rule = va.Plasticity(
        attention=va.LocalAttention(),
        modulation=va.Modulation(weights={"signal": 1.0}),
        phase=va.PhaseGate(),
        chance=va.ProbabilisticGate(),
        precision="float32",
    )
    graph = va.small_world(nodes, degree=DEGREE, low=0.5, high=1.5)
    neurons = va.HMNNeurons(activation="tanh", noise=0.1, weight_scale=0.1)
    return va.VesicleModel(graph, {"signal": kind}, neurons=neurons, plasticity=rule, seed=1, threads=1)


def resident(name: str) -> int:
    """VmRSS, the resident memory, or VmHWM, its peak, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def main() -> None:
    """Measure."""
    model_of(500).run_for(STEPS)
    ctypes.CDLL(None).malloc_trim(0)
    before = resident("VmRSS")
    model = model_of(NODES)
    model.run_for(STEPS)
    sys.stdout.write(f"{model.footprint.total} {resident('VmHWM') - before}\n")


if __name__ == "__main__":
    main()
