"""Layout: every neuron has a place, the same one each time."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.stage import layout

GRAPHS = {
    "one node": nx.empty_graph(1),
    "two nodes": nx.path_graph(2),
    "no edges": nx.empty_graph(7),
    "two parts": nx.disjoint_union(nx.cycle_graph(5), nx.cycle_graph(4)),
    "self-loop": nx.DiGraph([(0, 0), (0, 1), (1, 2)]),
    "small world": nx.connected_watts_strogatz_graph(200, 6, 0.05, seed=3),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_every_graph_gets_finite_places_within_the_frame(name):
    graph = va.NeuralGraph.from_networkx(GRAPHS[name])
    found = layout.places(graph, layout.SPRINGS)
    assert found.shape == (graph.size, 2)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1.0 + 1e-6


def test_a_layout_is_computed_once(monkeypatch):
    graph = va.NeuralGraph.from_networkx(nx.path_graph(9))
    first = layout.places(graph, layout.SPRINGS)
    monkeypatch.setitem(layout.LAYOUTS, layout.SPRINGS, None)
    assert layout.places(va.NeuralGraph.from_networkx(nx.path_graph(9)), layout.SPRINGS) is first


def test_own_places_are_kept_with_a_third_of_the_depth():
    graph = nx.empty_graph(3)
    for node, (x, y, z) in enumerate([(0.0, 0.0, 0.0), (10.0, 0.0, 3.0), (10.0, 0.0, -3.0)]):
        graph.nodes[node].update(x=x, y=y, z=z)
    frozen = va.NeuralGraph.from_networkx(graph)
    assert layout.layouts(frozen) == [layout.SPREAD, layout.BODY, layout.SPRINGS]
    np.testing.assert_allclose(layout.places(frozen, layout.BODY), [[-1.0, 0.0], [1.0, 0.2], [1.0, -0.2]], atol=1e-6)


def test_spreading_keeps_the_order_along_each_side():
    graph = nx.empty_graph(50)
    rng = np.random.default_rng(1)
    for node in graph:
        graph.nodes[node].update(x=float(rng.lognormal()), y=float(rng.normal() * 0.1))
    frozen = va.NeuralGraph.from_networkx(graph)
    spread = layout.places(frozen, layout.SPREAD)
    for side, name in enumerate("xy"):
        assert (np.argsort(spread[:, side]) == np.argsort(frozen.attribute(name, "node"))).all()


def test_a_graph_without_places_is_laid_out_by_its_connections_neighbours_near():
    graph = va.NeuralGraph.from_networkx(GRAPHS["small world"])
    assert layout.layouts(graph) == [layout.SPRINGS]
    xy = layout.places(graph, layout.SPRINGS)
    joined = np.linalg.norm(xy[graph.source] - xy[graph.target], axis=1).mean()
    any_two = np.linalg.norm(xy[:, None] - xy[None], axis=2).mean()
    assert joined < 0.4 * any_two
