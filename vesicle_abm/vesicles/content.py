"""Content: the vector c that a vesicle carries, drawn at birth: c ~ N(mean, deviation**2), component by component."""

from abc import abstractmethod

from vesicle_abm.core.parameters import VECTOR, Rule, parameter


class Content(Rule):
    """Contract: mean and standard deviation of each component, for a vesicle born at each node."""

    @abstractmethod
    def mean(self, nodes, signals, xp):
        """(D,) or (n, D)."""

    @abstractmethod
    def deviation(self, nodes, signals, xp):
        """(D,) or (n, D), >= 0; 0 for a content without chance."""


class GaussianContent(Content, name="gaussian"):
    """The same mean and deviation for all, or per node.

    >>> GaussianContent(mean=[1.0, 0.0]).mean(None, None, None)
    [1.0, 0.0]
    """

    mean_: float = parameter(1.0, "mean of each component", per=VECTOR)
    deviation_: float = parameter(0.0, "standard deviation of each component", per=VECTOR, ge=0.0)

    def mean(self, nodes, signals, xp):
        """``mean`` itself."""
        return self.mean_

    def deviation(self, nodes, signals, xp):
        """``deviation`` itself."""
        return self.deviation_
