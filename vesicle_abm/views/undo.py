"""Undo: a stage that is refused halfway leaves the vesicles as it found them.

In these stages each vesicle writes to its own row, and a rule is asked vesicle by vesicle, or when others have moved
already. Where that can be, the columns that a stage writes to are kept until it has ended.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.vesicles.kind import Kind

if TYPE_CHECKING:
    from vesicle_abm.views.world import World

WRITTEN = {
    "migrate": ("node", "edge", "remaining", "crossed", "remembered"),
    "dock": ("status",),
    "release": ("payload", "left"),
    "decay": ("ttl", "status"),
}


@dataclass
class Before:
    """The columns that a stage writes to, as it found them: kind -> (ids, name -> values)."""

    columns: dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]

    @classmethod
    def of(cls, world: "World", stage: str) -> "Before":
        """As the stage begins; nothing where no rule is asked in its midst."""
        found = {}
        if stage in world.asked:
            for name, columns in world.state.vesicles.items():
                kept = {what: columns[what].copy() for what in WRITTEN[stage] if what in columns}
                if kept:
                    found[name] = columns["id"].copy(), kept
        return cls(found)

    def restore(self, world: "World") -> None:
        """Give those that still live their numbers back."""
        for name, (ids, kept) in self.columns.items():
            columns = world.state.vesicles[name]
            rows = columns.find(ids)
            there = rows >= 0
            for what, values in kept.items():
                columns[what][rows[there]] = values[there]


def asked_in_the_midst(kinds: Iterable[Kind]) -> frozenset[str]:
    """The stages in which a rule of one of the kinds may refuse once other vesicles have acted and changed."""
    found = set()
    for kind in kinds:
        found |= {"migrate"} if kind.migration.reads_vesicles or kind.trail is not None else set()
        found |= {"dock"} if kind.docking.reads_vesicles else set()
        found |= {"release"} if kind.release and (kind.spend is not None or kind.releases is not None) else set()
        found |= {"decay"} if kind.decay.reads_vesicles or kind.turn is not None else set()
    return frozenset(found)
