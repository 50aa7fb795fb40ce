"""Embeddings h_i of what a synapse brings, and queries of the neuron that asks: what attention compares (eq. 11)."""

from abc import abstractmethod

import numpy as np

from vesicle_abm.core.parameters import SCALAR, VECTOR, Rule, parameter
from vesicle_abm.neurons.synapses import NEURON, SYNAPSE, Keeps


class Embedding(Keeps, Rule):
    """Contract: ``inputs`` h_i at each synapse, and ``queries``, the direction of a neuron's context c_j."""

    @abstractmethod
    def inputs(self, synapses, xp):
        """(S, d); with what it keeps, if it keeps anything."""

    def queries(self, synapses, xp):
        """(S, d) or 1.0: the context of neuron j is its scalar average times its query. [our formula]"""
        return 1.0


class AverageEmbedding(Embedding, name="average"):
    """h_i <- (1 - rate) h_i + rate x_i(t - tau_ij): one number, the running average of the input. HMN appendix 10.1."""

    keeps = {"average": SYNAPSE}  # noqa: RUF012
    rate: float = parameter(0.1, "how fast the average follows", per=SCALAR, unit="per step", gt=0.0, le=1.0)

    def inputs(self, synapses, xp):
        """The average, with this step's input."""
        average = (1.0 - self.rate) * synapses.kept["average"] + self.rate * synapses.x
        return average[:, None], {"average": average}


class GivenEmbedding(Embedding, name="given"):
    """h_i = vectors_i, and neuron j asks with its own: features from elsewhere, say node attributes. HMN 4.4.1."""

    vectors: np.ndarray | list | str = parameter(doc="(N, d), or the names of d node attributes", per=VECTOR)

    def inputs(self, synapses, xp):
        """The presynaptic neurons' vectors."""
        return per_node(self.vectors, synapses)[synapses.pre]

    def queries(self, synapses, xp):
        """The postsynaptic neurons' vectors."""
        return per_node(self.vectors, synapses)[synapses.post]


class LearnedEmbedding(Embedding, name="learned"):
    """h_j <- h_j + rate z_j (mean of its inputs' h_i, weighted by |x_i|, - h_j): learned locally. [our formula]

    When a neuron fires, its vector moves to that of what drove it, so neurons that are driven together become alike
    (HMN 4.4.1: "potentially learned locally"). The rate times an activation should stay below 1.
    """

    keeps = {"vectors": NEURON}  # noqa: RUF012
    start: np.ndarray | list | str = parameter(doc="(N, d) at the start, or d node attributes", per=VECTOR)
    rate: float = parameter(0.01, "how far a vector moves", per=SCALAR, unit="per step and activation", ge=0.0, le=1.0)

    def first(self, name, size):
        """The vectors at the start."""
        start = np.atleast_1d(np.asarray(self.start, dtype=np.float64))
        return start if start.ndim > 1 else np.tile(start, (size, 1))

    def inputs(self, synapses, xp):
        """The presynaptic neurons' vectors, as the step began."""
        own, vectors = synapses.kept["vectors"], synapses.moment.kept["embedding.vectors"]
        seen = vectors[synapses.pre]
        drive = xp.absolute(synapses.x)
        total = synapses.sum(drive)
        moved = np.empty_like(own)
        step = self.rate * synapses.neurons.activation
        for part in range(own.shape[1]):
            mean = synapses.sum(drive * seen[:, part]) / xp.where(total > 0.0, total, 1.0)
            moved[:, part] = own[:, part] + xp.where(total > 0.0, step * (mean - own[:, part]), 0.0)
        return seen, {"vectors": moved}

    def queries(self, synapses, xp):
        """The postsynaptic neurons' vectors, as the step began."""
        return synapses.spread(synapses.kept["vectors"])


def per_node(vectors, synapses) -> np.ndarray:
    """(N, d): one vector for all, or one each."""
    array = np.atleast_1d(np.asarray(vectors, dtype=np.float64))
    return array if array.ndim > 1 else np.broadcast_to(array, (len(synapses.moment.activation), len(array)))
