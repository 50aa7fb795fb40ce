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
    for name, values in (("stay", stay), ("weights", weight)):
        if not (np.isfinite(values) & (values >= 0.0)).all():
            raise InputError(
                "a migration rule gave a negative or non-finite value; finite numbers >= 0 are allowed", name
            )
    slots = indptr + np.arange(len(indptr))
    threshold = np.empty(slots[-1])
    alias = np.empty(slots[-1], np.int32)
    _fill(indptr, slots, stay, weight, threshold, alias)
    return AliasTable(slots, threshold, alias)


@kernel
def _fill(indptr, slots, stay, weight, threshold, alias):  # noqa: PLR0912 - one pass of Vose, as published
    widest = 0
    for node in range(len(stay)):
        widest = max(widest, slots[node + 1] - slots[node])
    small = np.empty(widest, np.int32)
    large = np.empty(widest, np.int32)
    for node in range(len(stay)):
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
