"""The loops of a voyage: all of a vesicle's draws of a step at once, from one Philox block.

Tile by tile, as in ``kernels``; what a tile will look up in tables too large for the cache is fetched ahead. The bits
are those of the loops in ``kernels``, a stage each.
"""

import numpy as np

from vesicle_abm.core import scalar
from vesicle_abm.core.alias import AliasTable
from vesicle_abm.core.graph import Ways
from vesicle_abm.core.prefetch import LINE, prefetch
from vesicle_abm.core.random import LOW_WORD, WORD, philox, unit
from vesicle_abm.core.scalar import in_place, kernel
from vesicle_abm.vesicles.decay import UNLIMITED
from vesicle_abm.views.kernels import TILE, VESICLE_GROUP
from vesicle_abm.views.population import ABSORBED, CLEARED, DOCKED, EXPIRED

DOCKS, TAKEN, CLEARS = np.uint8(1), np.uint8(2), np.uint8(4)  # lots: what a vesicle's draws will make of it

SIZE_BITS, THRESHOLD_BITS, NODE_BITS = np.uint64(24), np.uint64(24), np.uint64(20)
DRAW_BITS = np.uint64(33)  # of u, which is (2 word + 1) / 2**33
OWN_AT = THRESHOLD_BITS + NODE_BITS
COARSE_AT = DRAW_BITS - THRESHOLD_BITS
SIZE = np.uint64(2**24 - 1)
THRESHOLD, NODE, DRAW = np.uint64(2**24 - 1), np.uint64(2**20 - 1), np.uint64(2**33 - 1)
ONE = np.uint64(1)
DRAW_UNIT = 2.0**-33
AHEAD = 16  # vesicles whose receptors are on their way
MOST_SLOTS = 2**20  # of a node, so that draw times slots is exact in a float64

philox_in_place, exp = in_place(philox), in_place(scalar.exp)


def pack(table: AliasTable, ways: Ways) -> tuple[np.ndarray, np.ndarray]:
    """(N,) uint64 each node's first slot and number of slots; (S,) uint64 each slot in one word: where it leads, where
    its alias leads, and the leading bits of its threshold. A draw that shares them asks the table.
    """
    rows, hops = np.empty(len(table.indptr) - 1, np.uint64), np.empty(len(table.threshold), np.uint64)
    fill_words(table.indptr, table.threshold, table.alias, ways.indptr, ways.end, rows, hops)
    return rows, hops


@kernel
def fill_words(slots, threshold, alias, ways, end, rows, hops):
    """``pack``, node by node."""
    for node in range(len(rows)):
        first, size, own = slots[node], slots[node + 1] - slots[node], ways[node] - 1
        rows[node] = np.uint64(first) << SIZE_BITS | np.uint64(size)
        for k in range(size):
            here = end[own + k] if k else node  # the first slot is for staying
            other = here
            if threshold[first + k] < 1.0:
                other = end[own + alias[first + k]] if alias[first + k] else node
            coarse = min(threshold[first + k] * 2.0 ** int(THRESHOLD_BITS), float(THRESHOLD))
            hops[first + k] = np.uint64(here) << OWN_AT | np.uint64(other) << THRESHOLD_BITS | np.uint64(coarse)


def as_words(probability) -> np.ndarray:
    """int64: a draw is below the probability exactly if its 32-bit word is below this."""
    return np.ceil(np.asarray(probability) * 2.0**32 - 0.5).astype(np.int64)


@kernel
def depart(
    ids, node, content, lots, rows, hops, threshold, chances, absorb, receptor, affinity, seed, step, first, last
):
    """Move each vesicle along one way, or let it stay, and draw its lots where it then is.

    ``rows``, ``hops``: of ``pack``; ``threshold`` (S,) of the alias table. ``chances`` (1, 2) for all nodes, or (N, 2):
    docking and clearing, and ``absorb``, all ``as_words``. ``receptor`` (0, D): docking by chance alone; (1, D) or
    (N, D) by affinity, with its numbers (gain, logit). Gives False where a probability was none.
    """
    w0, w1 = np.empty(TILE, np.uint32), np.empty(TILE, np.uint32)
    w2, w3 = np.empty(TILE, np.uint32), np.empty(TILE, np.uint32)
    slot, part, p = np.empty(TILE, np.uint64), np.empty(TILE, np.uint64), np.empty(TILE)
    good = True
    for start in range(first, last, TILE):
        stop = min(start + TILE, last)
        here, lot = node[start:stop], lots[start:stop]
        fetch(rows, here)
        draw_all(ids[start:stop], seed, step, w0, w1, w2, w3)
        find_slots(here, w0, rows, hops, slot, part)
        take_lots(w2, w3, absorb, chances[0, 1], lot)
        hop(slot, part, hops, threshold, here)
        if len(receptor):
            match(content[start:stop], here, receptor, p)
            good = accept(w1, p, affinity, content.shape[1], lot) and good
        elif len(chances) == 1:
            dock_evenly(w1, chances[0, 0], lot)
        if len(chances) > 1:
            look_up(w1, w3, chances, len(receptor) == 0, here, lot)
    return good


@kernel
def fetch(table, node):
    """Ask for each row that will be looked up."""
    for i in range(len(node)):
        prefetch(table, np.intp(node[i]))


@kernel
def draw_all(ids, seed, step, w0, w1, w2, w3):
    """The four words of each vesicle's block of this step."""
    low, high = seed & LOW_WORD, seed >> WORD
    for i in range(len(ids)):
        id_ = np.uint64(ids[i])
        a, b, c, d = philox_in_place(id_ & LOW_WORD, id_ >> WORD, step, VESICLE_GROUP, low, high)
        w0[i], w1[i], w2[i], w3[i] = a, b, c, d


@kernel
def find_slots(node, word, rows, hops, slot, part):
    """``slot[i]`` that the draw picks, and what is left of the draw, in units of 2**-33 (``alias.choose``)."""
    for i in range(len(node)):
        row = rows[node[i]]
        scaled = (np.uint64(word[i]) << ONE | ONE) * (row & SIZE)
        slot[i] = (row >> SIZE_BITS) + (scaled >> DRAW_BITS)
        part[i] = scaled & DRAW
        prefetch(hops, np.intp(slot[i]))


@kernel
def hop(slot, part, hops, threshold, node):
    """Each vesicle goes where its slot or the slot's alias leads."""
    for i in range(len(node)):
        leads = hops[slot[i]]
        coarse, most = part[i] >> COARSE_AT, leads & THRESHOLD
        own, other = leads >> OWN_AT, leads >> THRESHOLD_BITS & NODE
        node[i] = own if coarse < most else other
        if coarse == most and np.float64(part[i]) * DRAW_UNIT < threshold[slot[i]]:
            node[i] = own


@kernel
def take_lots(word_absorb, word_clear, absorb, clear, lot):
    """Who would be absorbed once docked, and who cleared, where all nodes clear alike."""
    for i in range(len(lot)):
        taken = TAKEN if np.int64(word_absorb[i]) < absorb else np.uint8(0)
        lot[i] = taken | (CLEARS if np.int64(word_clear[i]) < clear else np.uint8(0))


@kernel
def dock_evenly(word, chance, lot):
    """Who docks, where all nodes dock alike."""
    for i in range(len(lot)):
        lot[i] |= DOCKS if np.int64(word[i]) < chance else np.uint8(0)


@kernel
def look_up(word_dock, word_clear, chances, docks, node, lot):
    """Who docks (if ``docks``) and who is cleared, by the node's own chances."""
    for i in range(len(lot)):
        here = node[i]
        found = lot[i] & ~CLEARS
        found |= DOCKS if docks and np.int64(word_dock[i]) < chances[here, 0] else np.uint8(0)
        lot[i] = found | (CLEARS if np.int64(word_clear[i]) < chances[here, 1] else np.uint8(0))


@kernel
def match(content, node, receptor, total):
    """``total[i] = c . r``, added in order (``functions.dot``): four vesicles abreast, so that no sum waits."""
    size = len(node)
    abreast = size // 4 * 4 if len(receptor) > 1 else 0
    for i in range(min(AHEAD, abreast)):
        fetch_row(receptor, node[i])
    for i in range(0, abreast, 4):
        for k in range(i + AHEAD, min(i + AHEAD + 4, abreast)):
            fetch_row(receptor, node[k])
        c0, c1, c2, c3 = content[i], content[i + 1], content[i + 2], content[i + 3]
        r0, r1 = receptor[node[i]], receptor[node[i + 1]]
        r2, r3 = receptor[node[i + 2]], receptor[node[i + 3]]
        s0, s1 = np.float64(c0[0]) * r0[0], np.float64(c1[0]) * r1[0]
        s2, s3 = np.float64(c2[0]) * r2[0], np.float64(c3[0]) * r3[0]
        for j in range(1, content.shape[1]):
            s0 += np.float64(c0[j]) * r0[j]
            s1 += np.float64(c1[j]) * r1[j]
            s2 += np.float64(c2[j]) * r2[j]
            s3 += np.float64(c3[j]) * r3[j]
        total[i], total[i + 1], total[i + 2], total[i + 3] = s0, s1, s2, s3
    for i in range(abreast, size):
        row = receptor[node[i] if len(receptor) > 1 else 0]
        value = np.float64(content[i, 0]) * row[0]
        for j in range(1, content.shape[1]):
            value += np.float64(content[i, j]) * row[j]
        total[i] = value


@kernel
def fetch_row(table, row):
    """Ask for every cache line of a row."""
    for j in range(0, table.shape[1], LINE):
        prefetch(table, np.intp(row) * table.shape[1] + j)


@kernel
def accept(word, p, affinity, width, lot):
    """Who docks by affinity (``AffinityDocking``), of the products ``p``; False where a probability is none."""
    gain, logit = affinity
    root = width**0.5
    for i in range(len(lot)):
        p[i] = 1.0 / (1.0 + exp(-(gain * (p[i] / root) + logit)))
    wrong = 0
    for i in range(len(lot)):
        wrong += 0 if p[i] <= 1.0 else 1
        lot[i] |= DOCKS if unit(word[i]) < p[i] else np.uint8(0)
    return wrong == 0


@kernel
def arrive(lots, status, ttl):
    """``kernels.decay`` by the lots: absorbed if docked and taken, else older, and expired or cleared.

    As fast as the memory, so that further threads would not help.
    """
    expired = np.empty(TILE, np.uint8)
    for start in range(0, len(lots), TILE):
        rows = slice(start, min(start + TILE, len(lots)))
        grow_older(ttl[rows], expired)
        end(lots[rows], expired, status[rows])


@kernel
def grow_older(ttl, expired):
    """One step less to live, unless that is unlimited; also of those that are absorbed, whom nobody asks any more."""
    for i in range(len(ttl)):
        ttl[i] -= np.int32(ttl[i] != UNLIMITED)
        expired[i] = ttl[i] == 0


@kernel
def end(lots, expired, status):
    """How each that ends does."""
    for i in range(len(lots)):
        taken = status[i] == DOCKED and lots[i] & TAKEN != 0
        later = np.uint8(EXPIRED) if expired[i] else np.uint8(CLEARED) if lots[i] & CLEARS != 0 else status[i]
        status[i] = np.uint8(ABSORBED) if taken else later
