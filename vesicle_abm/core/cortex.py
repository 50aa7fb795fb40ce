"""A piece of cortex: excitatory and inhibitory neurons, each with so many synapses onto neurons drawn evenly.

It is the network of Izhikevich's programs spnet.m (2006) and daspnet.m (2007): an excitatory neuron leads to any, an
inhibitory one to excitatory neurons only; ends are drawn with replacement, so that a neuron may lead to itself, or
twice to another. For vesicles, the nodes also stand on a ring, the inhibitory ones evenly among the others. [the ring:
our choice]
"""

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import MAX_NODES
from vesicle_abm.core.random import uniform

EXCITATORY, INHIBITORY, VOLUME = "excitatory", "inhibitory", "volume"


def cortex(
    excitatory: int = 800,
    inhibitory: int = 200,
    synapses: int = 100,
    weight: float = 1.0,
    neighbours: int = 0,
    attributes: dict[str, tuple[float, float]] | None = None,
    seed: int = 0,
) -> NeuralGraph:
    """The graph: nodes 0 … N - 1, the excitatory ones first, with a node attribute "excitatory", 1 or 0. Its edges are
    listed by layer, then by target: the order in which synapses learn fastest.

    Parameters
    ----------
    excitatory, inhibitory : how many neurons of each sort
    synapses : of each neuron, in the layer "excitatory" or "inhibitory", with the edge attribute ``sign``, +1 or -1
    weight : of each synapse
    neighbours : how many of the nearest nodes on the ring each leads to in the layer "volume", half of them either way
    attributes : further node attributes: name -> (at excitatory nodes, at inhibitory nodes)
    seed : of the draw

    Raises
    ------
    InputError
        for numbers out of bounds.

    >>> cortex(4, 1, synapses=2, neighbours=2)
    <NeuralGraph 'cortex': 5 nodes, 20 edges in excitatory, inhibitory, volume>
    """
    nodes = excitatory + inhibitory
    for key, value, least, most in (
        ("excitatory", excitatory, 1, MAX_NODES - inhibitory),
        ("inhibitory", inhibitory, 0, MAX_NODES - 1),
        ("synapses", synapses, 0, MAX_NODES),
        ("neighbours", neighbours, 0, nodes - 1),
    ):
        if not least <= value <= most:
            raise InputError(f"got {value}; a whole number from {least} to {most:,} is allowed", key)
    if neighbours % 2:
        raise InputError(f"got {neighbours}; an even number is allowed, half of it on either side", "neighbours")
    excites = np.arange(nodes) < excitatory
    reach = np.where(excites, nodes, excitatory)[:, None]
    u = uniform(seed, np.arange(nodes)[:, None], np.arange(synapses), stages.ENDS)
    place = ring_places(excitatory, inhibitory)
    around = [d for d in range(-(neighbours // 2), neighbours // 2 + 1) if d]
    near = np.argsort(place)[(place[:, None] + np.array(around, dtype=np.int64)) % nodes]
    target = np.concatenate([np.floor(u * reach).astype(np.int64), near], axis=1)
    layer = np.where(excites, 0, 1)[:, None] * np.ones(target.shape, np.int64)
    layer[:, synapses:] = 2
    source, number = np.indices(target.shape).reshape(2, -1)
    target, layer = target.reshape(-1), layer.reshape(-1)
    order = np.lexsort((source, target, layer))
    layer = layer[order]
    return NeuralGraph(
        range(nodes),
        source[order],
        target[order],
        weight=np.where(layer == 2, 1.0, weight),
        layer=layer,
        layer_names=[EXCITATORY, INHIBITORY, VOLUME],
        keys=number[order].tolist(),
        node_data={
            "excitatory": excites.astype(float).tolist(),
            "x": np.cos(2.0 * np.pi * place / nodes).tolist(),
            "y": np.sin(2.0 * np.pi * place / nodes).tolist(),
            **{name: np.where(excites, *pair).tolist() for name, pair in (attributes or {}).items()},
        },
        edge_data={"sign": np.where(layer == 1, -1.0, 1.0).tolist()},
        multigraph=True,
        name="cortex",
    )


def ring_places(excitatory: int, inhibitory: int) -> np.ndarray:
    """(N,) int, where on the ring each node stands: both sorts evenly."""
    share = np.concatenate([(np.arange(count) + 0.5) / max(count, 1) for count in (excitatory, inhibitory)])
    return np.argsort(np.argsort(share, kind="stable"), kind="stable")
