"""Trail: what a traveller leaves on the edges that it takes, and which fades: stigmergy (Grassé 1959).

Migration may follow it (``TrailMigration``), so that a population carves pathways. A trail is the (E,) array of one
kind; another kind may leave its own on it (``onto``). Each edge gains with every traversal, in the step in which the
vesicle arrives; the trail fades by exp(-1 / tau) as a step begins.
"""

from abc import abstractmethod

from vesicle_abm.core.parameters import SCALAR, Rule, option, parameter
from vesicle_abm.vesicles.release import check_component, component_parameter, scaled


class Trail(Rule):
    """Contract: ``deposit``, what each vesicle that has come along an edge adds to the trail there."""

    onto: str | None = option(None, "the kind on whose trail it is left; none: its own", kinds=True)
    tau: float | None = parameter(
        None, "time constant with which the kind's own trail fades; none: it stays", per=SCALAR, unit="steps",
        optional=True, gt=0.0,
    )  # fmt: skip

    @abstractmethod
    def deposit(self, vesicles, nodes, xp):
        """(n,) amounts; row i of ``nodes`` is the node where row i of ``vesicles`` has arrived."""


class ConstantTrail(Trail, name="constant"):
    """The same amount for every traversal, or scaled by a content component.

    >>> ConstantTrail(amount=2.0).deposit(None, None, None)
    2.0
    """

    amount: float = parameter(1.0, "what one traversal adds", per=SCALAR, ge=0.0)
    component: int | None = component_parameter()

    def deposit(self, vesicles, nodes, xp):
        """(n,) the amount, scaled by content if a component is named."""
        return scaled(self.amount, self.component, vesicles)

    def check(self, content_width: int) -> None:
        """Refuse a component that the content does not have."""
        if self.component is not None:
            check_component(self.component, content_width, "component")
