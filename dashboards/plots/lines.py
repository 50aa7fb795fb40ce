"""Lines: one line of a plot, and its values, from a table's column as it is, as growth per step, or as running mean."""

from dataclasses import dataclass

import numpy as np

from .table import Table

PLAIN, RATE, MEAN = "plain", "rate", "mean"
SOLID, DASHED, DOTTED = "solid", "dashed", "dotted"
SHARE_AVERAGED = 1 / 25  # of the rows, by a running mean


@dataclass(frozen=True)
class Line:
    """A line of a plot: a column of one lane's series, as it is made to be drawn."""

    name: str
    column: str
    colour: str
    make: str = PLAIN
    dash: str = SOLID
    lane: int = 0


def values(line: Line, table: Table) -> np.ndarray:
    """(rows,) what is drawn at each of the table's steps; NaN where there is nothing to draw.

    RATE: growth since the row before, per step. MEAN: of a 25th of all rows, those up to this one.
    """
    column = table.column(line.column)
    if line.make == RATE:
        return np.diff(column, prepend=np.nan) / np.diff(table.rows[:, 0], prepend=np.nan)
    if line.make == MEAN:
        width = max(1, round(len(column) * SHARE_AVERAGED))
        sums = np.concatenate([[0.0], np.cumsum(column)])
        ends = np.arange(1, len(column) + 1)
        begins = np.maximum(ends - width, 0)
        return (sums[ends] - sums[begins]) / (ends - begins)
    return column
