"""Tables: what the rules of one kind answer, per node or way, computed once and again only when what they read changes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core import alias, functions
from vesicle_abm.core.alias import AliasTable
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.fixedpoint import check_amounts
from vesicle_abm.vesicles.decay import UNLIMITED
from vesicle_abm.vesicles.lifecycle import Kind
from vesicle_abm.vesicles.sight import Nodes, Signals, Vesicles

if TYPE_CHECKING:
    from vesicle_abm.views.world import World

ANY_NUMBER, RATE, PROBABILITY = (-np.inf, np.inf), (0.0, np.inf), (0.0, 1.0)


class KindTables:
    """The answers of one kind's rules over the whole graph."""

    def __init__(self, world: "World", number: int, kind: Kind):
        self.world, self.number, self.kind = world, number, kind
        self.name = world.lifecycle.names[number]
        self.ways = world.graph.ways(kind.migration.layers, kind.migration.direction)
        self._kept: dict[str, tuple[Any, frozenset]] = {}

    def forget_changing(self) -> None:
        """Drop every answer that read something that changes."""
        self._kept = {key: kept for key, kept in self._kept.items() if not kept[1]}

    def reads(self, key: str) -> frozenset:
        """Which changing quantities the answer ``key`` read; empty if it holds for good."""
        getattr(self, key)()
        return self._kept[key][1]

    def _answer(self, key: str, compute: Callable[[Nodes, Signals], Any]) -> Any:
        if key not in self._kept:
            reads: set = set()
            state = self.world.state
            value = compute(Nodes(self.world.graph, state, reads=reads), Signals(state, self.world.signals, reads))
            self._kept[key] = (value, frozenset(reads))
        return self._kept[key][0]

    def rate(self) -> np.ndarray:
        """(N,) expected births in this step."""
        rule = self.kind.emission
        return self._answer(
            "rate",
            lambda nodes, signals: self._numbers(rule.rate(nodes, signals, functions), "emission", RATE),
        )

    def content(self) -> tuple[np.ndarray, np.ndarray]:
        """(N, D) mean and (N, D) standard deviation of the content of a vesicle born at each node."""
        rule, shape = self.kind.content, (self.world.graph.size, self.kind.content_width)

        def compute(nodes, signals):
            mean = self._numbers(rule.mean(nodes, signals, functions), "content", ANY_NUMBER, shape)
            return mean, self._numbers(rule.deviation(nodes, signals, functions), "content", RATE, shape)

        return self._answer("content", compute)

    def migration(self) -> AliasTable:
        """The alias table over staying and the ways of ``ways``."""
        rule, graph = self.kind.migration, self.world.graph

        def compute(nodes, _):
            weights = self._numbers(rule.weights(graph, nodes, functions), "migration", RATE, (graph.edge_count,))
            stay = self._numbers(rule.stay(graph, nodes, functions), "migration.stay", RATE)
            return alias.build(self.ways.indptr, stay, weights[self.ways.edge])

        return self._answer("migration", compute)

    def docking(self) -> np.ndarray | None:
        """(N,) probability of docking, or None if it is each vesicle's own."""
        rule = self.kind.docking
        if rule.reads_vesicles:
            return None
        return self._answer(
            "docking",
            lambda nodes, _: self._numbers(rule.probability(None, nodes, functions), "docking", PROBABILITY),
        )

    def hazard(self) -> np.ndarray | None:
        """(N,) probability of being cleared, or None if it is each vesicle's own."""
        rule = self.kind.decay
        if rule.reads_vesicles:
            return None
        return self._answer(
            "hazard",
            lambda nodes, _: self._numbers(rule.hazard(None, nodes, functions), "decay", PROBABILITY),
        )

    def docking_of(self, rows) -> np.ndarray:
        """(n,) probability of docking of the vesicles in these rows."""
        rule, (vesicles, nodes) = self.kind.docking, self._look(rows)
        found = rule.at(vesicles.node).probability(vesicles, nodes, functions)
        return self._numbers(found, "docking", PROBABILITY, vesicles.node.shape)

    def docking_of_content(self, content: np.ndarray) -> np.ndarray:
        """(N,) probability of docking, at each node, of a vesicle with that row of ``content`` (N, D).

        Raises
        ------
        InputError
            if the rule reads what changes.
        """
        reads: set = set()
        everywhere = np.arange(self.world.graph.size)
        nodes = Nodes(self.world.graph, self.world.state, reads=reads)
        stored = content.astype(np.float32).astype(np.float64)  # as a vesicle carries it
        vesicles = Vesicles(stored, everywhere, np.full(len(everywhere), UNLIMITED))
        found = self.kind.docking.at(everywhere).probability(vesicles, nodes, functions)
        if reads:
            raise InputError(f"reads {', '.join(sorted(reads))}, which changes", f"kinds.{self.name}.docking")
        return self._numbers(found, "docking", PROBABILITY)

    def hazard_of(self, rows) -> np.ndarray:
        """(n,) probability of being cleared of the vesicles in these rows."""
        rule, (vesicles, nodes) = self.kind.decay, self._look(rows)
        found = rule.at(vesicles.node).hazard(vesicles, nodes, functions)
        return self._numbers(found, "decay", PROBABILITY, vesicles.node.shape)

    def effects_of(self, rows) -> list[tuple[str, int, np.ndarray]]:
        """(target, level, (n,) amounts) of each release, for the docked vesicles in these rows."""
        vesicles, nodes = self._look(rows)
        effects = []
        for rule in self.kind.release:
            found = rule.at(vesicles.node).effect(vesicles, nodes, functions)
            amounts = self._numbers(found, "release", ANY_NUMBER, vesicles.node.shape)
            check_amounts(amounts, f"kinds.{self.name}.release")
            level = getattr(rule, "level", None)
            number = self.number if level is None else self.world.lifecycle.names.index(level)
            effects.append((rule.target, number, amounts))
        return effects

    def _look(self, rows) -> tuple[Vesicles, Nodes]:
        vesicles = Vesicles.of(self.world.state.vesicles[self.name], rows)
        return vesicles, Nodes(self.world.graph, self.world.state, vesicles.node)

    def _numbers(self, value, key: str, bounds: tuple[float, float], shape: tuple | None = None) -> np.ndarray:
        """A rule's answer as a float64 array of the right shape and within bounds, or a clear refusal."""
        key = f"kinds.{self.name}.{key}"
        shape = (self.world.graph.size,) if shape is None else shape
        try:
            array = np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=np.float64), shape))
        except (TypeError, ValueError):
            raise InputError(f"gave an answer of shape {np.shape(value)}; shape {shape} is needed", key) from None
        low, high = bounds
        inside = np.isfinite(array) & (array >= low) & (array <= high)
        if not inside.all():
            raise InputError(
                f"gave {array[~inside].flat[0]:g}; a finite number from {low:g} to {high:g} is allowed", key
            )
        return array
