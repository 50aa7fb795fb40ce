"""Commit: how the proposals of a stage become the state, the same for every view and in any order of visits.

Births are appended by id, capacity conflicts settled by a draw and then the id, effects summed in fixed point, the dead
removed. Nothing here depends on where a row stands.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.identity import MAX_BIRTHS, pack
from vesicle_abm.core.random import uniform
from vesicle_abm.core.scalar import kernel
from vesicle_abm.vesicles.kind import BROADCAST
from vesicle_abm.views.changes import fade_trails
from vesicle_abm.views.effects import give, settle_effects
from vesicle_abm.views.estimating import estimates, note
from vesicle_abm.views.learning import Lesson, integrate_astrocytes
from vesicle_abm.views.tables import KindTables
from vesicle_abm.views.wandering import settle_trails
from vesicle_abm.views.world import ABSORBED, CLEARED, DOCKED, FREE, TURNED, World, begin_lives, check_step

LARGEST_PRODUCT = 2**62  # of whole numbers of 64 bits; beyond, Python's own are used


def begin(world: World, stage: str) -> None:
    """Begin a stage: look at the state as it stands now, for what all agents of the stage have in common."""
    if stage == "sense":
        if world.task is not None:
            world.task.sense(world.scene())
        fade_trails(world)
        world.film[:] = 0.0
        world.forget_changing_tables()
    if stage == "learn" and world.plasticity is not None:
        world.lesson = Lesson.of(world, world.plasticity)
    if stage == "release":
        for tables in world.tables.values():
            if tables.kind.delivery == BROADCAST:
                broadcast(world, tables)


def broadcast(world: World, tables: KindTables) -> None:
    """Spread what the vesicles of a kind would bring evenly over all nodes: (expected births) * amount / N at each."""
    for effect in tables.broadcast_effects():
        give(world, effect, np.arange(world.graph.size))


def settle(world: World, stage: str, bear: Callable[[World, dict[str, slice]], None]) -> None:
    """End a stage: apply what was proposed in it; ``bear`` is how the view gives newborns their content and ttl."""
    if stage == "emit":
        born = settle_births(world)
        world.forget_changing_tables()
        try:
            bear(world, born)
        except Exception:
            take_back(world, born)
            raise
    elif stage in SETTLERS:
        SETTLERS[stage](world)
    world.forget_changing_tables()


def settle_activation(world: World) -> None:
    """The proposed activations, or those imposed, become the activations and enter the history; estimators tell."""
    state, activation = world.state, world.state.activation
    if world.neurons is not None:
        activation = world.proposals.activation if world.imposed is None else world.imposed
    found = estimates(world, activation)
    if world.neurons is not None:
        state.activation[:] = activation
        state.history[state.step % len(state.history)] = state.activation
    note(world, found)


def settle_births(world: World) -> dict[str, slice]:
    """Append the proposed births of every kind, by node and ordinal, where they are born; returns their rows."""
    state, born = world.state, {}
    check_step(state.step)
    suppress_births(world)
    check_births(world)
    births = world.proposals.births
    for k, (name, count) in enumerate(zip(world.kinds, births.sum(axis=1).tolist(), strict=True)):
        columns = state.vesicles[name]
        born[name] = slice(columns.size, columns.size)
        if count:
            nodes, ordinals = np.empty(count, np.int64), np.empty(count, np.int64)
            list_births(births[k], state.born_now[k], nodes, ordinals)
            born[name] = rows = columns.append(pack(state.step, nodes, k, ordinals), most=world.kinds[name].cap)
            begin_lives(columns, rows, nodes, world.kinds[name])
    state.emitted += births
    state.born_now += births
    births[:] = 0
    return born


def check_births(world: World) -> None:
    """Refuse more births of a kind at a node than the ids of one step can hold, before any is born."""
    totals = world.state.born_now + world.proposals.births
    if totals.max(initial=0) <= MAX_BIRTHS:
        return
    for name, total in zip(world.kinds, totals, strict=True):
        if total.max(initial=0) > MAX_BIRTHS:
            node = world.graph.nodes[int(total.argmax())]
            raise InputError(
                f"{total.max()} births at node {node!r} in step {world.state.step}; "
                f"at most {MAX_BIRTHS} fit the ids of one step",
                f"kinds.{name}.emission",
            )


def suppress_births(world: World) -> None:
    """Of the births beyond a kind's cap, or beyond what ids can hold, suppress as many, evenly, and count them.

    Systematic sampling: with C the running sum of the T births over the nodes, A of them allowed and r a whole number
    drawn from 0 … T - 1, node l keeps (C_l A + r) // T - (C_{l - 1} A + r) // T: A in all, births * A / T in the mean.
    What a rate has beyond the ids is not drawn, and counted by its mean.
    """
    state = world.state
    for k, (name, kind) in enumerate(world.kinds.items()):
        if kind.cap is None:
            continue
        births = world.proposals.births[k]
        proposed = int(births.sum())
        if world.stage == "emit" and births.max(initial=0):
            proposed += int(world.tables[name].beyond_ids()[births > 0].sum())
        np.minimum(births, MAX_BIRTHS - state.born_now[k], out=births)
        total = int(births.sum())
        allowed = min(total, max(0, kind.cap - state.vesicles[name].size))
        if allowed < total:
            u = uniform(state.seed, k, state.step, stages.CAP)
            running = np.concatenate([[0], np.cumsum(births)])
            running = running.astype(object) if total * allowed >= LARGEST_PRODUCT else running
            births[:] = np.diff((running * allowed + int(u * total)) // total)
        if allowed < proposed:
            tally = state.tallies[f"saturated/{name}"]
            tally[1] = state.step if tally[0] == 0 else tally[1]
            tally += [1, 0, proposed - allowed]


def take_back(world: World, born: dict[str, slice]) -> None:
    """Undo ``settle_births``, whose newborns stand in the rows ``born``: their content or lifetime was refused."""
    for k, (name, rows) in enumerate(born.items()):
        columns = world.state.vesicles[name]
        counts = np.bincount(columns["node"][rows], minlength=world.graph.size)
        world.state.emitted[k] -= counts
        world.state.born_now[k] -= counts.astype(np.int32)
        columns.remove(np.arange(rows.start, rows.stop))


def limit_capacity(world: World) -> None:
    """Of the vesicles that would dock beyond a node's capacity, free those of highest draw, then highest id."""
    state = world.state
    for name, kind in world.kinds.items():
        columns = state.vesicles[name]
        if kind.docking.capacity is None:
            continue
        rows = np.flatnonzero(columns["status"] == DOCKED)
        ids, nodes = columns["id"][rows], columns["node"][rows]
        order = np.lexsort((ids, uniform(state.seed, ids, state.step, stages.CAPACITY), nodes))
        ordered = nodes[order]
        rank = np.arange(len(rows)) - np.searchsorted(ordered, ordered, side="left")
        columns["status"][rows[order[rank >= kind.docking.capacity]]] = FREE


def settle_docking(world: World) -> None:
    """Apply capacities and count the dockings."""
    limit_capacity(world)
    for k, (name, columns) in enumerate(world.state.vesicles.items()):
        count_docked(columns["status"], columns["node"], world.state.docked[k])
        if f"docked/{name}" in world.state.tallies:
            tally = world.state.tallies[f"docked/{name}"]
            tally[:] = 0
            count_docked(columns["status"], columns["node"], tally)


def settle_deaths(world: World) -> None:
    """Let those that turn go on as another kind; count how the others ended, remove them, and balance the books."""
    arrivals = [Arrivals.of(world, tables) for tables in world.tables.values() if tables.kind.turns_into]
    for group in arrivals:
        group.leave(world)
    for k, columns in enumerate(world.state.vesicles.values()):
        status = columns["status"]
        dead = np.flatnonzero(status >= ABSORBED)
        if len(dead):
            world.state.fates[k] += np.bincount(status[dead] - ABSORBED, minlength=3)
            columns.remove(dead)
    for group in arrivals:
        group.arrive(world)
    balance(world)


@dataclass
class Arrivals:
    """The vesicles of one kind that turn in this step, with all that they will be as another."""

    kind: str
    into: str
    rows: np.ndarray
    ids: np.ndarray
    nodes: np.ndarray
    content: np.ndarray
    ttl: np.ndarray

    @classmethod
    def of(cls, world: World, tables: KindTables) -> "Arrivals":
        """Those of a kind; nothing is changed yet, so that a refusal leaves all as it is."""
        columns, into = world.state.vesicles[tables.name], tables.kind.turns_into
        rows = np.flatnonzero(columns["status"] == TURNED)
        ids, width = columns["id"][rows].copy(), world.kinds[into].content_width
        content = tables.content_after(rows, width) if len(rows) else np.zeros((0, width))
        ttl = world.tables[into].ttl_of(uniform(world.state.seed, ids, world.state.step, stages.RENEWED))
        return cls(tables.name, into, rows, ids, columns["node"][rows].copy(), content, ttl)

    def leave(self, world: World) -> None:
        """They are no longer of their old kind."""
        world.state.tallies[f"turned/{self.kind}"][world.lifecycle.names.index(self.into)] += len(self.ids)
        world.state.vesicles[self.kind].remove(self.rows)

    def arrive(self, world: World) -> None:
        """They begin a life as the new kind: its lifetime, its internal state."""
        columns = world.state.vesicles[self.into]
        rows = columns.append(self.ids)
        begin_lives(columns, rows, self.nodes, world.kinds[self.into])
        columns["ttl"][rows], columns["content"][rows] = self.ttl, self.content


def balance(world: World) -> None:
    """Refuse to go on with books that do not balance: born + turned into it = alive + absorbed + expired + cleared +
    turned into others.
    """
    state = world.state
    born, ended = state.emitted.sum(axis=1).tolist(), state.fates.sum(axis=1).tolist()
    turnings = state.turnings()
    came, went = turnings.sum(axis=0).tolist(), turnings.sum(axis=1).tolist()
    for k, (name, columns) in enumerate(state.vesicles.items()):
        if born[k] + came[k] != columns.size + ended[k] + went[k]:
            raise RuntimeError(
                f"books of {name!r} do not balance: born {born[k]}, came {came[k]}, alive {columns.size}, "
                f"ended {ended[k]}, went {went[k]}"
            )


def remove(world: World, k: int, name: str, rows: np.ndarray) -> None:
    """Remove vesicles at a user's word; they count as cleared."""
    world.state.fates[k, CLEARED - ABSORBED] += len(rows)
    world.state.vesicles[name].remove(np.sort(rows))


def settle_learning(world: World) -> None:
    """What neurons have learned for others to read becomes theirs to read; astrocytes integrate."""
    if world.lesson is None:
        return
    world.lesson.end()
    world.lesson = None
    rule = world.plasticity.astrocyte if world.plasticity is not None else None
    if rule is not None and world.territory is not None:
        level = world.state.modulator[:, world.lifecycle.names.index(rule.modulator)]
        integrate_astrocytes(rule, world.territory, level, world.state.kept)


def end_step(world: World) -> None:
    """The step is over."""
    world.state.step += 1
    world.state.born_now[:] = 0


@kernel
def list_births(counts, earlier, nodes, ordinals):
    """Spell out ``counts`` (N,) births: node and ordinal of each; ``earlier`` (N,) were born before in this step."""
    row = 0
    for node in range(len(counts)):
        for ordinal in range(counts[node]):
            nodes[row] = node
            ordinals[row] = earlier[node] + ordinal
            row += 1


@kernel
def count_docked(status, node, docked):
    """``docked[l]`` grows by the number of docked vesicles at l."""
    for i in range(len(status)):
        if status[i] == DOCKED:
            docked[node[i]] += 1


SETTLERS = {
    "activate": settle_activation,
    "migrate": settle_trails,
    "dock": settle_docking,
    "release": settle_effects,
    "decay": settle_deaths,
    "learn": settle_learning,
    "record": end_step,
}
