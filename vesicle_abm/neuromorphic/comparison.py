"""Comparison: how far the run held to the mesh's bits is from the run as it is, beside a run with another seed.

Vesicles and noise are drawn, so one rounded number soon makes another history: the two runs differ as two seeds would,
besides what the bits do. A difference much larger than between seeds is what the bits do.
"""

from dataclasses import dataclass

import numpy as np

from vesicle_abm.neuromorphic.emulation import Emulation
from vesicle_abm.neuromorphic.profile import weights

COURSES = ("activation", "weight")  # of the record, and each kind's:
KIND_COURSES = ("alive", "docked", "level")


@dataclass(frozen=True)
class Difference:
    """``plain``, ``quantised``, ``other`` (seed): means over the run, or a metric; ``error`` and ``between_seeds``: the
    root mean square of the difference to the plain run, over recorded steps or synapses, or that of the metric.
    """

    what: str
    plain: float
    quantised: float
    other: float
    error: float
    between_seeds: float


def differences(found: Emulation) -> list[Difference]:
    """Courses of the record, where rows were recorded, then the weights synapse by synapse, then the metrics that all
    three runs have.
    """
    runs = (found.plain, found.quantised, found.other)
    names = [*COURSES, *(f"{kind}.{what}" for kind in found.plain.kinds for what in KIND_COURSES)]
    records = [model.record for model in runs]
    there = [name for name in names if name in records[0]] if len(records[0]) else []
    rows = [difference(name, *(record[name] for record in records)) for name in there]
    if weights(found.plain).size and found.plain.world.plasticity is not None:
        rows.append(difference("each weight at the end", *map(weights, runs)))
    metrics = [model.metrics for model in runs]
    common = [name for name in metrics[0] if all(name in others for others in metrics)]
    return rows + [difference(name, *(np.array([values[name]]) for values in metrics)) for name in common]


def difference(what: str, plain, quantised, other) -> Difference:
    """One row, of (n,) numbers each.

    >>> difference("level", [1.0, 3.0], [1.0, 1.0], [1.0, 3.0]).error
    1.4142135623730951
    """
    three = [np.asarray(values, np.float64) for values in (plain, quantised, other)]
    means = [float(values.mean()) for values in three]
    apart = [float(np.sqrt(np.mean((values - three[0]) ** 2))) for values in three[1:]]
    return Difference(what, *means, *apart)
