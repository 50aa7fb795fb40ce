"""Frames: each vesicle's way from the frame before to this one, and what the neurons show."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.frames import Motion, Snapshot
from vesicle_abm.dashboards.inspector import details
from vesicle_abm.dashboards.network import MEMORY, node_values


def ring_walk(delay=0, size=6):
    """Vesicles that go round a ring: one edge a step, each taking ``delay`` steps more."""
    graph = nx.DiGraph((i, (i + 1) % size, {"delay": delay}) for i in range(size))
    walker = va.Kind(migration=va.WeightedMigration(stay=0.0))
    model = va.VesicleModel(graph, {"walker": walker}, seed=1)
    model.place("walker", 0, 3)
    return model


def test_a_new_vesicle_appears_where_it_is():
    dots = Motion().dots(ring_walk())
    assert dots["from"].tolist() == dots["to"].tolist() == [0, 0, 0]


def test_a_step_is_a_way_from_the_old_node_to_the_new():
    model, motion = ring_walk(), Motion()
    motion.dots(model)
    model.step()
    dots = motion.dots(model)
    assert dots["from"].tolist() == [0, 0, 0]
    assert dots["to"].tolist() == [1, 1, 1]
    assert (dots["start"].tolist(), dots["end"].tolist()) == ([0, 0, 0], [255, 255, 255])


def test_dropped_frames_make_one_longer_way():
    model, motion = ring_walk(), Motion()
    motion.dots(model)
    model.run_for(3)
    dots = motion.dots(model)
    assert (dots["from"][0], dots["to"][0]) == (0, 3)


def test_a_delayed_edge_is_gone_in_equal_parts():
    model, motion = ring_walk(delay=3), Motion()
    motion.dots(model)
    parts = []
    for _ in range(4):
        model.step()
        dot = motion.dots(model)[0]
        assert (dot["from"], dot["to"]) == (0, 1)
        parts.append((int(dot["start"]), int(dot["end"])))
    assert parts == [(0, 64), (64, 128), (128, 191), (191, 255)]


def test_a_vesicle_keeps_its_mark_for_life():
    model, motion = ring_walk(), Motion()
    first = motion.dots(model)["mark"].tolist()
    model.run_for(5)
    assert motion.dots(model)["mark"].tolist() == first


@pytest.mark.parametrize("budget", [100, 1000])
def test_of_too_many_an_even_sample_is_drawn(budget):
    model = ring_walk()
    model.place("walker", 0, 10_000)
    motion = Motion(budget)
    dots = motion.dots(model)
    # binomial: 4 standard errors of a sample of one in ``stride``
    assert abs(len(dots) - 10_003 / motion.stride) < 4 * np.sqrt(10_003 / motion.stride)
    model.step()
    assert (motion.dots(model)["to"] == 1).all()


def test_a_snapshot_does_not_change_with_the_model():
    model = ring_walk()
    before = Snapshot.of(model)
    model.step()
    assert before.occupancy[0].tolist() == [3, 0, 0, 0, 0, 0]
    assert (before.step, model.time) == (0, 1)


def test_a_vesicle_on_its_way_backward_is_drawn_towards_where_the_edge_begins():
    graph = nx.DiGraph([(0, 1, {"delay": 3})])
    migration = va.WeightedMigration(direction="backward")
    model = va.VesicleModel(graph, {"a": va.Kind(migration=migration)}, seed=1)
    model.place("a", 1)
    model.step()
    dots = Motion().dots(model)
    assert (dots["from"].tolist(), dots["to"].tolist()) == ([1], [0])


# Memory


def remembering() -> va.VesicleModel:
    """Two nodes with two slots of width 2; the first holds (3, 4)."""
    graph = va.NeuralGraph(["a", "b"], [0], [1])
    model = va.VesicleModel(graph, {"v": va.Kind()}, memory=va.Memory(slots=2, width=2))
    model.state.memory[0, 0] = [3.0, 4.0]
    return model


def test_neurons_can_be_coloured_by_what_their_memory_holds():
    model = remembering()
    assert node_values(Snapshot.of(model), MEMORY, model.kinds).tolist() == [5.0, 0.0]


def test_the_card_of_a_neuron_tells_of_its_memory():
    model = remembering()
    assert ("memory", "1 of 2 slots in use, strength 5") in details(model, Snapshot.of(model), 0)
    plain = va.VesicleModel(model.graph, {"v": va.Kind()})
    assert "memory" not in dict(details(plain, Snapshot.of(plain), 0))


def test_what_a_frame_shows_of_memory_stays_while_the_model_goes_on():
    model = remembering()
    shown = Snapshot.of(model)
    model.state.memory[:] = 0.0
    assert shown.stored().tolist() == [5.0, 0.0]
