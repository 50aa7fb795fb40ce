"""Rules as JSON beside named arrays."""

import json

import numpy as np

import vesicle_abm as va
from vesicle_abm.core.parameters import VECTOR, Rule, option, parameter
from vesicle_abm.core.plain import graph_from_plain, plain_graph, plain_rule, rule_from_plain


class Inner(Rule):
    """A family of rules that stand inside others."""


class Scale(Inner, name="scale"):
    """One with an array."""

    amounts: np.ndarray | float = parameter(1.0, "numbers", per=VECTOR)


class Outer(Rule):
    """A family whose rules hold one."""


class Holder(Outer, name="holder"):
    """Reads a table as a rule."""

    inner: Inner | dict | None = option(None, "a rule")

    def __post_init__(self):
        super().__post_init__()
        if isinstance(self.inner, dict):
            object.__setattr__(self, "inner", rule_from_plain(self.inner, Inner, {}))


def test_a_rule_inside_a_rule_comes_back_with_its_arrays():
    arrays: dict[str, np.ndarray] = {}
    plain = plain_rule(Holder(inner=Scale(amounts=np.array([0.1, 0.2]))), "outer", arrays)
    assert list(arrays) == ["outer/inner/amounts"]
    found = rule_from_plain(json.loads(json.dumps(plain)), Outer, arrays)
    assert isinstance(found.inner, Scale)
    assert found.inner.amounts is arrays["outer/inner/amounts"]


def test_a_rule_that_may_hold_another_and_holds_none_comes_back():
    assert rule_from_plain(plain_rule(Holder(), "outer", {}), Outer, {}).inner is None


def test_attributes_that_are_arrays_of_numbers_come_back_as_arrays():
    data = {"sign": np.array([1, -1]), "name": ["a", None], "where": np.array([0.5, np.pi])}
    graph = va.NeuralGraph(range(2), [0, 1], [1, 0], edge_data=data)
    arrays: dict = {}
    again = graph_from_plain(json.loads(json.dumps(plain_graph(graph, arrays))), arrays)
    assert again.edge_data["sign"].tolist() == [1, -1]
    assert again.edge_data["where"].tolist() == [0.5, np.pi]
    assert again.edge_data["name"] == ["a", None]


def test_a_graph_whose_labels_are_a_range_comes_back_with_it():
    arrays: dict[str, np.ndarray] = {}
    graph = va.NeuralGraph(range(3, 9, 2), [0, 1], [1, 2], layer=["gap", "soma"])
    plain = json.loads(json.dumps(plain_graph(graph, arrays)))
    assert plain["nodes"] == {"__range__": [3, 9, 2]}
    back = graph_from_plain(plain, arrays)
    assert (back.nodes, back.layer_names, back.edges) == (graph.nodes, graph.layer_names, graph.edges)
