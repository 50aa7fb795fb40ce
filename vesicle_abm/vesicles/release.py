"""Release: what a docked vesicle adds to its node. Effects are sums, so their order never matters.

The target names what is added to: ``"modulator"``, the node's level of a kind, E[l, k]; ``"gain"``, the gain of its
activation function.
"""

from abc import abstractmethod
from typing import ClassVar

from vesicle_abm.core.parameters import SCALAR, Rule, option, parameter

MODULATOR, GAIN = "modulator", "gain"
TARGETS = (MODULATOR, GAIN)


class Release(Rule):
    """Contract: ``effect`` gives what each docked vesicle adds to the declared target at its node."""

    target: ClassVar[str]
    reads_vesicles: ClassVar[bool] = True  # False: the answer depends on the node alone

    @abstractmethod
    def effect(self, vesicles, nodes, xp):
        """(n,) amounts; row i of ``nodes`` is the node of row i of ``vesicles``."""


def scaled(amount, component, vesicles):
    """``amount``, or ``amount * content[component]`` where a component is named."""
    return amount if component is None else amount * vesicles.content[:, component]


def component_parameter():
    """The parameter of all releases whose amount the content may scale."""
    doc = "content component that scales the amount; none: the amount alone"
    return parameter(None, doc, per=SCALAR, whole=True, optional=True, ge=0)


class ModulatorRelease(Release, name="modulator"):
    """Raise the node's level of a modulator: E[l, k] += amount. HMN's local E_kj; the level clears as its kind says.

    >>> ModulatorRelease(amount=2.0).effect(None, None, None)
    2.0
    """

    target = MODULATOR
    amount: float = parameter(1.0, "what one vesicle adds to the level")
    component: int | None = component_parameter()
    level: str | None = option(None, "the kind whose level rises; none: the vesicle's own")

    def effect(self, vesicles, nodes, xp):
        """(n,) the amount, scaled by content if a component is named."""
        return scaled(self.amount, self.component, vesicles)


class GainRelease(Release, name="gain"):
    """Raise (or, below 0, lower) the gain g of the node's activation function: z = f(g * input + bias).

    Gain as the effect of catecholamines: Servan-Schreiber, Printz and Cohen (1990). It relaxes to 1 as the neurons say.
    """

    target = GAIN
    amount: float = parameter(0.1, "what one vesicle adds to the gain")
    component: int | None = component_parameter()

    def effect(self, vesicles, nodes, xp):
        """(n,) the amount, scaled by content if a component is named."""
        return scaled(self.amount, self.component, vesicles)
