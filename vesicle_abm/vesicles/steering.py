"""Steering: migration up a signal, so that whoever gives the signal says which way vesicles go.

With one number per node, a potential, a controller needs no number per edge: vesicles climb.
"""

from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.vesicles.migration import Migration


class SignalMigration(Migration, name="signal"):
    """Up a signal: P(e | l) ~ w_e exp(slope (s_l' - s_l)), l' where e leads, against ``stay``. [our formula]

    Where no signal is given, or one number for all nodes, it is "weighted".
    """

    signal: str = option("pull", "name of the signal, one number per node", signal=True)
    slope: float = parameter(1.0, "how strongly vesicles climb; negative: descend", per=SCALAR)
    stay_: float = parameter(0.0, "weight of staying, beside level ways of weight w_e", ge=0.0)

    def weights(self, graph, nodes, xp):
        """(E,) from the signal of this step."""
        start, end = graph.ends(self.direction)
        height = xp.spread(nodes.signal(self.signal), graph.size)
        return graph.weight * xp.exp(self.slope * (height[end] - height[start]))

    def stay(self, graph, nodes, xp):
        """The ``stay`` weight."""
        return self.stay_
