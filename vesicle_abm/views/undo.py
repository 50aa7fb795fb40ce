"""Undo: a stage that is refused halfway leaves the vesicles as it found them.

In these stages each vesicle writes to its own row, and a rule is asked vesicle by vesicle, or when others have moved
already. Where that can be, the columns that a stage writes to are kept until it has ended.
"""

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
        if any(asked_in_the_midst(kind, stage) for kind in world.kinds.values()):
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


def asked_in_the_midst(kind: Kind, stage: str) -> bool:
    """Whether a rule of the kind may refuse once other vesicles have acted in the stage."""
    if stage == "migrate":
        return kind.migration.reads_vesicles or kind.trail is not None
    if stage == "dock":
        return kind.docking.reads_vesicles
    if stage == "release":
        return bool(kind.release)
    return stage == "decay" and (kind.decay.reads_vesicles or kind.turn is not None)
