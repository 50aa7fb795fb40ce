"""Astrocytes: a modulator that acts through a slow intermediary, HMN 7.4 (after Lefton et al. 2025)."""

from abc import abstractmethod

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, Rule, option, parameter

RATE, EFFICACY = "rate", "efficacy"
ACTIVATION = "astrocyte.activation"  # the name of what is kept of them, A_j (N,)


class Astrocytes(Rule):
    """Contract: ``response`` A(t + 1) to the level of one modulator, and ``output`` M(A), what synapses get of it.

    The modulator leaves G_eff and acts through its astrocytes, unless ``Modulation.weights`` names it as well.
    """

    modulator: str = option("norepinephrine", "the modulator that astrocytes answer to")
    territory: str | None = option(None, "node attribute that numbers the astrocyte of each neuron; none: one each")
    coupling: str = option(RATE, "what the output acts on", choices=(RATE, EFFICACY))
    strength: float = parameter(-1.0, "lambda; below 0 it dampens", per=SCALAR)
    attended: bool = option(False, "whether the output competes with the modulators in (7)", choices=(False, True))

    @abstractmethod
    def response(self, activation, level, xp):
        """(n,) A(t + 1) from A(t) and the mean level of the modulator in the territory."""

    @abstractmethod
    def output(self, activation, xp):
        """(n,) M >= 0."""


class Astrocyte(Astrocytes, name="astrocyte"):
    """A <- A d + (1 - d) sensitivity E / (E + half), d = exp(-1 / tau); M = max(0, A - threshold). [our formula]

    A slow leaky integrator (HMN 7.4.1) behind receptors that saturate, and a release (adenosine, say) above a threshold
    of its calcium. Under a constant level A settles at sensitivity E / (E + half). Sensitivity 0 silences it.

    ``coupling="rate"`` adds lambda M_j to G_j in equation (3); "efficacy" multiplies the inputs x_i of neuron j by
    max(0, 1 + lambda M_j), in (1) and (2), as A1 receptors on presynaptic terminals do.
    """

    tau: float = parameter(500.0, "time constant of the integrator", per=SCALAR, unit="steps", gt=0.0)
    sensitivity: float = parameter(1.0, "A under a saturating level", per=SCALAR, ge=0.0)
    half: float = parameter(1.0, "level of half response", per=SCALAR, gt=0.0)
    threshold: float = parameter(0.0, "A below which nothing is given out", per=SCALAR, ge=0.0)

    def response(self, activation, level, xp):
        """One step of the integrator."""
        kept, present = xp.exp(-1.0 / self.tau), xp.maximum(0.0, level)
        return kept * activation + (1.0 - kept) * self.sensitivity * present / (present + self.half)

    def output(self, activation, xp):
        """Above the threshold."""
        return xp.maximum(0.0, activation - self.threshold)


def territories(rule: Astrocytes, graph: NeuralGraph) -> np.ndarray:
    """(N,) int, the number of the astrocyte of each neuron, from 0.

    Raises
    ------
    InputError
        if the node attribute is missing or not numeric.
    """
    if rule.territory is None:
        return np.arange(graph.size)
    try:
        codes = graph.attribute(rule.territory, "node")
    except InputError as error:
        raise error.inside("territory") from None
    return np.unique(codes, return_inverse=True)[1]


def territory_mean(territory: np.ndarray, level: np.ndarray) -> np.ndarray:
    """(N,) the mean level over the neurons of each neuron's astrocyte, added in their order."""
    total = np.zeros(int(territory.max()) + 1)
    np.add.at(total, territory, level)
    return (total / np.bincount(territory))[territory]


def input_efficacy(rule: Astrocytes, activation: np.ndarray, xp) -> np.ndarray:
    """(N,) max(0, 1 + lambda M_j), the factor of each neuron's inputs."""
    return xp.maximum(0.0, 1.0 + rule.strength * rule.output(activation, xp))
