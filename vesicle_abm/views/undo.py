"""Undo: a stage that is refused halfway leaves the vesicles as it found them.

In these stages each vesicle writes to its own row, and a rule is asked vesicle by vesicle, or when others have moved
already. Where that can be, the columns that a stage writes to are kept until it has ended.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.vesicles.kind import Kind

if TYPE_CHECKING:
    from vesicle_abm.views.world import World

WRITTEN = {
    "migrate": ("node", "edge", "remaining", "crossed", "remembered", "content"),
    "dock": ("status",),
    "release": ("payload", "left"),
    "decay": ("ttl", "status"),
}


@dataclass
class Before:
    """The columns that a stage writes to, as it found them: kind -> (ids, name -> values)."""

    columns: dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]

    @classmethod
    def of(cls, world: "World", stage: str, by_hand: bool = False) -> "Before":
        """As the stage begins; nothing where no rule is asked, and no user's verb called, in its midst."""
        found: dict = {}
        if stage not in WRITTEN:
            return cls(found)
        taken_over = any(stage in verbs for verbs in world.overrides.values())
        if by_hand or taken_over or stage in world.asked:
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


@contextlib.contextmanager
def undone_if_refused(world: "World", stage: str) -> Iterator[None]:
    """Around a verb that is called by hand: a refusal leaves neither half of it nor a proposal behind."""
    before = Before.of(world, stage, by_hand=True)
    try:
        yield
    except Exception:
        world.proposals.forget()
        before.restore(world)
        raise


def asked_in_the_midst(kinds: Iterable[Kind]) -> frozenset[str]:
    """The stages in which a rule of one of the kinds may refuse once other vesicles have acted and changed."""
    found = set()
    for kind in kinds:
        changed = kind.trail is not None or kind.passage is not None
        found |= {"migrate"} if kind.migration.reads_vesicles or changed else set()
        found |= {"dock"} if kind.docking.reads_vesicles else set()
        found |= {"release"} if kind.release and (kind.spend is not None or kind.releases is not None) else set()
        found |= {"decay"} if kind.decay.reads_vesicles or kind.turn is not None else set()
    return frozenset(found)
