"""Claim: a field's gradient by every edge's logit takes less time than torch's sparse matrices with fixed weights, and
less memory than gather and index_add; with checkpoints less still, for at most as much time again.

    python benchmarks/field_gradients.py [--quick] [--json FILE]

100 steps forward and back, of 8 kinds, each with a trainable logit on every one of 10 edges a node; the loss is what
docks at every tenth node. Each version runs in a fresh process, on one thread. Beside the whole field stands, at the
smaller size, the bare recursion rho' = (rho + lambda) P (1 - p) (1 - hazard) in two ways of torch's own: a CSR matrix
a kind, whose weights are fixed, since trainable ones ask for a dense gradient; and gather and index_add, which keep
what they gather of each step. Time is the CPU's; memory what is held at most, beyond what was there.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from report import begin_report, end_report, parser, say_where, table_of, write
from rich.console import Console

DEGREE, KINDS, STEPS, SEGMENT = 10, 8, 100, 10
FIELD, CHECKPOINTS, CSR, INDEX_ADD = "field", "field, checkpoints", "torch CSR, fixed weights", "gather and index_add"
FULL = {10_000: (FIELD, CHECKPOINTS, CSR, INDEX_ADD), 100_000: (FIELD, CHECKPOINTS)}
QUICK = {300: (FIELD, CHECKPOINTS, CSR, INDEX_ADD)}
RATE, STAY, DOCKING, HAZARD, EVERY, SEED = 0.5, 0.0, 0.05, 0.01, 10, 7
AGREE = 1e-9  # relative, between gradients


class World:
    """The random graph, and the logits of each kind."""

    def __init__(self, nodes: int):
        self.nodes, draws = nodes, np.random.default_rng(SEED)
        self.source = np.repeat(np.arange(nodes), DEGREE)
        self.target = draws.integers(nodes, size=nodes * DEGREE)
        self.logits = draws.normal(size=(KINDS, nodes * DEGREE))

    def chances(self, torch, logit):
        """(N + E,) of staying, then of each edge: the softmax over what leaves a node."""
        weight = logit.exp()
        total = 1.0 + torch.zeros(self.nodes, dtype=torch.float64).index_add(0, torch.as_tensor(self.source), weight)
        return torch.cat([1.0 / total, weight / total[torch.as_tensor(self.source)]])


def one(version: str, nodes: int, steps: int) -> dict[str, Any]:
    """One version in this process."""
    import torch

    torch.set_num_threads(1)
    run = {FIELD: of_field, CHECKPOINTS: of_field, CSR: of_matrices, INDEX_ADD: of_gathered}[version]
    segment = SEGMENT if version == CHECKPOINTS else None
    run(torch, World(50), 2, segment)  # so that what is loaded and compiled does not count
    world = World(nodes)
    loss, logits, before, start = run(torch, world, steps, segment)
    middle = time.process_time()
    loss.backward()
    end = time.process_time()
    return {
        "nodes": nodes,
        "version": version,
        "forward_s": middle - start,
        "backward_s": end - middle,
        "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before,
        "loss": loss.item(),
        "slope": None if logits[0].grad is None else float(sum((g.grad**2).sum() for g in logits) ** 0.5),
    }


def of_field(torch, world: World, steps: int, segment: int | None):
    """The whole field, through ``roll``."""
    import dataclasses

    import vesicle_abm as va
    from vesicle_abm.learning.arrays import TORCH
    from vesicle_abm.learning.rolling import roll

    kind = va.Kind(
        emission=va.ConstantEmission(rate=RATE),
        migration=va.SoftmaxMigration(stay_logit=STAY),
        docking=va.ConstantDocking(probability=DOCKING),
        decay=va.HazardDecay(hazard=HAZARD),
    )
    graph = va.NeuralGraph(range(world.nodes), world.source, world.target)
    model = va.VesicleModel(graph, {f"k{k}": kind for k in range(KINDS)}, seed=SEED)
    field = va.Field(model, arrays=TORCH)
    before, start = resident(), time.process_time()
    logits = [torch.tensor(logit, requires_grad=True) for logit in world.logits]
    kinds = {
        name: dataclasses.replace(bound, migration=bound.migration.with_values({"logit": logit}))
        for (name, bound), logit in zip(model.world.kinds.items(), logits, strict=True)
    }
    docked, _ = roll(field.with_kinds(kinds), steps, lambda state: state.docked[:, ::EVERY].sum(), segment)
    return docked.sum(), logits, before, start


def of_matrices(torch, world: World, steps: int, segment: None):
    """The bare recursion by a CSR matrix a kind; the gradient is that by the births."""
    rows = np.concatenate([np.arange(world.nodes), world.target])
    columns = np.concatenate([np.arange(world.nodes), world.source])
    matrices = []
    for logit in world.logits:
        entries = torch.stack([torch.as_tensor(rows), torch.as_tensor(columns)])
        chances = world.chances(torch, torch.as_tensor(logit))
        matrices.append(torch.sparse_coo_tensor(entries, chances, (world.nodes,) * 2).coalesce().to_sparse_csr())
    before, start = resident(), time.process_time()
    births = torch.full((world.nodes, 1), RATE, dtype=torch.float64, requires_grad=True)
    return recursion(torch, [lambda rho, m=m: m @ rho for m in matrices], births, steps), [births], before, start


def of_gathered(torch, world: World, steps: int, segment: None):
    """The bare recursion by gather and index_add."""
    nodes = np.arange(world.nodes)
    first = torch.as_tensor(np.concatenate([nodes, world.source]))
    last = torch.as_tensor(np.concatenate([nodes, world.target]))
    before, start = resident(), time.process_time()
    logits = [torch.tensor(logit, requires_grad=True) for logit in world.logits]
    births = torch.full((world.nodes, 1), RATE, dtype=torch.float64)

    def move(chances):
        return lambda rho: torch.zeros_like(rho).index_add(0, last, rho[first] * chances[:, None])

    moves = [move(world.chances(torch, logit)) for logit in logits]
    return recursion(torch, moves, births, steps), logits, before, start


def recursion(torch, moves, births, steps: int):
    """What docks at every tenth node, over all kinds and steps."""
    total = torch.zeros((), dtype=torch.float64)
    for move in moves:
        rho = torch.zeros_like(births)
        for _ in range(steps):
            moved = move(rho + births)
            total = total + DOCKING * moved[::EVERY].sum()
            rho = moved * ((1.0 - DOCKING) * (1.0 - HAZARD))
    return total


def resident() -> int:
    """Bytes of this process in memory (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def measure(worlds: dict[int, tuple[str, ...]], console: Console) -> dict[str, Any]:
    """Every version at every size, each in a fresh process."""
    report, results = begin_report("torch", "numpy", "numba"), []
    for nodes, versions in worlds.items():
        for version in versions:
            console.print(f"{nodes:,} nodes, {version} …")
            command = [sys.executable, __file__, "--one", version, str(nodes), str(STEPS)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(done.stderr)
            results.append(json.loads(done.stdout))
    return end_report(report, results=results, ratios=ratios(results), agree=agree(results))


def ratios(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many times the CPU time, and the memory, of each other version the field takes less; both at each size."""
    found = []
    for nodes in dict.fromkeys(result["nodes"] for result in results):
        there = {result["version"]: result for result in results if result["nodes"] == nodes}
        for name in (FIELD, CHECKPOINTS):
            for other in (version for version in there if version != name):
                for what, of in (("CPU time", seconds), ("memory", lambda result: result["bytes"])):
                    times, world = of(there[other]) / max(of(there[name]), 1e-9), f"{nodes:,} nodes, {what}"
                    found.append({"world": world, "version": name, "than": other, "times": times})
    return found


def seconds(result: dict[str, Any]) -> float:
    """Forward and back."""
    return result["forward_s"] + result["backward_s"]


def agree(results: list[dict[str, Any]]) -> bool:
    """Whether all versions at a size have the same loss, and those that train weights the same gradient."""
    for nodes in {result["nodes"] for result in results}:
        there = [result for result in results if result["nodes"] == nodes]
        for what, those in (("loss", there), ("slope", [r for r in there if r["version"] != CSR])):
            numbers = [result[what] for result in those]
            if max(numbers) - min(numbers) > AGREE * abs(max(numbers)):
                return False
    return True


def show(report: dict[str, Any], console: Console) -> None:
    """The table, and whether the versions agree."""
    title = f"{STEPS} steps forward and back, {KINDS} kinds, {DEGREE} edges a node (CPU seconds, MB)"
    table = table_of(title, "nodes", "version", "forward", "back", "memory", words=("version",))
    for result in report["results"]:
        times = [f"{result[name]:.2f}" for name in ("forward_s", "backward_s")]
        table.add_row(f"{result['nodes']:,}", result["version"], *times, f"{result['bytes'] / 1e6:,.0f}")
    console.print(table)
    console.print(f"All versions agree on loss and gradient: {'yes' if report['agree'] else 'NO'}")
    say_where(report, console)


def main() -> None:
    """Measure, show, and write what was asked for."""
    if "--one" in sys.argv:
        version, nodes, steps = sys.argv[sys.argv.index("--one") + 1 :]
        print(json.dumps(one(version, int(nodes), int(steps))))
        return
    options = parser(__doc__, "a small world; no claim can be read from it").parse_args()
    console = Console()
    report = measure(QUICK if options.quick else FULL, console)
    show(report, console)
    write(report, options.json)


if __name__ == "__main__":
    main()
