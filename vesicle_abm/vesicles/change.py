"""ChangeRelease: the contract of releases that change a parameter for a time, or for good.

What docked vesicles have given is summed per node in an array of the release's own, C (N, W). It decays with the time
constant ``recovery``, so the change fades and the parameter is back; none: it stays. What is changed is computed from
the parameter and C when it is needed, so the parameter itself, and its learning, go on beneath the change.
"""

from typing import ClassVar

from vesicle_abm.core.parameters import SCALAR, parameter
from vesicle_abm.vesicles.release import CHANGE, Release, component_parameter, scaled

BIAS, WEIGHT, LEARNING = "bias", "weight", "learning"


class ChangeRelease(Release, contract=True):
    """Contract: ``changes`` names what is changed; a subclass says how."""

    target = CHANGE
    changes: ClassVar[str]  # BIAS, WEIGHT or LEARNING
    amount: float = parameter(0.1, "what one vesicle adds")
    component: int | None = component_parameter()
    recovery: float | None = parameter(
        None, "time constant with which the change fades; none: it stays", per=SCALAR, unit="steps", optional=True,
        gt=0.0,
    )  # fmt: skip

    @property
    def lasts(self) -> bool:
        """Whether C is kept from step to step: not where it becomes part of a parameter at once, for good."""
        return self.recovery is not None or self.changes == LEARNING

    def effect(self, vesicles, nodes, xp):
        """(n,) the amount, scaled by content if a component is named."""
        return scaled(self.amount, self.component, vesicles)
