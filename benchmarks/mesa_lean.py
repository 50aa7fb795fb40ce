"""The workload in plain Mesa with everything spared that can be: bare agents, adjacency lists, no space object."""

from bisect import bisect

import mesa
import numpy as np
from network import directed, ways_of
from steady_state import Choices, Start
from workload import ABSORB, AMOUNT, DOCKING, HAZARD, KEEP, LIFETIME, Workload


class Vesicle(mesa.Agent):
    """One vesicle: a node's number and a ttl."""

    __slots__ = ("node", "ttl")

    def __init__(self, model, node, ttl):
        super().__init__(model)
        self.node = node
        self.ttl = ttl

    def step(self):
        """One step of its life."""
        model = self.model
        draw = model.draw
        ways, cumulative = model.choices[self.node]
        self.node = node = ways[bisect(cumulative, draw() * cumulative[-1])]
        if draw() < DOCKING:
            model.docked += 1
            model.level[node] += AMOUNT
            if draw() < ABSORB:
                model.absorbed += 1
                self.remove()
                return
        self.ttl -= 1
        if self.ttl == 0 or draw() < HAZARD:
            self.remove()


class LeanModel(mesa.Model):
    """The model; ``born``, ``docked``, ``absorbed`` count events."""

    def __init__(self, workload: Workload, start: Start, choices: Choices, seed: int):
        super().__init__(seed=seed)
        self.born = self.docked = self.absorbed = 0
        self.rate = workload.rate
        self.draw = self.random.random
        self.level = start.level.tolist()
        self.choices = ways_of(directed(workload))
        for here, steps in zip(start.node.tolist(), start.ttl.tolist(), strict=True):
            Vesicle(self, here, steps)

    def step(self):
        """Levels clear, vesicles are born, and each lives one step."""
        self.level = [level * KEEP for level in self.level]
        births = self.rng.poisson(self.rate, len(self.level))
        self.born += int(births.sum())
        for node in np.repeat(np.arange(len(births)), births).tolist():
            Vesicle(self, node, LIFETIME)
        self.agents.do("step")

    @property
    def alive(self) -> int:
        """Vesicles alive."""
        return len(self.agents)

    def where(self) -> np.ndarray:
        """(alive,) the node of each vesicle."""
        return np.array([agent.node for agent in self.agents])
