"""A small network for the sweep: delays, a neuron without inputs, weights of every kind, rewards that come rarely."""

import networkx as nx
import numpy as np

import vesicle_abm as va

NEURONS = 60


def graph(by_target=False, delays=True, phases=6.0):
    """A random graph whose edges are listed by source or by target; preferred phases from 0 to ``phases``, or none."""
    drawn = nx.gnp_random_graph(NEURONS, 0.2, seed=1, directed=True)
    source, target = np.array(drawn.edges).T
    order = np.lexsort((source, target) if by_target else (target, source))
    rng = np.random.default_rng(2)
    count = len(source)
    weight = rng.uniform(0.0, 0.3, count)
    weight[rng.random(count) < 0.1] = 0.0
    edge_data = {"sign": np.where(rng.random(count) < 0.2, -1.0, 1.0)}  # so that some weights are -0.0
    if phases:
        edge_data["preferred_phase"] = rng.uniform(0.0, phases, count)
    return va.NeuralGraph(
        range(NEURONS + 1),
        source[order],
        target[order],
        weight=weight,
        delay=rng.integers(0, 4, count) if delays else 0,
        edge_data=edge_data,
    )


def model(parts, network, threads=1, rate=0.5, ablated=()):
    """A learning model of this network, its reward coming at ``rate``."""
    reward = va.Kind(
        emission=va.ConstantEmission(rate=rate),
        docking=va.ConstantDocking(probability=0.3),
        release=va.ModulatorRelease(amount=1.0),
        lifetime=9,
    )
    rule = va.Plasticity(**parts)
    for name, match in dict(ablated).items():
        rule = rule.without(name, match)
    neurons = va.HMNNeurons(activation="sigmoid", noise=1.0)
    return va.VesicleModel(
        network, {"reward": reward}, neurons=neurons, plasticity=rule, seed=3, threads=threads, record_every=0
    )
