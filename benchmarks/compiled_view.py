"""The workload in vesicle_abm's compiled view."""

import numpy as np
from workload import ABSORB, AMOUNT, CLEARANCE, DOCKING, HAZARD, LIFETIME, NODES, STAY, Workload

import vesicle_abm as va

KIND = "signal"


class CompiledModel:
    """The model; ``born``, ``docked``, ``absorbed`` count events since the start."""

    def __init__(self, workload: Workload, seed: int, threads: int):
        kind = va.Kind(
            emission=va.ConstantEmission(rate=workload.rate),
            migration=va.WeightedMigration(stay=STAY),
            docking=va.ConstantDocking(probability=DOCKING),
            release=va.ModulatorRelease(amount=AMOUNT),
            decay=va.HazardDecay(hazard=HAZARD),
            lifetime=LIFETIME,
            absorb=ABSORB,
            clearance=CLEARANCE,
        )
        self.model = va.VesicleModel(workload.graph, {KIND: kind}, seed=seed, threads=threads, record_every=0)
        self.vesicles = self.model.state.vesicles[KIND]
        node, ttl = workload.start()
        for here, count in enumerate(np.bincount(node, minlength=NODES).tolist()):
            self.model.place(KIND, here, count)
        self.vesicles["ttl"][:] = ttl
        self.step = self.model.step
        self.placed = len(node)

    @property
    def alive(self) -> int:
        """Vesicles alive."""
        return self.vesicles.size

    @property
    def born(self) -> int:
        """Births since the start."""
        return int(self.model.state.emitted.sum()) - self.placed

    @property
    def docked(self) -> int:
        """Dockings since the start."""
        return int(self.model.state.docked.sum())

    @property
    def absorbed(self) -> int:
        """Vesicles absorbed since the start."""
        return self.model.counts["absorbed"]

    @property
    def bytes_per_vesicle(self) -> float:
        """Bytes of the columns, room to grow included, for each vesicle alive."""
        return self.model.nbytes / self.alive

    def where(self) -> np.ndarray:
        """(alive,) the node of each vesicle."""
        return self.vesicles["node"]
