"""Tables: what the rules of one kind answer, per node or way, computed again only when what they read changes."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core import alias, functions
from vesicle_abm.core.alias import AliasTable
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.fixedpoint import check_amounts
from vesicle_abm.core.identity import MAX_BIRTHS
from vesicle_abm.core.scalar import LARGEST
from vesicle_abm.vesicles.decay import UNLIMITED
from vesicle_abm.vesicles.kind import BROADCAST, Kind
from vesicle_abm.vesicles.own_migration import OwnMigration
from vesicle_abm.vesicles.release import CHANGE, MEMORY
from vesicle_abm.vesicles.sight import Nodes, Signals, Vesicles, VesiclesIn
from vesicle_abm.views.effects import Effect, check_writes, summed
from vesicle_abm.views.field.arrays import NUMPY, Arrays
from vesicle_abm.views.field.sight import MeanVesicles
from vesicle_abm.views.lots import Lots
from vesicle_abm.views.sorting import ways_are_short

if TYPE_CHECKING:
    from vesicle_abm.views.world import World

CONTENT, SPREAD = (-1e38, 1e38), (0.0, 1e37)  # what a content of 32 bits holds, whatever the draw
ANY_NUMBER, RATE, PROBABILITY = (-LARGEST, LARGEST), (0.0, LARGEST), (0.0, 1.0)
BIRTHS, STEPS = (0.0, float(MAX_BIRTHS)), (1.0, float(UNLIMITED))  # what the ids of one step, and a ttl, can hold
COUNTED = 2.0**31  # expected births of a node in a step; what a rate has beyond is not even counted as suppressed


class KindTables:
    """The answers of one kind's rules over the whole graph."""

    def __init__(self, world: "World", number: int, kind: Kind):
        self.world, self.number, self.kind = world, number, kind
        self.name = world.lifecycle.names[number]
        self.ways = world.graph.ways(kind.migration.layers, kind.migration.direction)
        self._lasting: dict[str, Any] = {}  # answers that read nothing that changes
        self._passing: dict[str, tuple[Any, frozenset]] = {}  # the others, with what they read
        self._built: tuple[Any, AliasTable] | None = None  # the table for migration, and the weights it was built from
        self.lots = Lots()

    def forget_changing(self) -> None:
        """Drop every answer that read something that changes."""
        self._passing.clear()

    def reads(self, key: str) -> frozenset:
        """Which changing quantities the answer ``key`` read; empty if it holds for good."""
        getattr(self, key)()
        return self._passing[key][1] if key in self._passing else frozenset()

    def lasting(self, key: str) -> Any:
        """The answer ``key``, if it has been given and holds for good; else None."""
        return self._lasting.get(key)

    def _answer(self, key: str, compute: Callable[[Nodes, Signals], Any]) -> Any:
        if key in self._lasting:
            return self._lasting[key]
        if key in self._passing:
            return self._passing[key][0]
        reads: set = set()
        state = self.world.state
        nodes = Nodes(self.world.graph, state, reads=reads, kind=self.name, signals=self.world.signals)
        value = compute(nodes, Signals(state, self.world.signals, reads))
        if reads:
            self._passing[key] = (value, frozenset(reads))
        else:
            self._lasting[key] = value
        return value

    @cached_property
    def short_ways(self) -> bool:
        """Whether it pays to keep vesicles in the order of their nodes."""
        return ways_are_short(self.ways)

    def rate(self) -> np.ndarray:
        """(N,) expected births in this step; where the kind has a cap, at most what the ids of one step can hold."""
        return self._rates()[0]

    def beyond_ids(self) -> np.ndarray:
        """(N,) int64 expected births that ``rate`` leaves out, rounded down."""
        return self._rates()[1]

    def _rates(self) -> tuple[np.ndarray, np.ndarray]:
        rule, capped = self.kind.emission, self.kind.cap is not None and self.kind.delivery != BROADCAST

        def compute(nodes, signals):
            rate = self._numbers("emission", bounds_of_births(self.kind), rule.rate, nodes, signals)
            if not capped or rate.max(initial=0.0) <= MAX_BIRTHS:
                return rate, np.zeros(len(rate), np.int64)
            return np.minimum(rate, MAX_BIRTHS), (np.clip(rate, MAX_BIRTHS, COUNTED) - MAX_BIRTHS).astype(np.int64)

        return self._answer("rate", compute)

    def content(self) -> tuple[np.ndarray, np.ndarray]:
        """(N, D) mean and (N, D) standard deviation of the content of a vesicle born at each node."""
        rule, shape = self.kind.content, (self.world.graph.size, self.kind.content_width)

        def compute(nodes, signals):
            mean = self._numbers("content", CONTENT, rule.mean, nodes, signals, shape=shape)
            return mean, self._numbers("content", SPREAD, rule.deviation, nodes, signals, shape=shape)

        return self._answer("content", compute)

    def ttl_of(self, u: np.ndarray) -> np.ndarray:
        """(n,) the steps to live that each draw ``u`` stands for."""
        rule = self.kind.lifetime
        if rule is None:
            return np.full(u.shape, UNLIMITED)
        steps = self._numbers("lifetime", STEPS, rule.quantile, u, shape=u.shape)
        if (steps != np.floor(steps)).any():
            raise InputError(
                f"gave {steps[steps != np.floor(steps)][0]:g}; whole steps are allowed", f"kinds.{self.name}.lifetime"
            )
        return steps

    def migration(self) -> AliasTable:
        """The alias table over staying and the ways of ``ways``."""

        def compute(nodes, _):
            weights = self._way_weights(nodes)
            if self._built is None:
                table = alias.build(self.ways.indptr, *weights)
            else:
                built, table = self._built
                alias.renew(table, self.ways.indptr, built, weights)
            self._built = weights, table
            return table

        table = self._answer("migration", compute)
        if "migration" in self._lasting:
            self._built = None  # it is not built again
        return table

    def way_weights(self) -> tuple[np.ndarray, np.ndarray]:
        """(N,) weight of staying and (W,) of each way, before any vesicle's own preference."""
        return self._answer("way_weights", lambda nodes, _: self._way_weights(nodes))

    def _way_weights(self, nodes: Nodes) -> tuple[np.ndarray, np.ndarray]:
        rule, graph = self.kind.migration, self.world.graph
        weights = self._numbers("migration", RATE, rule.weights, graph, nodes, shape=(graph.edge_count,))
        return self._numbers("migration.stay", RATE, rule.stay, graph, nodes), weights[self.ways.edge]

    def preference(self, vesicles: Vesicles, ways: np.ndarray) -> np.ndarray:
        """(m,) the factor that vesicles, a row each, put on ``ways`` (m,)."""
        rule = self.kind.migration
        ends = self.ways.end[ways]
        nodes = self._nodes(ends)
        seen: Any = rule.seen_from(ends)
        return self._numbers("migration", RATE, seen.preference, vesicles, nodes, shape=ends.shape)

    @property
    def own_ways(self) -> bool:
        """Whether each vesicle has its own preference among ways."""
        return isinstance(self.kind.migration, OwnMigration)

    def passage(self) -> np.ndarray:
        """(E,) what the content of a vesicle that sets out on each edge is multiplied by."""
        rule: Any = self.kind.passage
        graph = self.world.graph

        def compute(nodes, _):
            return self._numbers("passage", ANY_NUMBER, rule.factor, graph, nodes, shape=(graph.edge_count,))

        return self._answer("passage", compute)

    def docking(self) -> np.ndarray | None:
        """(N,) probability of docking, or None if it is each vesicle's own."""
        rule = self.kind.docking
        if rule.reads_vesicles:
            return None
        return self._answer(
            "docking", lambda nodes, _: self._numbers("docking", PROBABILITY, rule.probability, None, nodes)
        )

    def hazard(self) -> np.ndarray | None:
        """(N,) probability of being cleared, or None if it is each vesicle's own."""
        rule = self.kind.decay
        if rule.reads_vesicles:
            return None
        return self._answer("hazard", lambda nodes, _: self._numbers("decay", PROBABILITY, rule.hazard, None, nodes))

    def docking_of(self, rows) -> np.ndarray:
        """(n,) probability of docking of the vesicles in these rows."""
        rule, (vesicles, nodes) = self.kind.docking, self._look(rows)
        rule = rule.seen_from(vesicles.node)
        return self._numbers("docking", PROBABILITY, rule.probability, vesicles, nodes, shape=vesicles.node.shape)

    def hazard_of(self, rows) -> np.ndarray:
        """(n,) probability of being cleared of the vesicles in these rows."""
        rule, (vesicles, nodes) = self.kind.decay, self._look(rows)
        rule = rule.seen_from(vesicles.node)
        return self._numbers("decay", PROBABILITY, rule.hazard, vesicles, nodes, shape=vesicles.node.shape)

    def turning_of(self, rows) -> np.ndarray:
        """(n,) probability of turning of the vesicles in these rows."""
        rule, (vesicles, nodes) = self.kind.turn, self._look(rows)
        seen: Any = rule.seen_from(vesicles.node)  # type: ignore[union-attr]
        return self._numbers("turn", PROBABILITY, seen.probability, vesicles, nodes, shape=vesicles.node.shape)

    def content_after(self, rows, width: int) -> np.ndarray:
        """(n, width) what the vesicles in these rows carry once they have turned."""
        rule, (vesicles, nodes) = self.kind.turn, self._look(rows)
        seen: Any = rule.seen_from(vesicles.node)  # type: ignore[union-attr]
        shape = (len(vesicles.node), width)
        return self._numbers("turn", CONTENT, seen.content, vesicles, nodes, shape=shape)

    def deposits_of(self, rows) -> np.ndarray:
        """(n,) what the vesicles in these rows leave on the edge along which each has come."""
        rule, (vesicles, nodes) = self.kind.trail, self._look(rows)
        seen: Any = rule.seen_from(vesicles.node)  # type: ignore[union-attr]
        amounts = self._numbers("trail", RATE, seen.deposit, vesicles, nodes, shape=vesicles.node.shape)
        check_amounts(amounts, f"kinds.{self.name}.trail")
        return amounts

    def effects_of(self, rows) -> list[Effect]:
        """What each release gives, for the docked vesicles in these rows: of a payload, the part that is spent."""
        vesicles, nodes = self._look(rows)
        share = None if self.kind.spend is None else vesicles.payload * self.kind.spend
        return self._effects(vesicles, nodes, vesicles.node, share)

    def _effects(self, vesicles, nodes: Nodes, where: np.ndarray, share: np.ndarray | None = None) -> list[Effect]:
        effects = []
        for place, rule in enumerate(self.kind.release):
            width = rule.width(self.kind.content_width)
            shape = (*where.shape, width) if width else where.shape
            key = self.kind.release_key(place)
            amounts = self._numbers(key, ANY_NUMBER, rule.seen_from(where).effect, vesicles, nodes, shape=shape)
            if share is not None:
                given = (slice(None), slice(1, 2)) if rule.target == MEMORY else ...  # of a write, its strength
                amounts[given] *= share[:, None] if width else share
            check_amounts(summed(rule.target, amounts), f"kinds.{self.name}.{key}")
            if rule.target == MEMORY and self.world.memory is not None:
                check_writes(amounts, self.world.memory.slots, f"kinds.{self.name}.{key}")
            level = getattr(rule, "level", None)
            number = self.number if level is None else self.world.lifecycle.names.index(level)
            name = rule.target if rule.target != CHANGE else f"{self.name}.{place}"
            effects.append(Effect(rule.target, name, number, amounts, f"kinds.{self.name}.{key}"))
        return effects

    def broadcast_effects(self) -> list[Effect]:
        """What each release gives to every node, were all expected births of the step spread over all nodes."""
        rate, everywhere = self.rate(), np.arange(self.world.graph.size)
        births, mean = functions.total(rate), np.zeros(self.kind.content_width)
        for j in range(self.kind.content_width if births > 0.0 else 0):
            mean[j] = functions.total(self.content()[0][:, j] * rate) / births
        content = np.broadcast_to(mean, (len(everywhere), self.kind.content_width))
        vesicles = MeanVesicles(content, everywhere)
        nodes = self._nodes()
        share = np.full(len(everywhere), births / len(everywhere) * (self.kind.spend or 1.0))
        return self._effects(vesicles, nodes, everywhere, share)

    def _look(self, rows) -> tuple[Vesicles, Nodes]:
        vesicles = VesiclesIn(self.world.state.vesicles[self.name], rows)
        return vesicles, self._nodes(vesicles.node)

    def _nodes(self, rows: np.ndarray | None = None) -> Nodes:
        world = self.world
        return Nodes(world.graph, world.state, rows, kind=self.name, signals=world.signals)

    def _numbers(
        self, key: str, bounds: tuple[float, float], formula: Callable, *seen, shape: tuple | None = None
    ) -> np.ndarray:
        """What ``formula(*seen, xp)`` answers as a float64 array of the right shape and within bounds, or a refusal."""
        shape = (self.world.graph.size,) if shape is None else shape
        return numbers(NUMPY, f"kinds.{self.name}.{key}", bounds, formula, *seen, shape=shape)


def bounds_of_births(kind: Kind) -> tuple[float, float]:
    """Of expected births of a kind at a node in a step: without a cap each needs an id; a broadcast makes none."""
    return BIRTHS if kind.cap is None and kind.delivery != BROADCAST else RATE


def numbers(
    arrays: Arrays, key: str, bounds: tuple[float, float], formula: Callable, *seen, shape: tuple[int, ...]
) -> Any:
    """What ``formula(*seen, xp)`` answers, float64 in arrays of this sort, of a shape and within bounds.

    Raises
    ------
    InputError
        if it raises, or answers with anything else.
    """
    try:
        value = formula(*seen, arrays.xp)
    except InputError as error:
        raise error.inside(key) from error
    except Exception as error:  # a user's formula may raise anything
        raise InputError(f"{formula.__qualname__} raised {type(error).__name__}: {error}", key) from error
    try:
        given = arrays.array(value) + 0.0  # -0.0 becomes 0.0
        array = given if given.shape == shape else arrays.spread(given, shape)
    except (TypeError, ValueError):
        raise InputError(
            f"{formula.__qualname__} gave an answer of shape {np.shape(value)}; shape {shape} is needed", key
        ) from None
    low, high = bounds
    found = arrays.plain(given)
    if 0 not in array.shape and not (low <= found.min() and found.max() <= high):
        wrong = found[~((found >= low) & (found <= high))].flat[0]
        allowed = f"from {low:.12g} to {high:.12g}" if high < LARGEST else ">= 0" if low == 0.0 else ""
        raise InputError(f"{formula.__qualname__} gave {wrong:g}; a finite number {allowed} is allowed", key)
    return array
