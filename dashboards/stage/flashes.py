"""Flashes: where vesicles docked since the last frame, from the model's own books, and whether they released."""

import numpy as np

import vesicle_abm as va

FLASH = np.dtype([("node", "<u4"), ("count", "<u2"), ("kind", "u1"), ("released", "u1")])
MOST = 160  # of one frame; of more, those of the most vesicles


class Dockings:
    """Remembers the books of the last frame."""

    def __init__(self):
        self._docked: np.ndarray | None = None  # (K, N)

    def forget(self) -> None:
        """Nothing flashes in the next frame."""
        self._docked = None

    def since(self, model: va.VesicleModel) -> np.ndarray:
        """(n,) FLASH, one for each node and kind at which vesicles have docked since this was asked last."""
        before, now = self._docked, model.state.docked
        self._docked = now.copy()
        return np.zeros(0, FLASH) if before is None else flashes(now - before, releasing(model))


def releasing(model: va.VesicleModel) -> np.ndarray:
    """(K,) whether docked vesicles of each kind release anything."""
    return np.array([len(kind.release) > 0 for kind in model.world.kinds.values()], np.uint8)


def flashes(docked: np.ndarray, released: np.ndarray) -> np.ndarray:
    """(n,) FLASH of how many docked, (K, N)."""
    kind, node = np.nonzero(docked > 0)
    count = docked[kind, node]
    if len(count) > MOST:
        largest = np.argpartition(-count, MOST)[:MOST]
        kind, node, count = kind[largest], node[largest], count[largest]
    made = np.zeros(len(node), FLASH)
    made["node"], made["kind"], made["released"] = node, kind, released[kind]
    made["count"] = np.minimum(count, np.iinfo(np.uint16).max)
    return made
