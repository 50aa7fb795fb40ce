"""Attention: similarity of a message and a context, and local attention over the inputs of a neuron, (10), (11)."""

from abc import abstractmethod

import numpy as np

from vesicle_abm.core.parameters import SCALAR, Rule, option, parameter
from vesicle_abm.neurons.synapses import NEURON, Keeps

DOT, COSINE = "dot", "cosine"
SUM, MEAN = "sum", "mean"


def similarity(kind: str, a: np.ndarray, b: np.ndarray, xp) -> np.ndarray:
    """(…,) of two (…, d): a . b / sqrt(d), or a . b / (|a| |b|), 0 where one of them is 0. HMN appendix 10.1."""
    product = xp.dot(a, b)
    if kind == DOT:
        return product / xp.sqrt(float(a.shape[-1]))
    size = xp.sqrt(xp.dot(a, a) * xp.dot(np.broadcast_to(b, a.shape), b))
    return xp.where(size > 0.0, product / xp.where(size > 0.0, size, 1.0), 0.0)


class Attention(Keeps, Rule):
    """Contract: ``weights`` alpha_ij >= 0 of each synapse, the factor of its eligibility in equation (10)."""

    @abstractmethod
    def weights(self, synapses, xp):
        """(S,); with what it keeps, if it keeps anything."""

    def neutral(self, synapses):
        """The mean of its weights over a neuron's inputs, what an ablation puts instead: 1 / fan-in for a softmax."""
        return 1.0 / synapses.fan_in


class LocalAttention(Attention, name="local"):
    """alpha_ij = softmax_i(beta g(h_i, c_j)) over the inputs of j, HMN (11); c_j <- (1 - rate) c_j + rate z_j (10.1).

    The context of j points along its query (``Embedding.queries``). A softmax sums to 1 and thus divides a neuron's
    update by its fan-in; ``normalise="mean"`` multiplies by the fan-in, so that the weights average 1. Between single
    numbers, the cosine knows only whether they have the same sign.
    """

    keeps = {"context": NEURON}  # noqa: RUF012
    beta: float = parameter(1.0, "beta_a, inverse temperature", per=SCALAR, ge=0.0)
    context_rate: float = parameter(0.1, "delta, how fast c_j follows z_j", per=SCALAR, unit="per step", gt=0.0, le=1.0)
    similarity: str = option(DOT, "g", choices=(DOT, COSINE))
    normalise: str = option(SUM, "whether the weights of a neuron sum to 1 or average 1", choices=(SUM, MEAN))

    def weights(self, synapses, xp):
        """The softmax."""
        delta = self.context_rate
        context = (1.0 - delta) * synapses.kept["context"] + delta * synapses.neurons.activation
        asked = synapses.spread(context)[:, None] * synapses.query
        alpha = synapses.softmax(self.beta * similarity(self.similarity, synapses.embedding, asked, xp))
        return alpha * synapses.fan_in if self.normalise == MEAN else alpha, {"context": context}

    def neutral(self, synapses):
        """1 / fan-in of each synapse, or 1."""
        return 1.0 / synapses.fan_in if self.normalise == SUM else np.ones(synapses.size)
