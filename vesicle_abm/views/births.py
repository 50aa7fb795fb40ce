"""Births: how many are born of those proposed, and where they stand; what a cap does not allow is suppressed."""

from typing import NamedTuple

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.identity import MAX_BIRTHS, pack, unpack
from vesicle_abm.core.random import uniform
from vesicle_abm.core.scalar import in_place, kernel
from vesicle_abm.core.state import SATURATED
from vesicle_abm.views.population import begin_lives
from vesicle_abm.views.world import World, check_step

pack_at = in_place(pack)
LARGEST_PRODUCT = 2**62  # of whole numbers of 64 bits; beyond, Python's own are used


class Newborns(NamedTuple):
    """What a stage bore of a kind: the rows where they stand until a verb removes any vesicle, and their ids."""

    rows: slice
    ids: np.ndarray


def settle_births(world: World) -> dict[str, Newborns]:
    """Append the proposed births of every kind, by node and ordinal, where they are born; returns them by kind."""
    state, born = world.state, {}
    check_step(state.step)
    check_births(world)
    make_room(world)
    suppress_births(world)
    births = world.proposals.births
    for k, (name, count) in enumerate(zip(world.kinds, births.sum(axis=1).tolist(), strict=True)):
        columns = state.vesicles[name]
        born[name] = Newborns(slice(columns.size, columns.size), np.empty(0, np.int64))
        if count:
            nodes, ids = np.empty(count, np.int32), np.empty(count, np.int64)
            list_births(births[k], state.born_now[k], state.step, k, nodes, ids)
            rows = columns.append(ids, most=world.kinds[name].cap)
            begin_lives(columns, rows, nodes, world.kinds[name])
            book_births(births[k], state.born_now[k], state.emitted[k])
            born[name] = Newborns(rows, ids)
    return born


def check_births(world: World) -> None:
    """Refuse more births of a kind without a cap at a node than the ids of one step can hold, before any is born."""
    born_now, births = world.state.born_now, world.proposals.births
    if int(born_now.max(initial=0)) + int(births.max(initial=0)) <= MAX_BIRTHS:
        return
    totals = born_now + births
    for (name, kind), total in zip(world.kinds.items(), totals, strict=True):
        if kind.cap is None and total.max(initial=0) > MAX_BIRTHS:
            node = world.graph.nodes[int(total.argmax())]
            raise InputError(
                f"{total.max()} births at node {node!r} in step {world.state.step}; "
                f"at most {MAX_BIRTHS} fit the ids of one step",
                f"kinds.{name}.emission",
            )


def make_room(world: World) -> None:
    """Have room for all births, or be refused, before any is born or suppressed."""
    for (name, kind), births in zip(world.kinds.items(), world.proposals.births, strict=True):
        columns, count = world.state.vesicles[name], int(births.sum())
        columns.make_room(count if kind.cap is None else min(count, max(0, kind.cap - columns.size)), kind.cap)


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
            tally = state.tallies[SATURATED + name]
            tally[1] = state.step if tally[0] == 0 else tally[1]
            tally += [1, 0, proposed - allowed]


def take_back(world: World, born: dict[str, Newborns]) -> None:
    """Undo ``settle_births``: the content or lifetime of a newborn was refused. Those that a verb has removed already
    remain in the books, as born and cleared, and no others get their ids.
    """
    for k, (name, (_, ids)) in enumerate(born.items()):
        columns = world.state.vesicles[name]
        rows, nodes = columns.find(ids), unpack(ids)[1]
        removed = rows < 0
        world.state.emitted[k] -= np.bincount(nodes[~removed], minlength=world.graph.size)
        reusable = nodes[~np.isin(nodes, nodes[removed])]
        world.state.born_now[k] -= np.bincount(reusable, minlength=world.graph.size).astype(np.int32)
        columns.remove(np.sort(rows[~removed]))


@kernel
def list_births(counts, earlier, step, kind, nodes, ids):
    """Spell out ``counts`` (N,) births: node and id of each; ``earlier`` (N,) were born before in this step."""
    row = 0
    for node in range(len(counts)):
        for ordinal in range(counts[node]):
            nodes[row] = node
            ids[row] = pack_at(step, node, kind, earlier[node] + ordinal)
            row += 1


@kernel
def book_births(counts, earlier, emitted):
    """``counts`` (N,) have been born: they are in the books, and proposed no more."""
    for node in range(len(counts)):
        if counts[node]:
            earlier[node] += counts[node]
            emitted[node] += counts[node]
            counts[node] = 0
