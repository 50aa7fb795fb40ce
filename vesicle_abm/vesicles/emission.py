"""Emission: how many vesicles a node is expected to give birth to in a step. lambda[k, l] >= 0.

A rule with ``law = "poisson"`` has Poisson births with that mean; ``law = "exact"`` bears the whole part of the rate,
and one more with the probability of the rest, which has the same mean and the least variance.
"""

from abc import abstractmethod
from typing import ClassVar

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.parameters import SCALAR, Rule, option, parameter

POISSON, EXACT = "poisson", "exact"
POSITIVE, NEGATIVE, BOTH = "positive", "negative", "both"


class Emission(Rule):
    """Contract: ``rate`` gives the expected births per step of each node, >= 0."""

    law: ClassVar[str] = POISSON

    @abstractmethod
    def rate(self, nodes, signals, xp):
        """(n,) expected births in this step, >= 0; ``nodes``: Nodes, ``signals``: Signals."""


class ConstantEmission(Emission, name="constant"):
    """The same expected number in every step: Poisson births.

    >>> ConstantEmission(rate=0.5).rate(None, None, None)
    0.5
    """

    rate_: float = parameter(0.0, "expected births", unit="per step", ge=0.0)

    def rate(self, nodes, signals, xp):
        """``rate`` itself."""
        return self.rate_


class ActivityEmission(Emission, name="activity"):
    """More births where the neuron is more active: scale * softplus(slope * (z - threshold)). [our formula]"""

    scale: float = parameter(1.0, "births per unit of softplus; 0 where a neuron makes no such vesicle", ge=0.0)
    slope: float = parameter(1.0, "steepness over the activation")
    threshold: float = parameter(0.0, "activation at which the rate is scale * ln 2")

    def rate(self, nodes, signals, xp):
        """(n,) from the activation z of this step."""
        return self.scale * xp.softplus(self.slope * (nodes.activation - self.threshold))


class SignalEmission(Emission, name="signal"):
    """As many births as a signal says: max(0, base + scale * s), s the signal, its negative, or its size. [our formula]

    A task tells its outcome or its errors by signals, and estimators tell novelty, uncertainty and reward prediction
    errors. The signal is one number, or one per node; where none is given it is 0. ``base`` > 0 is a tonic rate, which
    a signal of the other sign lowers, as dopamine neurons pause (Schultz, Dayan and Montague 1997); ``base`` < 0 makes
    a threshold: s must exceed -base / scale.
    """

    signal: str = option("reward", "name of the signal", signal=True)
    scale: float = parameter(1.0, "births per unit of the signal", ge=0.0)
    base: float = parameter(
        0.0, "births where the signal is 0; below 0: what the signal must make up for", unit="per step"
    )
    sign: str = option(POSITIVE, "which part of the signal counts", choices=(POSITIVE, NEGATIVE, BOTH))
    nodes: list | None = option(None, "labels of the emitting nodes; none for all", labels=True)

    def rate(self, nodes, signals, xp):
        """(n,) from the signal of this step."""
        given = nodes.of_each(signals.get(self.signal, 0.0))
        part = xp.absolute(given) if self.sign == BOTH else -given if self.sign == NEGATIVE else given
        rate = xp.maximum(0.0, self.base + self.scale * part)
        return rate * (1.0 if self.nodes is None else nodes.among(self.nodes))


class CascadeEmission(Emission, name="cascade"):
    """Births from dockings: each vesicle of the kinds ``of`` that docked in the step before has Poisson(ratio)
    offspring at its node: ratio * (dockings). A branching process (Harris 1963), so the kind must declare a ``cap``.

    With every vesicle docking once and then absorbed, ``ratio`` is the branching ratio: below 1 cascades die out after
    1 / (1 - ratio) vesicles on average, at 1 they are critical, above 1 some go on for ever. [our formula]
    """

    of: list = option(None, "the kinds whose dockings bear", kinds=True)
    ratio: float = parameter(1.0, "expected births per docking", ge=0.0)

    def __post_init__(self):
        super().__post_init__()
        if not isinstance(self.of, list | tuple) or not self.of:
            given = "is missing" if self.of is None else f"got {self.of!r}"
            example = self.of if isinstance(self.of, str) else "kind"
            raise InputError(f"{given}; a list of the kinds whose dockings bear is allowed, say [{example!r}]", "of")

    def rate(self, nodes, signals, xp):
        """(n,) from the dockings of the step before."""
        docked = nodes.docked(self.of[0])
        for kind in self.of[1:]:
            docked = docked + nodes.docked(kind)
        return self.ratio * docked


class ThresholdEmission(Emission, name="threshold"):
    """An event: ``count`` births while the activation is at or above a threshold, or only when it crosses it."""

    law = EXACT
    count: float = parameter(1.0, "births per event", ge=0.0)
    threshold: float = parameter(1.0, "activation that makes an event")
    on: str = option("level", "every step above, or the step of the upward crossing", choices=("level", "crossing"))

    def rate(self, nodes, signals, xp):
        """(n,) ``count`` where there is an event, else 0."""
        event = nodes.activation >= self.threshold
        if self.on == "crossing":
            event = event & (nodes.activation_before < self.threshold)
        return xp.where(event, self.count, 0.0)


class PulseEmission(Emission, name="pulse"):
    """Scheduled: ``count`` births a step at chosen nodes, from ``at`` on ``duration`` steps long, each ``every``."""

    law = EXACT
    count: float = parameter(1.0, "births per step of a pulse and node", ge=0.0)
    at: int = parameter(0, "first step of the first pulse, counted from 0", per=SCALAR, whole=True, ge=0)
    duration: int = parameter(1, "length of a pulse", per=SCALAR, unit="steps", whole=True, ge=1)
    every: int = parameter(0, "steps from one pulse to the next; 0 for a single pulse", per=SCALAR, whole=True, ge=0)
    nodes: list | None = option(None, "labels of the emitting nodes; none for all", labels=True)

    def rate(self, nodes, signals, xp):
        """(n,) ``count`` during a pulse, else 0."""
        since = signals.step - self.at
        if since >= 0 and self.every:
            since = since % self.every
        during = 1.0 if 0 <= since < self.duration else 0.0
        return self.count * during * (1.0 if self.nodes is None else nodes.among(self.nodes))
