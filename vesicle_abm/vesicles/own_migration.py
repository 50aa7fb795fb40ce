"""Migration that depends on the vesicle itself: on what it remembers, or where it was born. Paid for per vesicle.

A vesicle at l takes way e with probability weights[e] f_e / (stay + sum of weights f), f its own preference.
"""

from abc import abstractmethod

from vesicle_abm.core.parameters import SCALAR, parameter
from vesicle_abm.vesicles.migration import Migration


class OwnMigration(Migration, contract=True):
    """Contract: beside ``weights`` and ``stay``, ``preference``, the factor that a vesicle puts on a way."""

    reads_vesicles = True
    stay_: float = parameter(0.0, "weight of staying", ge=0.0)

    @abstractmethod
    def preference(self, vesicles, ends, xp):
        """(m,) finite, >= 0; a row for each vesicle and way out of its node, ``ends`` (Nodes) where the ways lead."""

    def weights(self, graph, nodes, xp):
        """The edges' weights."""
        return graph.weight

    def stay(self, graph, nodes, xp):
        """The ``stay`` weight."""
        return self.stay_


class SelfAvoidingMigration(OwnMigration, name="self_avoiding"):
    """By edge weight, ways to nodes that the vesicle remembers times ``revisit``: with 0 a self-avoiding walk.

    The kind must remember: what a vesicle remembers is the last ``Kind.remembers`` nodes that it has left. Where all
    ways lead to these and ``revisit`` is 0, it stays.
    """

    revisit: float = parameter(0.0, "factor of ways to nodes that it remembers", per=SCALAR, ge=0.0)

    def preference(self, vesicles, ends, xp):
        """``revisit`` or 1."""
        return xp.where((vesicles.remembered == ends.index[:, None]).any(axis=1), self.revisit, 1.0)


class HomingMigration(OwnMigration, name="homing"):
    """By edge weight, ways that lead to the node where the vesicle was born times ``pull``, all others times
    ``elsewhere``. With 0 there, a vesicle that has no way home stays.
    """

    pull: float = parameter(1.0, "factor of ways that lead home", per=SCALAR, ge=0.0)
    elsewhere: float = parameter(0.0, "factor of all other ways", per=SCALAR, ge=0.0)

    def preference(self, vesicles, ends, xp):
        """``pull`` or ``elsewhere``."""
        return xp.where(vesicles.home == ends.index, self.pull, self.elsewhere)
