"""The workload in plain Mesa, as its documentation teaches: a ``Network`` of cells, a ``CellAgent`` a vesicle."""

import mesa
import numpy as np
from mesa.discrete_space import CellAgent, Network
from network import directed, ways_of
from steady_state import Choices, Start
from workload import ABSORB, AMOUNT, DOCKING, HAZARD, KEEP, LIFETIME, Workload


class Vesicle(CellAgent):
    """One vesicle: moves, docks, releases, and ends."""

    def __init__(self, model, cell, ttl):
        super().__init__(model)
        self.cell = cell
        self.ttl = ttl

    def step(self):
        """One step of its life."""
        model, random = self.model, self.random
        there = random.choices(self.cell.ways, cum_weights=self.cell.cumulative)[0]
        if there is not self.cell:
            self.move_to(there)
        if random.random() < DOCKING:
            model.docked += 1
            self.cell.level += AMOUNT
            if random.random() < ABSORB:
                model.absorbed += 1
                self.remove()
                return
        self.ttl -= 1
        if self.ttl == 0 or random.random() < HAZARD:
            self.remove()


class CellAgentModel(mesa.Model):
    """The model; ``born``, ``docked``, ``absorbed`` count events."""

    def __init__(self, workload: Workload, start: Start, choices: Choices, seed: int):
        super().__init__(seed=seed)
        self.born = self.docked = self.absorbed = 0
        self.rate = workload.rate
        graph = directed(workload)
        self.space = Network(graph, random=self.random)
        self.sites = [self.space[node] for node in graph]
        for site, level, (ways, cumulative) in zip(self.sites, start.level.tolist(), ways_of(graph), strict=True):
            site.level = level
            site.ways = [self.sites[node] for node in ways]
            site.cumulative = cumulative
        for here, steps in zip(start.node.tolist(), start.ttl.tolist(), strict=True):
            Vesicle(self, self.sites[here], steps)

    def step(self):
        """Levels clear, vesicles are born, and each lives one step."""
        for site in self.sites:
            site.level *= KEEP
        births = self.rng.poisson(self.rate, len(self.sites))
        self.born += int(births.sum())
        for site, count in zip(self.sites, births.tolist(), strict=True):
            for _ in range(count):
                Vesicle(self, site, LIFETIME)
        self.agents.do("step")

    @property
    def alive(self) -> int:
        """Vesicles alive."""
        return len(self.agents)

    def where(self) -> np.ndarray:
        """(alive,) the node of each vesicle."""
        return np.array([agent.cell.coordinate for agent in self.agents])
