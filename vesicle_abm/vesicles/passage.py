"""Passage: what an edge makes of the content of a vesicle that goes along it: c <- factor_e c.

The factor is that of the step in which a vesicle sets out, whatever the delay of the edge: the step in which it chose
that way. So the mean over the ways out of a node is sum_e P(e) factor_e c, of one and the same moment.
"""

from abc import abstractmethod
from typing import ClassVar

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import FORWARD
from vesicle_abm.core.parameters import Rule, option
from vesicle_abm.neurons.correlation import SLOPES
from vesicle_abm.vesicles.migration import Migration


class Passage(Rule):
    """Contract: ``factor`` of each edge, finite, of either sign. Who stays keeps its content.

    ``layers`` and ``direction`` are those of the migration of the same kind, once the kind is bound to a graph.
    """

    layers: ClassVar[list | None] = None
    direction: ClassVar[str] = FORWARD

    def along(self, migration: Migration) -> "Passage":
        """The same rule for vesicles that migrate so."""
        return self.with_values({"layers": migration.layers, "direction": migration.direction})

    @abstractmethod
    def factor(self, graph, nodes, xp):
        """(E,) or a number: what content is multiplied by, in ``graph.edges`` order."""

    def check(self, content_width: int) -> None:
        """Refuse vesicles that carry nothing."""
        if not content_width:
            raise InputError("there is no content to multiply; content_width is 0")


class SynapticPassage(Passage, name="synaptic"):
    """sign(w_e) f'(u_l) sum |w| over the ways out of l, the node that it leaves; w the present synaptic weights.

    With ``SynapticMigration``, P(e) = |w_e| / sum |w|, the mean of what one vesicle brings along e is w_e f'(u_l) c:
    backward, the errors of the layer below, as back-propagation has them. [our formula]
    """

    slope: str = option("identity", "f', the slope of which function, told by z_l = f(u_l)", choices=tuple(SLOPES))

    def factor(self, graph, nodes, xp):
        """(E,) from the weights and the activation of this step; 0 of edges that are no ways."""
        edge = graph.ways(self.layers, self.direction).edge
        start = graph.ends(self.direction)[0][edge]
        weight = nodes.weight[edge]
        carried = xp.sum_at(start, xp.absolute(weight), graph.size) * SLOPES[self.slope](nodes.activation)
        return xp.sum_at(edge, xp.where(weight < 0.0, -1.0, 1.0) * carried[start], graph.edge_count)
