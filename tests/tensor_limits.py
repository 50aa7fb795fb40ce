"""Networks in which vesicles do what FiLM, a hypernetwork and attention do, in many copies, and their closed forms.

The copies in one model are independent replicates. No formula is shared with the package.
"""

from dataclasses import dataclass

import numpy as np
from oracles import copies, isolated
from scipy import stats

import vesicle_abm as va
from vesicle_abm.views.changes import weight_of

SURE = {"docking": va.ConstantDocking(probability=1.0), "lifetime": 1}
LINEAR = "identity"


def numbers(*shape: int, draw: int) -> np.ndarray:
    """Numbers from -1 to 1, to test with."""
    return 2.0 * va.uniform(7, np.arange(int(np.prod(shape))), 0, "user", draw).reshape(shape) - 1.0


@dataclass(frozen=True)
class Replicates:
    """``results`` (R, …) by vesicles, the mean and variance that each should have, (…) or (R, …)."""

    results: np.ndarray
    mean: np.ndarray
    variance: np.ndarray

    @property
    def standardised(self) -> np.ndarray:
        """(R, …) of mean 0 and variance 1, if the closed forms are right."""
        return (self.results - self.mean) / np.sqrt(self.variance)


# FiLM: gamma h + beta, with variance ((gamma - 1) h + beta)**2 / rate


def film_model(rate: float, count: int, seed: int, view: str = "compiled") -> va.VesicleModel:
    """``count`` neurons, each with its own h, gamma - 1 and beta."""
    h, gamma_less_1, beta = film_numbers(count)
    kind = va.Kind(
        emission=va.ConstantEmission(rate=rate),
        content=np.stack([gamma_less_1, beta], axis=1),
        content_width=2,
        release=va.FiLMRelease(scale=1.0 / rate, shift=1.0 / rate, scale_component=0, shift_component=1),
        **SURE,
    )
    neurons = va.HMNNeurons(activation=LINEAR, bias=h)
    return va.VesicleModel(isolated(count), {"film": kind}, neurons=neurons, seed=seed, view=view, record_every=0)


def film_numbers(count: int) -> np.ndarray:
    """(3, count): h from 0.5 to 1, gamma - 1 and beta of its sign from 0.25 to 1.25, half of the neurons negative."""
    h, gamma_less_1, beta = 0.75 + np.array([[0.25], [0.5], [0.5]]) * numbers(3, count, draw=0)
    sign = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    return np.stack([sign * h, gamma_less_1, sign * beta])


def film(rate: float, count: int, seed: int) -> Replicates:
    """After one step."""
    model = film_model(rate, count, seed)
    model.step()
    h, gamma_less_1, beta = film_numbers(count)
    change = gamma_less_1 * h + beta
    return Replicates(model.state.activation.copy(), h + change, change**2 / rate)


# Hypernetwork: W + A diag(c) B^T. Nodes of a copy: contexts 0 … 2, inputs 3 … 6, outputs 7 and 8

CONTEXTS, INPUTS, OUTPUTS, RANK = 3, 4, 2, 2
CELLS = CONTEXTS + INPUTS + OUTPUTS
REST = np.concatenate([numbers(CONTEXTS, draw=1), 0.5 + 0.5 * np.abs(numbers(INPUTS, draw=2)), np.zeros(OUTPUTS)])
BASE, SLOPE = np.array([0.6, -0.4]), numbers(CELLS, RANK, draw=3)
HERE, THERE = 0.7 + 0.3 * numbers(CELLS, RANK, draw=4), numbers(CELLS, RANK, draw=5)
WEIGHT = np.abs(numbers(INPUTS, OUTPUTS, draw=6))
STEPS = 7


def hypernetwork_model(rate: float, count: int, seed: int, view: str = "compiled") -> va.VesicleModel:
    """``count`` copies of three contexts that write the weights from four inputs to two outputs."""
    synapses = [(CONTEXTS + k, CONTEXTS + INPUTS + j) for k in range(INPUTS) for j in range(OUTPUTS)]
    ways = [(m, CONTEXTS + INPUTS + j) for m in range(CONTEXTS) for j in range(OUTPUTS)]
    source, target = np.array([*synapses, *ways]).T
    layer = ["synaptic"] * len(synapses) + ["modulatory"] * len(ways)
    weight = np.concatenate([WEIGHT.ravel(), np.ones(len(ways))])
    one = va.NeuralGraph(range(CELLS), source, target, weight=weight, layer=layer)
    kind = va.Kind(
        emission=va.ConstantEmission(rate=np.tile(np.arange(CELLS) < CONTEXTS, count) * rate),
        content=va.ActivityContent(base=BASE, slope=np.tile(SLOPE, (count, 1))),
        content_width=RANK,
        migration=va.WeightedMigration(layers=["modulatory"]),
        release=va.LowRankRelease(
            amount=OUTPUTS / rate,
            here=np.tile(HERE, (count, 1)),
            there=np.tile(THERE, (count, 1)),
            recovery=1.0 / np.log(2.0),
        ),
        **SURE,
    )
    neurons = va.HMNNeurons(activation=LINEAR, bias=np.tile(REST, count), layers=["synaptic"])
    graph = copies(one, count)
    return va.VesicleModel(graph, {"code": kind}, neurons=neurons, seed=seed, view=view, record_every=0)


def generated() -> tuple[np.ndarray, np.ndarray]:
    """What is generated: each context's part of the change (contexts, inputs, outputs), and W (inputs, outputs)."""
    code = BASE + SLOPE[:CONTEXTS] * REST[:CONTEXTS, None]  # (contexts, rank)
    b, a = THERE[CONTEXTS : CONTEXTS + INPUTS], HERE[CONTEXTS + INPUTS :]
    return np.einsum("mr,kr,jr->mkj", code, b, a), WEIGHT


def hypernetwork(rate: float, count: int, seed: int) -> tuple[Replicates, Replicates]:
    """Weights (count, inputs, outputs) and outputs (count, outputs), after ``STEPS`` steps.

    Between steps C has its whole, what came k steps ago times 2**-k: 2 (1 - 2**-n) times what comes in one. The
    neurons were activated with half of what it was a step earlier, 1 - 2**-(n - 1) times. Variances add up with the
    squares of these factors: (4/3) (1 - 4**-n) and (1/3) (1 - 4**-(n - 1)).
    """
    model = hypernetwork_model(rate, count, seed)
    model.run_for(STEPS)
    parts, weight = generated()
    x = REST[CONTEXTS : CONTEXTS + INPUTS]
    found = weight_of(model.world).reshape(count, -1)[:, : weight.size].reshape(count, INPUTS, OUTPUTS)
    mean, squares = 2.0 * (1.0 - 0.5**STEPS), 4.0 / 3.0 * (1.0 - 0.25**STEPS)
    each = OUTPUTS / rate
    weights = Replicates(found, weight + mean * parts.sum(axis=0), squares * each * (parts**2).sum(axis=0))
    mean, squares = 1.0 - 0.5 ** (STEPS - 1), 1.0 / 3.0 * (1.0 - 0.25 ** (STEPS - 1))
    effects = np.einsum("k,mkj->mj", x, parts)
    answers = model.state.activation.reshape(count, CELLS)[:, CONTEXTS + INPUTS :]
    outputs = Replicates(answers, x @ weight + mean * effects.sum(axis=0), squares * each * (effects**2).sum(axis=0))
    return weights, outputs


# Attention: softmax(Q K^T / sqrt d) V. Nodes of a copy: queries 0 and 1, keys 2 … 4

QUERIES, KEYS, CEILING = 2, 3, 1.25
MATCH = np.array([[1.5, 0.0], [-0.5, 1.2], [1.0, 0.5], [-1.0, 1.0], [0.2, -1.0]])
VALUE = numbers(QUERIES + KEYS, 2, draw=9)


def attention_model(rate: float, count: int, seed: int, view: str = "compiled") -> va.VesicleModel:
    """``count`` copies of two queries and three keys."""
    source, target = np.array([(i, QUERIES + j) for i in range(QUERIES) for j in range(KEYS)]).T
    graph = copies(va.NeuralGraph(range(QUERIES + KEYS), source, target), count)
    query = va.Kind(
        emission=va.ConstantEmission(rate=np.tile(np.arange(QUERIES + KEYS) < QUERIES, count) * rate),
        content=np.tile(MATCH, (count, 1)),
        content_width=2,
        docking=va.ExponentialDocking(receptor=np.tile(MATCH, (count, 1)), ceiling=CEILING),
        turn=va.ConstantTurn(into="answer", value=np.tile(VALUE, (count, 1))),
        lifetime=1,
    )
    answer = va.Kind(
        content_width=2, migration=va.HomingMigration(direction="backward"), release=va.MemoryRelease(gate=1.0), **SURE
    )
    memory = va.Memory(width=2)
    kinds = {"query": query, "answer": answer}
    return va.VesicleModel(graph, kinds, memory=memory, seed=seed, view=view, record_every=0)


def shares() -> tuple[np.ndarray, np.ndarray]:
    """(queries, keys) docking probabilities, and the softmax's weights."""
    docking = np.exp(MATCH[:QUERIES] @ MATCH[QUERIES:].T / np.sqrt(2) - CEILING)
    return docking, docking / docking.sum(axis=1, keepdims=True)


def mean_inverse(mean: float) -> float:
    """E[1 / N | N >= 1] of a Poisson N, added up."""
    n = np.arange(1, int(mean + 12 * np.sqrt(mean)) + 30)
    mass = stats.poisson.pmf(n, mean)
    return float((mass / n).sum() / mass.sum())


def attention(rate: float, count: int, seed: int) -> tuple[Replicates, np.ndarray]:
    """Memories (count, queries, 2) after the first answers have come home; (count, queries) how many did."""
    model = attention_model(rate, count, seed)
    model.run_for(2)
    docking, weights = shares()
    value = VALUE[QUERIES:]
    came = model.state.docked[1].reshape(count, -1)[:, :QUERIES]
    memory = model.state.memory[:, 0].reshape(count, -1, 2)[:, :QUERIES]
    spread = weights @ value**2 - (weights @ value) ** 2
    scarce = np.array([mean_inverse(mean) for mean in rate * docking.mean(axis=1)])
    return Replicates(memory, weights @ value, spread * scarce[:, None]), came
