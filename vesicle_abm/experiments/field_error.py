"""How far a mean-field closure is off: the field beside the mean of replicates, in units of its standard error."""

from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.ahead import expected_names, expected_row
from vesicle_abm.model import VesicleModel
from vesicle_abm.recorder import edges_that_learn
from vesicle_abm.scenario import Scenario
from vesicle_abm.views.field.field import Field

if TYPE_CHECKING:
    import pandas as pd

ALIVE = ".alive"
ROUNDING = 1e-12  # relative


def field_error(model: VesicleModel | Scenario, steps: int, replicates: int = 100, seed: int = 0) -> "pd.DataFrame":
    """The density view of a model against replicates of it in the compiled view.

    Parameters
    ----------
    model : whose present state all begin from, or a scenario; it is not changed
    steps : how many are looked ahead
    replicates : R, as many seeds, from ``seed`` on. A task draws by its seed too: where it does, so do replicates

    Returns
    -------
    One row a quantity (``KIND.alive`` at nodes, ``KIND.level``, ``activation`` … as a run in the density view records
    them), each the mean over the steps: ``field``, ``replicates`` their mean, ``standard_error`` of that mean,
    ``bias`` = field - replicates in standard errors, ``relative`` = |field - replicates| / |replicates|.

    Raises
    ------
    InputError
        naming a rule that the density view cannot hold, or a number that is none.

    >>> import networkx as nx
    >>> from vesicle_abm.vesicles.emission import ConstantEmission
    >>> from vesicle_abm.vesicles.kind import Kind
    >>> model = VesicleModel(nx.path_graph(3), {"a": Kind(emission=ConstantEmission(rate=1.0), lifetime=3)})
    >>> field_error(model, steps=10, replicates=20)["field"].round(9).to_dict()
    {'a.alive': 7.2}
    """
    import pandas as pd

    for key, number, least in (("steps", steps, 1), ("replicates", replicates, 2), ("seed", seed, 0)):
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise InputError(f"got {number!r}; a whole number >= {least} is allowed", key)
    model = model.build() if isinstance(model, Scenario) else model
    names = expected_names(model)[1:]
    field, learning = Field(model, horizon=steps), edges_that_learn(model.world)
    rows = [expected_row(field, state, learning) for state in field.course(steps)]
    wanted = np.mean(rows[1:], axis=0)
    found = np.array([mean_of_a_replicate(model, names, steps, seed + r) for r in range(replicates)])
    mean, error = found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(replicates)
    off = wanted - mean
    nonzero = np.where(error > ROUNDING * np.abs(mean), error, np.nan)  # where replicates do not differ there is none
    told: dict[str, Any] = {"field": wanted, "replicates": mean, "standard_error": error, "bias": off / nonzero}
    return pd.DataFrame(told | {"relative": np.abs(off) / np.where(mean != 0.0, np.abs(mean), np.nan)}, index=names)


def mean_of_a_replicate(model: VesicleModel, names: list[str], steps: int, seed: int) -> np.ndarray:
    """The means over the steps of one replicate."""
    other = model.copy()
    other.state.seed, recorder = seed, other.recorder
    recorder.every, total = 0, np.zeros(len(names))
    for _ in range(steps):
        other.step()
        row = dict(zip(recorder.names, recorder.row(other), strict=True))
        row |= {kind + ALIVE: count for kind, count in zip(other.kinds, other.occupancy().sum(axis=1), strict=True)}
        total += [row[name] for name in names]
    return total / steps
