"""What learns beside a network: the same one from the same weights, samples and rates, by exact errors.

``backprop``: back-propagation; ``readout_only``: the readout alone, hidden layers as they began;
``feedback_alignment``: errors come back by random weights (Lillicrap et al. 2016), drawn as large as the first ones.
Each has its weights (E,) in ``kept``, under its name.
"""

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.random import normal
from vesicle_abm.core.stages import TASK
from vesicle_abm.neurons.correlation import SLOPES
from vesicle_abm.tasks.layered import Layered
from vesicle_abm.tasks.task import Scene

BACKPROP, READOUT_ONLY, FEEDBACK_ALIGNMENT = BESIDE = ("backprop", "readout_only", "feedback_alignment")
WAY_BACK = "way_back"  # in ``kept``: the weights of feedback alignment's way back, (E,)
DRAW = 1  # of the address of the way back's weights; the id is the edge


def first_weights(graph: NeuralGraph, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """What is kept, not yet begun."""
    own = {name: np.zeros(graph.edge_count) for name in names}
    return own | ({WAY_BACK: np.zeros(graph.edge_count)} if FEEDBACK_ALIGNMENT in names else {})


def begin(scene: Scene, net: Layered, names: tuple[str, ...]) -> None:
    """Each begins with the weights of the network."""
    for name in names:
        scene.kept[name][:] = scene.weight
    if FEEDBACK_ALIGNMENT not in names:
        return
    drawn = normal(scene.seed, np.arange(scene.graph.edge_count), 0, TASK, DRAW)
    for synapses in net.synapses:
        edges = synapses[synapses >= 0]
        scene.kept[WAY_BACK][edges] = drawn[edges] * np.sqrt(np.mean(scene.weight[edges] ** 2))


def answers(scene: Scene, net: Layered, name: str, shown: np.ndarray) -> list[np.ndarray]:
    """What each layer of the one of this name answers to what is ``shown`` (F,)."""
    return net.answers(scene.kept[name], scene.bias, shown, scene.neurons.function)


def learn(scene: Scene, net: Layered, name: str, shown: np.ndarray, right: int) -> None:
    """The one of this name learns from a sample of the class ``right``."""
    found = answers(scene, net, name, shown)
    error, slope = error_of(found[-1], right), SLOPES[scene.neurons.activation]
    layers = 1 if name == READOUT_ONLY else net.depth
    back = scene.kept[WAY_BACK] if name == FEEDBACK_ALIGNMENT else scene.kept[name]
    net.teach(scene.kept[name], found, error, scene.eta[:, 1], slope, back, layers)


def error_of(answer: np.ndarray, right: int) -> np.ndarray:
    """(C,) 1 - p at the right class, -p at the others, p = softmax(answer): minus the slope of the cross-entropy.

    >>> error_of(np.zeros(2), 0).tolist()
    [0.5, -0.5]
    """
    p = functions.exp(answer - answer.max())
    error = -p / functions.total(p)
    error[right] += 1.0
    return error
