"""How many vesicles of a kind are to be expected at once, from its rules alone, before any is made."""

import math

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.vesicles.decay import Decay, FixedLifetime, HazardDecay
from vesicle_abm.vesicles.docking import ConstantDocking, Docking
from vesicle_abm.vesicles.emission import ConstantEmission
from vesicle_abm.vesicles.kind import BROADCAST, Kind

AGES = 100_000  # steps that are summed one by one; beyond, survival goes on as between the last two
SPREAD = 4.0  # standard deviations of a Poisson number above its mean


def expected_population(kind: Kind, nodes: int) -> float | None:
    """The most vesicles of a bound kind to be expected at once on so many nodes, within a step: births a step times the
    mean life, and four standard deviations above; or its cap, if that is less.

    None where the rules do not tell beforehand: births or ends of life that depend on the state, of which a cap is no
    more than a bound; or lives without end, and no cap.
    """
    if kind.delivery == BROADCAST:
        return 0.0
    births, life = _births(kind, nodes), mean_life(kind)
    if births is None or life is None:
        return None
    mean = births * life if births else 0.0
    most = min(mean + SPREAD * math.sqrt(mean), math.inf if kind.cap is None else kind.cap)
    return most if most < math.inf else None


def mean_life(kind: Kind) -> float | None:
    """The mean of the steps that a vesicle of a bound kind lives, that of its birth included; infinite for ever. Of
    numbers that differ from node to node the mean counts. None where the rules do not tell.

    Alive after a steps with probability ((1 - p absorb) (1 - hazard))**a P(lifetime > a).
    """
    docking, hazard = _docking(kind.docking) if kind.absorb else 0.0, _hazard(kind.decay)
    if docking is None or hazard is None or kind.turn is not None:
        return None
    staying = (1.0 - docking * float(kind.absorb or 0.0)) * (1.0 - hazard)
    steps = math.inf if kind.lifetime is None else kind.lifetime.steps if type(kind.lifetime) is FixedLifetime else None
    if steps is not None:
        return (1.0 - staying**steps) / (1.0 - staying) if staying < 1.0 else steps
    ages = np.arange(AGES)
    alive = staying**ages * kind.lifetime.survival(ages, functions)
    last, ratio = float(alive[-1]), float(alive[-1] / alive[-2]) if alive[-2] else 0.0
    further = 0.0 if not last else math.inf if ratio >= 1.0 else last * ratio / (1.0 - ratio)
    return float(alive.sum()) + further


def _births(kind: Kind, nodes: int) -> float | None:
    """Expected births a step over all nodes, if the emission is one that never changes."""
    rule = kind.emission
    return float(np.broadcast_to(rule.rate_, nodes).sum()) if type(rule) is ConstantEmission else None


def _docking(rule: Docking) -> float | None:
    known = type(rule) is ConstantDocking and rule.capacity is None
    return float(np.mean(rule.probability_)) if known else None  # type: ignore[attr-defined]


def _hazard(rule: Decay) -> float | None:
    return float(np.mean(rule.hazard_)) if type(rule) is HazardDecay else None
