"""Release onto parameters: a docked vesicle changes the synapses of its node, those that lead to it or from it.

The synapse from i to j with weight w becomes, where l is the end at which the vesicles docked, k the other, and C_l the
sum of what they gave (see ``change``):

    scale      w exp(C_l)                        each vesicle multiplies by exp(amount)
    additive   w + C_l
    low rank   w + sum_r C_lr there_kr           C_lr = sum over vesicles of amount * c_r * here_lr

[our formulas] With ``recovery`` the change fades and w, which goes on learning, is back; without, it becomes w.
"""

from abc import abstractmethod

from vesicle_abm.core.parameters import VECTOR, option, parameter
from vesicle_abm.vesicles.change import WEIGHT, ChangeRelease

IN, OUT = "in", "out"


class WeightRelease(ChangeRelease, contract=True):
    """Contract: ``changed`` gives the weights that a change C makes of the weights."""

    changes = WEIGHT
    synapses: str = option(IN, "those that lead to the node, or from it", choices=(IN, OUT))

    @abstractmethod
    def changed(self, weight, given, there, xp):
        """(E,) of weights (E,), C at the end where vesicles docked (E, W), and the node at the other end (E,)."""


class ScaleRelease(WeightRelease, name="scale"):
    """w -> w exp(sum of amounts): every synapse of the node is multiplied, as synaptic scaling does."""

    def changed(self, weight, given, there, xp):
        """Multiplied."""
        return weight * xp.exp(given[:, 0])


class AdditiveRelease(WeightRelease, name="additive"):
    """w -> w + sum of amounts."""

    def changed(self, weight, given, there, xp):
        """Added to."""
        return weight + given[:, 0]


class LowRankRelease(WeightRelease, name="low_rank"):
    """w -> w + sum_r C_lr there_kr: over all nodes, W + C B^T with B (N, D) of ``there``, a change of rank D at most.

    The form of LoRA (Hu et al. 2022), with C written by vesicles; and, where all vesicles carry a code c generated from
    a context, of a hypernetwork (Ha, Dai and Le 2017) whose last layer is factorised: A diag(c) B^T, A of ``here``.
    """

    here: float = parameter(1.0, "factor of each content component at the node, a_l", per=VECTOR)
    there: float = parameter(1.0, "factor of each component at the other end of a synapse, b_k", per=VECTOR)

    def effect(self, vesicles, nodes, xp):
        """(n, D) amount * c * here."""
        amount = xp.array(self.amount)
        return (amount[:, None] if amount.ndim else amount) * (vesicles.content * self.here)

    def width(self, content_width):
        """D."""
        return content_width

    def changed(self, weight, given, there, xp):
        """With the change of low rank added."""
        other = xp.array(self.there)
        return weight + xp.dot(given, other[there] if other.ndim == 2 else other)
