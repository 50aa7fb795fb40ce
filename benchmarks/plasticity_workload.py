"""One workload for every version: the whole HMN rule on a random network, and what chance may make of it.

Activities and modulators follow a table of given patterns, so that the only chance is the gate's: a step changes
synapse ij by dw_ij with probability p_ij = sigmoid(beta_p (|dw_ij| - theta_p)), both known beforehand. After a few
steps the sum of all changes has mean sum(p dw) and variance sum(p (1 - p) dw**2), and the number of weights that moved
is as sure. Needs numpy only: Brian2's interpreter reads this file too.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

FAN_IN = 100  # mean synapses a neuron
SEED = 5
PATTERNS = 16  # steps until the given activity repeats
CHECKED = 4  # steps from the start that are compared with theory
LOW, HIGH = 0.0, 1.0  # bounds of a weight
START = 0.4, 0.6  # of the weights: too far from the bounds for the checked steps to reach them

TAU_FAST, TAU_SLOW = 20.0, 200.0  # steps
KEEP_FAST, KEEP_SLOW = float(np.exp(-1.0 / TAU_FAST)), float(np.exp(-1.0 / TAU_SLOW))
EMBEDDING_RATE, CONTEXT_RATE = 0.1, 0.1
ATTENTION_BETA = 2.0
ETA_LOCAL, ETA_GLOBAL = 0.002, 0.05
MODULATORS = {"reward": 1.0, "novelty": 0.5}  # name -> w_k
MODULATION_BETA = 1.0
GLOBAL_CONTEXT = 1.0
FREQUENCY = 0.05  # cycles a step
CHANCE_BETA, CHANCE_THETA = 50.0, 0.01
DOPAMINE, ETA_DOPAMINE = "reward", 1e-4  # of the three-factor rule; too little to reach the bounds in the checked steps


@dataclass(frozen=True)
class Workload:
    """``synapses``: how many; they stand by postsynaptic neuron, then by presynaptic one."""

    synapses: int

    @property
    def neurons(self) -> int:
        """N."""
        return self.synapses // FAN_IN

    @cached_property
    def fan_in(self) -> np.ndarray:
        """(N,) synapses of each neuron, 100 on average, none without."""
        share = np.full(self.neurons, 1.0 / self.neurons)
        return 1 + np.random.default_rng([SEED, 0]).multinomial(self.synapses - self.neurons, share)

    @cached_property
    def first(self) -> np.ndarray:
        """(N,) the first synapse of each neuron."""
        return np.cumsum(self.fan_in) - self.fan_in

    @cached_property
    def target(self) -> np.ndarray:
        """(E,) int32, postsynaptic neurons, ascending."""
        return np.repeat(np.arange(self.neurons, dtype=np.int32), self.fan_in)

    @cached_property
    def source(self) -> np.ndarray:
        """(E,) int32, presynaptic neurons, ascending within each postsynaptic one."""
        source = np.random.default_rng([SEED, 1]).integers(self.neurons, size=self.synapses, dtype=np.int32)
        order = np.argsort(self.target * np.int64(self.neurons) + source, kind="stable")
        return source[order]

    def per_synapse(self, name: str) -> np.ndarray:
        """(E,) float64: "weight", "fast", "slow" at the start, or the preferred "phase"."""
        bounds = {
            "weight": START,
            "fast": (0.0, 0.5 * TAU_FAST),
            "slow": (0.0, 0.5 * TAU_SLOW),
            "phase": (0.0, 2.0 * np.pi),
        }
        stream = [SEED, 2 + list(bounds).index(name)]
        return np.random.default_rng(stream).uniform(*bounds[name], self.synapses)

    @cached_property
    def activity(self) -> np.ndarray:
        """(P, N) activations z, one row a step; what a synapse brings is the row before."""
        return np.random.default_rng([SEED, 6]).uniform(0.0, 1.0, (PATTERNS, self.neurons))

    @cached_property
    def modulators(self) -> np.ndarray:
        """(P, N, K) levels E_k at each neuron."""
        return np.random.default_rng([SEED, 7]).normal(0.0, 1.0, (PATTERNS, self.neurons, len(MODULATORS)))

    def at(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x (N,), z (N,) and E (N, K) of a step."""
        now = step % PATTERNS
        return self.activity[now - 1], self.activity[now], self.modulators[now]


def phase_of(step: int) -> float:
    """Phi(t) in radians."""
    return 2.0 * np.pi * ((FREQUENCY * step) % 1.0)


def factor_of(modulators: np.ndarray) -> np.ndarray:
    """eta_local + eta_global sum_k gamma_k w_k E_k, gamma = softmax_k(beta_g E_k C): (N, K) to (N,)."""
    relevance = np.exp(MODULATION_BETA * GLOBAL_CONTEXT * modulators)
    relevance /= relevance.sum(axis=1, keepdims=True)
    return ETA_LOCAL + ETA_GLOBAL * (relevance * modulators) @ np.array(list(MODULATORS.values()))


class Theory:
    """What the first ``CHECKED`` steps do: the equations as they stand, float64, without a thought for speed."""

    def __init__(self, workload: Workload):
        source, target, first = workload.source, workload.target, workload.first
        self.start, phase = workload.per_synapse("weight"), workload.per_synapse("phase")
        self.fast, self.slow = workload.per_synapse("fast"), workload.per_synapse("slow")
        embedding, context = np.zeros(workload.neurons), np.zeros(workload.neurons)
        self.mean, self.variance, still = 0.0, 0.0, np.ones(workload.synapses)
        for step in range(CHECKED):
            x, z, modulators = workload.at(step)
            correlation = x[source] * z[target]
            self.fast = KEEP_FAST * self.fast + correlation
            self.slow = KEEP_SLOW * self.slow + correlation
            embedding = (1.0 - EMBEDDING_RATE) * embedding + EMBEDDING_RATE * x
            context = (1.0 - CONTEXT_RATE) * context + CONTEXT_RATE * z
            relevance = np.exp(ATTENTION_BETA * embedding[source] * context[target])
            attention = relevance / np.add.reduceat(relevance, first)[target]
            update = factor_of(modulators)[target] * attention * (self.fast + self.slow)
            update *= np.maximum(0.0, np.cos(phase_of(step) - phase))
            chance = 1.0 / (1.0 + np.exp(-CHANCE_BETA * (np.abs(update) - CHANCE_THETA)))
            self.mean += float(chance @ update)
            self.variance += float((chance * (1.0 - chance)) @ update**2)
            still *= np.where(update == 0.0, 1.0, 1.0 - chance)
        self.moved, self.moved_variance = float((1.0 - still).sum()), float(((1.0 - still) * still).sum())

    def scores(self, weight: np.ndarray, fast: np.ndarray, slow: np.ndarray) -> dict[str, float]:
        """Standard scores of chance's two counts, and the traces' largest relative error, after the checked steps."""
        change = weight - self.start.astype(weight.dtype)
        traces = ((fast, self.fast), (slow, self.slow))
        return {
            "change": float((change.sum(dtype=np.float64) - self.mean) / np.sqrt(self.variance)),
            "moved": float((np.count_nonzero(change) - self.moved) / np.sqrt(self.moved_variance)),
            "trace error": max(float(np.max(np.abs(found - right) / right)) for found, right in traces),
        }


class ThreeFactorTheory:
    """What the three-factor rule makes of the first ``CHECKED`` steps, float64: traces and the dopamine gate alone."""

    def __init__(self, workload: Workload):
        source, target = workload.source, workload.target
        self.weight, self.fast, self.slow = (workload.per_synapse(name) for name in ("weight", "fast", "slow"))
        for step in range(CHECKED):
            x, z, modulators = workload.at(step)
            correlation = x[source] * z[target]
            self.fast = KEEP_FAST * self.fast + correlation
            self.slow = KEEP_SLOW * self.slow + correlation
            dopamine = modulators[:, list(MODULATORS).index(DOPAMINE)]
            change = ETA_DOPAMINE * dopamine[target] * (self.fast + self.slow)
            self.weight = np.clip(self.weight + change, LOW, HIGH)

    def scores(self, weight: np.ndarray, fast: np.ndarray, slow: np.ndarray) -> dict[str, float]:
        """The largest relative errors of weights and traces."""
        return {
            "weight error": float(np.max(np.abs(weight - self.weight) / self.weight)),
            "trace error": max(
                float(np.max(np.abs(found - right) / right)) for found, right in ((fast, self.fast), (slow, self.slow))
            ),
        }
