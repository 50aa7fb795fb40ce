"""Setting what vesicles have, of one or of many at once, by a user's hand: checked, and written to their columns."""

from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.vesicles.decay import UNLIMITED
from vesicle_abm.views.population import DOCKED, FREE

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel


def set_node(model: "VesicleModel", kind: str, rows, value) -> None:
    """Put vesicles at the node with this index; a vesicle under way arrives there."""
    columns = model.state.vesicles[kind]
    columns["node"][rows] = _whole(value, 0, model.graph.size - 1, "node")
    if "edge" in columns:
        columns["edge"][rows] = -1
        columns["remaining"][rows] = 0


def set_ttl(model: "VesicleModel", kind: str, rows, value) -> None:
    """Give vesicles so many steps to live."""
    model.state.vesicles[kind]["ttl"][rows] = _whole(value, 1, UNLIMITED, "ttl")


def set_docked(model: "VesicleModel", kind: str, rows, value) -> None:
    """Dock vesicles, or free them."""
    model.state.vesicles[kind]["status"][rows] = DOCKED if value else FREE


def set_content(model: "VesicleModel", kind: str, rows, value) -> None:
    """Give vesicles this content, (D,) or a number for all components."""
    column = model.state.vesicles[kind]["content"]
    try:
        content = np.asarray(value, dtype=np.float32)
    except (TypeError, ValueError):
        content = np.zeros((0, 0), np.float32)
    if content.shape not in ((), column.shape[1:]):
        raise InputError(f"got {value!r}; {column.shape[1]} numbers are allowed", "content")
    if not np.isfinite(content).all():
        raise InputError(f"got {value!r}; finite numbers are allowed", "content")
    column[rows] = content


def _whole(value, low: int, high: int, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        raise InputError(f"got {value!r}; whole numbers from {low} to {high} are allowed", key)
    return int(value)
