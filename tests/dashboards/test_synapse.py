"""One synapse: its numbers are those of the model, and it is found by its neurons or by its change."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.plots import synapse


@pytest.fixture(scope="module")
def model():
    model = va.Scenario.load("contextual_bandit").build(threads=1)
    model.run_for(60)
    return model


def test_weight_and_traces_are_those_of_the_state(model):
    edge = int(model.world.wiring.edge[5])
    read = synapse.read(model, edge)
    kept = model.state.kept
    assert read["weight"] == model.state.weight[edge]
    assert (read["trace.fast"], read["trace.slow"]) == (kept["trace.fast"][5], kept["trace.slow"][5])
    assert read["trace.sum"] == pytest.approx(read["trace.fast"] + read["trace.slow"])


def test_the_factor_is_made_of_the_rates_and_of_relevance_times_weight_times_level(model):
    """(3), (6), (7): eta_local + eta_global sum_k gamma_k w_k E_k."""
    edge = int(model.world.wiring.edge[5])
    read, post = synapse.read(model, edge), int(model.graph.target[edge])
    weights = model.world.plasticity.modulation.weights
    level = dict(zip(model.kinds, model.state.modulator[post], strict=True))
    modulation = sum(read[f"relevance.{kind}"] * weight * level[kind] for kind, weight in weights.items())
    local, world = model.state.eta[post]
    assert read["modulation"] == pytest.approx(modulation)
    assert read["factor"] == pytest.approx(local + world * modulation)


def test_the_gate_is_the_half_wave_of_the_phase(model):
    read = synapse.read(model, int(model.world.wiring.edge[5]))
    assert read["gate"] == pytest.approx(max(0.0, np.cos(2 * np.pi * read["phase"])), abs=1e-12)


def test_the_strongest_is_the_one_that_has_come_farthest(model):
    first = model.state.weight.copy()
    edge = int(model.world.wiring.edge[3])
    first[edge] -= 9.0
    assert synapse.strongest(model, first) == edge


def test_a_synapse_is_found_by_its_neurons_and_refused_with_what_there_is():
    graph = nx.DiGraph([("a", "b"), ("a", "bc"), ("b", "a")])
    model = va.VesicleModel(graph, {}, neurons=va.HMNNeurons(), plasticity=va.Plasticity(), seed=1)
    names = synapse.Names(model)
    assert synapse.words(model.graph, names.find("a", "bc")) == "a → bc"
    assert names.offered("") == ["a", "b"]  # those that have synapses
    assert names.offered("B", pre="a") == ["b", "bc"]
    with pytest.raises(va.InputError, match="leads from b to bc; from b to: a"):
        names.find("b", "bc")
    with pytest.raises(va.InputError, match="no neuron 'x'"):
        names.find("x", "a")
