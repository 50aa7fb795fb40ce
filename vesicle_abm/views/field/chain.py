"""Chain: where mass can go in one migration: it stays, takes a way, or is carried on along a delayed edge.

A Markov chain over the N nodes, then the places under way: a way of delay d has d of them. Only the probabilities
depend on rules; the chain itself is built once.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.views.field.arrays import Arrays
from vesicle_abm.views.population import travels


@dataclass(frozen=True)
class Chain:
    """M entries ``start -> end`` (M,): N that stay, W ways in their order, U from each place under way to the next.

    ``places`` N + U; ``edge`` (W,) and ``leaves`` (W,), the node that a way leaves; ``node`` (places,) the node of each
    place, of those under way the one that was left; ``first`` (W,) the first place of each way; ``arriving`` the
    entries that reach a node along an edge, ``along`` the edges.
    """

    nodes: int
    places: int
    start: np.ndarray
    end: np.ndarray
    edge: np.ndarray
    leaves: np.ndarray
    node: np.ndarray
    first: np.ndarray
    arriving: np.ndarray
    along: np.ndarray

    @classmethod
    def of(cls, graph: NeuralGraph, kind: Kind) -> "Chain":
        """Of a kind's migration."""
        ways, nodes = graph.ways(kind.migration.layers, kind.migration.direction), graph.size
        leaves = np.repeat(np.arange(nodes), np.diff(ways.indptr))
        delay = graph.delay[ways.edge].astype(np.int64) if travels(graph, kind) else np.zeros(len(leaves), np.int64)
        first = nodes + np.cumsum(delay) - delay
        under_way = np.arange(nodes, nodes + int(delay.sum()))
        onward, last = under_way + 1, (first + delay - 1)[delay > 0] - nodes
        onward[last] = ways.end[delay > 0]
        direct = np.flatnonzero(delay == 0)
        return cls(
            nodes=nodes,
            places=nodes + len(under_way),
            start=np.concatenate([np.arange(nodes), leaves, under_way]).astype(np.int64),
            end=np.concatenate([np.arange(nodes), np.where(delay > 0, first, ways.end), onward]).astype(np.int64),
            edge=ways.edge.astype(np.int64),
            leaves=leaves,
            node=np.concatenate([np.arange(nodes), np.repeat(leaves, delay)]),
            first=first,
            arriving=np.concatenate([nodes + direct, nodes + len(leaves) + last]),
            along=np.concatenate([ways.edge[direct], ways.edge[delay > 0]]).astype(np.int64),
        )

    def chances(self, arrays: Arrays, stay, weight) -> Any:
        """(M,) from the weights of staying (N,) and of each edge (E,): stay / (stay + sum) and w_e / (stay + sum)."""
        xp, way = arrays.xp, weight[arrays.index(self.edge)]
        with np.errstate(over="ignore"):
            total = stay + arrays.xp.sum_at(self.leaves, way, self.nodes)
        if not np.isfinite(arrays.plain(total)).all():  # finite weights whose sum is not
            share = 1.0 / (1 + int(np.bincount(self.leaves).max(initial=0)))
            return self.chances(arrays, stay * share, weight * share)
        some = xp.where(total > 0.0, total, 1.0)
        stays = xp.where(total > 0.0, stay / some, 1.0)
        return self.entries(arrays, stays, way / some[arrays.index(self.leaves)])

    def entries(self, arrays: Arrays, staying, way) -> Any:
        """(M,) of numbers for staying (N,) and for each way (W,), and 1 for each place under way."""
        return arrays.join([staying, way, arrays.zeros(self.places - self.nodes) + 1.0])

    def moved(self, arrays: Arrays, factor, mass) -> Any:
        """(rows, places) after one migration."""
        return arrays.flow(self.start, self.end, factor, mass, self.places)
