"""Alias tables: a weighted choice among a node's ways in constant time.

Walker (1977), built by Vose's method (1991). Each node's row holds one slot for staying, then one for each way out. A
draw u picks slot ``k = floor(u * slots)``; the remaining fraction of u decides between the slot and its alias.
"""

from dataclasses import dataclass

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.scalar import kernel


@dataclass(frozen=True)
class AliasTable:
    """``indptr`` (N + 1,) int64 over slots; ``threshold`` (S,) float64; ``alias`` (S,) int32, a slot within the row."""

    indptr: np.ndarray
    threshold: np.ndarray
    alias: np.ndarray

    def probabilities(self) -> np.ndarray:
        """(S,) the probability of each slot that the table encodes: the inverse of building it."""
        slots = np.diff(self.indptr)
        share = 1.0 / np.repeat(slots, slots)
        start = np.repeat(self.indptr[:-1], slots)
        result = self.threshold * share
        np.add.at(result, start + self.alias, (1.0 - self.threshold) * share)
        return result


def build(indptr: np.ndarray, stay: np.ndarray, weight: np.ndarray) -> AliasTable:
    """The table of rows ``[stay_l, weights of the ways out of l]``; a row without any weight stays.

    ``indptr`` (N + 1,) int64 and ``weight`` (W,) as in ``Ways``; ``stay`` (N,).
    """
    check(stay, weight)
    slots = indptr + np.arange(len(indptr))
    table = AliasTable(slots, np.empty(slots[-1]), np.empty(slots[-1], np.int32))
    _fill(indptr, slots, stay, weight, table.threshold, table.alias)
    return table


def renew(table: AliasTable, indptr: np.ndarray, built, wanted) -> int:
    """Make the rows anew whose weights have changed, in place; gives how many these are.

    ``built`` and ``wanted``: (stay, weight) of ``build``, as the table was built and as it is to be.
    """
    (old_stay, old_weight), (stay, weight) = built, wanted
    check(stay, weight)
    return _fill_changed(indptr, table.indptr, old_stay, old_weight, stay, weight, table.threshold, table.alias)


def check(stay: np.ndarray, weight: np.ndarray) -> None:
    """Refuse weights that are none."""
    for name, values in (("stay", stay), ("weights", weight)):
        if not (np.isfinite(values) & (values >= 0.0)).all():
            raise InputError(
                "a migration rule gave a negative or non-finite value; finite numbers >= 0 are allowed", name
            )


@kernel
def _fill(indptr, slots, stay, weight, threshold, alias):
    small, large = _room(slots)
    for node in range(len(stay)):
        _fill_row(node, indptr, slots, stay, weight, threshold, alias, small, large)


@kernel
def _fill_changed(indptr, slots, old_stay, old_weight, stay, weight, threshold, alias):
    small, large = _room(slots)
    rows = 0
    for node in range(len(stay)):
        changed = stay[node] != old_stay[node]
        for way in range(indptr[node], indptr[node + 1]):
            changed |= weight[way] != old_weight[way]
        if changed:
            _fill_row(node, indptr, slots, stay, weight, threshold, alias, small, large)
            rows += 1
    return rows


@kernel
def _room(slots):
    widest = 0
    for node in range(len(slots) - 1):
        widest = max(widest, slots[node + 1] - slots[node])
    return np.empty(widest, np.int32), np.empty(widest, np.int32)


@kernel
def _fill_row(node, indptr, slots, stay, weight, threshold, alias, small, large):  # noqa: PLR0912 - Vose, as published
    first, size = slots[node], slots[node + 1] - slots[node]
    scale = 1.0
    total = stay[node]
    for way in range(indptr[node], indptr[node + 1]):
        total += weight[way]
    if total == np.inf:  # the sum of finite weights overflows: once more, each divided by the number of slots
        scale = 1.0 / size
        total = stay[node] * scale
        for way in range(indptr[node], indptr[node + 1]):
            total += weight[way] * scale
    smalls = 0
    larges = 0
    heaviest = 0
    for k in range(size):
        share = (
            (stay[node] if k == 0 else weight[indptr[node] + k - 1]) * scale / total * size
            if total > 0.0
            else (float(size) if k == 0 else 0.0)
        )
        threshold[first + k] = share
        alias[first + k] = k
        if share > threshold[first + heaviest]:
            heaviest = k
        if share < 1.0:
            small[smalls] = k
            smalls += 1
        else:
            large[larges] = k
            larges += 1
    while smalls > 0 and larges > 0:
        smalls -= 1
        k, big = small[smalls], large[larges - 1]
        alias[first + k] = big
        threshold[first + big] = threshold[first + big] - (1.0 - threshold[first + k])
        if threshold[first + big] < 1.0:
            larges -= 1
            small[smalls] = big
            smalls += 1
    while larges > 0:
        larges -= 1
        threshold[first + large[larges]] = 1.0
    while smalls > 0:  # left over by rounding: full slots but for the last bits, or slots that weigh nothing
        smalls -= 1
        k = small[smalls]
        if threshold[first + k] > 0.5:
            threshold[first + k] = 1.0
        else:
            alias[first + k] = heaviest


@kernel
def choose(u, first, size, threshold, alias):
    """The slot within the row that starts at ``first`` and has ``size`` slots, for a draw u in (0, 1)."""
    scaled = u * size
    k = int(scaled)
    return k if scaled - k < threshold[first + k] else alias[first + k]
