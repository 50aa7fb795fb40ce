"""Credit by vesicles: a network in layers whose errors are carried backward by vesicles, synapse by synapse. [ours]

An error d_j at output j bears Poisson(m |d_j|) vesicles, each carrying sign(d_j) / m. From a neuron j of the layer
above a vesicle goes backward along synapse ij with probability |w_ij| / s_j, s_j = sum_i |w_ij|, and its content is
multiplied by sign(w_ij) s_j f'(u_j). What it carries docks at i, and it goes on. So the mean of all that comes to i is

    sum_j w_ij f'(u_j) d_j = d_i,    and its variance (sum_j s_j f'(u_j)^2 |w_ij| |d_j|) / m

of one layer: the back-propagated error (Rumelhart, Hinton and Williams 1986), by agents that know no more than the
synapses of the neuron where they are. HMN's equation (3) does the rest: dw_ij = eta_j d_j f'(u_j) x_i.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import BACKWARD, NeuralGraph
from vesicle_abm.core.random import normal
from vesicle_abm.core.stages import WEIGHT
from vesicle_abm.learning.checks import number
from vesicle_abm.model import VesicleModel
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.neurons.correlation import DeltaCorrelation
from vesicle_abm.neurons.modulation import Modulation
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.tasks.task import Task
from vesicle_abm.vesicles.content import SIGN, SignalContent
from vesicle_abm.vesicles.docking import ConstantDocking
from vesicle_abm.vesicles.emission import BOTH, SignalEmission
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.migration import SynapticMigration
from vesicle_abm.vesicles.passage import SynapticPassage
from vesicle_abm.vesicles.release import ModulatorRelease

ERROR = "error"  # the kind, and the signal that it answers to
INPUT, HIDDEN, OUTPUT = "input", "hidden", "output"
LOWER, UPPER = "lower", "upper"  # edge layers: into the first hidden layer, which no vesicle takes; all others
REST = 20.0  # of the outputs, above the bend of relu, so that they are linear; a softmax is the same wherever they rest
AT_ONCE = 1e-3  # steps: what vesicles have brought is gone a step later
RELU = "relu"


def credit_model(
    sizes: Sequence[int],
    task: Task | None = None,
    *,
    errors: float = 100.0,
    rate: float = 0.05,
    hidden_rate: float = 0.01,
    weights: int = 0,
    delay: int = 0,
    **how: Any,
) -> VesicleModel:
    """A network of relu neurons in layers, fully connected from each to the next, that learns by vesicles.

    Parameters
    ----------
    sizes : neurons of each layer, inputs first, outputs last: three or more
    task : what tells the signal "error" at the outputs, ``Classification`` say; None: set ``model.signals["error"]``
    errors : m, the vesicles that an error of 1 bears in the mean; half as many, twice the variance
    rate, hidden_rate : eta_global of the outputs, and of the hidden neurons
    weights : seed of the first weights, normal with a standard deviation of 1 / sqrt(fan-in)
    delay : of all edges but the first layer's, for activity and for vesicles, that are then seen on their way
    how : ``seed``, ``view`` and the rest, as of ``VesicleModel``

    Raises
    ------
    InputError
        for fewer than three layers, or a number out of bounds.

    >>> model = credit_model([4, 3, 2])
    >>> model.signals["error"] = np.array([0.0] * 7 + [1.0, -1.0])
    >>> model.step()
    >>> model.counts["born"] > 100, sorted(set(model.state.vesicles["error"]["node"].tolist()))
    (True, [])
    """
    for key, value in (("rate", rate), ("hidden_rate", hidden_rate), ("delay", delay)):
        number(value, key, lambda x: x >= 0.0, "a finite number >= 0")
    graph = layered_graph(sizes, weights, rate, hidden_rate, delay)
    learns = Plasticity(
        correlation=DeltaCorrelation(slope=RELU),
        modulation=Modulation(eta_local=0.0, eta_global="learning_rate", weights={ERROR: 1.0}, told=ERROR),
    ).without("trace")
    kinds = {ERROR: error_vesicles(errors, (len(sizes) - 2) * (1 + delay))}
    neurons = HMNNeurons(activation=RELU, bias="rest")
    return VesicleModel(graph, kinds, neurons=neurons, plasticity=learns, task=task, **how)


def error_vesicles(errors: float, steps: int = 1) -> Kind:
    """Vesicles that carry errors backward for so many ``steps``, a hidden layer each; ``errors``: m."""
    errors = number(errors, "errors", lambda x: x > 0.0, "a finite number > 0")
    return Kind(
        emission=SignalEmission(signal=ERROR, sign=BOTH, scale=errors),
        content=SignalContent(signal=ERROR, take=SIGN, scale=1.0 / errors),
        content_width=1,
        migration=SynapticMigration(direction=BACKWARD, layers=[UPPER]),
        passage=SynapticPassage(slope=RELU),
        docking=ConstantDocking(probability=1.0),
        release=ModulatorRelease(component=0),
        absorb=0.0,
        lifetime=steps,
        clearance=AT_ONCE,
    )


def layered_graph(
    sizes: Sequence[int], seed: int = 0, rate: float = 0.05, hidden_rate: float = 0.01, delay: int = 0
) -> NeuralGraph:
    """Populations input, hidden1 … and output, a row each; edges are listed by the neuron that they lead to, so that
    its synapses stand together.

    Node attributes: ``population``, ``rest`` and ``learning_rate``, positions ``x`` and ``y``; of edges: ``sign``.
    """
    listed = isinstance(sizes, list | tuple) and len(sizes) >= 3
    if not listed or any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in sizes):
        raise InputError(f"got {sizes!r}; at least three whole numbers >= 1 are allowed, say [64, 24, 10]", "sizes")
    names = [INPUT, *(f"{HIDDEN}{layer}" for layer in range(1, len(sizes) - 1)), OUTPUT]
    layer = np.repeat(np.arange(len(sizes)), sizes)
    first, last = np.cumsum(sizes) - np.array(sizes), len(sizes) - 1
    edges = [_between(*pair) for pair in pairwise(zip(first, sizes, strict=True))]
    weight = [
        normal(seed, np.arange(len(source)), place, WEIGHT) / np.sqrt(sizes[place])
        for place, (source, _) in enumerate(edges)
    ]
    drawn, target = np.concatenate(weight), np.concatenate([ends for _, ends in edges])
    width = max(sizes)
    return NeuralGraph(
        [f"{name}{i}" for name, size in zip(names, sizes, strict=True) for i in range(size)],
        np.concatenate([starts for starts, _ in edges]),
        target,
        weight=np.abs(drawn),
        delay=np.where(layer[target] > 1, delay, 0),
        layer=(layer[target] > 1).astype(np.int16),
        layer_names=[LOWER, UPPER],
        node_data={
            "population": [names[place] for place in layer],
            "rest": np.where(layer == last, REST, 0.0),
            "learning_rate": np.choose((layer > 0) + 1 * (layer == last), [0.0, hidden_rate, rate]),
            "x": np.concatenate([(np.arange(size) + 0.5) * width / size for size in sizes]),
            "y": layer * width / (2.0 * last),
        },
        edge_data={"sign": np.where(drawn < 0.0, -1.0, 1.0)},
    )


def _between(before: tuple[int, int], after: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(first node, size) of two layers: source and target of each edge, by target."""
    (a, n), (b, m) = before, after
    return np.tile(np.arange(a, a + n), m), np.repeat(np.arange(b, b + m), n)
