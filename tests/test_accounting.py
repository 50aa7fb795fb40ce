"""Accounting: a run's events and bytes by hand, and no joules but those that are given."""

import json

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.run import run


@pytest.fixture
def model() -> va.VesicleModel:
    """Four neurons, of whose five synapses two have weight 0 and four learn; two vesicles are born in each step."""
    graph = nx.DiGraph()
    weights = {(0, 1): 0.0, (1, 2): 1.0, (2, 3): 0.5, (3, 0): 0.0}
    graph.add_edges_from((*ends, {"weight": weight, "layer": "plastic"}) for ends, weight in weights.items())
    graph.add_edge(1, 3, weight=1.0, layer="fixed")
    kind = va.Kind(
        emission=va.PulseEmission(count=2, at=0, duration=10, nodes=[0]),
        migration=va.WeightedMigration(layers=[]),
        docking=va.ConstantDocking(probability=1.0),
        absorb=0.0,
        lifetime=3,
        cap=100,
    )
    plasticity = va.Plasticity(trace=None, layers=["plastic"])
    return va.VesicleModel(graph, {"walker": kind}, neurons=va.HMNNeurons(), plasticity=plasticity, seed=1)


def test_events_by_hand(model):
    model.run_for(10)
    found = va.accounting(model)
    assert (found.steps, found.neurons, found.synapses) == (10, 4, 5)
    assert (found.neuron_updates, found.synaptic_operations_dense, found.synapse_updates) == (40, 50, 40)
    assert found.connection_sparsity == pytest.approx(1 - 3 / 16)
    assert found.born == 20
    assert found.ended == 2 * 8  # those of the first eight steps have lived three
    assert found.docked == 6 * 9 - 6 + 2 + 4  # 2, then 4, then 6 at once


def test_the_footprint_is_all_arrays_of_the_state(model):
    """What a digest goes over, and the rows that are kept free."""
    model.run_for(3)
    blocks = sum(int(np.prod(shape)) * dtype.itemsize for _, dtype, shape, _ in model.state.blocks())
    vesicles = sum(columns.size * columns.row_bytes for columns in model.state.vesicles.values())
    assert va.accounting(model).footprint_bytes == blocks - vesicles + model.nbytes


def test_a_model_without_neurons_has_no_synapses():
    found = va.accounting(va.VesicleModel(nx.path_graph(3), {"walker": va.Kind()}, seed=1))
    assert (found.neurons, found.synapses, found.connection_sparsity) == (0, 0, None)


def test_joules_are_counts_times_what_is_given():
    assert va.energy({"packets": 10, "flits": 20}, {"flits": 1e-12}) == pytest.approx(2e-11)
    assert va.energy({"packets": 10}, {}) == 0.0


@pytest.mark.parametrize(
    ("joules", "words"),
    [
        ({"flit": 1.0}, "joules.flit: no such event is counted; did you mean 'flits'"),
        ({"flits": -1.0}, "joules.flits: got -1.0; a number of joules >= 0 is allowed"),
        ({"flits": float("nan")}, "joules.flits: got nan"),
        ({"flits": "1"}, "joules.flits: got '1'"),
    ],
)
def test_a_cost_of_nothing_or_below_nothing_is_refused(joules, words):
    with pytest.raises(InputError, match=words):
        va.energy({"packets": 10, "flits": 20}, joules)


def test_every_run_says_it_in_its_manifest(tmp_path):
    scenario = va.Scenario.load("reward_wave")
    result = run(scenario, steps=20, out=tmp_path / "run")
    told = json.loads((result.path / "manifest.json").read_text())["accounting"]
    model = scenario.build()
    model.run_for(20)
    assert told == va.accounting(model).as_dict()
    assert told["neuron_updates"] == 20 * 200
