"""Content: the vector c that a vesicle carries, drawn at birth: c ~ N(mean, deviation**2), component by component."""

from abc import abstractmethod

from vesicle_abm.core.parameters import VECTOR, Rule, option, parameter

NODE, COMPONENT = "node", "component"
VALUE, SIGN = "value", "sign"


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


class ActivityContent(Content, name="activity"):
    """A content that the neuron's activation generates: mean = base + slope * z. [our formula]"""

    base: float = parameter(0.0, "each component where the neuron is silent", per=VECTOR)
    slope: float = parameter(1.0, "each component per unit of activation", per=VECTOR)
    deviation_: float = parameter(0.0, "standard deviation of each component", per=VECTOR, ge=0.0)

    def mean(self, nodes, signals, xp):
        """(n, D) from the activation z of this step."""
        return self.base + self.slope * nodes.activation[:, None]

    def deviation(self, nodes, signals, xp):
        """``deviation`` itself."""
        return self.deviation_


class SignalContent(Content, name="signal"):
    """A content that a signal gives: mean = scale * signal, or scale * sign(signal). [our formula]

    The signal is one number for all nodes, or one per node, (N,); with ``per = "component"`` it is a vector (D,), the
    pattern that all vesicles born in this step carry. Where none is given it is 0.
    """

    signal: str = option("error", "name of the signal", signal=True)
    per: str = option(NODE, "whether a vector has a number per node or per component", choices=(NODE, COMPONENT))
    take: str = option(VALUE, "its value, or its sign alone", choices=(VALUE, SIGN))
    scale: float = parameter(1.0, "factor of each component", per=VECTOR)
    deviation_: float = parameter(0.0, "standard deviation of each component", per=VECTOR, ge=0.0)

    def mean(self, nodes, signals, xp):
        """(n, D) or (D,) from the signal of this step."""
        given = xp.array(signals.get(self.signal, 0.0))
        given = xp.sign(given) if self.take == SIGN else given
        if self.per == COMPONENT:
            return self.scale * given
        each = nodes.of_each(given)
        return self.scale * (each[:, None] if each.ndim else each)

    def deviation(self, nodes, signals, xp):
        """``deviation`` itself."""
        return self.deviation_
