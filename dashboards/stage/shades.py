"""Shades: what neurons are coloured by, and how its values become colours."""

import numpy as np

from .change import WeightChange
from .colours import AMOUNT, SIGNED
from .snapshot import Snapshot

OCCUPANCY, ACTIVATION, MEMORY, LEVEL = "vesicles", "activation", "memory", "level of "
CHANGE, SIGNED_CHANGE = "weight change", "weight change, signed"
TITLES = {
    OCCUPANCY: "vesicles at a neuron",
    CHANGE: "weight change, mean |w − w₀| of inputs that learn",
    SIGNED_CHANGE: "weight change, mean w − w₀ of inputs that learn",
}
FULL = 255


def values_of(snapshot: Snapshot, change: WeightChange | None, by: str, kinds: list[str]) -> np.ndarray:
    """(N,) what the neurons are coloured by; occupancy where a model does not have the thing asked for."""
    if by == ACTIVATION and snapshot.activation is not None:
        return snapshot.activation
    if by == MEMORY:
        return snapshot.stored()
    if by in (CHANGE, SIGNED_CHANGE) and change is not None:
        return change.size if by == CHANGE else change.signed
    if by.startswith(LEVEL) and snapshot.level is not None:
        return snapshot.level[:, kinds.index(by.removeprefix(LEVEL))]
    return snapshot.occupancy.sum(axis=0)


def choices(snapshot: Snapshot, change: WeightChange | None, kinds: list[str]) -> list[str]:
    """What the neurons of a model can be coloured by."""
    if snapshot.expected:
        return [OCCUPANCY]
    memory = [] if snapshot.memory is None else [MEMORY]
    changes = [] if change is None else [CHANGE, SIGNED_CHANGE]
    return [OCCUPANCY, ACTIVATION, *memory, *changes, *(LEVEL + kind for kind in kinds)]


class Scale:
    """How values become shades: it reaches as far as the largest value yet, on both sides of 0 once one is negative.

    Signed values are shaded linearly from -reach to reach. Amounts, from 0, by their square root, so that small ones
    are seen too; or, ``even``, linearly.
    """

    def __init__(self, title: str, signed: bool = False, even: bool = False):
        self.title, self.signed, self.even = title, signed, even
        self.reach = 0.0

    def take(self, values: np.ndarray) -> np.ndarray:
        """uint8, the shades of a frame's values."""
        self.reach = max(self.reach, float(np.abs(values).max(initial=0.0)))
        self.signed = self.signed or bool(values.min(initial=0.0) < 0.0)
        share = values / (self.reach or 1.0)
        share = (share + 1.0) / 2.0 if self.signed else share if self.even else np.sqrt(share)
        return np.rint(share * FULL).astype(np.uint8)

    def legend(self) -> dict:
        """The ramp, and the numbers at its ends and middle."""
        high = self.reach or 1.0
        low = -high if self.signed else 0.0
        rooted = not (self.signed or self.even)
        return {
            "title": self.title,
            "low": low,
            "middle": high / 4.0 if rooted else (low + high) / 2.0,
            "high": high,
            "ramp": SIGNED if self.signed else AMOUNT,
            "note": "√ scale" if rooted else "",
        }
