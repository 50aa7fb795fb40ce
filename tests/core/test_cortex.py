"""A piece of cortex: who leads to whom."""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core.errors import InputError


def test_every_neuron_has_its_synapses_and_inhibitory_ones_lead_to_excitatory_ones_only():
    graph = va.cortex(80, 20, synapses=30, seed=1)
    assert (np.bincount(graph.source) == 30).all()
    inhibitory = graph.in_layers(["inhibitory"])
    assert set(graph.source[inhibitory]) == set(range(80, 100))
    assert graph.target[inhibitory].max() < 80
    assert (np.array(graph.edge_data["sign"]) == np.where(inhibitory, -1.0, 1.0)).all()


def test_ends_are_drawn_evenly():
    """Chi-square of 8000 ends over 100 targets: 99 degrees of freedom, within 4.5 deviations of sqrt(198)."""
    graph = va.cortex(80, 20, synapses=100, seed=2)
    ends = np.bincount(graph.target[graph.in_layers(["excitatory"])], minlength=100)
    assert abs(((ends - 80) ** 2 / 80).sum() - 99) < 4.5 * np.sqrt(198)


def test_neighbours_in_the_volume_are_the_nearest_on_a_ring_where_both_sorts_are_mixed():
    graph = va.cortex(8, 2, synapses=0, neighbours=4)
    angle = np.arctan2(graph.node_data["y"], graph.node_data["x"])
    apart = np.abs((angle[graph.source] - angle[graph.target] + np.pi) % (2 * np.pi) - np.pi) / (2 * np.pi / 10)
    assert graph.edge_count == 40
    assert sorted(np.round(apart).astype(int).tolist()) == [1] * 20 + [2] * 20
    assert abs(angle[8] - angle[9]) == pytest.approx(np.pi)


def test_edges_stand_by_layer_and_target_so_that_synapses_that_learn_are_a_run():
    graph = va.cortex(40, 10, synapses=5, neighbours=2)
    assert (np.diff(graph.layer) >= 0).all()
    assert all((np.diff(graph.target[graph.layer == layer]) >= 0).all() for layer in range(3))
    again = va.NeuralGraph.from_networkx(graph.to_networkx())
    assert sorted(again.edges) == sorted(graph.edges)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [({"excitatory": 0}, "excitatory"), ({"neighbours": 3}, "even"), ({"synapses": -1}, "synapses")],
)
def test_numbers_out_of_bounds_are_refused(numbers, words):
    with pytest.raises(InputError, match=words):
        va.cortex(**numbers)
