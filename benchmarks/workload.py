"""One workload for every version: vesicles on a small world, in a steady state, with the numbers that theory expects.

A vesicle survives a step with probability ``s = (1 - p * absorb) (1 - hazard)`` and lives at most L steps, so that
after a step there are on average ``rate * N * sum_{j=1}^{L-1} s**j`` of them; ``rate`` is chosen to make this n.
Those that have lived j steps are spread over the nodes as ``1/N * P**j``, with P the migration matrix.
"""

from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np

NODES, MEAN_DEGREE, REWIRED = 1000, 10, 0.1
GRAPH_SEED, START_SEED = 1, 2
STAY = 2.0  # weight of staying; the edges' weights lie between 0.5 and 1.5
DOCKING = 0.05  # probability a step
ABSORB = 0.3  # probability of being taken up, once docked
HAZARD = 0.01  # probability of being cleared, a step
LIFETIME = 100  # steps
AMOUNT = 1.0  # released to the node's modulator level by one docking
CLEARANCE = 50.0  # steps, time constant of the modulator level
KEEP = float(np.exp(-1.0 / CLEARANCE))


@dataclass(frozen=True)
class Workload:
    """``vesicles``: how many live in the steady state."""

    vesicles: int

    @cached_property
    def graph(self) -> nx.Graph:
        """The small world, nodes 0 … N - 1, edges weighted."""
        graph = nx.watts_strogatz_graph(NODES, MEAN_DEGREE, REWIRED, seed=GRAPH_SEED)
        weight = np.random.default_rng(GRAPH_SEED).uniform(0.5, 1.5, graph.number_of_edges())
        nx.set_edge_attributes(graph, dict(zip(graph.edges, weight.tolist(), strict=True)), "weight")
        return graph

    @cached_property
    def survival(self) -> np.ndarray:
        """(L - 1,) probability of being alive after 1 … L - 1 steps."""
        return ((1.0 - DOCKING * ABSORB) * (1.0 - HAZARD)) ** np.arange(1, LIFETIME)

    @property
    def rate(self) -> float:
        """Births a node and step."""
        return self.vesicles / (NODES * self.survival.sum())

    @cached_property
    def spread(self) -> np.ndarray:
        """(L - 1, N) where a vesicle is that has lived 1 … L - 1 steps."""
        adjacency = nx.to_scipy_sparse_array(self.graph, nodelist=range(NODES), weight="weight", format="csr")
        leaving = adjacency.sum(axis=1) + STAY
        rows, now = np.empty((LIFETIME - 1, NODES)), np.full(NODES, 1.0 / NODES)
        for row in rows:
            now = adjacency.T @ (now / leaving) + STAY * now / leaving
            row[:] = now
        return rows

    @cached_property
    def occupancy(self) -> np.ndarray:
        """(N,) probability that a vesicle of the steady state is at each node."""
        return self.survival @ self.spread / self.survival.sum()

    def start(self) -> tuple[np.ndarray, np.ndarray]:
        """(n,) nodes, ascending, and (n,) ttl of the steady state's vesicles."""
        rng = np.random.default_rng(START_SEED)
        ages = rng.multinomial(self.vesicles, self.survival / self.survival.sum())
        node = np.concatenate([rng.choice(NODES, count, p=p) for count, p in zip(ages, self.spread, strict=True)])
        ttl = LIFETIME - np.repeat(np.arange(1, LIFETIME), ages)
        order = np.argsort(node, kind="stable")
        return node[order], ttl[order]


@dataclass
class Tally:
    """What happened in ``steps`` steps; ``visits`` counts vesicle-steps, newborns included."""

    steps: int = 0
    visits: int = 0

    def scores(self, workload: Workload, version) -> dict[str, float]:
        """How many standard errors each count is from its expectation; the same law for every version.

        Births are Poisson; docked and absorbed are binomial given the vesicles that could; the population is at most as
        variable as a Poisson number; vesicles are independent, so their nodes' mean degree has a plain standard error.
        """
        births = self.steps * NODES * workload.rate
        degree = np.array([degree for _, degree in sorted(workload.graph.degree)])
        expected = workload.occupancy @ degree
        error = np.sqrt(workload.occupancy @ (degree - expected) ** 2 / version.alive)
        return {
            "born": float((version.born - births) / np.sqrt(births)),
            "docked": binomial_score(version.docked, self.visits, DOCKING),
            "absorbed": binomial_score(version.absorbed, version.docked, ABSORB),
            "alive": float((version.alive - workload.vesicles) / np.sqrt(workload.vesicles)),
            "degree": float((degree[version.where()].mean() - expected) / error),
        }


def binomial_score(successes: int, trials: int, probability: float) -> float:
    """(successes - n p) / sqrt(n p (1 - p))."""
    return float((successes - trials * probability) / np.sqrt(trials * probability * (1.0 - probability)))
