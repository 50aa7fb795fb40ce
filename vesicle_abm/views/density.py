"""The density view: the expectation of the same rates. rho[k, l](t), the mean number of vesicles per kind and node.

    rho(t + 1) = (rho + lambda) P (1 - p * absorb) (1 - hazard)          for unlimited lifetimes

with P the migration matrix. Exact where rates do not depend on the state and nothing limits docking. A delayed edge is
a chain of further places, a limited lifetime a set of classes by steps left, so both stay exact.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError
from vesicle_abm.vesicles.decay import Lifetime
from vesicle_abm.vesicles.kind import BROADCAST
from vesicle_abm.views.population import travels
from vesicle_abm.views.tables import KindTables
from vesicle_abm.views.world import World

MEMORYLESS_TOLERANCE = 1e-12


def density(model, steps: int) -> np.ndarray:
    """The expected occupancy of a model from its present state on.

    Parameters
    ----------
    model : a VesicleModel; it is not changed
    steps : how many steps to look ahead

    Returns
    -------
    (steps + 1, K, N) float64; the first entry is the present occupancy. Vesicles under way are at no node.

    Raises
    ------
    InputError
        naming the rule that makes the mean inexact: a rate that reads the state, a capacity, a user's own verb, docking
        or hazard by a content that varies.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise InputError(f"got {steps!r}; a whole number >= 0 is allowed", "steps")
    result = np.zeros((steps + 1, len(model.world.kinds), model.world.graph.size))
    for t, occupancy in enumerate(densities(model, steps)):
        result[t] = occupancy
    return result


def densities(model, steps: int) -> Iterator[np.ndarray]:
    """What ``density`` returns, one (K, N) after the other: so a look ahead of any length holds bounded memory."""
    world: World = model.world
    if world.stage is not None or world.state.born_now.any():
        raise InputError("the model is in the midst of a step; look ahead between steps", "density")
    courses = [kind_density(world, name, steps) for name in world.kinds]
    try:
        for _ in range(steps + 1):
            yield np.array([next(course) for course in courses]).reshape(-1, world.graph.size)
    finally:
        world.forget_changing_tables()


def refuse_what_density_cannot_hold(model) -> None:
    """Raise the InputError that ``density`` would, without looking ahead."""
    density(model, 1)


def kind_density(world: World, name: str, steps: int) -> Iterator[np.ndarray]:
    """The (N,) expected occupancies by one kind: now, and after each step."""
    tables, nodes = world.tables[name], world.graph.size
    chain = chain_of(world, name)
    present = present_mass(world, name, chain, steps)
    born_classes, survival = lifetime_classes(tables.kind.lifetime, steps)
    newborn = np.zeros((len(born_classes), chain.places))
    yield present.sum(0)[:nodes]
    for t in range(steps):
        newborn[:, :nodes] += born_classes[:, None] * rate_at(world, name, world.state.step + t)
        newborn = older(chain.move(newborn) * chain.survives * survival)
        present = older(chain.move(present) * chain.survives)
        yield newborn.sum(0)[:nodes] + present.sum(0)[:nodes]


def older(mass: np.ndarray) -> np.ndarray:
    """Every class but the last has a step less to live, the first expires; the last outlives the horizon."""
    if len(mass) == 1:
        return mass
    result = np.zeros_like(mass)
    result[:-2] = mass[1:-1]
    result[-1] = mass[-1]
    return result


def lifetime_classes(lifetime: Lifetime | None, steps: int) -> tuple[np.ndarray, float]:
    """(H,) share of newborns with 1, 2, … steps to live, the last for all that outlive the horizon; survival per step.

    A memoryless lifetime needs one class and a survival below 1.
    """
    if lifetime is None or steps == 0:
        return np.ones(1), 1.0
    alive = lifetime.survival(np.arange(steps + 1), functions)  # P(lifetime > age)
    if alive[-1] > 0.0 and np.allclose(alive[1:] / alive[:-1], alive[1], rtol=MEMORYLESS_TOLERANCE, atol=0.0):
        return np.ones(1), float(alive[1])
    longest = int(np.count_nonzero(alive))
    return np.append(-np.diff(alive)[:longest], alive[-1]), 1.0


def present_mass(world: World, name: str, chain: "Chain", steps: int) -> np.ndarray:
    """(H, places) where the living vesicles are, by steps left to live."""
    columns = world.state.vesicles[name]
    ttl = columns["ttl"]
    finite = ttl[ttl <= steps]
    longest = int(finite.max(initial=0))
    classes = np.where(ttl <= steps, ttl - 1, longest)
    place = columns["node"].astype(np.int64)
    if "edge" in columns:
        away = columns["edge"] >= 0
        way = np.argsort(world.tables[name].ways.edge)[
            np.searchsorted(np.sort(world.tables[name].ways.edge), columns["edge"][away])
        ]
        delay = world.graph.delay[columns["edge"][away]]
        place[away] = chain.first[way] + delay - columns["remaining"][away]
    mass = np.zeros((longest + 1, chain.places))
    np.add.at(mass, (classes, place), 1.0)
    return mass


def rate_at(world: World, name: str, step: int) -> np.ndarray:
    """(N,) expected births in a step, present or to come.

    Raises
    ------
    InputError
        if the rate reads anything that changes but the step itself.
    """
    tables = world.tables[name]
    if tables.kind.delivery == BROADCAST:
        return np.zeros(world.graph.size)  # no vesicles are made
    if not tables.reads("rate"):
        return tables.rate()
    then = dataclasses.replace(world, state=dataclasses.replace(world.state, step=step))
    rate = then.tables[name].rate()
    require_constant(then.tables[name], "rate", "emission", allowed=frozenset({"step"}))
    return rate


def require_constant(tables: KindTables, answer: str, rule: str, allowed: frozenset = frozenset()) -> None:
    """Refuse a rule whose answer reads what changes."""
    reads = tables.reads(answer) - allowed
    if reads:
        raise InputError(
            f"reads {', '.join(sorted(reads))}; the density view is exact for rates that do not depend on the state",
            f"kinds.{tables.name}.{rule}",
        )


@dataclass(frozen=True)
class Chain:
    """A Markov chain over the N nodes, then the places under way: ``start -> end`` with ``probability``, then survival.

    A way of delay d has d places, the first at ``first`` of its way.
    """

    places: int
    start: np.ndarray
    end: np.ndarray
    probability: np.ndarray
    survives: np.ndarray  # (places,)
    first: np.ndarray  # (W,)

    def move(self, mass: np.ndarray) -> np.ndarray:
        """(classes, places) after one migration."""
        moved = np.empty_like(mass)
        for row, out in zip(mass, moved, strict=True):
            out[:] = np.bincount(self.end, row[self.start] * self.probability, minlength=self.places)
        return moved


def chain_of(world: World, name: str) -> Chain:
    """The chain of one kind's migration, docking and decay."""
    tables, graph, nodes = world.tables[name], world.graph, world.graph.size
    refuse_what_is_not_linear(world, tables)
    chance, slots, ways = tables.migration().probabilities(), tables.migration().indptr, tables.ways
    of_way = np.delete(np.arange(len(chance)), slots[:-1])
    leaves = np.repeat(np.arange(nodes), np.diff(ways.indptr))
    delay = graph.delay[ways.edge].astype(np.int64) if travels(graph, tables.kind) else np.zeros(len(leaves), np.int64)
    first = nodes + np.cumsum(delay) - delay
    under_way = np.arange(nodes, nodes + delay.sum())
    onward = under_way + 1
    onward[(first + delay - 1)[delay > 0] - nodes] = ways.end[delay > 0]
    docking, hazard = node_docking(tables), node_hazard(tables)
    at_node = (1.0 - docking * tables.kind.absorb) * (1.0 - hazard)
    return Chain(
        places=nodes + len(under_way),
        start=np.concatenate([np.arange(nodes), leaves, under_way]),
        end=np.concatenate([np.arange(nodes), np.where(delay > 0, first, ways.end), onward]),
        probability=np.concatenate([chance[slots[:-1]], chance[of_way], np.ones(len(under_way))]),
        survives=np.concatenate([at_node, 1.0 - np.repeat(hazard[leaves], delay)]),
        first=first,
    )


def refuse_what_is_not_linear(world: World, tables: KindTables) -> None:
    """Refuse what a linear mean of this kind alone cannot hold, and verbs that a user has taken over."""
    key, kind = f"kinds.{tables.name}", tables.kind
    for other, each in world.kinds.items():
        if each.turns_into == tables.name:
            words = f"is there, by which vesicles become {tables.name!r}; the density view does not hold that"
            raise InputError(words, f"kinds.{other}.turn")
    for name, present, why in (
        ("cap", kind.cap is not None, "which makes the mean depend on the fluctuations"),
        ("releases", kind.releases is not None, "so how a life ends depends on what the vesicle has done"),
        ("migration", kind.migration.reads_vesicles, "by which each vesicle has its own way"),
        ("turn", kind.turn is not None, "by which vesicles leave for another kind"),
    ):
        if present:
            raise InputError(f"is there, {why}; the density view does not hold that", f"{key}.{name}")
    if tables.kind.docking.capacity is not None:
        raise InputError("has a capacity, which makes the mean depend on the fluctuations", f"{key}.docking")
    taken = world.overrides.get(tables.name)
    if taken:
        raise InputError(f"has its own {', '.join(sorted(taken))}, which the density view cannot see", f"{key}.agent")
    require_constant(tables, "migration", "migration")


def node_docking(tables: KindTables) -> np.ndarray:
    """(N,) probability of docking at each node, by the content that all vesicles of the kind share."""
    table = tables.docking()
    if table is not None:
        require_constant(tables, "docking", "docking")
        return table
    if tables.kind.passage is not None:
        raise InputError("depends on a content that the passage changes", f"kinds.{tables.name}.docking")
    require_constant(tables, "content", "content")
    mean, deviation = tables.content()
    carried = tables.world.state.vesicles[tables.name]["content"]
    if deviation.any() or (mean != mean[0]).any() or (carried != mean[:1].astype(np.float32)).any():
        raise InputError("depends on a content that varies from vesicle to vesicle", f"kinds.{tables.name}.docking")
    return tables.docking_of_content(mean)


def node_hazard(tables: KindTables) -> np.ndarray:
    """(N,) probability of being cleared at each node."""
    table = tables.hazard()
    if table is None:
        raise InputError("is each vesicle's own; the density view needs one per node", f"kinds.{tables.name}.decay")
    require_constant(tables, "hazard", "decay")
    return table
