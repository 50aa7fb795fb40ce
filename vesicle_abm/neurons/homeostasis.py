"""Homeostasis: the bias of a neuron drifts slowly, so that it neither falls silent nor saturates (HMN 4.1)."""

from abc import abstractmethod

from vesicle_abm.core.parameters import NODE, Rule, parameter


class Homeostasis(Rule):
    """Contract: ``change`` of each neuron's bias in a step."""

    @abstractmethod
    def change(self, neurons, xp):
        """(n,)."""


class HomeostaticBias(Homeostasis, name="target_rate"):
    """b_j <- b_j + rate (target - z_j): with a small rate, the mean activation settles at the target. [our formula]"""

    target: float = parameter(0.1, "the activation that a neuron aims at", per=NODE)
    rate: float = parameter(0.001, "how fast the bias drifts", per=NODE, unit="per step", ge=0.0)

    def change(self, neurons, xp):
        """Towards the target."""
        return self.rate * (self.target - neurons.activation)
