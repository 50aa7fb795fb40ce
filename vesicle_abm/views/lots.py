"""Lots: what the draws of a step will make of each vesicle, drawn in the migrate stage and read in the later ones.

Where vesicles of a kind go, dock and end as likely in every step, one loop moves them and draws the rest (``voyage``).
A lot is a note: it holds for the vesicles and the step for which it was drawn, and whoever finds that it does not draws
again, at the same address, and so the same.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.core.prefetch import on_lines
from vesicle_abm.vesicles.docking import AffinityDocking
from vesicle_abm.views import voyage

if TYPE_CHECKING:
    from vesicle_abm.views.tables import KindTables
    from vesicle_abm.views.world import World

FIRST, GROWTH = 512, 1.125


class Paths(NamedTuple):
    """Where vesicles of a kind go from each node, as ``voyage.depart`` takes it."""

    rows: np.ndarray
    hops: np.ndarray
    threshold: np.ndarray

    @classmethod
    def of(cls, tables: "KindTables") -> "Paths | None":
        """Of a kind whose ways weigh the same in every step; None while that is not known, or not so."""
        table = tables.lasting("migration")
        if table is None or np.diff(table.indptr).max() >= voyage.MOST_SLOTS:
            return None
        return cls(*voyage.pack(table, tables.ways), table.threshold)


class Luck(NamedTuple):
    """How likely vesicles of a kind dock, are absorbed and are cleared, as ``voyage.depart`` takes it."""

    chances: np.ndarray = np.zeros((1, 2), np.int64)
    absorb: int = 0
    receptor: np.ndarray = np.zeros((0, 0))
    affinity: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of(cls, tables: "KindTables") -> "Luck | None":
        """Of a kind whose docking and decay are the same in every step; None while that is not known, or not so."""
        affinity = own_affinity(tables.kind.docking)
        docking = np.zeros(1) if affinity is not None else tables.lasting("docking")
        hazard = tables.lasting("hazard")
        if docking is None or hazard is None:
            return None
        chances = np.stack(np.broadcast_arrays(voyage.as_words(docking), voyage.as_words(hazard)), axis=1)
        chances = chances[:1] if (chances == chances[0]).all() else chances
        return cls(chances, int(voyage.as_words(tables.kind.absorb)), *(affinity or ()))


NO_LUCK = Luck()


def own_affinity(rule: Any) -> tuple[np.ndarray, tuple[float, float]] | None:
    """The receptors (1, D) or (N, D) and the numbers (gain, logit) of a docking by affinity that are those of all."""
    if type(rule) is not AffinityDocking or np.ndim(rule.gain) or np.ndim(rule.logit):
        return None
    receptor = np.atleast_2d(np.asarray(rule.receptor, dtype=np.float64))
    return on_lines(receptor), (float(rule.gain), float(rule.logit))


class Lots:
    """The lots of a kind's vesicles, a byte each, and for whom they were drawn."""

    def __init__(self) -> None:
        self._bits = np.zeros(FIRST, np.uint8)
        self._paths: Paths | None = None
        self._luck: Luck | None = None
        self._drawn: tuple[int, int] | None = None  # the step, and the version of the columns
        self._docked: tuple[tuple[int, int], np.ndarray] | None = None

    def paths(self, tables: "KindTables") -> Paths | None:
        """Where vesicles go, if that is the same in every step."""
        if self._paths is None:
            self._paths = Paths.of(tables)
        return self._paths

    def luck(self, world: "World", tables: "KindTables") -> Luck | None:
        """What else their draws decide, if that is the same in every step, and nobody has verbs of their own."""
        if self._luck is None:
            self._luck = Luck.of(tables)
        return None if any(world.overrides.values()) else self._luck

    def room(self, size: int) -> np.ndarray:
        """(size,) uint8 to draw into."""
        if len(self._bits) < size:
            self._bits = np.zeros(int(size * GROWTH), np.uint8)
        return self._bits[:size]

    def keep(self, world: "World", columns: Columns, hold: bool) -> None:
        """All lots are drawn, for this step and these vesicles; or not all of them ``hold``."""
        self._drawn = moment(world, columns) if hold else None

    def of(self, world: "World", columns: Columns) -> np.ndarray | None:
        """(n,) uint8, if they hold."""
        return self._bits[: columns.size] if self._drawn == moment(world, columns) else None

    def keep_docked(self, world: "World", columns: Columns, rows: np.ndarray) -> None:
        """These rows have docked in this step."""
        self._docked = moment(world, columns), rows

    def docked(self, world: "World", columns: Columns) -> np.ndarray | None:
        """Their rows, if they are still known: nobody's own verbs, nobody gone."""
        if self._docked is None or any(world.overrides.values()) or self._docked[0] != moment(world, columns):
            return None
        return self._docked[1]


def moment(world: "World", columns: Columns) -> tuple[int, int]:
    """For when, and for whom, something is noted: the step, and the version of the columns."""
    return world.state.step, columns.version
