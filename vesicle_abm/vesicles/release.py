"""Release: what a docked vesicle adds to its node. Effects are sums, so their order never matters.

The target names what is added to:

* ``"modulator"``, the node's level of a kind, E[l, k]; ``"gain"``, the gain of its activation function;
* ``"activation"``, the activation of this step itself (``film``, ``memory``);
* ``"change"``, an array of the release's own, that something is computed with (``film``, ``parameter_release``,
  ``learning_release``);
* ``"memory"``, a slot of the node's memory (``memory``).
"""

from abc import abstractmethod
from typing import ClassVar

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.parameters import SCALAR, Rule, option, parameter

MODULATOR, GAIN, ACTIVATION, CHANGE, MEMORY = "modulator", "gain", "activation", "change", "memory"
TARGETS = (MODULATOR, GAIN, ACTIVATION, CHANGE, MEMORY)


class Release(Rule):
    """Contract: ``effect`` gives what each docked vesicle adds to the declared target at its node."""

    target: ClassVar[str]
    reads_vesicles: ClassVar[bool] = True  # False: the answer depends on the node alone

    @abstractmethod
    def effect(self, vesicles, nodes, xp):
        """(n,) amounts, or (n, W) where the target takes several numbers; row i of ``nodes`` is the node of row i of
        ``vesicles``.
        """

    def width(self, content_width: int) -> int:
        """W, how many numbers one vesicle adds; 0 for a single one, given as (n,)."""
        return 0

    def check(self, content_width: int) -> None:
        """Refuse, with an InputError, content that the release cannot use."""
        component = getattr(self, "component", None)
        if component is not None:
            check_component(component, content_width, "component")


def check_target(rule: Release, content_width: int) -> None:
    """Refuse a release whose target is none, or does not take as many numbers as one vesicle adds.

    A level and a gain take one, given as (n,); an activation gamma and beta, (n, 2); a memory slot, strength and
    content, (n, 2 + D); a change what the release says.
    """
    target = getattr(rule, "target", None)
    if target not in TARGETS:
        raise InputError(f"target is not declared, or unknown; {nearest(target or '', TARGETS)}")
    wanted = {MODULATOR: 0, GAIN: 0, ACTIVATION: 2, MEMORY: 2 + content_width}.get(target)
    width = rule.width(content_width)
    if wanted is not None and width != wanted:
        words = f"width gave {width}; what is added to the target {target!r} has a width of {wanted}"
        raise InputError(f"{words}{'' if wanted else ', one number of each vesicle'}")
    if target == CHANGE and not hasattr(rule, "changes"):
        raise InputError("adds to a change, but does not say of what; subclass ChangeRelease, or one of its kinds")


def check_component(component: int, content_width: int, key: str) -> None:
    """Refuse a component that the content does not have."""
    if component >= content_width:
        raise InputError(f"got {component}; the content has {content_width} components, counted from 0", key)


def scaled(amount, component, vesicles):
    """``amount``, or ``amount * content[component]`` where a component is named."""
    return amount if component is None else amount * vesicles.content[:, component]


def component_parameter(doc="content component that scales the amount; none: the amount alone"):
    """The parameter of all releases whose amount the content may scale."""
    return parameter(None, doc, per=SCALAR, whole=True, optional=True, ge=0)


class ModulatorRelease(Release, name="modulator"):
    """Raise the node's level of a modulator: E[l, k] += amount. HMN's local E_kj; the level clears as its kind says.

    >>> ModulatorRelease(amount=2.0).effect(None, None, None)
    2.0
    """

    target = MODULATOR
    amount: float = parameter(1.0, "what one vesicle adds to the level")
    component: int | None = component_parameter()
    level: str | None = option(None, "the kind whose level rises; none: the vesicle's own", kinds=True)

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
