"""C_global: the signal, or the mean activation of the network."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va

GRAPH = nx.DiGraph([("a", "b")])
Z = np.array([[0.2, 0.6], [1.0, 0.4]])
E = np.array([[1.0, 2.0], [0.5, 0.0]])


def relevance(modulation, **options):
    rule = va.Plasticity(modulation=modulation)
    return va.replay(rule, GRAPH, pre=Z, post=Z, modulators=E, **options)["relevance"]


def softmax(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)


def test_without_a_context_every_modulator_is_equally_relevant():
    assert relevance(va.Modulation(weights={"r": 1.0, "n": 1.0})).tolist() == [[[0.5, 0.5]] * 2] * 2


def test_a_given_context_weighs_levels_by_their_likeness():
    found = relevance(va.Modulation(weights={"r": 1.0, "n": 1.0}, beta=2.0), context=[0.3, -1.0])
    wanted = softmax(2.0 * E * np.array([[0.3], [-1.0]]))
    assert found == pytest.approx(np.repeat(wanted[:, None], 2, axis=1), rel=1e-14)


def test_the_networks_activity_can_be_the_context():
    found = relevance(va.Modulation(weights={"r": 1.0, "n": 1.0}, beta=2.0, context="activity"))
    wanted = softmax(2.0 * E * Z.mean(axis=1, keepdims=True))
    assert found == pytest.approx(np.repeat(wanted[:, None], 2, axis=1), rel=1e-14)


def test_keys_make_the_context_a_vector():
    keys = {"r": [1.0, 0.0], "n": [0.0, 1.0]}
    context = np.array([[0.5, -0.5], [2.0, 1.0]])
    found = relevance(va.Modulation(weights={"r": 1.0, "n": 1.0}, keys=keys), context=context)
    wanted = softmax(E * context / np.sqrt(2.0))
    assert found == pytest.approx(np.repeat(wanted[:, None], 2, axis=1), rel=1e-14)


def test_a_context_of_another_length_than_the_keys_is_refused():
    modulation = va.Modulation(weights={"r": 1.0, "n": 1.0}, keys={"r": [1.0, 0.0], "n": [0.0, 1.0]})
    with pytest.raises(va.InputError, match=r"signals.context: has 3 components, the keys 2"):
        relevance(modulation, context=np.ones((2, 3)))
