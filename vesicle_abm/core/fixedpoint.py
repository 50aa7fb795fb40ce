"""Sums that do not depend on the order of their terms: 64-bit fixed point.

Floating-point addition is not associative, integer addition is. What many vesicles give to one node is therefore added
in units of 2**-32; sums up to 2**31 - 2**20 are exact in any order and over any number of threads, larger ones refused.
"""

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.scalar import kernel

UNITS = 2.0**32
QUANTUM = 2.0**-32
LIMIT = 2.0**20  # of one contribution, so that two thousand of the largest fit
MOST = np.int64(2**63 - 2**52)  # units of a sum: one more of the largest contributions still fits 64 bits


@kernel
def to_units(x):
    """A number in units of 2**-32, rounded to nearest (ties up)."""
    units = x * UNITS
    whole = np.floor(units)
    return np.int64(whole) + np.int64(units - whole >= 0.5)  # units + 0.5 would round once more


@kernel
def add_at(totals, rows, amounts):
    """``totals[rows[i]] += amounts[i]``, exactly. ``totals`` (N,) int64, ``rows`` (n,), ``amounts`` (n,) float64. Gives
    the row whose sum has become too large, with which it stops, or -1.
    """
    for i in range(len(rows)):
        row = rows[i]
        totals[row] += to_units(amounts[i])
        if totals[row] > MOST or totals[row] < -MOST:
            return row
    return -1


@kernel
def add_rows_at(totals, rows, amounts):
    """``add_at``, number by number. ``totals`` (N, W) int64, ``amounts`` (n, W)."""
    for i in range(len(rows)):
        row = rows[i]
        for j in range(amounts.shape[1]):
            totals[row, j] += to_units(amounts[i, j])
            if totals[row, j] > MOST or totals[row, j] < -MOST:
                return row
    return -1


@kernel
def pour(totals, values):
    """The sums are added to ``values``, of the same shape (N, W), and begin anew."""
    for i in range(totals.shape[0]):
        for j in range(totals.shape[1]):
            values[i, j] += totals[i, j] * QUANTUM
            totals[i, j] = 0


def check_sums(row: int, name_of, key: str) -> None:
    """Refuse what ``add_at`` gave, where a sum has become too large: ``name_of(row)`` says whose."""
    if row >= 0:
        raise InputError(
            f"adds up to more than {MOST * QUANTUM:.6g} at {name_of(row)}; smaller amounts are needed", key
        )


def check_amounts(amounts: np.ndarray, key: str) -> None:
    """Refuse contributions that are not finite or too large to be summed exactly."""
    if amounts.size and not (amounts.min() >= -LIMIT and amounts.max() <= LIMIT):
        wrong = float(amounts[~(np.abs(amounts) <= LIMIT)][0])
        raise InputError(f"gave {wrong:g}; numbers between -{LIMIT:g} and {LIMIT:g} are allowed", key)


def to_float(totals: np.ndarray) -> np.ndarray:
    """The sums as float64."""
    return totals * QUANTUM
