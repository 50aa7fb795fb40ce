"""Estimators of meta-signals: what the network itself tells of novelty, uncertainty, and reward prediction error.

Each is computed as the activate stage ends, from the activation of this step, and given as the signal under whose name
the model has it; emission (``SignalEmission``), content and modulation read it in the same step.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, Rule, option, parameter

NODE, NETWORK = "node", "network"
FLOOR = 1e-6  # of a variance that is divided by


@dataclass(frozen=True)
class Glance:
    """What an estimator sees: ``graph``, ``activation`` (N,) of this step, and the other ``signals`` by name."""

    graph: NeuralGraph
    activation: np.ndarray
    signals: dict[str, Any]

    def of(self, labels) -> np.ndarray:
        """The activation of these nodes; of all, if none are named."""
        return self.activation if labels is None else self.activation[[self.graph.node(label) for label in labels]]


class Estimator(Rule):
    """Contract: ``estimate`` gives the signal of this step and what is kept for the next one; both are pure."""

    nodes: list | None = option(None, "labels of the neurons that it looks at; none for all", labels=True)

    @abstractmethod
    def first(self, graph: NeuralGraph) -> dict[str, np.ndarray]:
        """What it keeps, at the start."""

    @abstractmethod
    def estimate(self, kept: dict[str, np.ndarray], glance: Glance, xp) -> tuple[Any, dict[str, np.ndarray]]:
        """(signal, what is kept): a number, or (N,)."""

    def size(self, graph: NeuralGraph) -> int:
        """How many neurons it looks at."""
        return graph.size if self.nodes is None else len(self.nodes)


class Novelty(Estimator, name="novelty"):
    """How far activity is from what it has been: the root mean square of (z_l - m_l) / s_l over the neurons, the
    Mahalanobis distance (1936) with a diagonal covariance, per neuron.

    Both are running estimates, of d = z - m: m <- m + rate d, s**2 <- (1 - rate) (s**2 + rate d**2) (Finch 2009).
    About 1 where nothing is new. With ``per = "node"`` each node has its own, |z_l - m_l| / s_l, 0 at the others.
    """

    rate: float = parameter(0.02, "how fast the running estimates follow", per=SCALAR, unit="per step", gt=0.0, lt=1.0)
    variance: float = parameter(
        1.0, "s**2 at the start, and of a neuron that never varies", per=SCALAR, begins=True, gt=0.0
    )
    floor: float = parameter(FLOOR, "added to s**2: a deviation below its root counts little", per=SCALAR, gt=0.0)
    per: str = option(NETWORK, "one number for the network, or one per node", choices=(NETWORK, NODE))

    def first(self, graph):
        """No activity yet."""
        size = self.size(graph)
        return {"mean": np.zeros(size), "variance": np.full(size, float(self.variance))}

    def estimate(self, kept, glance, xp):
        """By the estimates of before this step."""
        distance = glance.of(self.nodes) - kept["mean"]
        squared = distance * distance / (kept["variance"] + self.floor)
        new = {
            "mean": kept["mean"] + self.rate * distance,
            "variance": (1.0 - self.rate) * (kept["variance"] + self.rate * distance * distance),
        }
        if self.per == NETWORK:
            return float(xp.sqrt(xp.total(squared) / len(squared))), new
        found = np.zeros(glance.graph.size)
        where = slice(None) if self.nodes is None else [glance.graph.node(label) for label in self.nodes]
        found[where] = xp.sqrt(squared)
        return found, new


class Uncertainty(Estimator, name="uncertainty"):
    """How undecided the neurons are: the entropy (Shannon 1948) of softmax(beta z) over them, by its largest, log A.

    1 where all are alike, near 0 where one stands out.
    """

    beta: float = parameter(5.0, "inverse temperature of the softmax", per=SCALAR, ge=0.0)

    def first(self, graph):
        """Nothing is kept.

        Raises
        ------
        InputError
            if there are fewer than two neurons to decide between.
        """
        if self.size(graph) < 2:
            raise InputError(f"got {self.size(graph)} neurons; at least two, to decide between, are needed", "nodes")
        return {}

    def estimate(self, kept, glance, xp):
        """-sum p log p / log A."""
        score = self.beta * glance.of(self.nodes)
        part = xp.exp(score - score.max())
        p = part / xp.total(part)
        entropy = -xp.total(xp.where(p > 0.0, p * xp.log(xp.where(p > 0.0, p, 1.0)), 0.0))
        return float(entropy / xp.log(float(len(p)))), {}


class RewardPredictionError(Estimator, name="reward_prediction_error"):
    """delta(t) = r(t) + discount V(t) - V(t - 1), the temporal difference error that dopamine neurons are found to
    report (Schultz, Dayan and Montague 1997), of a linear critic V(t) = sum_l w_l z_l(t) that learns by it:
    w <- w + rate delta(t) z(t - 1), TD(0) (Sutton 1988).
    """

    reward: str = option("reward", "name of the signal that is the reward r", signal=True)
    rate: float = parameter(0.05, "learning rate of the critic", per=SCALAR, ge=0.0)
    discount: float = parameter(0.95, "of the value one step later", per=SCALAR, ge=0.0, le=1.0)

    def first(self, graph):
        """No value."""
        size = self.size(graph)
        return {"weight": np.zeros(size), "before": np.zeros(size)}

    def estimate(self, kept, glance, xp):
        """The error, and the critic after it."""
        now, weight, before = glance.of(self.nodes), kept["weight"], kept["before"]
        reward = float(np.asarray(glance.signals.get(self.reward, 0.0), dtype=np.float64))
        error = reward + self.discount * xp.total(weight * now) - xp.total(weight * before)
        return float(error), {"weight": weight + self.rate * error * before, "before": now.copy()}


class Associability(Estimator, name="associability"):
    """How wrong one has been of late: alpha <- (1 - rate) alpha + rate mean |e| over the nodes, by Pearce and Hall
    (1980), who let what was badly predicted be learned about the faster.

    ``signal`` is the error e, one number or one per node; where it is 0 at all the nodes nothing was told, and alpha
    stays. With ``usual`` > 0 the signal is alpha less a slower one with that rate: by how much errors are larger than
    they have long been, 0 in the mean where nothing changes [our formula].
    """

    signal: str = option("error", "name of the signal that is the error", signal=True)
    rate: float = parameter(0.1, "how fast it follows", per=SCALAR, unit="per error told", gt=0.0, le=1.0)
    usual: float = parameter(
        0.0, "rate of the slower one that is taken off; 0: none is", per=SCALAR, unit="per error told", ge=0.0, le=1.0
    )
    start: float = parameter(0.0, "alpha at the start, of both", per=SCALAR, ge=0.0, begins=True)

    def first(self, graph):
        """Its start."""
        return {"fast": np.array(float(self.start)), "slow": np.array(float(self.start))}

    def estimate(self, kept, glance, xp):
        """After this step's error."""
        given = np.asarray(glance.signals.get(self.signal, 0.0), dtype=np.float64)
        if given.ndim and self.nodes is not None:
            given = given[[glance.graph.node(label) for label in self.nodes]]
        fast, slow = float(kept["fast"]), float(kept["slow"])
        if given.any():
            size = float(xp.total(xp.absolute(given.ravel())) / given.size)
            fast, slow = ((1.0 - rate) * old + rate * size for old, rate in ((fast, self.rate), (slow, self.usual)))
        return fast - (slow if self.usual else 0.0), {"fast": np.array(fast), "slow": np.array(slow)}
