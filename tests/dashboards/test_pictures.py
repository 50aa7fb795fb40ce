"""What a picture shows of neurons and edges: heat, flashes, shades, weights, a neuron's card."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.stage.change import WeightChange
from vesicle_abm.dashboards.stage.colours import AMOUNT, SIGNED
from vesicle_abm.dashboards.stage.edges import STRONGEST, Lines
from vesicle_abm.dashboards.stage.flashes import MOST, Dockings, flashes
from vesicle_abm.dashboards.stage.heatmap import CELLS, WIDTH, HeatMap
from vesicle_abm.dashboards.stage.inspector import Inspector
from vesicle_abm.dashboards.stage.shades import CHANGE, MEMORY, SIGNED_CHANGE, Scale, choices, values_of
from vesicle_abm.dashboards.stage.snapshot import Snapshot

from .worlds import Density, crowd, learning, ring_walk

CELL = 2.0 / CELLS * (1.0 + 3.0 * WIDTH)  # side of a cell of the heat


def test_heat_at_a_neuron_that_stands_alone_is_the_number_of_vesicles_there():
    heat = HeatMap(np.array([[-1.0, 0.0], [1.0, 0.0]]))
    assert heat.of(np.array([5.0, 0.0])).max() == pytest.approx(5.0)


def test_heat_adds_up_where_neurons_are_close_and_fades_with_distance():
    heat = HeatMap(np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.5]]))
    found = heat.of(np.array([1.0, 2.0, 0.0]))
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert found.max() == pytest.approx(3.0)
    assert found[row, column - 2] == pytest.approx(3.0 * np.exp(-0.5 * (2 * CELL / WIDTH) ** 2), rel=1e-3)


def test_flashes_are_the_differences_of_the_books():
    model = crowd()
    model.run_for(10)
    dockings = Dockings()
    assert len(dockings.since(model)) == 0
    before = model.state.docked.copy()
    model.run_for(2)
    found = dockings.since(model)
    docked = np.zeros_like(before)
    docked[found["kind"], found["node"]] = found["count"]
    assert docked.sum() > 0
    assert (docked == model.state.docked - before).all()
    assert set(found["released"][found["kind"] == 0].tolist()) == {0}
    assert set(found["released"][found["kind"] == 1].tolist()) == {1}


def test_of_too_many_flashes_the_largest_are_shown():
    docked = np.arange(2 * MOST)[None, :]
    assert flashes(docked, np.zeros(1, np.uint8))["count"].min() == MOST


def test_a_snapshot_does_not_change_with_the_model():
    model = ring_walk()
    before = Snapshot.of(model)
    model.step()
    assert before.occupancy[0].tolist() == [3, 0, 0, 0, 0, 0]
    assert (before.step, model.time) == (0, 1)


def test_of_a_density_only_occupancy_is_known():
    model = ring_walk()
    snapshot = Snapshot.of(Density(model))
    assert snapshot.expected
    assert choices(snapshot, None, model.kinds) == ["vesicles"]
    assert values_of(snapshot, None, "activation", model.kinds).tolist() == [3.25, 0.25, 0.25, 0.25, 0.25, 0.25]
    assert ("walker", "3.25 expected") in Inspector(model.graph, model.kinds).rows(snapshot, 0)


# Weights


def test_weight_change_is_the_mean_over_the_inputs_that_learn():
    model = learning()
    change = WeightChange.of(model)
    model.state.weight[:] = [1.5, -2.1]  # from 1.0 and -2.0
    change.take(model.state.weight)
    at = model.graph.node("c")
    assert change.size[at] == pytest.approx((0.5 + 0.1) / 2)
    assert change.signed[at] == pytest.approx((0.5 - 0.1) / 2)
    assert change.size[model.graph.node("a")] == 0.0


def test_only_a_model_that_learns_can_be_coloured_by_weight_change():
    model = learning()
    assert {CHANGE, SIGNED_CHANGE} <= set(choices(Snapshot.of(model), WeightChange.of(model), model.kinds))
    walk = ring_walk()
    assert WeightChange.of(walk) is None
    assert not {CHANGE, SIGNED_CHANGE} & set(choices(Snapshot.of(walk), None, walk.kinds))


def test_a_line_is_as_strong_as_its_stronger_edge_and_negative_where_that_inhibits():
    graph = nx.DiGraph()
    graph.add_edge(0, 1, weight=1.0)
    graph.add_edge(1, 0, weight=2.0, sign=-1.0)
    graph.add_edge(1, 2, weight=0.5)
    graph.add_edge(2, 2, weight=9.0)  # a loop is no line
    model = va.VesicleModel(graph, {"v": va.Kind()}, neurons=va.HMNNeurons())
    lines = Lines(model.graph, None)
    share, strongest = lines.strengths(model.graph, model.state.weight)
    assert lines.ends.tolist() == [[0, 1], [1, 2]]
    assert share.tolist() == [-STRONGEST, round(STRONGEST / 4)]
    assert strongest == [2.0]


def test_each_layer_is_as_strong_as_it_ever_was_and_those_without_activity_keep_their_weights():
    graph = nx.MultiDiGraph()
    graph.add_edge(0, 1, weight=1.0, layer="wired")
    graph.add_edge(0, 1, weight=8.0, layer="wireless")
    model = va.VesicleModel(graph, {"v": va.Kind()}, neurons=va.HMNNeurons(layers=["wired"]))
    lines = Lines(model.graph, ["wired"])
    assert [layer["shown"] for layer in lines.layers] == [True, False]
    lines.strengths(model.graph, model.state.weight)
    share, strongest = lines.strengths(model.graph, model.state.weight * 0.5)
    assert (share.tolist(), strongest) == ([round(STRONGEST / 2), STRONGEST], [1.0, 8.0])


# Scales


def test_amounts_are_shaded_by_their_root_and_signed_values_evenly():
    scale = Scale("x")
    assert scale.take(np.array([0.0, 1.0, 4.0])).tolist() == [0, 128, 255]
    assert (scale.legend()["ramp"], scale.legend()["middle"]) == (AMOUNT, 1.0)
    assert scale.take(np.array([-4.0, 0.0, 2.0])).tolist() == [0, 128, 191]
    assert (scale.legend()["ramp"], scale.legend()["low"], scale.legend()["middle"]) == (SIGNED, -4.0, 0.0)


def test_a_scale_reaches_as_far_as_it_ever_did():
    scale = Scale("x", even=True)
    scale.take(np.array([10.0]))
    assert scale.take(np.array([5.0])).tolist() == [128]
    assert scale.legend()["high"] == 10.0


# Memory


def remembering() -> va.VesicleModel:
    """Two nodes with two slots of width 2; the first holds (3, 4)."""
    graph = va.NeuralGraph(["a", "b"], [0], [1])
    model = va.VesicleModel(graph, {"v": va.Kind()}, memory=va.Memory(slots=2, width=2))
    model.state.memory[0, 0] = [3.0, 4.0]
    return model


def test_neurons_can_be_coloured_by_what_their_memory_holds():
    model = remembering()
    assert values_of(Snapshot.of(model), None, MEMORY, model.kinds).tolist() == [5.0, 0.0]


def test_the_card_of_a_neuron_tells_of_memory_degrees_and_learning_rates_as_far_as_there_are():
    model = remembering()
    rows = dict(Inspector(model.graph, model.kinds).rows(Snapshot.of(model), 0))
    assert rows["memory"] == "1 of 2 slots in use, strength 5"
    assert rows["edges in, out"] == "0, 1"
    assert "learning rates" not in rows
    other = learning()
    rows = dict(Inspector(other.graph, other.kinds).rows(Snapshot.of(other), other.graph.node("c")))
    assert "memory" not in rows
    assert rows["learning rates"].startswith("local ")


def test_what_a_frame_shows_of_memory_stays_while_the_model_goes_on():
    model = remembering()
    shown = Snapshot.of(model)
    model.state.memory[:] = 0.0
    assert shown.stored().tolist() == [5.0, 0.0]
