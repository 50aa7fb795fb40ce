"""The loops of births: how many are born at each node, and what they carry. Tile by tile, as in ``kernels``."""

import numpy as np

from vesicle_abm.core import scalar, stages
from vesicle_abm.core.identity import NODE_BITS
from vesicle_abm.core.random import BYTE, POISSON_PART, POISSON_TAIL, poisson_at
from vesicle_abm.core.scalar import CENTER, in_place, kernel, normal_center, normal_quantile
from vesicle_abm.views.kernels import TILE, WORDS, ZERO, draw

CONTENT_GROUP, CONTENT_WORD = np.uint64(stages.CONTENT // WORDS), stages.CONTENT % WORDS
EMIT_GROUP, EMIT_WORD, EMIT = np.uint64(stages.EMIT // WORDS), stages.EMIT % WORDS, np.uint64(stages.EMIT)

exp, center = in_place(scalar.exp), in_place(normal_center)


@kernel
def count_births(rate, exact, kind, seed, step, counts, first, last):
    """Births of one kind at the nodes ``first <= l < last``: Poisson, or the whole part and a chance of one more."""
    place, u = np.empty(TILE, np.int64), np.empty(TILE)
    mean, mass, below = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    for start in range(first, last, TILE):
        rows = slice(start, min(start + TILE, last))
        size = rows.stop - start
        if not rate[rows].any():
            counts[rows] = 0
            continue
        for i in range(size):
            place[i] = (kind << NODE_BITS) | (start + i)
        draw(place[:size], EMIT_GROUP, EMIT_WORD, seed, step, u)
        if exact:
            round_by_chance(u, rate[rows], counts[rows])
            continue
        for i in range(size):
            mean[i] = rate[start + i] if rate[start + i] <= POISSON_PART else 0.0
        count_poisson(u, mean[:size], mass, below, counts[rows])
        for i in range(size):
            if rate[start + i] > POISSON_PART:
                counts[start + i] = poisson_at(rate[start + i], seed, np.uint64(place[i]), step, EMIT, ZERO)


@kernel
def round_by_chance(u, mean, counts):
    """The whole part of each mean, and one more with the probability of the rest."""
    for i in range(len(mean)):
        whole = np.floor(mean[i])
        counts[i] = int(whole) + int(u[i] < mean[i] - whole)


@kernel
def count_poisson(u, mean, mass, below, counts):
    """``random.poisson_below`` abreast: one more for all whose draw is not yet below the sum of masses."""
    for i in range(len(mean)):
        mass[i] = exp(-mean[i])
        below[i] = mass[i]
        counts[i] = 0
    number, counting = 0, len(mean)
    while counting > 0 and number < POISSON_TAIL:
        number += 1
        counting = count_one_more(u, mean, float(number), mass, below, counts)


@kernel
def count_one_more(u, mean, number, mass, below, counts):
    """One round; gives how many were counted."""
    counting = np.int64(0)
    for i in range(len(mean)):
        more = np.int64(u[i] >= below[i])
        counts[i] += more
        counting += more
        mass[i] = mass[i] * mean[i] / number
        below[i] += mass[i]
    return counting


@kernel
def draw_content(ids, node, mean, deviation, seed, step, content, first, last):
    """``content[i, j]`` (n, D) becomes a normal draw, of the mean and deviation (N, D) of the node of birth."""
    u, z = np.empty(TILE), np.empty(TILE)
    for start in range(first, last, TILE):
        stop = min(start + TILE, last)
        for j in range(content.shape[1]):
            draw(ids[start:stop], CONTENT_GROUP + (np.uint64(j) << BYTE), CONTENT_WORD, seed, step, u)
            make_normal(u[: stop - start], z)
            for i in range(start, stop):
                content[i, j] = mean[node[i], j] + deviation[node[i], j] * z[i - start]


@kernel
def make_normal(u, z):
    """The normal draws that uniform draws stand for."""
    for i in range(len(u)):
        z[i] = center(u[i] - 0.5)
    for i in range(len(u)):
        if abs(u[i] - 0.5) > CENTER:
            z[i] = normal_quantile(u[i])
