"""Lots: what the draws of a step will make of each vesicle, drawn in the migrate stage and read in the later ones.

Where what a kind's vesicles do depends on nothing that changes within the step, one loop moves them and draws the rest
(``voyage``). A lot is a note: it holds for the vesicles and the step for which it was drawn, and whoever finds that it
does not draws again, at the same address, and so the same.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.vesicles.docking import AffinityDocking
from vesicle_abm.views import voyage

if TYPE_CHECKING:
    from vesicle_abm.views.tables import KindTables
    from vesicle_abm.views.world import World

FIRST, GROWTH = 512, 1.125


@dataclass(frozen=True)
class Passage:
    """What the voyage of a kind looks up, as ``voyage.depart`` takes it."""

    rows: np.ndarray
    hops: np.ndarray
    threshold: np.ndarray
    chances: np.ndarray
    absorb: int
    receptor: np.ndarray
    affinity: tuple[float, float]

    @classmethod
    def of(cls, tables: "KindTables") -> "Passage | None":
        """The passage of a kind whose rules answer the same in every step; None while that is not known, or not so."""
        kind = tables.kind
        affinity = own_affinity(kind.docking)
        table, hazard = tables.lasting("migration"), tables.lasting("hazard")
        docking = tables.lasting("docking") if affinity is None else np.zeros(1)
        if table is None or hazard is None or docking is None or np.diff(table.indptr).max() >= voyage.MOST_SLOTS:
            return None
        same = all(np.all(values == values[0]) for values in (docking, hazard))
        docking, hazard = (
            values[:1] if same else np.broadcast_to(values, hazard.shape) for values in (docking, hazard)
        )
        receptor, numbers = affinity or (np.zeros((0, 0)), (0.0, 0.0))
        chances = np.stack([voyage.as_words(docking), voyage.as_words(hazard)], axis=1)
        rows, hops = voyage.pack(table, tables.ways)
        return cls(rows, hops, table.threshold, chances, int(voyage.as_words(kind.absorb)), receptor, numbers)


def own_affinity(rule: Any) -> tuple[np.ndarray, tuple[float, float]] | None:
    """The receptors (1, D) or (N, D) and the numbers (gain, logit) of a docking by affinity that are those of all."""
    if type(rule) is not AffinityDocking or np.ndim(rule.gain) or np.ndim(rule.logit):
        return None
    receptor = np.ascontiguousarray(np.atleast_2d(rule.receptor), dtype=np.float64)
    return receptor, (float(rule.gain), float(rule.logit))


class Lots:
    """The lots of a kind's vesicles, a byte each, and for whom they were drawn."""

    def __init__(self) -> None:
        self._bits = np.zeros(FIRST, np.uint8)
        self._passage: Passage | None = None
        self._drawn: tuple[int, int] | None = None  # the step, and the version of the columns

    def passage(self, world: "World", tables: "KindTables", columns: Columns) -> Passage | None:
        """How the vesicles travel, if a voyage is possible now: nobody's own verbs, nobody between nodes."""
        if "edge" in columns or any(world.overrides.values()):
            return None
        if self._passage is None:
            self._passage = Passage.of(tables)
        return self._passage

    def room(self, size: int) -> np.ndarray:
        """(size,) uint8 to draw into."""
        if len(self._bits) < size:
            self._bits = np.zeros(int(size * GROWTH), np.uint8)
        return self._bits[:size]

    def keep(self, world: "World", columns: Columns) -> None:
        """All lots are drawn, for this step and these vesicles."""
        self._drawn = world.state.step, columns.version

    def of(self, world: "World", columns: Columns) -> np.ndarray | None:
        """(n,) uint8, if they hold."""
        return self._bits[: columns.size] if self._drawn == (world.state.step, columns.version) else None
