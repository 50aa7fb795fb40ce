"""The tables of a report: columns chosen and named, numbers as text; and every number in one long table, for CSV."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from vesicle_abm.experiments.statistics import LEVEL

DIGITS = 4
MOST_ROWS = 100  # shown; the CSV has them all
NAMES = {  # of columns that are not called as they are named
    "sd": "s.d.", "min": "least", "max": "most", "delta": "Δ", "p_t": "p (t)", "p_holm": "p (Holm)",
    "p_wilcoxon": "p (Wilcoxon)", "mu_star": "μ*", "mu": "μ", "sigma": "σ", "rho": "ρ (Spearman)",
    "mu_star_conf": "± (95 %)", "S1_conf": "± (95 %)", "ST_conf": "± (95 %)",
}  # fmt: skip
KEYS = ("condition", "replicate", "part", "parameter", "try", "step")  # what a row is of
WORDS = ("condition", "part", "parameter", "reason", "status", "metric")


@dataclass(frozen=True)
class Table:
    """A table to show: (heading, whether it holds numbers) of columns, cells as text; ``more`` rows are left out."""

    title: str
    headings: list[tuple[str, bool]]
    rows: list[list[str]]
    more: int = 0


def shown(value: Any) -> str:
    """A value as text: numbers with four digits; a dash where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float) or hasattr(value, "dtype"):
        number = float(value)
        whole = 10 ** (DIGITS - 1) <= abs(number) < 1e7
        text = f"{number:,.0f}" if whole else f"{number:.{DIGITS}g}"
        return text.replace("-", "−").replace("inf", "∞")
    return str(value)


def probability(value: float) -> str:
    """A p-value as text."""
    return "< 0.0001" if value < 1e-4 else shown(float(f"{value:.3g}")) if not math.isnan(value) else "–"


def table_of(
    frame: pd.DataFrame,
    title: str,
    columns: Sequence[str],
    intervals: Mapping[str, tuple[str, str]],
    level: float = LEVEL,
) -> Table:
    """The columns of a frame; ``intervals``: column -> the columns of its interval, shown behind it in brackets."""
    rows, heads = [], []
    for column in columns:
        heads.append((NAMES.get(column, column), column not in WORDS))
        if column in intervals:
            heads.append((f"{100 * level:g} % interval", True))
    for row in frame.head(MOST_ROWS).to_dict("records"):
        cells = []
        for column in columns:
            cells.append((probability if column.startswith("p_") or column == "p" else shown)(row[column]))
            if column in intervals:
                low, high = (shown(row[end]) for end in intervals[column])
                cells.append("–" if "–" in (low, high) else f"{low} to {high}")
        rows.append(cells)
    return Table(title, heads, rows, max(0, len(frame) - MOST_ROWS))


def long_table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every number of several tables, a row each: table, metric, what it is of, quantity, value."""
    rows = []
    for name, frame in tables.items():
        keys = [column for column in KEYS if column in frame]
        for row in frame.to_dict("records"):
            of = "; ".join(str(row[key]) for key in keys)
            numbers = {key: value for key, value in row.items() if key not in keys and key != "metric"}
            rows += [(name, row.get("metric", ""), of, *pair) for pair in numbers.items() if not pd.isna(pair[1])]
    return pd.DataFrame(rows, columns=["table", "metric", "of", "quantity", "value"], dtype=object)  # seeds to the bit
