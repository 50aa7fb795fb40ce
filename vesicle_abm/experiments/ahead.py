"""The density view of a run: what is expected, row after row, and at the end per node and edge."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.experiments.rowfile import RowFile
from vesicle_abm.model import VesicleModel
from vesicle_abm.recorder import edges_that_learn, further_names, further_row
from vesicle_abm.views.field.field import Field, FieldState
from vesicle_abm.views.world import World

if TYPE_CHECKING:
    import pandas as pd

SUPPRESSED = ".suppressed"  # a count that a mean does not have


@dataclass(frozen=True)
class Ahead:
    """What is expected: ``last`` the state after the last step, ``world`` all but its vesicles, ``mean`` the occupancy
    (K, N) over all steps, a digest of every step's; ``closes``, what is no more than a mean-field closure.
    """

    last: FieldState
    world: World
    mean: np.ndarray
    digest: str
    closes: dict[str, str]

    @property
    def warnings(self) -> list[str]:
        """That not all is exact, if so."""
        if not self.closes:
            return []
        named = "; ".join(f"{key} ({reads})" for key, reads in self.closes.items())
        words = "the mean stands for what is random where rules read it, which may be off (vesicle_abm.field_error)"
        return [f"{words}: {named}"]

    @property
    def metrics(self) -> dict[str, float]:
        """What the task says of the expected network."""
        task = self.world.task
        return task.metrics(self.world.state.task) if task is not None else {}


def look_ahead(model: VesicleModel, steps: int, rows: RowFile) -> Ahead:
    """Look ahead by so many steps; what ``expected_names`` names goes to ``rows``."""
    field, digest = Field(model, horizon=steps), hashlib.sha256()
    learning, total = edges_that_learn(field.world), np.zeros((len(model.kinds), model.graph.size))
    state = field.first()
    for step, state in enumerate(field.course(steps)):
        digest.update(state.occupancy.tobytes())
        rows.append(np.array([[step, *expected_row(field, state, learning)]]))
        if step:
            total = total + state.occupancy
    return Ahead(state, field.world_at(state), total / max(steps, 1), digest.hexdigest(), field.closes)


def expected_names(model: VesicleModel) -> list[str]:
    """The columns: of a model in which nothing is released, and nothing is active, the populations alone."""
    kinds, world = model.kinds, model.world
    return [
        "step",
        *(f"{kind}.alive" for kind in kinds),
        *(f"{kind}.level" for kind in kinds if has_levels(world)),
        *(["activation"] if world.neurons is not None else []),
        *(name for name in further_names(world) if not name.endswith(SUPPRESSED)),
    ]


def has_levels(world: World) -> bool:
    """Whether levels are worth telling."""
    return world.neurons is not None or any(kind.release for kind in world.kinds.values())


def expected_row(field: Field, state: FieldState, learning: slice | np.ndarray) -> list[float]:
    """The numbers of ``expected_names`` but the step."""
    world = field.world_at(state)
    row = state.occupancy.sum(axis=1).tolist()
    row += state.state.modulator.mean(axis=0).tolist() if has_levels(world) else []
    row += [float(state.state.activation.mean())] if world.neurons is not None else []
    further = zip(further_names(world), further_row(world, learning), strict=True)
    return row + [value for name, value in further if not name.endswith(SUPPRESSED)]


def expected_frames(rows: RowFile, names: list[str], most: int) -> Iterator["pd.DataFrame"]:
    """The rows, indexed by step, at most so many at a time."""
    import pandas as pd

    for table in rows.blocks(most):
        yield pd.DataFrame(table, columns=names).astype({"step": np.int64}).set_index("step")


def expected_nodes(ahead: Ahead, model: VesicleModel) -> "pd.DataFrame":
    """One row a node: expected vesicles of each kind at the end and in the mean of all steps, levels, activation."""
    import pandas as pd

    last, world = ahead.last, ahead.world
    columns: dict[str, Any] = {"node": [str(label) for label in model.graph.nodes]}
    columns |= {f"{kind}.occupancy": last.occupancy[k] for k, kind in enumerate(model.kinds)}
    columns |= {f"{kind}.mean_occupancy": ahead.mean[k] for k, kind in enumerate(model.kinds)}
    if has_levels(world):
        columns |= {f"{kind}.level": last.state.modulator[:, k] for k, kind in enumerate(model.kinds)}
    if world.neurons is not None:
        columns |= {"activation": last.state.activation, "gain": last.state.gain}
    return pd.DataFrame(columns)
