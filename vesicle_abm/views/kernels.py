"""The loops of the compiled view. Each writes only to its own rows, ``first <= i < last``, so rows may be split over
threads.

Draws are addressed, sums are in fixed point: the same bits for every split. Compiled once, then cached on disk.

A loop goes over its rows in tiles: first the draws of a tile, in a loop that the compiler turns into vector
instructions, then what they decide, from a tile that is still in the fastest cache.
"""

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.alias import choose
from vesicle_abm.core.identity import NODE_BITS
from vesicle_abm.core.random import (
    BYTE,
    LOW_WORD,
    POISSON_PART,
    WORD,
    philox,
    poisson_at,
    poisson_below,
    uniform_at,
    unit,
)
from vesicle_abm.core.scalar import CENTER, in_place, kernel, normal_center, normal_quantile
from vesicle_abm.vesicles.decay import UNLIMITED
from vesicle_abm.views.population import ABSORBED, CLEARED, DOCKED, EXPIRED, FREE, TURNED

ZERO = np.uint64(0)
WORDS = 4  # streams that share one Philox block
TILE = 512  # rows; a tile's draws take 4 kB
VESICLE_GROUP = np.uint64(stages.MIGRATE // WORDS)
CONTENT_GROUP = np.uint64(stages.CONTENT // WORDS)
EMIT_GROUP = np.uint64(stages.EMIT // WORDS)
EMIT = np.uint64(stages.EMIT)
ABSORB = np.uint64(stages.ABSORB)
ROUNDING = 1e-12  # far more than a computed exp(-x) differs from the true one, for x >= 0

philox_in_place, center_in_place = in_place(philox), in_place(normal_center)


@kernel
def draw(ids, group, word, seed, step, u):
    """``u[i]`` becomes the uniform draw of ``ids[i]`` in the stream ``WORDS * group + word``."""
    low, high = seed & LOW_WORD, seed >> WORD
    for i in range(len(ids)):
        id_ = np.uint64(ids[i])
        w0, w1, w2, w3 = philox_in_place(id_ & LOW_WORD, id_ >> WORD, step, group, low, high)
        u[i] = unit(w0 if word == 0 else w1 if word == 1 else w2 if word == 2 else w3)


@kernel
def count_births(rate, exact, kind, seed, step, counts, first, last):
    """Births of one kind at the nodes ``first <= l < last``: Poisson, or the whole part and a chance of one more."""
    place = np.empty(TILE, np.int64)
    u = np.empty(TILE)
    for start in range(first, last, TILE):
        size = min(TILE, last - start)
        for i in range(size):
            place[i] = (kind << NODE_BITS) | (start + i)
        draw(place[:size], EMIT_GROUP, stages.EMIT % WORDS, seed, step, u)
        for i in range(size):
            mean = rate[start + i]
            if exact:
                whole = np.floor(mean)
                counts[start + i] = int(whole) + int(u[i] < mean - whole)
            elif u[i] < 1.0 - mean - ROUNDING:  # so u < exp(-mean): none
                counts[start + i] = 0
            elif mean <= POISSON_PART:
                counts[start + i] = poisson_below(u[i], mean)
            else:
                counts[start + i] = poisson_at(mean, seed, np.uint64(place[i]), step, EMIT, ZERO)


@kernel
def draw_content(ids, node, mean, deviation, seed, step, content, first, last):
    """``content[i, j]`` (n, D) becomes a normal draw, of the mean and deviation (N, D) of the node of birth."""
    u, z = np.empty(TILE), np.empty(TILE)
    for start in range(first, last, TILE):
        stop = min(start + TILE, last)
        for j in range(content.shape[1]):
            group = CONTENT_GROUP + (np.uint64(j) << BYTE)
            draw(ids[start:stop], group, stages.CONTENT % WORDS, seed, step, u)
            make_normal(u[: stop - start], z)
            for i in range(start, stop):
                content[i, j] = mean[node[i], j] + deviation[node[i], j] * z[i - start]


@kernel
def make_normal(u, z):
    """The normal draws that uniform draws stand for."""
    for i in range(len(u)):
        z[i] = center_in_place(u[i] - 0.5)
    for i in range(len(u)):
        if abs(u[i] - 0.5) > CENTER:
            z[i] = normal_quantile(u[i])


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
