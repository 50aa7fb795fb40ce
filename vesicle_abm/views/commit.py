"""Commit: how the proposals of a stage become the state, the same for every view and in any order of visits.

Births are appended by id, capacity conflicts settled by a draw and then the id, effects summed in fixed point, the dead
removed. Nothing here depends on where a row stands.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from vesicle_abm.core import functions, stages
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.fixedpoint import add_at, to_float
from vesicle_abm.core.identity import MAX_BIRTHS, pack
from vesicle_abm.core.random import uniform
from vesicle_abm.core.scalar import kernel
from vesicle_abm.vesicles.lifecycle import BROADCAST
from vesicle_abm.vesicles.release import GAIN
from vesicle_abm.views.learning import Lesson, integrate_astrocytes
from vesicle_abm.views.tables import KindTables
from vesicle_abm.views.world import ABSORBED, CLEARED, DOCKED, FREE, World, check_step


def begin(world: World, stage: str) -> None:
    """Begin a stage: look at the state as it stands now, for what all agents of the stage have in common."""
    if stage == "sense" and world.task is not None:
        world.task.sense(world.scene())
        world.forget_changing_tables()
    if stage == "learn" and world.plasticity is not None:
        world.lesson = Lesson.of(world, world.plasticity)
    if stage == "release":
        for tables in world.tables.values():
            if tables.kind.delivery == BROADCAST:
                broadcast(world, tables)


def broadcast(world: World, tables: KindTables) -> None:
    """Spread what the vesicles of a kind would bring evenly over all nodes: (expected births) * amount / N at each."""
    for target, level, amounts in tables.broadcast_effects():
        totals = world.proposals.gain if target == GAIN else world.proposals.modulator[:, level]
        add_at(totals, np.arange(world.graph.size), amounts)


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
    """The proposed activations become the activations, and enter the history."""
    if world.neurons is not None:
        state = world.state
        state.activation[:] = world.proposals.activation
        state.history[state.step % len(state.history)] = state.activation


def settle_births(world: World) -> dict[str, slice]:
    """Append the proposed births of every kind, by node and ordinal, where they are born; returns their rows."""
    state, born = world.state, {}
    check_step(state.step)
    check_births(world)
    births = world.proposals.births
    for k, (name, count) in enumerate(zip(world.kinds, births.sum(axis=1).tolist(), strict=True)):
        columns = state.vesicles[name]
        born[name] = slice(columns.size, columns.size)
        if count:
            nodes, ordinals = np.empty(count, np.int64), np.empty(count, np.int64)
            list_births(births[k], state.born_now[k], nodes, ordinals)
            born[name] = rows = columns.append(pack(state.step, nodes, k, ordinals))
            columns["node"][rows] = nodes
            if "edge" in columns:
                columns["edge"][rows] = -1
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
    for k, columns in enumerate(world.state.vesicles.values()):
        count_docked(columns["status"], columns["node"], world.state.docked[k])


def settle_effects(world: World) -> None:
    """Add the released sums to modulator levels and gains."""
    state, proposals = world.state, world.proposals
    state.modulator += to_float(proposals.modulator)
    state.gain += to_float(proposals.gain)
    proposals.modulator[:] = 0
    proposals.gain[:] = 0
    proposals.given = False


def settle_deaths(world: World) -> None:
    """Count how vesicles ended, remove them, and balance the books."""
    for k, columns in enumerate(world.state.vesicles.values()):
        status = columns["status"]
        dead = np.flatnonzero(status >= ABSORBED)
        if len(dead):
            world.state.fates[k] += np.bincount(status[dead] - ABSORBED, minlength=3)
            columns.remove(dead)
    balance(world)


def balance(world: World) -> None:
    """Refuse to go on with books that do not balance: born = alive + absorbed + expired + cleared."""
    born, ended = world.state.emitted.sum(axis=1).tolist(), world.state.fates.sum(axis=1).tolist()
    for k, (name, columns) in enumerate(world.state.vesicles.items()):
        if born[k] != columns.size + ended[k]:
            raise RuntimeError(
                f"books of {name!r} do not balance: born {born[k]}, alive {columns.size}, ended {ended[k]}"
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


@cache
def relaxation(time_constant: float | None) -> float:
    """The factor exp(-1 / tau) of one step; 1 for no time constant."""
    return 1.0 if time_constant is None else float(functions.exp(-1.0 / time_constant))


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
    "dock": settle_docking,
    "release": settle_effects,
    "decay": settle_deaths,
    "learn": settle_learning,
    "record": end_step,
}
