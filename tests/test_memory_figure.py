"""The picture of a run's memory: a ring a node, a piece a slot; what is too much for a picture is left out of it."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PatchCollection
from PIL import Image

import vesicle_abm as va
from vesicle_abm.experiments.figures import save
from vesicle_abm.experiments.memory_figure import ROWS, draw_memory, strengths
from vesicle_abm.experiments.run import run
from vesicle_abm.scenario import Scenario

LINE = va.NeuralGraph.from_edges([("a", "b"), ("b", "c")], [(name, {"x": i, "y": 0.0}) for i, name in enumerate("abc")])
ROUND = va.NeuralGraph.from_networkx(nx.cycle_graph(300))


def memory_of(nodes: int, **slots) -> np.ndarray:
    """(N, 2, 4) with what is given for some of the nodes: ``n0=[first slot, second slot]``."""
    memory = np.zeros((nodes, 2, 4))
    for name, values in slots.items():
        memory[int(name[1:])] = np.array(values)[:, None] * [1, -1, 1, -1]
    return memory


def rings_of(panel) -> PatchCollection:
    return next(each for each in panel.collections if isinstance(each, PatchCollection))


def test_strength_is_the_root_mean_square_of_a_slot():
    memory = np.array([[[3.0, -4.0], [0.0, 0.0]]])
    assert strengths(memory).tolist() == [[np.sqrt(12.5), 0.0]]


def test_each_slot_is_a_piece_of_its_nodes_ring_coloured_by_its_strength_or_grey():
    figure = draw_memory(LINE, memory_of(3, n1=[0.5, 0.0], n2=[1.0, 2.0]))
    rings = rings_of(figure.axes[0])
    assert np.ma.filled(rings.get_array(), 0.0).tolist() == [0.0, 0.0, 0.5, 0.0, 1.0, 2.0]
    assert rings.get_clim() == (0.0, 2.0)
    extents = [path.get_extents() for path in rings.get_paths()]
    centres = [np.mean([first.intervalx, second.intervalx]) for first, second in zip(*[iter(extents)] * 2, strict=True)]
    assert centres == pytest.approx([0.0, 1.0, 2.0], abs=1e-6)
    assert all(extent.height < 1.0 for extent in extents)  # nodes are 1 apart
    assert figure.axes[0].get_title(loc="left") == "memory: 3 of 6 slots hold something"


def test_the_heat_map_has_a_row_a_slot_in_use_under_the_name_of_its_node():
    figure = draw_memory(LINE, memory_of(3, n0=[0.0, 0.5], n2=[1.0, 2.0]))
    heat = figure.axes[1]
    assert np.array_equal(heat.images[0].get_array(), np.outer([0.5, 1.0, 2.0], [1, -1, 1, -1]))
    assert [label.get_text() for label in heat.get_yticklabels()] == ["a", "c"]
    assert heat.get_yticks().tolist() == [0.0, 1.5]


def drawn(figure, path) -> float:
    """The part of the picture that is not white."""
    save(figure, path)
    with Image.open(path) as picture:
        return float((np.asarray(picture.convert("L")) < 240).mean())


def test_many_nodes_are_dots_and_too_many_slots_leave_the_network_alone(tmp_path):
    memory = np.ones((300, 2, 4))
    assert 2 * len(memory) > ROWS
    figure = draw_memory(ROUND, memory)
    assert len(figure.axes) == 2  # the network and its scale
    assert not any(isinstance(each, PatchCollection) for each in figure.axes[0].collections)
    assert 0.005 < drawn(figure, tmp_path / "many.png") < 0.9


def test_an_empty_memory_and_a_single_node_are_drawn(tmp_path):
    single = va.NeuralGraph.from_networkx(nx.empty_graph(1))
    for graph, memory in ((LINE, memory_of(3)), (ROUND, memory_of(300)), (single, memory_of(1, n0=[1.0, 0.0]))):
        assert drawn(draw_memory(graph, memory), tmp_path / "one.png") > 0.002


def test_a_run_leaves_what_its_nodes_remember(tmp_path):
    path = run(Scenario.load("path_memory"), steps=50, out=tmp_path / "run").path
    nodes, model = pd.read_parquet(path / "nodes.parquet"), va.VesicleModel.load(path / "checkpoint.npz")
    memory = model.state.memory
    assert nodes["memory.slots_used"].tolist() == [sum(map(np.any, slots)) for slots in memory]
    assert nodes["memory.norm"].tolist() == pytest.approx([np.linalg.norm(slots) for slots in memory])
    assert nodes["memory.slots_used"].sum() > 4
    with Image.open(path / "figures" / "memory.png") as picture:
        assert 0.02 < (np.asarray(picture.convert("L")) < 240).mean() < 0.9


def test_a_run_without_memory_says_nothing_of_it(tmp_path):
    path = run(Scenario.load("random_walk"), steps=5, out=tmp_path / "run").path
    assert not (path / "figures" / "memory.png").exists()
    assert not any(name.startswith("memory") for name in pd.read_parquet(path / "nodes.parquet"))
