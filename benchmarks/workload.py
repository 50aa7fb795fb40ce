"""One workload for every version: vesicles on a random graph, in a steady state, with the numbers that theory expects.

A vesicle survives a step with probability ``s = (1 - p * absorb) (1 - hazard)`` and lives at most L steps, so that
after a step there are on average ``rate * N * sum_{j=1}^{L-1} s**j`` of them; ``rate`` is chosen to make this n.
Those that have lived j steps are spread over the nodes as ``1/N * P**j``, with P the migration matrix.

With a content of width D > 0 a vesicle docks with ``p = sigmoid(c . r / sqrt(D) + logit)``, r its node's receptor.
Those that dock often are absorbed sooner, so the numbers above hold nearly, and versions are compared with each other.

Needs numpy only: the peers' interpreters read this file too.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

GRAPH_SEED, RECEPTOR_SEED = 1, 2
FEWEST, MOST = 5, 15  # ways out of a node, before those that lead back or lead twice are left out: 10 on average
LIGHTEST, HEAVIEST = 0.5, 1.5  # weight of an edge
STAY = 2.0  # weight of staying
DOCKING = 0.05  # probability a step
ABSORB = 0.3  # probability of being taken up, once docked
HAZARD = 0.01  # probability of being cleared, a step
LIFETIME = 100  # steps
AMOUNT = 1.0  # released to the node's modulator level by one docking; times the first component of a content
CLEARANCE = 50.0  # steps, time constant of the modulator level
KEEP = float(np.exp(-1.0 / CLEARANCE))
MEAN, DEVIATION = 0.5, 1.0  # of each component of a newborn's content
GAIN, LOGIT = 1.0, -3.475  # of docking by affinity; p is 0.05 on average


@dataclass(frozen=True)
class Workload:
    """``nodes``, ``vesicles``: how many live in the steady state; ``width`` of their content."""

    nodes: int
    vesicles: int
    width: int = 0

    @property
    def name(self) -> str:
        """The world in a few characters."""
        return f"{self.nodes:,} nodes, {self.vesicles:,} vesicles, D = {self.width}"

    @cached_property
    def edges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(E,) int32 source, ascending, (E,) int32 target, (E,) weight: a random graph, no edge twice."""
        rng = np.random.default_rng(GRAPH_SEED)
        source = np.repeat(np.arange(self.nodes), rng.integers(FEWEST, MOST + 1, self.nodes))
        target = rng.integers(self.nodes, size=len(source))
        pairs = np.unique((source * self.nodes + target)[source != target])
        weight = rng.uniform(LIGHTEST, HEAVIEST, len(pairs))
        return (pairs // self.nodes).astype(np.int32), (pairs % self.nodes).astype(np.int32), weight

    @cached_property
    def receptor(self) -> np.ndarray:
        """(N, D) float64, numbers that float32 holds too."""
        drawn = np.random.default_rng(RECEPTOR_SEED).standard_normal((self.nodes, self.width), np.float32)
        return drawn.astype(np.float64)

    @property
    def survival(self) -> np.ndarray:
        """(L - 1,) probability of being alive after 1 … L - 1 steps."""
        return ((1.0 - DOCKING * ABSORB) * (1.0 - HAZARD)) ** np.arange(1, LIFETIME)

    @property
    def rate(self) -> float:
        """Births a node and step."""
        return float(self.vesicles / (self.nodes * self.survival.sum()))

    @cached_property
    def occupancy(self) -> np.ndarray:
        """(N,) probability that a vesicle of the steady state is at each node."""
        source, target, weight = self.edges
        leaving = np.bincount(source, weights=weight, minlength=self.nodes) + STAY
        now, found = np.full(self.nodes, 1.0 / self.nodes), np.zeros(self.nodes)
        for alive in self.survival:
            share = now / leaving
            now = np.bincount(target, weights=weight * share[source], minlength=self.nodes) + STAY * share
            found += alive * now
        return found / self.survival.sum()

    @cached_property
    def ways_in(self) -> np.ndarray:
        """(N,) how many edges lead to each node."""
        return np.bincount(self.edges[1], minlength=self.nodes)


@dataclass
class Tally:
    """What happened in ``steps`` steps; ``visits`` counts vesicle-steps, newborns included."""

    steps: int = 0
    visits: int = 0

    def scores(self, workload: Workload, version) -> dict[str, float]:
        """How many standard errors each count is from its expectation; the same law for every version.

        Births are Poisson; docked and absorbed are binomial given the vesicles that could; the population is at most as
        variable as a Poisson number; vesicles are independent, so the mean number of ways that lead to where they are
        has a plain standard error. Where content decides on docking, births and absorptions alone follow such laws.
        """
        births = self.steps * workload.nodes * workload.rate
        found = {
            "born": float((version.born - births) / np.sqrt(births)),
            "absorbed": binomial_score(version.absorbed, version.docked, ABSORB),
        }
        if workload.width:
            return found
        expected = workload.occupancy @ workload.ways_in
        error = np.sqrt(workload.occupancy @ (workload.ways_in - expected) ** 2 / version.alive)
        return found | {
            "docked": binomial_score(version.docked, self.visits, DOCKING),
            "alive": float((version.alive - workload.vesicles) / np.sqrt(workload.vesicles)),
            "ways in": float((workload.ways_in[version.where()].mean() - expected) / error),
        }


def binomial_score(successes: int, trials: int, probability: float) -> float:
    """(successes - n p) / sqrt(n p (1 - p))."""
    return float((successes - trials * probability) / np.sqrt(trials * probability * (1.0 - probability)))
