"""Designs: which settings a study tries. A design gives conditions, each a tuple of (dotted key, value); ``replicated``
makes trials of them. Sizes are counted before a list is built.
"""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.extra import needed
from vesicle_abm.experiments.ranges import Range, ranges_by_key
from vesicle_abm.experiments.texts import value_of
from vesicle_abm.experiments.trial import Trial, seed_of

Settings = tuple[tuple[str, Any], ...]
MOST_TRIALS = 1_000_000
OF_A_TRIAL = {"condition", "replicate", "seed", "status", "reason", "run_id", "digest", "wall_s"}  # columns


def grid(sweeps: Mapping[str, Sequence]) -> list[Settings]:
    """Every combination of the values of each key, the last key fastest.

    >>> grid({"kinds.a.absorb": [0.1, 0.2], "kinds.b.absorb": [0.5]})[1]
    (('kinds.a.absorb', 0.2), ('kinds.b.absorb', 0.5))

    Raises
    ------
    InputError
        if a key has no values, or one twice, or there are more combinations than trials are allowed.
    """
    for key, values in sweeps.items():
        if isinstance(values, str) or not len(values):
            raise InputError(f"got {values!r}; a list of values is allowed, one at least", key)
        for value in values:
            if list(values).count(value) > 1:
                raise InputError(f"{value!r} stands twice", key)
    refuse_too_many(math.prod(len(values) for values in sweeps.values()), "combinations")
    return [tuple(zip(sweeps, values, strict=True)) for values in product(*sweeps.values())]


def listed(rows: Iterable[Mapping[str, Any]]) -> list[Settings]:
    """The conditions as they are given, each a mapping of dotted keys to values.

    Raises
    ------
    InputError
        if there is none, or one stands twice.
    """
    found = [tuple(row.items()) for row in rows]
    if not found:
        raise InputError("no condition is given", "list")
    for number, row in enumerate(found):
        if row in found[:number]:
            raise InputError(f"condition {number + 1} is the same as {found.index(row) + 1}", "list")
    return found


def from_csv(path) -> list[Settings]:
    """The conditions in a CSV file: dotted keys on top, a condition a row; an empty cell leaves the value as it is.

    Raises
    ------
    InputError
        if the file cannot be read, or a row has more or fewer cells than keys.
    """
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{str(path)!r} cannot be read: {getattr(error, 'strerror', None) or error}", "list") from None
    if not rows:
        raise InputError(f"{str(path)!r} is empty; dotted keys are expected in its first line", "list")
    keys = [key.strip() for key in rows[0]]
    for key in keys:
        if not key or keys.count(key) > 1:
            raise InputError(f"{str(path)!r}: {key!r} is {'twice' if key else ''} among the keys", "list")
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(keys):
            raise InputError(f"{str(path)!r}, row {line}: {len(row)} cells for {len(keys)} keys", "list")
    cells = ({key: value_of(cell) for key, cell in zip(keys, row, strict=True) if cell.strip()} for row in rows[1:])
    return listed(cells)


def latin_hypercube(ranges: Iterable[Range], conditions: int, seed: int = 0) -> list[Settings]:
    """Conditions that have one in each of as many equal parts of every range (McKay, Beckman and Conover 1979).

    Raises
    ------
    InputError
        for a bad range or number, or without scipy.
    """
    return _sampled("LatinHypercube", ranges, conditions, seed)


def sobol(ranges: Iterable[Range], conditions: int, seed: int = 0) -> list[Settings]:
    """Conditions of a scrambled Sobol' sequence (Owen 1998), even in all ranges at once; balanced for powers of two.

    Raises
    ------
    InputError
        if the number is no power of two, naming the nearest; for a bad range, or without scipy.
    """
    if conditions >= 1 and conditions & (conditions - 1):
        low = 1 << (conditions.bit_length() - 1)
        words = f"got {conditions:,} conditions; a power of two keeps them balanced, say {low:,} or {2 * low:,}"
        raise InputError(words, "sobol")
    return _sampled("Sobol", ranges, conditions, seed)


def _sampled(sequence: str, ranges: Iterable[Range], conditions: int, seed: int) -> list[Settings]:
    spread = ranges_by_key(ranges)
    if conditions < 1:
        raise InputError(f"got {conditions}; a whole number >= 1 of conditions is allowed", sequence.lower())
    refuse_too_many(conditions, "conditions")
    points = getattr(needed("scipy.stats.qmc"), sequence)(d=len(spread), rng=seed).random(conditions)
    return settings_at(spread, points)


def settings_at(ranges: Sequence[Range], points) -> list[Settings]:
    """The conditions at (n, k) parts of the way, 0 <= part < 1, along k ranges."""
    columns = [each.at(column) for each, column in zip(ranges, points.T, strict=True)]
    keys = [each.key for each in ranges]
    return [tuple(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]


def replicated(
    conditions: Sequence[Settings],
    replicates: int,
    seed: int,
    labels: Sequence[str] | None = None,
    paired: bool = True,
) -> list[Trial]:
    """The trials: every condition with each replicate, a condition's replicates one after another.

    Paired, replicate r has the same seed in every condition, so that differences are not blurred by chance; else each
    trial has a seed of its own.

    Raises
    ------
    InputError
        if there is no condition or replicate, or there are more trials than are allowed.
    """
    if not conditions:
        raise InputError("no condition is given")
    if replicates < 1:
        raise InputError(f"got {replicates}; a whole number >= 1 is allowed", "replicates")
    refuse_too_many(len(conditions) * replicates, "trials")
    names = labels or [""] * len(conditions)
    return [
        Trial(settings, r, seed_of(seed, r, "" if paired else repr(settings)), name)
        for settings, name in zip(conditions, names, strict=True)
        for r in range(replicates)
    ]


def refuse_too_many(count: int, what: str) -> None:
    """Refuse more than can be run.

    Raises
    ------
    InputError
        with the count.
    """
    if count > MOST_TRIALS:
        raise InputError(f"the design has {count:,} {what}; at most {MOST_TRIALS:,} are allowed, nothing was run")


def settings_of(frame) -> list[str]:
    """The dotted keys that a study's frame has columns for."""
    return [column for column in frame if column not in OF_A_TRIAL and not column.startswith("metric.")]
