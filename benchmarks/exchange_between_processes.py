"""What it costs two processes to exchange the vesicles that cross a cut, each step, and how many cross.

    PYTHONPATH=. python benchmarks/exchange_between_processes.py [--rows 100000] [--json FILE]

Each process sends rows of 18 + 4 D bytes (D = 4) to the other and gets as many: over pipes and shared memory of
``multiprocessing``, and over MPI (mpi4py), Ray and Dask where they are installed. Medians of wall time over the rounds.
Beside it, what shards pay that split the vesicles alone and all hold all nodes: the sums of a million nodes, added.
Then the part of all steps along edges that cross a cut into 16 parts: a partition by METIS (pymetis) where installed,
by blocks of the ring, and at random.
"""

import argparse
import json
import multiprocessing as mp
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from multiprocessing import shared_memory
from pathlib import Path
from statistics import median

import numpy as np

from vesicle_abm.data import celegans

WIDTH, ROUNDS, WARM_UP = 4, 30, 5
ROW_BYTES = 18 + 4 * WIDTH
PARTS = 16
NODES, NUMBERS = 1_000_000, 2  # of each node a level and a count, int64, summed where all shards hold all nodes
SUMS = f"{NODES * NUMBERS * 8 / 1e6:g} MB of sums, MPI"


def rounds_of(exchange: Callable[[], None]) -> float:
    """Median wall seconds of an exchange."""
    times = []
    for _ in range(WARM_UP + ROUNDS):
        began = time.perf_counter()
        exchange()
        times.append(time.perf_counter() - began)
    return median(times[WARM_UP:])


def rows_of(size: int) -> np.ndarray:
    """Bytes that differ, as those of rows do."""
    return np.random.default_rng(3).integers(0, 256, size, np.uint8)


def pipe_peer(pipe, size: int) -> None:
    """The other side of ``pipes``."""
    mine, got = rows_of(size), np.empty(size, np.uint8)
    for _ in range(WARM_UP + ROUNDS):
        pipe.recv_bytes_into(got)
        pipe.send_bytes(mine)


def pipes(size: int) -> float:
    """Each way over a pipe, one after the other."""
    ours, theirs = mp.Pipe()
    peer = mp.Process(target=pipe_peer, args=(theirs, size))
    peer.start()
    mine, got = rows_of(size), np.empty(size, np.uint8)

    def exchange() -> None:
        ours.send_bytes(mine)
        ours.recv_bytes_into(got)

    found = rounds_of(exchange)
    peer.join()
    return found


def through(buffer: memoryview, barrier, size: int, ours: int) -> float:
    """One side of ``shared``: write into half ``ours``, read from the other."""
    halves, mine, got = np.frombuffer(buffer, np.uint8), rows_of(size), np.empty(size, np.uint8)

    def exchange() -> None:
        halves[ours * size : (ours + 1) * size] = mine
        barrier.wait()
        got[:] = halves[(1 - ours) * size : (2 - ours) * size]
        barrier.wait()

    return rounds_of(exchange)


def memory_peer(name: str, barrier, size: int) -> None:
    """The other side of ``shared``."""
    block = shared_memory.SharedMemory(name)
    through(block.buf, barrier, size, 1)
    block.close()


def shared(size: int) -> float:
    """Both ways at once through shared memory, a barrier before and after."""
    block, barrier = shared_memory.SharedMemory(create=True, size=2 * size), mp.Barrier(2)
    peer = mp.Process(target=memory_peer, args=(block.name, barrier, size))
    peer.start()
    found = through(block.buf, barrier, size, 0)
    peer.join()
    block.close()
    block.unlink()
    return found


def mpi_rank(size: int) -> None:
    """One of two ranks: ``Sendrecv`` with the other; rank 0 prints the median."""
    from mpi4py import MPI

    world = MPI.COMM_WORLD
    other, mine, got = 1 - world.rank, rows_of(size), np.empty(size, np.uint8)

    def exchange() -> None:
        world.Barrier()
        world.Sendrecv(mine, other, recvbuf=got, source=other)

    ours, sums = np.arange(NODES * NUMBERS), np.empty(NODES * NUMBERS, np.int64)

    def add() -> None:
        world.Allreduce(ours, sums)

    found = rounds_of(exchange), rounds_of(add)
    if world.rank == 0:
        sys.stdout.write(f"{found[0]} {found[1]}\n")


def mpi(size: int) -> float | None:
    """Both ways at once over MPI."""
    return both_by_mpi(size)[0]


def sums(size: int) -> float | None:
    """The sums of a million nodes, added over MPI."""
    return both_by_mpi(size)[1]


@cache
def both_by_mpi(size: int) -> tuple[float | None, float | None]:
    """(rows, sums), if MPI is installed."""
    runner = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
    if find_spec("mpi4py") is None or runner is None:
        return None, None
    command = [runner, "-n", "2", sys.executable, __file__, "--rank", str(size)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return float(told[-2]), float(told[-1])


class Shard:
    """An actor of Ray or Dask that gives and takes rows."""

    def __init__(self, size: int):
        self.mine = rows_of(size)

    def give(self) -> np.ndarray:
        """What leaves this step."""
        return self.mine

    def take(self, rows: np.ndarray) -> int:
        """What arrives."""
        return len(rows)


def ray(size: int) -> float | None:
    """Two actors of Ray, each given the other's rows by reference."""
    if find_spec("ray") is None:
        return None
    import ray as engine

    engine.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    actor = engine.remote(Shard)
    one, two = actor.remote(size), actor.remote(size)

    def exchange() -> None:
        engine.get([two.take.remote(one.give.remote()), one.take.remote(two.give.remote())])

    found = rounds_of(exchange)
    engine.shutdown()
    return found


def dask(size: int) -> float | None:
    """Two actors of Dask in two worker processes; rows pass through the one that asks."""
    if find_spec("distributed") is None:
        return None
    from distributed import Client, LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        workers = list(client.scheduler_info()["workers"])
        one, two = (client.submit(Shard, size, actor=True, workers=[name]).result() for name in workers)

        def exchange() -> None:
            away, back = one.give(), two.give()
            for taken in (two.take(away.result()), one.take(back.result())):
                taken.result()

        return rounds_of(exchange)


def crossing(source: np.ndarray, target: np.ndarray, part: np.ndarray) -> float:
    """The part of the edges that lead from one part to another: of a vesicle's moves, where all weigh the same."""
    return float((part[source] != part[target]).mean())


def cuts(name: str, source: np.ndarray, target: np.ndarray, nodes: int) -> dict:
    """The crossing part of partitions into 16, with the largest part over the mean."""
    found: dict = {"graph": name, "nodes": nodes, "edges": len(source)}
    random = np.random.default_rng(1).integers(0, PARTS, nodes)
    blocks = np.arange(nodes) * PARTS // nodes
    found |= {"random": crossing(source, target, random), "blocks": crossing(source, target, blocks)}
    if find_spec("pymetis") is not None:
        import pymetis

        ends = np.concatenate([np.stack([source, target]), np.stack([target, source])], axis=1).astype(np.int64)
        pairs = np.unique(ends[:, ends[0] != ends[1]], axis=1)
        rows = np.searchsorted(pairs[0], np.arange(nodes + 1))
        began = time.process_time()
        _, part = pymetis.part_graph(PARTS, pymetis.CSRAdjacency(rows, pairs[1]))
        metis = np.asarray(part)
        found |= {
            "metis": crossing(source, target, metis),
            "metis_cpu_s": time.process_time() - began,
            "metis_balance": float(np.bincount(metis, minlength=PARTS).max() * PARTS / nodes),
        }
    return found


def graphs() -> list[tuple[str, np.ndarray, np.ndarray, int]]:
    """Ends of the edges: small worlds, and the layers of the worm."""
    found = []
    for rewired in (0.01, 0.1, 1.0):
        nodes, degree, rng = 100_000, 10, np.random.default_rng(2)
        source = np.repeat(np.arange(nodes), degree)
        steps = np.tile([*range(-(degree // 2), 0), *range(1, degree // 2 + 1)], nodes)
        away = rng.random(len(source)) < rewired
        target = np.where(away, rng.integers(0, nodes, len(source)), (source + steps) % nodes)
        found.append((f"small world, {rewired:g} rewired", source, target, nodes))
    for layer in ("chemical", "gap", "neuropeptide"):
        worm = celegans([layer])
        place = {label: index for index, label in enumerate(worm)}
        ends = np.array([(place[u], place[v]) for u, v in worm.edges()]).T
        found.append((f"worm, {layer}", ends[0], ends[1], len(place)))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, help="rows each way (default: 100000)")
    parser.add_argument("--json", metavar="FILE", help="write all that was measured")
    parser.add_argument("--rank", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rank is not None:
        mpi_rank(options.rank)
        return
    size = options.rows * ROW_BYTES
    print(f"{options.rows:,} rows of {ROW_BYTES} bytes each way, median of {ROUNDS} rounds:")
    ways = {"pipes": pipes, "shared memory": shared, "MPI": mpi, "Ray": ray, "Dask": dask, SUMS: sums}
    exchange = {}
    for name, way in ways.items():
        exchange[name] = way(size)
        told = "not installed" if exchange[name] is None else f"{exchange[name] * 1e3:.2f} ms"
        print(f"  {name:20s} {told}", flush=True)
    print(f"part of the moves that cross a cut into {PARTS}:")
    found = []
    for graph in graphs():
        found.append(cuts(*graph))
        print(f"  {json.dumps(found[-1])}", flush=True)
    if options.json:
        Path(options.json).write_text(json.dumps({"exchange_s": exchange, "cuts": found}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
