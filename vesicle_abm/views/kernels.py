"""The loops of the compiled view. Each writes only to its own rows, ``first <= i < last``, so rows may be split over threads.

Draws are addressed, sums are in fixed point: the same bits for every split. Compiled once, then cached on disk.

A loop goes over its rows in tiles: first the draws of a tile, in a loop that the compiler turns into vector instructions,
then what they decide, from a tile that is still in the fastest cache.
"""

import numpy as np
from numba import njit

from vesicle_abm.core import stages
from vesicle_abm.core.alias import choose
from vesicle_abm.core.identity import NODE_BITS
from vesicle_abm.core.random import LOW_WORD, WORD, philox, poisson_at, uniform_at, unit
from vesicle_abm.core.scalar import kernel
from vesicle_abm.vesicles.decay import UNLIMITED
from vesicle_abm.views.world import ABSORBED, CLEARED, DOCKED, EXPIRED, FREE

ZERO = np.uint64(0)
TILE = 512  # rows; a tile's draws take 4 kB
VESICLE_GROUP = np.uint64(stages.MIGRATE // 4)
EMIT = np.uint64(stages.EMIT)
ABSORB = np.uint64(stages.ABSORB)

# The same text as a part of the caller, not a call: only so does a loop over it become vector instructions.
philox_in_place = njit(inline="always", error_model="numpy")(getattr(philox, "py_func", philox))


@kernel
def draw(ids, group, word, seed, step, u):
    """``u[i]`` becomes the uniform draw of vesicle i in the stream ``4 * group + word``."""
    low, high = seed & LOW_WORD, seed >> WORD
    for i in range(len(ids)):
        id_ = np.uint64(ids[i])
        w0, w1, w2, w3 = philox_in_place(id_ & LOW_WORD, id_ >> WORD, step, group, low, high)
        u[i] = unit(w0 if word == 0 else w1 if word == 1 else w2 if word == 2 else w3)


@kernel
def count_births(rate, exact, kind, seed, step, first, last, counts):
    """Births of one kind at the nodes ``first <= l < last``: Poisson, or the whole part and a chance of one more."""
    for node in range(first, last):
        mean = rate[node]
        if mean == 0.0:
            counts[node] = 0
            continue
        place = np.uint64((kind << NODE_BITS) | node)
        if exact:
            whole = np.floor(mean)
            counts[node] = int(whole) + int(uniform_at(seed, place, step, EMIT, ZERO) < mean - whole)
        else:
            counts[node] = poisson_at(mean, seed, place, step, EMIT, ZERO)


@kernel
def migrate(ids, node, slots, threshold, alias, ways, end, seed, step, first, last):
    """Move each vesicle along one way, or let it stay; ``slots``, ``threshold``, ``alias``: the alias table."""
    for i in range(first, last):
        here = node[i]
        row = slots[here]
        size = slots[here + 1] - row
        if size > 1:
            word, _, _, _ = block(seed, np.uint64(ids[i]), step, VESICLE_GROUP, ZERO)
            k = choose(unit(word), row, size, threshold, alias)
            if k > 0:
                node[i] = end[ways[here] + k - 1]


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
    """As ``migrate``, where edges may take ``delay`` (E,) further steps; ``arrival`` (E,) is the node where each leads."""
    for i in range(first, last):
        if edge[i] >= 0:
            remaining[i] -= 1
            if remaining[i] == 0:
                node[i] = arrival[edge[i]]
                edge[i] = -1
            continue
        here = node[i]
        row = slots[here]
        size = slots[here + 1] - row
        if size > 1:
            word, _, _, _ = block(seed, np.uint64(ids[i]), step, VESICLE_GROUP, ZERO)
            k = choose(unit(word), row, size, threshold, alias)
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
    for i in range(first, last):
        p = probability[i] if per_vesicle else probability[node[i]]
        _, word, _, _ = block(seed, np.uint64(ids[i]), step, VESICLE_GROUP, ZERO)
        status[i] = DOCKED if unit(word) < p else FREE


@kernel
def free_travellers(edge, status, first, last):
    """A vesicle under way docks nowhere."""
    for i in range(first, last):
        if edge[i] >= 0:
            status[i] = FREE


@kernel
def decay(ids, node, ttl, status, absorb, hazard, per_vesicle, seed, step, first, last):
    """Mark how vesicles end: absorbed if docked, else expired, else cleared."""
    for i in range(first, last):
        _, _, absorb_word, clear_word = block(seed, np.uint64(ids[i]), step, VESICLE_GROUP, ZERO)
        if status[i] == DOCKED and unit(absorb_word) < absorb:
            status[i] = ABSORBED
            continue
        if ttl[i] != UNLIMITED:
            ttl[i] -= 1
        p = hazard[i] if per_vesicle else hazard[node[i]]
        if ttl[i] == 0:
            status[i] = EXPIRED
        elif unit(clear_word) < p:
            status[i] = CLEARED
