"""Docking: the probability that a vesicle docks where it stands, in this step.

With a ``capacity``, at most so many vesicles of the kind dock at a node in a step: of those that would, the ones with
the lowest draw (then the lowest id) do.
"""

from abc import abstractmethod
from typing import ClassVar

from vesicle_abm.core.parameters import SCALAR, VECTOR, Rule, parameter


class Docking(Rule):
    """Contract: ``probability`` in [0, 1] for each vesicle at its node."""

    reads_vesicles: ClassVar[bool] = True  # False: the answer depends on the node alone, and is computed once per node
    capacity: int | None = parameter(
        None, "most dockings per node and step", per=SCALAR, unit="vesicles", whole=True, optional=True, ge=0
    )

    @abstractmethod
    def probability(self, vesicles, nodes, xp):
        """(n,) in [0, 1]; row i of ``nodes`` is the node of row i of ``vesicles``."""


class ConstantDocking(Docking, name="constant"):
    """The same probability at every step, for all, or per node: where there are receptors, say.

    >>> ConstantDocking(probability=0.05).probability(None, None, None)
    0.05
    """

    reads_vesicles = False
    probability_: float = parameter(0.0, "probability of docking", unit="per step", ge=0.0, le=1.0)

    def probability(self, vesicles, nodes, xp):
        """``probability`` itself."""
        return self.probability_


class AffinityDocking(Docking, name="affinity"):
    """Dock where content c and receptor r agree: p = sigmoid(gain * (c . r) / sqrt(D) + logit). [our formula]"""

    receptor: float = parameter(0.0, "the receptor vector, or one attribute name per content component", per=VECTOR)
    gain: float = parameter(4.0, "slope of the acceptance curve", ge=0.0)
    logit: float = parameter(0.0, "log-odds of docking where content and receptor are orthogonal")

    def probability(self, vesicles, nodes, xp):
        """(n,) from ``vesicles.content`` (n, D)."""
        content = vesicles.content
        match = xp.dot(content, self.receptor) / content.shape[-1] ** 0.5
        return xp.sigmoid(self.gain * match + self.logit)


class ExponentialDocking(Docking, name="exponential"):
    """Dock in proportion to exp(match): p = min(1, exp(gain * (c . r) / sqrt(D) - ceiling)). [our formula]

    Among nodes that vesicles visit equally often, dockings fall to them by the softmax of gain * (c . r) / sqrt(D): the
    weights of attention (Vaswani et al. 2017). ``ceiling`` is to be at least the largest of these, so that no p is cut.
    """

    receptor: float = parameter(0.0, "the receptor vector, or one attribute name per content component", per=VECTOR)
    gain: float = parameter(1.0, "inverse temperature")
    ceiling: float = parameter(0.0, "log of how rare docking is where nothing matches", per=SCALAR)

    def probability(self, vesicles, nodes, xp):
        """(n,) from ``vesicles.content`` (n, D)."""
        content = vesicles.content
        match = xp.dot(content, self.receptor) / content.shape[-1] ** 0.5
        return xp.minimum(1.0, xp.exp(self.gain * match - self.ceiling))


class ActivityDocking(Docking, name="activity"):
    """Dock where the neuron is active: p = sigmoid(gain * (z - threshold)). [our formula]"""

    reads_vesicles = False
    gain: float = parameter(10.0, "steepness over the activation")
    threshold: float = parameter(0.5, "activation at which every other vesicle docks")

    def probability(self, vesicles, nodes, xp):
        """(n,) from the activation z of this step."""
        return xp.sigmoid(self.gain * (nodes.activation - self.threshold))
