"""The workload in agentpy, as its documentation teaches: an ``AgentList`` on a ``Network``, agents called by broadcast.

Run by an interpreter that has it, through ``peer_worker.py``.
"""

from bisect import bisect

import agentpy as ap
import numpy as np
from network import directed, ways_of
from steady_state import Choices, Start
from workload import ABSORB, AMOUNT, DOCKING, HAZARD, KEEP, LIFETIME, Workload


class Vesicle(ap.Agent):
    """One vesicle: moves, docks, releases, and ends."""

    def setup(self, ttl=LIFETIME):
        """A new life."""
        self.ttl = ttl
        self.ended = False

    def live(self):
        """One step of its life."""
        model = self.model
        draw, here = model.random.random, model.network.positions[self]
        sites, cumulative = model.ways[here.label]
        there = sites[bisect(cumulative, draw() * cumulative[-1])]
        if there is not here:
            model.network.move_to(self, there)
        if draw() < DOCKING:
            model.docked += 1
            model.level[there.label] += AMOUNT
            if draw() < ABSORB:
                model.absorbed += 1
                self.ended = True
                return
        self.ttl -= 1
        self.ended = self.ttl == 0 or draw() < HAZARD


class AgentpyModel(ap.Model):
    """The model; ``born``, ``docked``, ``absorbed`` count events."""

    def __init__(self, workload: Workload, start: Start, choices: Choices, seed: int):
        super().__init__({"seed": seed})
        self.sim_setup()
        self.born = self.docked = self.absorbed = 0
        self.rate, self.level = workload.rate, start.level.tolist()
        graph = directed(workload)
        self.network = ap.Network(self, graph)
        self.sites = list(self.network.nodes)
        ways = ways_of(graph)
        self.ways = [([self.sites[node] for node in there], cumulative) for there, cumulative in ways]
        self.agents = ap.AgentList(self, len(start.node), Vesicle, ttl=ap.AttrIter(start.ttl.tolist()))
        self.network.add_agents(self.agents, [self.sites[node] for node in start.node.tolist()])

    def step(self):
        """Levels clear, vesicles are born, and each lives one step."""
        self.level = [level * KEEP for level in self.level]
        births = self.nprandom.poisson(self.rate, len(self.sites))
        born = ap.AgentList(self, int(births.sum()), Vesicle)
        self.network.add_agents(born, [self.sites[node] for node in np.repeat(np.arange(len(births)), births)])
        self.born += len(born)
        self.agents.extend(born)
        self.agents.live()
        self.network.remove_agents(self.agents.select(self.agents.ended))
        self.agents = self.agents.select(np.logical_not(self.agents.ended))

    @property
    def alive(self) -> int:
        """Vesicles alive."""
        return len(self.agents)

    def where(self) -> np.ndarray:
        """(alive,) the node of each vesicle."""
        return np.array([self.network.positions[agent].label for agent in self.agents])
