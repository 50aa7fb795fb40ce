"""Commit: how the proposals of a stage become the state, the same for every view and in any order of visits.

Births are appended by id, capacity conflicts settled by a draw and then the id, effects summed in fixed point, the dead
removed. Nothing here depends on where a row stands.
"""

from collections.abc import Callable

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.random import uniform
from vesicle_abm.core.state import DOCKINGS, SATURATED
from vesicle_abm.vesicles.kind import BROADCAST
from vesicle_abm.views.activating import settle_cells
from vesicle_abm.views.births import Newborns, settle_births, take_back
from vesicle_abm.views.changes import fade_trails
from vesicle_abm.views.effects import give, settle_effects
from vesicle_abm.views.estimating import estimates, note
from vesicle_abm.views.learning import Lesson, integrate_astrocytes
from vesicle_abm.views.marked import DOCKED_BITS, ENDED_BITS, rows_marked
from vesicle_abm.views.population import ABSORBED, CLEARED, DOCKED, FREE, count_at
from vesicle_abm.views.sorting import sort_rows
from vesicle_abm.views.tables import KindTables
from vesicle_abm.views.turning import Arrivals
from vesicle_abm.views.wandering import settle_trails
from vesicle_abm.views.world import World


def begin(world: World, stage: str) -> None:
    """Begin a stage: look at the state as it stands now, for what all agents of the stage have in common."""
    if stage == "sense":
        if world.task is not None:
            world.task.sense(world.scene())
        fade_trails(world)
        world.film[:] = 0.0
        world.forget_changing_tables()
    if stage == "activate":
        for name, values in world.state.cells.items():
            world.proposals.cells[name][:] = values
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


def settle(world: World, stage: str, bear: Callable[[World, dict[str, Newborns]], None]) -> None:
    """End a stage: apply what was proposed in it; ``bear`` is how the view gives newborns their content and ttl."""
    if stage == "emit":
        saturated = {name: tally.copy() for name, tally in world.state.tallies.items() if name.startswith(SATURATED)}
        born = settle_births(world)
        world.forget_changing_tables()
        try:
            bear(world, born)
        except Exception:
            take_back(world, born)
            world.state.tallies.update(saturated)
            raise
    elif stage in SETTLERS:
        SETTLERS[stage](world)
    world.forget_changing_tables()


def settle_activation(world: World) -> None:
    """The proposed activations, or those imposed, become the activations and enter the history; estimators tell."""
    state, activation = world.state, world.state.activation
    if world.neurons is not None:
        activation = world.proposals.activation if world.imposed is None else world.imposed
    if world.plasticity is None and not np.isfinite(activation).all():  # else learning says so, with what helps
        at = int(np.flatnonzero(~np.isfinite(activation))[0])
        words = f"the activation of {world.graph.nodes[at]!r} is {activation[at]} in step {state.step}"
        raise InputError(f"{words}: activity drives itself up; give smaller weights, or sigmoid or tanh", "neurons")
    found = estimates(world, activation)
    if world.imposed is None:
        settle_cells(world)
    if world.neurons is not None:
        state.activation[:] = activation
        state.history[state.step % len(state.history)] = state.activation
    note(world, found)


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
        rows = rows_marked(columns, DOCKED_BITS, world.threads)
        nodes = columns["node"][rows]
        count_at(nodes, world.state.docked[k])
        world.docked_now[k] = len(rows)
        world.tables[name].lots.keep_docked(world, columns, rows)
        if DOCKINGS + name in world.state.tallies:
            tally = world.state.tallies[DOCKINGS + name]
            tally[:] = 0
            count_at(nodes, tally)


def settle_deaths(world: World) -> None:
    """Let those that turn go on as another kind; count how the others ended, remove them, and balance the books."""
    arrivals = [Arrivals.of(world, world.tables[name]) for name in world.lifecycle.turners]
    for group in arrivals:
        group.leave(world)
    for k, columns in enumerate(world.state.vesicles.values()):
        dead = rows_marked(columns, ENDED_BITS, world.threads)
        if len(dead):
            world.state.fates[k] += np.bincount(columns["status"][dead] - ABSORBED, minlength=3)
            columns.remove(dead)
    for group in arrivals:
        group.arrive(world)
    balance(world)


def balance(world: World) -> None:
    """Refuse to go on with books that do not balance: born + turned into it = alive + absorbed + expired + cleared +
    turned into others.
    """
    state = world.state
    born, ended = state.emitted.sum(axis=1).tolist(), state.fates.sum(axis=1).tolist()
    came = went = [0] * len(born)
    if world.lifecycle.turners:
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
    sort_rows(world)


SETTLERS = {
    "activate": settle_activation,
    "migrate": settle_trails,
    "dock": settle_docking,
    "release": settle_effects,
    "decay": settle_deaths,
    "learn": settle_learning,
    "record": end_step,
}
