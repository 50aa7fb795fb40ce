"""Migration: where a vesicle goes next. P_k(l' | l) over the ways out of a node, and staying.

A vesicle at l takes way e with probability ``weights[e] / (stay[l] + sum of the weights of the ways out of l)``. Ways
lead along edges of the chosen layers, forward or backward. A delayed edge takes ``delay`` further steps when ``travel``
is on.
"""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from vesicle_abm.core.graph import BACKWARD, FORWARD
from vesicle_abm.core.parameters import EDGE, SCALAR, Rule, option, parameter


class Migration(Rule):
    """Contract: unnormalised, non-negative, finite weights of leaving along each edge, and of staying."""

    reads_vesicles: ClassVar[bool] = False  # True: each vesicle has its own preference (``own_migration``)
    layers: list | None = option(None, "names of the edge layers to travel on; none for all")
    direction: str = option(FORWARD, "along the edges or against them", choices=(FORWARD, BACKWARD))
    travel: bool = option(True, "whether an edge's delay holds the vesicle on its way", choices=(True, False))

    @abstractmethod
    def weights(self, graph, nodes, xp):
        """(E,) weight of each edge, in ``graph.edges`` order; those outside ``layers`` are not looked at."""

    @abstractmethod
    def stay(self, graph, nodes, xp):
        """(N,) or a number: weight of staying at each node. A node whose weights are all 0 keeps its vesicles."""


class WeightedMigration(Migration, name="weighted"):
    """By edge weight: P(e | l) = w_e / (stay + sum w).

    >>> float(WeightedMigration(stay=1.0).stay(None, None, None))
    1.0
    """

    stay_: float = parameter(0.0, "weight of staying", ge=0.0)

    def weights(self, graph, nodes, xp):
        """The edges' weights."""
        return graph.weight

    def stay(self, graph, nodes, xp):
        """The ``stay`` weight."""
        return self.stay_


class SynapticMigration(Migration, name="synaptic"):
    """By present synaptic weight, as it has been learned, whatever its sign: P(e | l) = |w_e| / (stay + sum |w|).

    >>> from types import SimpleNamespace
    >>> from vesicle_abm.core import functions
    >>> SynapticMigration().weights(None, SimpleNamespace(weight=np.array([0.5, -2.0])), functions).tolist()
    [0.5, 2.0]
    """

    stay_: float = parameter(0.0, "weight of staying", ge=0.0)

    def weights(self, graph, nodes, xp):
        """(E,) the size of each weight."""
        return xp.absolute(nodes.weight)

    def stay(self, graph, nodes, xp):
        """The ``stay`` weight."""
        return self.stay_


class SoftmaxMigration(Migration, name="softmax"):
    """Softmax over the ways: P(e | l) ~ exp((log w_e + logit_e + drift * feature_l') / temperature), l' where e leads.

    ``logit`` is what the framework's "learned transition kernel" means; the formula is ours. An edge of weight 0 is
    never taken; ``stay_logit`` of none means never staying while there is a way.
    """

    logit: float = parameter(0.0, "learned log-weight of each edge", per=EDGE)
    drift: float = parameter(0.0, "how strongly vesicles climb the feature; negative: descend")
    feature: float = parameter(0.0, "the node feature that they climb, usually a node attribute's name")
    stay_logit: float | None = parameter(None, "log-weight of staying", optional=True)
    temperature: float = parameter(1.0, "0 + chooses the best way always, large values any way", gt=0.0)

    def weights(self, graph, nodes, xp):
        """(E,) exp of the score above the best score at the edge's start."""
        score, best = self._scores(graph, nodes, xp)
        start, _ = graph.ends(self.direction)
        temperature = xp.spread(self.temperature, graph.size)[start]
        taken = xp.isfinite(score) & graph.in_layers(self.layers)
        above = xp.where(taken, score - best[start], 0.0)
        return xp.where(taken, xp.exp(above / temperature), 0.0)

    def stay(self, graph, nodes, xp):
        """(N,) exp of the stay logit above the best score."""
        if self.stay_logit is None:
            return 0.0
        _, best = self._scores(graph, nodes, xp)
        return xp.exp((self.stay_logit - best) / self.temperature)

    def _scores(self, graph, nodes, xp):
        start, end = graph.ends(self.direction)
        feature, drift = xp.spread(self.feature, graph.size), xp.spread(self.drift, graph.size)
        score = xp.log(graph.weight) + self.logit + drift[start] * feature[end]
        best = xp.highest(xp.where(graph.in_layers(self.layers), score, -np.inf), start, graph.size)
        if self.stay_logit is not None:
            best = xp.maximum(best, self.stay_logit)
        return score, xp.constant(xp.where(xp.isfinite(best), best, 0.0))  # it cancels from every probability


class TrailMigration(Migration, name="trail"):
    """By what travellers have left: P(e | l) ~ w_e (offset + trail_e)**power, the choice function that Deneubourg et
    al. (1990) measured in Argentine ants at the fork of two bridges, with offset 20 and power 2 for single ants.
    """

    follow: str | None = option(None, "the kind whose trail is followed; none: its own", kinds=True)
    offset: float = parameter(20.0, "attraction of an unmarked edge, in units of the trail", per=SCALAR, gt=0.0)
    power: float = parameter(2.0, "how sharply the stronger trail is preferred", per=SCALAR, ge=0.0)
    stay_: float = parameter(0.0, "weight of staying, beside unmarked ways of weight w_e", ge=0.0)

    def weights(self, graph, nodes, xp):
        """(E,) the choice function, in units of an unmarked edge's: w_e (1 + trail_e / offset)**power."""
        return graph.weight * xp.exp(self.power * xp.log(1.0 + nodes.trail(self.follow) / self.offset))

    def stay(self, graph, nodes, xp):
        """The ``stay`` weight."""
        return self.stay_
