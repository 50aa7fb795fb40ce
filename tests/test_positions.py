"""Where nodes are drawn: their own places if they have them, else places made without chance."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.positions import DEPTH, SPRING_LIMIT, positions


def graph_of(graph: nx.Graph) -> va.NeuralGraph:
    """Frozen."""
    return va.NeuralGraph.from_networkx(graph)


def placed(**columns) -> va.NeuralGraph:
    """Two nodes with such attributes; None leaves one out."""
    graph = nx.path_graph(2)
    for name, values in columns.items():
        nx.set_node_attributes(graph, {i: v for i, v in enumerate(values) if v is not None}, name)
    return graph_of(graph)


def test_positions_of_the_graph_are_used_and_depth_sets_partners_apart():
    assert positions(placed(x=[1.0, 2.0], y=[3.0, 4.0])).tolist() == [[1.0, 3.0], [2.0, 4.0]]
    found = positions(placed(x=[1.0, 1.0], y=[3.0, 3.0], z=[-1.0, 1.0]))
    assert np.allclose(found, [[1.0, 3.0 - DEPTH], [1.0, 3.0 + DEPTH]])


@pytest.mark.parametrize("x", [[1.0, None], [1.0, float("nan")], ["left", "right"]])
def test_positions_that_are_not_numbers_everywhere_are_passed_over(x):
    found = positions(placed(x=x, y=[0.0, 1.0]))
    assert found.shape == (2, 2)
    assert np.isfinite(found).all()


GRAPHS = {
    "one node": nx.empty_graph(1),
    "no edges": nx.empty_graph(5),
    "a self-loop": nx.DiGraph([(0, 0), (0, 1)]),
    "parallel edges": nx.MultiDiGraph([(0, 1), (0, 1), (1, 2)]),
    "labels of all sorts": nx.Graph([("a", 1), (1, (2, 3))]),
    "two large parts": nx.disjoint_union(nx.cycle_graph(300), nx.cycle_graph(300)),
    "many without edges": nx.empty_graph(700),
    "a large directed ring": nx.cycle_graph(SPRING_LIMIT + 1, create_using=nx.DiGraph),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_any_graph_has_positions_and_always_the_same(name):
    graph = graph_of(GRAPHS[name])
    found = positions(graph)
    assert found.shape == (graph.size, 2)
    assert np.isfinite(found).all()
    assert np.array_equal(found, positions(graph))


@pytest.mark.parametrize("size", [30, 1200])
def test_neighbours_stand_nearer_than_strangers(size):
    graph = graph_of(nx.connected_watts_strogatz_graph(size, 6, 0.02, seed=1))
    place = positions(graph)
    rng = np.random.Generator(np.random.PCG64(3))
    strangers = place[rng.integers(0, size, 4000)] - place[rng.integers(0, size, 4000)]
    edges = place[graph.source] - place[graph.target]
    assert np.linalg.norm(edges, axis=1).mean() < 0.6 * np.linalg.norm(strangers, axis=1).mean()
