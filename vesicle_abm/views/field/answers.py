"""Answers: what the rules of one kind say in a field, computed again only where they read what changes."""

from collections.abc import Callable
from typing import Any, NamedTuple

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.state import State
from vesicle_abm.vesicles.kind import BROADCAST, Kind
from vesicle_abm.vesicles.sight import Signals
from vesicle_abm.views.effects import Effect
from vesicle_abm.views.field.arrays import Arrays
from vesicle_abm.views.field.chain import Chain
from vesicle_abm.views.field.sight import FieldNodes, MeanVesicles
from vesicle_abm.views.tables import ANY_NUMBER, BIRTHS, CONTENT, PROBABILITY, RATE, bounds_of_births, numbers

CARRIED = "content"
KNOWN = frozenset({"step"})  # of all else that rules read and that changes, only the mean is known


class Moment(NamedTuple):
    """The expected state as a stage begins, and the signals."""

    state: State
    signals: dict[str, Any]


class Answers:
    """The answers of one bound kind's rules over the whole graph."""

    def __init__(self, name: str, kind: Kind, number: int, graph: NeuralGraph, chain: Chain, arrays: Arrays):
        self.name, self.kind, self.number = name, kind, number
        self.plain_graph, self.graph, self.chain, self.arrays = graph, arrays.graph(graph), chain, arrays
        self.alike = False  # whether all its vesicles carry the same content
        self.closes: dict[str, set[str]] = {}  # rule -> what it reads of which only the mean is known
        self._lasting: dict[str, Any] = {}

    def _answer(self, key: str, moment: Moment, compute: Callable[[FieldNodes, Signals], Any]) -> Any:
        if key in self._lasting:
            return self._lasting[key]
        reads: set[str] = set()
        nodes = FieldNodes(self.plain_graph, moment.state, moment.signals, self.arrays, reads, self.name)
        value = compute(nodes, Signals(moment.state, moment.signals, reads))
        random = reads - KNOWN - ({CARRIED} if self.alike else set())
        if random:
            self.closes.setdefault(key, set()).update(random)
        if not reads:
            self._lasting[key] = value
        return value

    def _numbers(self, key: str, bounds: tuple[float, float], formula: Callable, *seen, shape=None) -> Any:
        shape = (self.chain.nodes,) if shape is None else shape
        return numbers(self.arrays, f"kinds.{self.name}.{key}", bounds, formula, *seen, shape=shape)

    def rate(self, moment: Moment) -> Any:
        """(N,) expected births in this step; where the kind has a cap, at most what the ids of one step can hold."""
        rule, bounds, capped = self.kind.emission, bounds_of_births(self.kind), self.kind.cap is not None

        def compute(*seen) -> Any:
            rate = self._numbers("emission", bounds, rule.rate, *seen)
            return self.arrays.xp.minimum(rate, BIRTHS[1]) if capped and not self.broadcasts else rate

        return self._answer("emission", moment, compute)

    def content(self, moment: Moment) -> Any:
        """(N, D) the mean content of a vesicle born at each node."""
        rule, shape = self.kind.content, (self.chain.nodes, self.kind.content_width)
        return self._answer(
            "content", moment, lambda *seen: self._numbers("content", CONTENT, rule.mean, *seen, shape=shape)
        )

    def chances(self, moment: Moment) -> Any:
        """(M,) the probability of each entry of the chain."""
        rule, edges = self.kind.migration, (self.plain_graph.edge_count,)

        def compute(nodes: FieldNodes, _: Signals) -> Any:
            weight = self._numbers("migration", RATE, rule.weights, self.graph, nodes, shape=edges)
            stay = self._numbers("migration.stay", RATE, rule.stay, self.graph, nodes)
            return self.chain.chances(self.arrays, stay, weight)

        return self._answer("migration", moment, compute)

    def factors(self, moment: Moment) -> Any:
        """(M,) what content is multiplied by along each entry, or None."""
        rule, edges = getattr(self.kind, "passage", None), (self.plain_graph.edge_count,)
        if rule is None:
            return None

        def compute(nodes: FieldNodes, _: Signals) -> Any:
            factor = self._numbers("passage", ANY_NUMBER, rule.factor, self.graph, nodes, shape=edges)
            way = factor[self.arrays.index(self.chain.edge)]
            return self.chain.entries(self.arrays, self.arrays.zeros(self.chain.nodes) + 1.0, way)

        return self._answer("passage", moment, compute)

    def docking(self, moment: Moment, content) -> Any:
        """(N,) probability of docking, of the mean content (N, D) at each node."""
        return self._of_vesicles("docking", self.kind.docking, "probability", PROBABILITY, moment, content)

    def hazard(self, moment: Moment, content) -> Any:
        """(places,) probability of being cleared, of the mean content (places, D) at each place; without it (N,)."""
        return self._of_vesicles("decay", self.kind.decay, "hazard", PROBABILITY, moment, content)

    def turning(self, moment: Moment, content) -> Any:
        """(N,) probability of turning."""
        return self._of_vesicles("turn", self.kind.turn, "probability", PROBABILITY, moment, content)

    def content_after(self, moment: Moment, content, width: int) -> Any:
        """(N, width) what the mean vesicle carries once it has turned."""
        shape = (self.chain.nodes, width)
        return self._of_vesicles("turn", self.kind.turn, "content", CONTENT, moment, content, shape)

    def deposit(self, moment: Moment, content) -> Any:
        """(A,) what the mean vesicle that comes along each edge leaves there, of the contents (A, D) that arrive."""
        rows = self.chain.end[self.chain.arriving]
        return self._of_vesicles("trail", self.kind.trail, "deposit", RATE, moment, content, rows=rows)

    def effects(self, moment: Moment, content, levels: list[str]) -> list[Effect]:
        """What a docking at each node gives in the mean: of each release (N,) or (N, W) amounts."""
        found = []
        for place, rule in enumerate(self.kind.release):
            key, width = self.kind.release_key(place), rule.width(self.kind.content_width)
            shape = (self.chain.nodes, width) if width else None
            amounts = self._of_vesicles(key, rule, "effect", ANY_NUMBER, moment, content, shape)
            level = getattr(rule, "level", None)
            number = self.number if level is None else levels.index(level)
            found.append(Effect(rule.target, f"{self.name}.{place}", number, amounts, f"kinds.{self.name}.{key}"))
        return found

    def broadcast_effects(self, moment: Moment, levels: list[str]) -> tuple[Any, list[Effect]]:
        """(expected births a node, effects of one): all births of the step, spread over all nodes."""
        rate, width = self.rate(moment), self.kind.content_width
        births = rate.sum()
        some = self.arrays.xp.where(births > 0.0, births, 1.0)
        mean = (self.content(moment) * rate[:, None]).sum(0) / some if width else self.arrays.zeros(0)
        content = self.arrays.spread(mean, (self.chain.nodes, width))
        return births / self.chain.nodes, self.effects(moment, content, levels)

    def _of_vesicles(
        self, key: str, rule: Any, formula: str, bounds, moment: Moment, content, shape=None, rows=None
    ) -> Any:
        """An answer that may look at the mean content of each node, of each place, or at each of the nodes ``rows``."""
        if rows is None and content is not None and len(content) > self.chain.nodes:
            rows = self.chain.node
        where = self.chain.node[: self.chain.nodes] if rows is None else rows
        shape = where.shape if shape is None else shape
        vesicles = MeanVesicles(content, where)

        def compute(nodes: FieldNodes, _: Signals) -> Any:
            seen = rule
            if rows is not None:
                nodes, seen = nodes.at(rows), rule.seen_from(rows)
            found = self._numbers(key, bounds, getattr(seen, formula), vesicles, nodes, shape=shape)
            if vesicles.looked:
                nodes.note(CARRIED)
            return found

        return self._answer(f"{key}.{formula}" if formula == "content" else key, moment, compute)

    @property
    def broadcasts(self) -> bool:
        """Whether no vesicles are made."""
        return self.kind.delivery == BROADCAST
