"""NeuralGraph: networkx in, arrays, networkx out; files; ways; and every refusal."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import BACKWARD, FORWARD, NeuralGraph

CLASSES = (nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph)
LAYERS = ("synaptic", "gap", "extrasynaptic")
LABELS = [0, 1, "soma", ("axon", 2), ("axon", 3), "2", 2.5]

edge_data = st.fixed_dictionaries(
    {"weight": st.floats(0.0, 1e300), "delay": st.integers(0, 9), "layer": st.sampled_from(LAYERS)},
    optional={"sign": st.sampled_from([-1, 1]), "note": st.sampled_from(["", "é"])},
)
node_data = st.fixed_dictionaries({}, optional={"receptor": st.floats(-1.0, 1.0), "kind": st.sampled_from("ab")})


@st.composite
def networks(draw, classes=CLASSES):
    """Random graphs with isolated nodes, self-loops, parallel edges where legal, and mixed labels."""
    graph = draw(st.sampled_from(classes))(name=draw(st.sampled_from(["", "worm"])))
    labels = draw(st.lists(st.sampled_from(LABELS), min_size=1, max_size=6, unique=True))
    for label in labels:
        graph.add_node(label, **draw(node_data))
    for _ in range(draw(st.integers(0, 10))):
        graph.add_edge(draw(st.sampled_from(labels)), draw(st.sampled_from(labels)), **draw(edge_data))
    return graph


def contents(graph):
    """Nodes, edges and attributes of a networkx graph, comparable; an undirected edge has a set of ends."""
    edges = graph.edges(keys=True, data=True) if graph.is_multigraph() else graph.edges(data=True)
    ends = tuple if graph.is_directed() else frozenset
    listed = {(ends(edge[:2]), *edge[2:-1]): edge[-1] for edge in edges}
    assert len(listed) == graph.number_of_edges()
    return type(graph), graph.name, list(graph.nodes(data=True)), listed


@given(networks())
def test_a_graph_survives_the_round_trip_with_all_it_holds(graph):
    back = NeuralGraph.from_networkx(graph).to_networkx()
    assert contents(back) == contents(graph)


@given(networks())
def test_the_arrays_hold_what_networkx_lists(graph):
    frozen = NeuralGraph.from_networkx(graph)
    directed = graph.to_directed()
    listed = list(directed.edges(data=True))
    assert frozen.nodes == list(graph)
    assert [(frozen.nodes[s], frozen.nodes[t]) for s, t in zip(frozen.source, frozen.target, strict=True)] == [
        (u, v) for u, v, _ in listed
    ]
    assert frozen.weight.tolist() == [data["weight"] for *_, data in listed]
    assert frozen.delay.tolist() == [data["delay"] for *_, data in listed]
    assert [frozen.layer_names[i] for i in frozen.layer] == [data["layer"] for *_, data in listed]
    assert (np.diff(frozen.source) >= 0).all()
    assert frozen.edges == list(directed.edges(keys=True) if graph.is_multigraph() else directed.edges)
    assert (frozen.size, frozen.edge_count) == (len(graph), len(listed))


@given(networks())
def test_two_round_trips_of_a_directed_graph_keep_the_order_of_its_edges(graph):
    once = NeuralGraph.from_networkx(graph.to_directed())
    twice = NeuralGraph.from_networkx(once.to_networkx())
    assert once.edges == twice.edges
    assert once.weight.tolist() == twice.weight.tolist()


def test_an_edge_without_attributes_has_weight_1_delay_0_in_the_synaptic_layer():
    graph = NeuralGraph.from_networkx(nx.DiGraph([("a", "b")]))
    assert (graph.weight.tolist(), graph.delay.tolist(), graph.layer_names) == ([1.0], [0], ["synaptic"])


def test_an_undirected_edge_becomes_one_each_way_and_a_self_loop_one():
    graph = NeuralGraph.from_networkx(nx.Graph([("a", "b"), ("a", "a")]))
    assert sorted(graph.edges) == [("a", "a"), ("a", "b"), ("b", "a")]


def test_an_attribute_that_some_nodes_lack_stays_absent_there():
    graph = nx.DiGraph([("a", "b")])
    graph.nodes["b"]["receptor"] = 0.5
    back = NeuralGraph.from_networkx(graph).to_networkx()
    assert dict(back.nodes(data=True)) == {"a": {}, "b": {"receptor": 0.5}}


def test_new_values_go_back_into_networkx():
    graph = NeuralGraph.from_networkx(nx.path_graph(3))
    back = graph.to_networkx(node_values={"activation": np.arange(3.0)}, edge_values={"weight": np.arange(4.0)})
    assert isinstance(back, nx.DiGraph)
    assert nx.get_node_attributes(back, "activation") == {0: 0.0, 1: 1.0, 2: 2.0}
    assert nx.get_edge_attributes(back, "weight") == {(0, 1): 0.0, (1, 0): 1.0, (1, 2): 2.0, (2, 1): 3.0}


def test_the_arrays_of_a_graph_cannot_be_changed():
    graph = NeuralGraph.from_networkx(nx.path_graph(3))
    for array in (graph.source, graph.target, graph.weight, graph.delay, graph.layer):
        with pytest.raises(ValueError, match=r"read-only"):
            array[0] = 1


def test_a_graph_does_not_follow_the_arrays_that_it_was_made_from():
    weight = np.ones(1)
    graph = NeuralGraph(["a", "b"], [0], [1], weight=weight)
    weight[0] = 7.0
    assert graph.weight.tolist() == [1.0]


# ---- files


@pytest.mark.parametrize("ending", ["graphml", "gexf"])
@pytest.mark.parametrize("kind", CLASSES)
def test_a_file_written_by_networkx_is_read_back(tmp_path, ending, kind):
    graph = kind()
    graph.add_node("a", receptor=0.25, group="sensory")
    graph.add_node("b", receptor=0.5, group="motor")
    graph.add_node("alone", receptor=0.75, group="motor")
    graph.add_edge("a", "b", weight=2.5, delay=3, layer="gap", sign=-1)
    graph.add_edge("b", "b", weight=0.5, delay=0, layer="synaptic", sign=1)
    path = tmp_path / f"graph.{ending}"
    getattr(nx, f"write_{ending}")(graph, path)
    found = NeuralGraph.read(path)
    index = found.index
    assert found.nodes == ["a", "b", "alone"]
    assert found.attribute("receptor").tolist() == [0.25, 0.5, 0.75]
    assert found.node_data["group"] == ["sensory", "motor", "motor"]
    assert found.directed == graph.is_directed()
    at = [(index[s], index[t]) for s, t in [("a", "b"), ("b", "b")]]
    rows = {(s, t): e for e, (s, t) in enumerate(zip(found.source.tolist(), found.target.tolist(), strict=True))}
    assert [found.weight[rows[place]] for place in at] == [2.5, 0.5]
    assert [found.delay[rows[place]] for place in at] == [3, 0]
    assert [found.layer_names[found.layer[rows[place]]] for place in at] == ["gap", "synaptic"]
    assert [found.attribute("sign", "edge")[rows[place]] for place in at] == [-1.0, 1.0]
    assert found.edge_count == (2 if graph.is_directed() else 3)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"^file: no file .*none\.graphml"):
        NeuralGraph.read(tmp_path / "none.graphml")


def test_a_file_with_another_ending_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(
        InputError, match=r"^file: got 'x\.graphm'; did you mean '\.graphml'\? Allowed: \.graphml, \.gexf"
    ):
        NeuralGraph.read(tmp_path / "x.graphm")


@pytest.mark.parametrize("ending", ["graphml", "gexf"])
@pytest.mark.parametrize("text", ["", "this is no graph", "<xml/>", "<graphml><graph>"])
def test_a_file_that_holds_no_graph_is_refused(tmp_path, ending, text):
    path = tmp_path / f"x.{ending}"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"x\.{ending}' is not a {ending} graph|the graph has no nodes"):
        NeuralGraph.read(path)


# ---- ways


@settings(deadline=None)
@given(
    networks(),
    st.one_of(st.none(), st.lists(st.sampled_from(LAYERS), unique=True)),
    st.sampled_from([FORWARD, BACKWARD]),
)
def test_the_ways_are_the_edges_of_the_layers_at_each_start(graph, layers, direction):
    frozen = NeuralGraph.from_networkx(graph)
    layers = layers if layers is None else [name for name in layers if name in frozen.layer_names]
    ways = frozen.ways(layers, direction)
    for node in range(frozen.size):
        expected = []
        for e in range(frozen.edge_count):
            start, end = int(frozen.source[e]), int(frozen.target[e])
            if direction == BACKWARD:
                start, end = end, start
            if start == node and (layers is None or frozen.layer_names[frozen.layer[e]] in layers):
                expected.append((e, end))
        row = slice(ways.indptr[node], ways.indptr[node + 1])
        assert list(zip(ways.edge[row].tolist(), ways.end[row].tolist(), strict=True)) == expected
    assert len(ways.edge) == ways.indptr[-1]


@pytest.mark.parametrize("direction", [FORWARD, BACKWARD])
def test_the_ways_of_a_node_keep_the_order_of_the_edges(direction):
    """500 edges among 3 nodes; the bits of a run depend on this order."""
    rng = np.random.default_rng(5)
    graph = NeuralGraph(range(3), rng.integers(0, 3, 500), rng.integers(0, 3, 500))
    ways = graph.ways(None, direction)
    start = graph.source if direction == FORWARD else graph.target
    assert ways.edge.tolist() == [e for node in range(3) for e in range(500) if start[e] == node]


def test_a_missing_layer_is_refused_with_the_nearest():
    graph = NeuralGraph.from_edges([("a", "b", {"layer": "gap"}), ("a", "b", {"layer": "synaptic"})])
    with pytest.raises(InputError, match=r"^layers: no edge layer 'gpa'; did you mean 'gap'. Allowed: gap, synaptic"):
        graph.ways(["gpa"])
    assert graph.in_layers(["gap"]).tolist() == [True, False]
    assert graph.in_layers([]).tolist() == [False, False]


# ---- attributes and labels


def test_an_unknown_attribute_is_refused_with_the_nearest():
    graph = nx.path_graph(2)
    nx.set_node_attributes(graph, 0.5, "receptor")
    frozen = NeuralGraph.from_networkx(graph)
    with pytest.raises(InputError, match=r"no node attribute 'recepto'; did you mean 'receptor'. Allowed: receptor"):
        frozen.attribute("recepto", "node")
    with pytest.raises(InputError, match=r"no node or edge attribute 'wieght'; did you mean 'weight'"):
        frozen.attribute("wieght")
    with pytest.raises(InputError, match=r"no edge attribute 'receptor'"):
        frozen.attribute("receptor", "edge")


def test_an_attribute_that_is_text_or_missing_somewhere_is_refused():
    graph = nx.DiGraph([("a", "b")])
    graph.nodes["a"].update(group="motor", receptor=1.0)
    frozen = NeuralGraph.from_networkx(graph)
    with pytest.raises(InputError, match=r"node attribute 'group' is not numeric"):
        frozen.attribute("group")
    with pytest.raises(InputError, match=r"node attribute 'receptor' is missing or NaN on 1 nodes"):
        frozen.attribute("receptor")


def test_an_edge_attribute_is_found_in_edge_order():
    graph = NeuralGraph.from_edges([("a", "b", {"phase": 0.5, "weight": 2.0}), ("b", "a", {"phase": 0.25, "delay": 4})])
    assert graph.attribute("phase").tolist() == [0.5, 0.25]
    assert graph.attribute("weight").tolist() == [2.0, 1.0]
    assert graph.attribute("delay", "edge").tolist() == [0.0, 4.0]


def test_a_node_is_found_by_its_label_and_a_wrong_label_refused_with_the_nearest():
    graph = NeuralGraph.from_edges([("AVAL", "AVBR"), (("pool", 1), "AVAL")])
    assert [graph.node("AVBR"), graph.node(("pool", 1))] == [1, 2]
    with pytest.raises(InputError, match=r"node: no node 'AVALL'; did you mean 'AVAL'"):
        graph.node("AVALL")


# ---- refusals


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"weight": float("nan")}, "edge 'a' -> 'b' has weight nan; a finite number >= 0 is allowed"),
        ({"weight": float("inf")}, "edge 'a' -> 'b' has weight inf; a finite number >= 0 is allowed"),
        (
            {"weight": -1.0},
            "edge 'a' -> 'b' has weight -1; .*give an inhibitory synapse a positive weight and sign = -1",
        ),
        ({"weight": "strong"}, "edge 'a' -> 'b' has weight 'strong'; a number is allowed"),
        ({"weight": None}, "edge 'a' -> 'b' has weight None; a number is allowed"),
        ({"delay": 0.5}, "edge 'a' -> 'b' has delay 0.5; a whole number of steps is allowed"),
        ({"delay": -1}, "edge 'a' -> 'b' has delay -1; a finite number >= 0 is allowed"),
        ({"delay": float("nan")}, "edge 'a' -> 'b' has delay nan; a whole number of steps is allowed"),
        ({"delay": float("inf")}, "edge 'a' -> 'b' has delay inf; a whole number of steps is allowed"),
        ({"delay": 2**40}, "edge 'a' -> 'b' has delay 1099511627776; a whole number of steps is allowed"),
        ({"delay": "soon"}, "edge 'a' -> 'b' has delay 'soon'; a number is allowed"),
    ],
)
def test_a_bad_edge_is_refused_by_its_ends(data, message):
    """An infinite or a huge delay once ended in an OverflowError."""
    graph = nx.DiGraph()
    graph.add_edge("b", "a")
    graph.add_edge("a", "b", **data)
    with pytest.raises(InputError, match=f"^graph: {message}"):
        NeuralGraph.from_networkx(graph)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_graph_without_nodes_is_refused(kind):
    with pytest.raises(InputError, match=r"graph: the graph has no nodes; at least one is needed"):
        NeuralGraph.from_networkx(kind())


@pytest.mark.parametrize("value", [None, [("a", "b")], "worm.graphml", np.eye(2)])
def test_what_is_no_graph_is_refused_by_its_type(value):
    with pytest.raises(InputError, match=f"graph: got {type(value).__name__}; a networkx graph is allowed"):
        NeuralGraph.from_networkx(value)


def test_a_dangling_edge_is_refused_with_the_nearest_node():
    message = "edges: edge 'AVAL' -> 'AVBX' is dangling: no node 'AVBX'; did you mean 'AVBR'"
    with pytest.raises(InputError, match=message):
        NeuralGraph.from_edges([("AVAL", "AVBX")], nodes=["AVAL", "AVBR"])
    with pytest.raises(InputError, match=r"an edge ends at node 5, which does not exist; indices 0 … 1 are allowed"):
        NeuralGraph(["a", "b"], [0], [5])
    with pytest.raises(InputError, match=r"an edge ends at node -1"):
        NeuralGraph(["a", "b"], [-1], [0])


def test_a_second_edge_in_one_layer_is_refused_unless_asked_for():
    with pytest.raises(InputError, match="edges: edge 'a' -> 'b' is given twice in layer 'synaptic'; parallel=True"):
        NeuralGraph.from_edges([("a", "b"), ("a", "b")])
    assert NeuralGraph.from_edges([("a", "b"), ("a", "b")], parallel=True).edge_count == 2
    assert NeuralGraph.from_edges([("a", "b"), ("a", "b", {"layer": "gap"})]).edge_count == 2
    assert NeuralGraph.from_edges([("a", "b"), ("b", "a")]).edge_count == 2


def test_a_node_label_that_stands_twice_is_refused():
    with pytest.raises(InputError, match=r"graph: node 'a' is given twice; each label may stand once"):
        NeuralGraph(["a", "b", "a"], [0], [1])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"target": [1]}, r"target has shape \(1,\); 2 edges need shape \(2,\)"),
        ({"weight": [1.0, 2.0, 3.0]}, r"weight has shape \(3,\); 2 edges need shape \(2,\)"),
        ({"delay": [1]}, r"delay has shape \(1,\); 2 edges need shape \(2,\)"),
        ({"delay": 0.5}, "got delays 0.5; whole numbers of steps"),
        ({"delay": [0, 2**31]}, "got delays .*; whole numbers of steps up to 2147483647"),
    ],
)
def test_arrays_that_do_not_fit_the_edges_are_refused(arrays, message):
    """One target was once spread over all edges, and half a step of delay cut off, without a word."""
    with pytest.raises(InputError, match=f"^graph: {message}"):
        NeuralGraph(["a", "b"], [0, 1], **{"target": [1, 0], **arrays})


def test_a_graph_made_from_arrays_keeps_its_name():
    assert NeuralGraph(["a"], [], [], name="worm").name == "worm"
    assert repr(NeuralGraph(["a"], [], [], name="worm")) == "<NeuralGraph 'worm': 1 nodes, 0 edges in synaptic>"


# ---- large graphs


def test_labels_that_are_a_range_stay_one():
    graph = NeuralGraph(range(5), [0, 1], [1, 4])
    assert graph.nodes == range(5)
    assert graph.edges == [(0, 1), (1, 4)]
    assert graph.node(4) == 4
    assert "index" not in vars(graph)  # no dict of labels was made
    assert graph.index == {0: 0, 1: 1, 2: 2, 3: 3, 4: 4}
    with pytest.raises(InputError, match=r"node: no node 5; "):
        graph.node(5)
    assert list(graph.to_networkx()) == [0, 1, 2, 3, 4]


def test_a_range_that_does_not_begin_at_0_names_nodes_by_its_numbers():
    graph = NeuralGraph(range(10, 40, 10), [0], [2])
    assert [graph.node(label) for label in (10, 20, 30)] == [0, 1, 2]
    assert graph.edges == [(10, 30)]


def test_ways_are_listed_once_for_all_that_ask_for_the_same():
    graph = NeuralGraph.from_edges([("a", "b", {"layer": "gap"}), ("b", "a", {"layer": "synaptic"})])
    assert graph.ways(["gap", "synaptic"]) is graph.ways(None) is graph.ways(["synaptic", "gap"])
    assert graph.ways(["gap"]) is graph.ways(["gap"])
    assert graph.ways(["gap"]) is not graph.ways(["gap"], BACKWARD)
    assert graph.ways(["gap"]).edge.tolist() == [0]


def test_layers_are_given_by_name_or_by_place():
    by_name = NeuralGraph(range(2), [0, 1, 0], [1, 0, 0], layer=["gap", "soma", "gap"])
    by_place = NeuralGraph(range(2), [0, 1, 0], [1, 0, 0], layer=[0, 1, 0], layer_names=["gap", "soma"])
    assert by_name.layer_names == by_place.layer_names == ["gap", "soma"]
    assert by_name.layer.tolist() == by_place.layer.tolist() == [0, 1, 0]
    one = NeuralGraph(range(2), [0, 1], [1, 0], layer="gap")
    assert (one.layer_names, one.layer.tolist()) == (["gap"], [0, 0])


def test_attributes_that_are_arrays_are_numbers_as_they_are():
    graph = NeuralGraph(range(2), [0], [1], edge_data={"phase": np.array([0.5])}, node_data={"x": np.array([1, 2])})
    assert graph.attribute("phase").tolist() == [0.5]
    assert graph.attribute("x").tolist() == [1.0, 2.0]


@pytest.mark.parametrize("kind", CLASSES)
def test_an_npz_file_gives_the_same_graph_back_whatever_its_labels(tmp_path, kind):
    graph = kind(name="net")
    graph.add_node(1, pos=(0.1, 0.2), group="sensory")
    graph.add_node((2, "b"))
    graph.add_edge(1, (2, "b"), weight=0.1, delay=2, layer="gap", sign=-1)
    graph.add_edge((2, "b"), 1, weight=0.3)
    frozen = NeuralGraph.from_networkx(graph).with_data({"key": np.array([0.1, 1 / 3])}, {"logit": np.arange(2) / 7})
    frozen.write(tmp_path / "net.npz")
    found = NeuralGraph.read(tmp_path / "net.npz")
    for name in ("nodes", "edges", "layer_names", "node_data", "edge_data", "directed", "multigraph", "name"):
        first, second = getattr(frozen, name), getattr(found, name)
        assert repr(first) == repr(second), name
    for name in ("source", "target", "weight", "delay", "layer"):
        assert np.array_equal(getattr(frozen, name), getattr(found, name)), name
    assert np.array_equal(found.attribute("logit"), np.arange(2) / 7)


def test_further_data_leave_the_graph_as_it_is():
    graph = NeuralGraph.from_edges([("a", "b", {"sign": 1})])
    more = graph.with_data(edge_data={"logit": np.array([2.0])})
    assert list(graph.edge_data) == ["sign"]
    assert list(more.edge_data) == ["sign", "logit"]
    assert more.node("b") == 1


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_an_npz_file_that_holds_no_graph_is_refused(tmp_path, content):
    path = tmp_path / "net.npz"
    if content is None:
        np.savez(path, a=np.zeros(2))
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"^file: .*net\.npz' is not a graph in an \.npz file, or is damaged: "):
        NeuralGraph.read(path)
    with pytest.raises(InputError, match=r"^file: no file .*none\.npz"):
        NeuralGraph.read(tmp_path / "none.npz")
    with pytest.raises(InputError, match=r"^file: got 'net\.gexf'; \.npz, as its ending, is allowed"):
        NeuralGraph.from_edges([("a", "b")]).write(tmp_path / "net.gexf")
