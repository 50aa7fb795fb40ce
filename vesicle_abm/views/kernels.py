"""The loops of the compiled view. Each writes only to its own rows, ``first <= i < last``, so rows may be split over
threads.

Draws are addressed, sums are in fixed point: the same bits for every split. Compiled once, then cached on disk.

A loop goes over its rows in tiles: first the draws of a tile, in a loop that the compiler turns into vector
instructions, then what they decide, from a tile that is still in the fastest cache.
"""

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.alias import choose
from vesicle_abm.core.random import LOW_WORD, WORD, philox, uniform_at, unit
from vesicle_abm.core.scalar import in_place, kernel
from vesicle_abm.vesicles.decay import UNLIMITED
from vesicle_abm.views.population import ABSORBED, CLEARED, DOCKED, EXPIRED, FREE, TURNED

ZERO = np.uint64(0)
WORDS = 4  # streams that share one Philox block
TILE = 512  # rows; a tile's draws take 4 kB
VESICLE_GROUP = np.uint64(stages.MIGRATE // WORDS)
ABSORB = np.uint64(stages.ABSORB)

philox_in_place = in_place(philox)


@kernel
def draw(ids, group, word, seed, step, u):
    """``u[i]`` becomes the uniform draw of ``ids[i]`` in the stream ``WORDS * group + word``."""
    low, high = seed & LOW_WORD, seed >> WORD
    for i in range(len(ids)):
        id_ = np.uint64(ids[i])
        w0, w1, w2, w3 = philox_in_place(id_ & LOW_WORD, id_ >> WORD, step, group, low, high)
        u[i] = unit(w0 if word == 0 else w1 if word == 1 else w2 if word == 2 else w3)


@kernel
def migrate(ids, node, slots, threshold, alias, ways, end, seed, step, first, last):
    """Move each vesicle along one way, or let it stay; ``slots``, ``threshold``, ``alias``: the alias table."""
    if not len(end):
        return
    u = np.empty(TILE)
    for start in range(first, last, TILE):
        rows = slice(start, min(start + TILE, last))
        draw(ids[rows], VESICLE_GROUP, stages.MIGRATE % WORDS, seed, step, u)
        move(u, node[rows], slots, threshold, alias, ways, end)


@kernel
def move(u, node, slots, threshold, alias, ways, end):
    """``migrate`` for the rows of a tile, whose draws are ``u``."""
    for i in range(len(node)):
        here = node[i]
        row = slots[here]
        k = choose(u[i], row, slots[here + 1] - row, threshold, alias)
        there = end[max(ways[here] + k - 1, 0)]  # read also where it stays: cheaper than a branch
        node[i] = there if k > 0 else here


@kernel
def migrate_delayed(
    ids,
    node,
    edge,
    remaining,
    slots,
    threshold,
    alias,
    ways,
    way_edge,
    end,
    arrival,
    delay,
    seed,
    step,
    first,
    last,
):
    """As ``migrate``, where edges may take ``delay`` (E,) further steps; ``arrival`` (E,): where each leads."""
    u = np.empty(TILE)
    for start in range(first, last, TILE):
        stop = min(start + TILE, last)
        draw(ids[start:stop], VESICLE_GROUP, stages.MIGRATE % WORDS, seed, step, u)
        for i in range(start, stop):
            if edge[i] >= 0:
                remaining[i] -= 1
                if remaining[i] == 0:
                    node[i] = arrival[edge[i]]
                    edge[i] = -1
                continue
            here = node[i]
            row = slots[here]
            k = choose(u[i - start], row, slots[here + 1] - row, threshold, alias)
            if k > 0:
                way = ways[here] + k - 1
                if delay[way_edge[way]] == 0:
                    node[i] = end[way]
                else:
                    edge[i] = way_edge[way]
                    remaining[i] = delay[edge[i]]


@kernel
def dock(ids, node, status, probability, per_vesicle, seed, step, first, last):
    """Mark who docks: u < p, with p of the node, or of the vesicle."""
    u = np.empty(TILE)
    for start in range(first, last, TILE):
        stop = min(start + TILE, last)
        draw(ids[start:stop], VESICLE_GROUP, stages.DOCK % WORDS, seed, step, u)
        for i in range(start, stop):
            p = probability[i] if per_vesicle else probability[node[i]]
            status[i] = DOCKED if u[i - start] < p else FREE


@kernel
def free_travellers(edge, status, first, last):
    """A vesicle under way docks nowhere."""
    for i in range(first, last):
        if edge[i] >= 0:
            status[i] = FREE


@kernel
def decay(ids, node, ttl, status, left, absorb, hazard, per_vesicle, seed, step, first, last):
    """Mark how vesicles end: absorbed if docked, else expired, else cleared. Those that turn are marked already;
    ``left`` (n,) releases, or (0,) where they are not counted.
    """
    u = np.empty(TILE)
    for start in range(first, last, TILE):
        stop = min(start + TILE, last)
        draw(ids[start:stop], VESICLE_GROUP, stages.CLEAR % WORDS, seed, step, u)
        for i in range(start, stop):
            if status[i] == TURNED:
                continue
            if status[i] == DOCKED and (
                (len(left) > 0 and left[i] == 0) or uniform_at(seed, np.uint64(ids[i]), step, ABSORB, ZERO) < absorb
            ):
                status[i] = ABSORBED
                continue
            if ttl[i] != UNLIMITED:
                ttl[i] -= 1
            p = hazard[i] if per_vesicle else hazard[node[i]]
            if ttl[i] == 0:
                status[i] = EXPIRED
            elif u[i - start] < p:
                status[i] = CLEARED
