"""The density view of a run: expected populations, row after row, and expected occupancy."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.experiments.rowfile import RowFile
from vesicle_abm.model import VesicleModel
from vesicle_abm.views.density import densities

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Ahead:
    """What is expected: occupancy (K, N) at the last step and the mean of all steps, and a digest of every step's."""

    last: np.ndarray
    mean: np.ndarray
    digest: str


def look_ahead(model: VesicleModel, steps: int, rows: RowFile) -> Ahead:
    """Look ahead by so many steps; the expected population of each kind goes to ``rows``, behind its step."""
    digest = hashlib.sha256()
    last = total = np.zeros((len(model.kinds), model.graph.size))
    for step, last in enumerate(densities(model, steps)):
        digest.update(last.tobytes())
        rows.append(np.array([[step, *last.sum(axis=1)]]))
        if step:
            total = total + last
    return Ahead(last, total / steps, digest.hexdigest())


def expected_frames(rows: RowFile, kinds: list[str], most: int) -> Iterator["pd.DataFrame"]:
    """The rows, indexed by step, at most so many at a time."""
    import pandas as pd

    for table in rows.blocks(most):
        frame = pd.DataFrame(table, columns=["step", *(f"{kind}.alive" for kind in kinds)])
        yield frame.astype({"step": np.int64}).set_index("step")
