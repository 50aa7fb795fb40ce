"""Turn: a vesicle becomes one of another kind on its way, as noradrenaline is made of dopamine inside vesicles.

Decided in the decay stage, before the vesicle may end: one that turns neither is absorbed nor ages in this step. It
keeps its id, its node and, unless the rule says otherwise, its content; ttl, payload and releases are those of a
newborn of its new kind. Under way between nodes no vesicle turns.
"""

from abc import abstractmethod

import numpy as np

from vesicle_abm.core.parameters import SCALAR, VECTOR, Rule, option, parameter
from vesicle_abm.vesicles.memory import attended

DOCKED, ALWAYS = "docked", "always"


class Turn(Rule):
    """Contract: ``probability`` of turning in this step, and the ``content`` of the vesicle in its new kind."""

    into: str | None = option(None, "the kind that it becomes", kinds=True)
    when: str = option(DOCKED, "where it has docked in this step, or at every node", choices=(DOCKED, ALWAYS))

    @abstractmethod
    def probability(self, vesicles, nodes, xp):
        """(n,) in [0, 1]; row i of ``nodes`` is the node of row i of ``vesicles``."""

    @abstractmethod
    def content(self, vesicles, nodes, xp):
        """(n, D) with D of the new kind."""

    def width(self, content_width: int) -> int | None:
        """The width of the content that it gives, from that of the old kind; None where any will do."""
        return content_width


class ConstantTurn(Turn, name="constant"):
    """The same probability at every step, for all, or per node; the content stays, or becomes ``value``, which the
    vesicle finds at the node.
    """

    probability_: float = parameter(1.0, "probability of turning", unit="per step", ge=0.0, le=1.0)
    value: float | None = parameter(
        None, "what it carries then: a vector, or node attributes' names; none: what it carried", per=VECTOR,
        optional=True,
    )  # fmt: skip

    def probability(self, vesicles, nodes, xp):
        """``probability`` itself."""
        return self.probability_

    def content(self, vesicles, nodes, xp):
        """What it carried, or the value."""
        return vesicles.content if self.value is None else self.value

    def width(self, content_width):
        """That of the value."""
        if self.value is None:
            return content_width
        shape = np.shape(self.value)
        return shape[-1] if shape else None


class RecallTurn(Turn, name="recall"):
    """What the node's memory holds for the content as a cue becomes the content: read by attention (see ``memory``)."""

    uses_memory = True
    probability_: float = parameter(1.0, "probability of turning", unit="per step", ge=0.0, le=1.0)
    beta: float = parameter(4.0, "inverse temperature of the attention over slots", per=SCALAR, ge=0.0)

    def probability(self, vesicles, nodes, xp):
        """``probability`` itself."""
        return self.probability_

    def content(self, vesicles, nodes, xp):
        """What is read."""
        return attended(vesicles.content, nodes.memory, self.beta, xp)
