"""One world of the benchmark ``scale``, in a process of its own, so that its memory is its own; prints JSON.

    python benchmarks/scale_world.py '{"nodes": 1000, "degree": 10, "vesicles": 10000, "learns": true, …}'

A vesicle survives a step with probability s = (1 - docking * absorb) (1 - hazard) and lives at most L steps; the world
begins with the steady state's vesicles and ages, and bears as many as end.
"""

import ctypes
import gc
import json
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import vesicle_abm as va
from vesicle_abm.views import commit, compiled
from vesicle_abm.views.step import run_stage

KIND, WIDTH = "signal", 4
DOCKING, ABSORB, HAZARD, LIFETIME = 0.05, 0.3, 0.01, 100
SURVIVAL = ((1.0 - DOCKING * ABSORB) * (1.0 - HAZARD)) ** np.arange(1, LIFETIME)  # of 1 … L - 1 steps
SEED, AGES_SEED = 7, 8
BLOCK = 2**20  # vesicles whose ages are drawn at once
GIB = 2**30
WARM = {"nodes": 200, "degree": 10, "vesicles": 2_000}


def model_of(nodes: int, degree: int, vesicles: int, learns: bool, threads: int) -> va.VesicleModel:
    """The world, in its steady state."""
    kind = va.Kind(
        emission=va.ConstantEmission(rate=vesicles / (nodes * SURVIVAL.sum())),
        migration=va.WeightedMigration(stay=2.0),
        docking=va.ConstantDocking(probability=DOCKING),
        release=va.ModulatorRelease(amount=1.0),
        decay=va.HazardDecay(hazard=HAZARD),
        lifetime=LIFETIME,
        absorb=ABSORB,
        clearance=50.0,
        content_width=WIDTH,
        content=[0.5] * WIDTH,
    )
    rule = va.Plasticity(
        attention=va.LocalAttention(beta=1.0),
        modulation=va.Modulation(eta_local=1e-4, eta_global=1e-4, weights={KIND: 1.0}),
        phase=va.PhaseGate(frequency=0.05),
        chance=va.ProbabilisticGate(beta=50.0, theta=0.01),
        precision="float32",
    )
    graph = va.small_world(nodes, degree=degree, rewired=1.0, low=0.5, high=1.5)
    neurons = va.HMNNeurons(activation="tanh", noise=0.1, weight_scale=0.1) if learns else None
    rule_or_none = rule if learns else None
    model = va.VesicleModel(
        graph, {KIND: kind}, neurons=neurons, plasticity=rule_or_none, seed=SEED, threads=threads, record_every=1
    )
    fill(model, vesicles)
    return model


def fill(model: va.VesicleModel, vesicles: int) -> None:
    """Vesicles spread evenly over the nodes, with the ages of the steady state; the same number at each node."""
    nodes, columns = model.graph.size, model.state.vesicles[KIND]
    columns.reserve(vesicles + vesicles // 64)
    for _ in range(vesicles // nodes):
        model.world.proposals.births[0] = 1
        commit.settle(model.world, "emit", compiled.bear)
    model.state.born_now[:] = 0
    rng, law = np.random.default_rng(AGES_SEED), np.cumsum(SURVIVAL) / SURVIVAL.sum()
    for first in range(0, columns.size, BLOCK):
        part = columns["ttl"][first : first + BLOCK]
        part[:] = LIFETIME - 1 - np.searchsorted(law, rng.random(len(part)))


def resident(name: str) -> int:
    """VmRSS, the resident memory, or VmHWM, its peak since ``reset``, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def reset() -> None:
    """Count the peak from here on."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


@contextmanager
def measured(report: dict, name: str):
    """CPU and wall seconds, and the peak of the resident memory, of what is done inside."""
    reset()
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    report[name] = {
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - wall,
        "peak": resident("VmHWM"),
        "after": resident("VmRSS"),
    }


def stages_of(model: va.VesicleModel, steps: int) -> dict[str, float]:
    """CPU seconds of each stage, the least over so many steps."""
    best: dict[str, float] = {}
    for _ in range(steps):
        for stage in va.STAGES:
            began = time.process_time()
            run_stage(model.world, stage)
            best[stage] = min(best.get(stage, np.inf), time.process_time() - began)
    return best


def bytes_a_synapse(model: va.VesicleModel) -> dict[str, float]:
    """Bytes of what stands for each synapse: the graph's arrays, the learning rule's, and the vesicles' ways."""
    world, state, graph = model.world, model.state, model.graph
    edges = graph.edge_count
    fields = [array for part in (world.wiring, world.synapses) for array in vars(part).values()]
    arrays = [state.weight, *state.kept.values(), *(array for array in fields if isinstance(array, np.ndarray))]
    per_edge = [array for array in (*arrays, graph.source, graph.target, graph.weight) if len(array) == edges]
    own = {array.__array_interface__["data"][0]: array for array in per_edge}  # what two look at is held once
    table = world.tables[KIND].migration()
    ways = [world.tables[KIND].ways.edge, world.tables[KIND].ways.end, table.threshold, table.alias]
    return {
        "synapse": sum(array.nbytes for array in own.values()) / edges,
        "way": sum(array.nbytes for array in ways) / edges,
    }


def main() -> None:
    """Build, step, save and load one world."""
    plan = json.loads(sys.argv[1])
    shape = {name: plan[name] for name in ("nodes", "degree", "vesicles", "learns", "threads")}
    warm = model_of(**{**shape, **WARM})
    warm.run_for(3)
    stages_of(warm, 1)
    del warm
    report: dict = {"plan": plan}
    reset()
    base = resident("VmRSS")
    with measured(report, "build"):
        model = model_of(**shape)
    model.step()  # touches all that a step takes
    with measured(report, "steps"):
        model.run_for(plan["steps"])
    report["stages"] = stages_of(model, plan["steps"])
    columns = model.state.vesicles[KIND]
    report |= {
        "base": base,
        "alive": columns.size,
        "synapses": model.graph.edge_count,
        "predicted": model.footprint.total,
        "bytes_a_vesicle": columns.nbytes / columns.size,
        "bytes": bytes_a_synapse(model) if plan["learns"] else {},
    }
    if plan["saves"]:
        path = Path(tempfile.mkdtemp(dir=plan["folder"])) / "world.npz"
        with measured(report, "save"):
            model.save(path)
        report["file"] = os.path.getsize(path)
        digest = model.state.digest()
        del model, columns
        with measured(report, "load"):
            model = va.VesicleModel.load(path, threads=1)
        report["same_digest"] = model.state.digest() == digest
        path.unlink()
        path.parent.rmdir()
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
