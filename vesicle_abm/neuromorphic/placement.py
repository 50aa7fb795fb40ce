"""Placement: which core each part stands on, so that flits have short ways: the quadratic assignment problem.

The cost is the sum over pairs of parts of (flits between them) times (links between their cores). First greedily: the
part with most flow in the middle, then always the part with most flow to those placed, where it costs least. Then by
simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983): a part moves to another core, half the time beside another
part, and the part that is there, if any, takes its place; what costs d more is accepted with probability exp(-d / T), T
falling geometrically. [moves and schedule ours]
"""

from dataclasses import dataclass

import numpy as np

from vesicle_abm.core import scalar
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.random import uniform_at
from vesicle_abm.core.scalar import kernel
from vesicle_abm.core.stages import PLACE
from vesicle_abm.neuromorphic.mesh import CONTROLLER, Mesh
from vesicle_abm.neuromorphic.partition import BISECTION, partition
from vesicle_abm.neuromorphic.traffic import Flow

SWEEPS = 2000  # tries for each part
COOLING = 1e-3  # the last temperature, by the first
WARMTH = 0.2  # the first temperature, by the cost that a part has in the mean
BESIDE = 0.5  # of the tries lead beside another part
NOBODY = NOWHERE = -1


@dataclass(frozen=True)
class Placement:
    """``core`` (N,) of each neuron, and ``hops``: flits times links of the flow that it was made for; ``shuffled``:
    the same in the mean over all ways to deal these neurons out to the places that they take.
    """

    core: np.ndarray
    hops: float
    shuffled: float

    @property
    def used(self) -> np.ndarray:
        """The cores that hold neurons."""
        return np.unique(self.core)


def place(mesh: Mesh, flow: Flow, cores: int | None = None, by: str = BISECTION, seed: int = 0) -> Placement:
    """Give each neuron a core; ``cores``: how many to use, by default ``mesh.spread``, or as many as are needed.

    Raises
    ------
    InputError
        for more neurons than the mesh, or the cores asked for, can hold.

    >>> placed = place(Mesh(), Flow.of(4, [0, 2], [1, 3], [5.0, 5.0]), cores=2)
    >>> placed.hops, round(placed.shuffled, 3)
    (0.0, 6.667)
    """
    cores = cores_for(mesh, flow.size, cores)
    part = partition(flow, cores, by)
    fullest = int(np.bincount(part).max())
    if fullest > mesh.neurons_per_core:
        words = f"a core would hold {fullest} neurons, and {mesh.neurons_per_core} fit; ask for more cores"
        raise InputError(words, "cores")
    between = flow.between(part, cores)
    np.fill_diagonal(between, 0.0)
    where = annealed(mesh, between, greedy(mesh, between), seed)
    return measured(mesh, flow, where[part])


def cores_for(mesh: Mesh, neurons: int, cores: int | None = None) -> int:
    """How many cores to deal so many neurons out to: those asked for, else ``mesh.spread``, or as many as are needed.

    Raises
    ------
    InputError
        for more neurons than the mesh, or the cores asked for, can hold.
    """
    room, needed = len(mesh.cores), -(-neurons // mesh.neurons_per_core)
    if needed > room:
        words = f"{neurons:,} neurons need {needed:,} cores of {mesh.neurons_per_core:,}; the mesh has {room}"
        raise InputError(words, "graph")
    most = min(room, neurons)
    if cores is None:
        return min(max(needed, mesh.spread), most)
    if not needed <= cores <= most:
        raise InputError(f"got {cores}; {needed} … {most} are allowed here", "cores")
    return cores


def measured(mesh: Mesh, flow: Flow, core: np.ndarray) -> Placement:
    """A placement with what it costs, and what it would cost in the mean if its neurons were shuffled."""
    distance = mesh.distances()
    count = np.bincount(core, minlength=mesh.size).astype(np.float64)
    pairs = max(1.0, flow.size * (flow.size - 1.0))
    mean = float(count @ distance @ count) / pairs
    hops = float(flow.amount @ distance[core[flow.first], core[flow.second]])
    return Placement(core, hops, mean * float(flow.amount.sum()))


def greedy(mesh: Mesh, between: np.ndarray) -> np.ndarray:
    """(P,) cores of the parts, one after another."""
    distance = mesh.distances().astype(np.float64)
    where = np.full(len(between), NOBODY)
    taken = np.ones(mesh.size, bool)
    taken[mesh.cores] = False
    middle = mesh.height // 2 * mesh.width + mesh.width // 2
    for _ in range(len(between)):
        placed = where != NOBODY
        pull = between[:, placed].sum(axis=1) if placed.any() else between.sum(axis=1)
        pull[placed] = -1.0
        part = int(np.argmax(pull))
        cost = distance[:, where[placed]] @ between[part, placed] + distance[middle] * 1e-9  # the middle decides ties
        cost[taken] = np.inf
        where[part] = int(np.argmin(cost))
        taken[where[part]] = True
    return where


def annealed(mesh: Mesh, between: np.ndarray, where: np.ndarray, seed: int) -> np.ndarray:
    """(P,) cores, no dearer than those given."""
    held = np.full(mesh.size, NOBODY)
    held[where] = np.arange(len(where))
    distance, best = mesh.distances().astype(np.float64), where.copy()
    cost = float((between * distance[np.ix_(where, where)]).sum()) / 2.0
    if cost > 0.0:
        warmth = WARMTH * cost / len(where)
        anneal(between, distance, mesh.cores, beside(mesh), where.copy(), held, best, warmth, np.uint64(seed))
    return best


def beside(mesh: Mesh) -> np.ndarray:
    """(C, 4) the cores around each that can hold neurons, ``NOWHERE`` where there is none."""
    x, y = (place[:, None] for place in mesh.place(np.arange(mesh.size)))
    x, y = x + np.array([1, -1, 0, 0]), y + np.array([0, 0, 1, -1])
    there = (x >= 0) & (x < mesh.width) & (y >= 0) & (y < mesh.height) & (y * mesh.width + x != CONTROLLER)
    return np.where(there, y * mesh.width + x, NOWHERE)


@kernel
def change(between, distance, where, part, core, other):
    """What it costs more if ``part`` goes to ``core``, and the part ``other`` there, if any, to its place."""
    here = where[part]
    more = 0.0
    for k in range(len(where)):
        if k not in (part, other):
            pull = between[part, k] - (between[other, k] if other >= 0 else 0.0)
            more += pull * (distance[core, where[k]] - distance[here, where[k]])
    return more


@kernel
def anneal(between, distance, cores, around, where, held, best, warmth, seed):
    """Try moves and exchanges; ``best`` becomes the cheapest placement met."""
    parts = len(where)
    tries = SWEEPS * parts
    gained, lowest = 0.0, -1e-9
    for number in range(tries):
        address = np.uint64(number)
        draws = [uniform_at(seed, address, np.uint64(0), np.uint64(PLACE), np.uint64(draw)) for draw in range(5)]
        part, core = int(draws[0] * parts), cores[int(draws[1] * len(cores))]
        if draws[3] < BESIDE:
            core = around[where[int(draws[1] * parts)], int(draws[4] * 4)]
        if core == NOWHERE or held[core] == part:
            continue
        other = held[core]
        more = change(between, distance, where, part, core, other)
        if more > 0.0 and draws[2] >= scalar.exp(-more / (warmth * COOLING ** (number / tries))):
            continue
        here = where[part]
        where[part], held[core], held[here] = core, part, other
        if other >= 0:
            where[other] = here
        gained += more
        if gained < lowest:
            lowest = gained
            best[:] = where
