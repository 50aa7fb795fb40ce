"""The density view: the expectation of the same rates. rho[k, l](t), the mean number of vesicles per kind and node.

    rho(t + 1) = (rho + lambda) P (1 - p * absorb) (1 - hazard)          for unlimited lifetimes

with P the migration matrix; ``views.field`` says how. Exact where rates do not depend on what chance decides; else the
mean stands for what is random, and ``Field.closes`` says where.
"""

from collections.abc import Iterator

import numpy as np

from vesicle_abm.views.field.field import Field
from vesicle_abm.views.field.refusals import check_steps


def density(model, steps: int) -> np.ndarray:
    """The expected occupancy of a model from its present state on.

    Parameters
    ----------
    model : a VesicleModel; it is not changed
    steps : how many steps to look ahead

    Returns
    -------
    (steps + 1, K, N) float64; the first entry is the present occupancy. Vesicles under way are at no node.

    Raises
    ------
    InputError
        naming a rule that has no mean of its own: a capacity, a user's own verb, a way that each vesicle chooses for
        itself; what is no model, or no whole number >= 0.
    """
    ahead = densities(model, steps)
    result = np.zeros((steps + 1, len(model.world.kinds), model.world.graph.size))
    for t, occupancy in enumerate(ahead):
        result[t] = occupancy
    return result


def densities(model, steps: int) -> Iterator[np.ndarray]:
    """What ``density`` returns, one (K, N) after the other: so a look ahead of any length holds bounded memory."""
    check_steps(steps)
    return (state.occupancy for state in Field(model, horizon=steps).course(steps))


def refuse_what_density_cannot_hold(model) -> None:
    """Raise the InputError that ``density`` would, without looking ahead."""
    density(model, 1)
