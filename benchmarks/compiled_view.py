"""The workload in vesicle_abm's compiled view."""

from pathlib import Path

import numpy as np
from steady_state import Choices, Start
from workload import (
    ABSORB,
    AMOUNT,
    CLEARANCE,
    DEVIATION,
    DOCKING,
    GAIN,
    HAZARD,
    LIFETIME,
    LOGIT,
    MEAN,
    STAY,
    Workload,
)

import vesicle_abm as va
from vesicle_abm.core import alias

KIND = "signal"


def graph_of(workload: Workload) -> va.NeuralGraph:
    """The workload's graph."""
    source, target, weight = workload.edges
    return va.NeuralGraph(range(workload.nodes), source, target, weight=weight)


def save_steady_state(workload: Workload, seed: int, file: Path) -> None:
    """Let a model come to its steady state, exactly, in as many steps as a vesicle can live, and save it."""
    affinity = {"gain": GAIN, "logit": LOGIT}
    kind = va.Kind(
        emission=va.ConstantEmission(rate=workload.rate),
        migration=va.WeightedMigration(stay=STAY),
        docking=va.AffinityDocking(receptor=workload.receptor, **affinity)
        if workload.width
        else va.ConstantDocking(probability=DOCKING),
        release=va.ModulatorRelease(amount=AMOUNT, component=0 if workload.width else None),
        decay=va.HazardDecay(hazard=HAZARD),
        content=va.GaussianContent(mean=MEAN, deviation=DEVIATION),
        content_width=workload.width,
        lifetime=LIFETIME,
        absorb=ABSORB,
        clearance=CLEARANCE,
    )
    model = va.VesicleModel(graph_of(workload), {KIND: kind}, seed=seed, record_every=0)
    model.run_for(LIFETIME)
    model.save(file)


def choices_of(workload: Workload) -> Choices:
    """The alias tables of the workload's migration, as the model builds them."""
    ways = graph_of(workload).ways()
    table = alias.build(ways.indptr, np.full(workload.nodes, STAY), workload.edges[2][ways.edge])
    home = np.repeat(np.arange(workload.nodes), np.diff(table.indptr))
    end = np.insert(ways.end, ways.indptr[:-1], np.arange(workload.nodes)).astype(np.int32)  # slot 0 of a node stays
    other = end[table.indptr[home] + table.alias]
    return Choices(table.indptr.astype(np.int32), table.threshold, np.stack([end, other], axis=1))


class CompiledModel:
    """The saved model; ``born``, ``docked``, ``absorbed`` count events since then."""

    def __init__(self, file: Path, threads: int):
        self.model = va.VesicleModel.load(file, threads=threads)
        self.vesicles = self.model.state.vesicles[KIND]
        self.before = self.model.counts | {"docked": int(self.model.state.docked.sum())}
        self.step = self.model.step

    @property
    def alive(self) -> int:
        """Vesicles alive."""
        return self.vesicles.size

    @property
    def born(self) -> int:
        """Births."""
        return self.model.counts["born"] - self.before["born"]

    @property
    def docked(self) -> int:
        """Dockings."""
        return int(self.model.state.docked.sum()) - self.before["docked"]

    @property
    def absorbed(self) -> int:
        """Vesicles absorbed."""
        return self.model.counts["absorbed"] - self.before["absorbed"]

    @property
    def bytes_per_vesicle(self) -> float:
        """Bytes of the columns, room to grow included, for each vesicle alive."""
        return self.model.nbytes / self.alive

    def where(self) -> np.ndarray:
        """(alive,) the node of each vesicle."""
        return self.vesicles["node"]

    def start(self) -> Start:
        """The vesicles and levels as they are now, for the other versions to begin with."""
        columns = (self.vesicles[name].copy() for name in ("id", "node", "ttl", "content"))
        return Start(self.model.time, *columns, self.model.state.modulator[:, 0].copy())
