"""Decay: how a vesicle's life ends when nothing takes it up. A hazard per step, and a lifetime drawn at birth.

In a step a vesicle that has docked is absorbed with its kind's probability; else its ttl falls by one, and it expires
at 0; else it is cleared with the hazard.
"""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from vesicle_abm.core.parameters import SCALAR, Rule, parameter

UNLIMITED = 2**31 - 1  # the ttl of a vesicle that never expires
LONGEST = 2**31 - 2


class Decay(Rule):
    """Contract: ``hazard``, the probability in [0, 1] of being cleared in this step."""

    reads_vesicles: ClassVar[bool] = True  # False: the answer depends on the node alone

    @abstractmethod
    def hazard(self, vesicles, nodes, xp):
        """(n,) in [0, 1]; a vesicle under way has the hazard of the node it left."""


class HazardDecay(Decay, name="hazard"):
    """The same hazard in every step, for all, or per node.

    >>> HazardDecay(hazard=0.02).hazard(None, None, None)
    0.02
    """

    reads_vesicles = False
    hazard_: float = parameter(0.0, "probability of being cleared", unit="per step", ge=0.0, le=1.0)

    def hazard(self, vesicles, nodes, xp):
        """``hazard`` itself."""
        return self.hazard_


class Lifetime(Rule):
    """Contract: ``quantile`` and ``survival`` of one distribution over whole steps >= 1."""

    @abstractmethod
    def quantile(self, u, xp):
        """(n,) the lifetime that each draw u in (0, 1) stands for; uniform u give the law that ``survival`` states."""

    @abstractmethod
    def survival(self, age, xp):
        """(n,) P(lifetime > age) for whole ages >= 0."""


class FixedLifetime(Lifetime, name="fixed"):
    """Every vesicle lives the same number of steps."""

    steps: int = parameter(100, "the lifetime", per=SCALAR, unit="steps", whole=True, ge=1, le=LONGEST)

    def quantile(self, u, xp):
        """``steps`` for every u."""
        return np.full(np.shape(u), float(self.steps))

    def survival(self, age, xp):
        """1 before ``steps``, 0 from then on."""
        return xp.where(np.asarray(age) < self.steps, 1.0, 0.0)


class GeometricLifetime(Lifetime, name="geometric"):
    """Ends in each step with probability 1 / mean: P(lifetime > a) = (1 - 1/mean)**a."""

    mean: float = parameter(100.0, "the mean lifetime", per=SCALAR, unit="steps", gt=1.0, le=LONGEST)

    def quantile(self, u, xp):
        """ceil(log u / log(1 - 1/mean)), at least 1."""
        return whole_steps(xp.log(u) / xp.log(1.0 - 1.0 / self.mean))

    def survival(self, age, xp):
        """(1 - 1/mean) ** age."""
        return xp.exp(np.asarray(age) * xp.log(1.0 - 1.0 / self.mean))


class ExponentialLifetime(Lifetime, name="exponential"):
    """An exponential time, counted in whole steps begun: P(lifetime > a) = exp(-a / mean)."""

    mean: float = parameter(100.0, "the mean of the exponential time", per=SCALAR, unit="steps", gt=0.0)

    def quantile(self, u, xp):
        """ceil(-mean * log u), at least 1."""
        return whole_steps(-self.mean * xp.log(u))

    def survival(self, age, xp):
        """exp(-age / mean)."""
        return xp.exp(-np.asarray(age) / self.mean)


def whole_steps(time):
    """A positive time as the number of steps begun, at least 1, at most what a ttl holds."""
    return np.minimum(np.maximum(np.ceil(time), 1.0), float(LONGEST))
