"""Parameters: declared once, refused early, bound to a graph."""

import dataclasses
from abc import abstractmethod
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pytest

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import EDGE, SCALAR, VECTOR, Rule, allowed_range, declaration, option, parameter


class Family(Rule):
    """A family of rules, for these tests."""

    @abstractmethod
    def value(self, x):
        """A formula."""


class Full(Family, name="full"):
    rate_: float = parameter(1.0, "a node number", unit="per step", ge=0.0)
    chance: float = parameter(0.5, "a probability", ge=0.0, le=1.0)
    open_: float = parameter(0.5, "strictly between", gt=0.0, lt=1.0)
    count: int = parameter(3, "a whole number", per=SCALAR, whole=True, ge=1)
    limit: int | None = parameter(None, "a whole number or none", per=SCALAR, whole=True, optional=True, ge=0)
    edge: float = parameter(0.0, "an edge number", per=EDGE)
    vector: float = parameter(0.0, "a vector", per=VECTOR)
    mode: str = option("a", "a choice", choices=("a", "b"))
    switch: bool = option(True, "a switch", choices=(True, False))
    free: object = option(None, "anything")

    def rate(self):
        return self.rate_

    def value(self, x):
        return self.rate_ * x


class Plain(Family):
    gain: float = 2.0

    def value(self, x):
        return self.gain * x


@dataclass(frozen=True)
class Decorated(Family, name="decorated"):
    gain: float = parameter(4.0, "a slope", ge=0.0)
    rate_: float = parameter(1.0, "hidden by the formula", le=9.0)

    def rate(self):
        return self.rate_

    def value(self, x):
        return self.gain * x


@dataclass(frozen=True)
class Grandchild(Decorated, name="grandchild"):
    extra: float = parameter(0.0, "one more", lt=1.0)


@pytest.fixture
def graph():
    network = nx.DiGraph([("a", "b"), ("b", "c")])
    nx.set_node_attributes(network, {"a": 0.1, "b": 0.2, "c": 0.3}, "receptor")
    nx.set_node_attributes(network, {"a": 1.0, "b": 2.0, "c": 3.0}, "depth")
    nx.set_edge_attributes(network, {("a", "b"): 5.0, ("b", "c"): 6.0}, "phase")
    return NeuralGraph.from_networkx(network)


# ---- numbers


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rate": -0.1}, "rate: got -0.1; a number >= 0 is allowed"),
        ({"chance": 1.5}, "chance: got 1.5; a number >= 0 and <= 1 is allowed"),
        ({"open": 0.0}, "open: got 0; a number > 0 and < 1 is allowed"),
        ({"open": 1}, "open: got 1; a number > 0 and < 1 is allowed"),
        ({"count": 0}, "count: got 0; a whole number >= 1 is allowed"),
        ({"count": 2.5}, "count: got 2.5; a whole number >= 1 is allowed"),
        ({"count": "3"}, "count: got '3'; a whole number >= 1 is allowed"),
        ({"count": [3]}, r"count: got an array of shape \(1,\); one number is allowed"),
        ({"count": ["depth"]}, r"count: got \['depth'\]; a whole number >= 1 is allowed"),
        ({"limit": -1}, "limit: got -1; a whole number >= 0, or none is allowed"),
        ({"rate": float("nan")}, "rate: got nan; a number >= 0 is allowed"),
        ({"rate": float("inf")}, "rate: got inf; a number >= 0 is allowed"),
        ({"rate": None}, "rate: got nan; a number >= 0 is allowed"),
        ({"rate": [1.0, np.nan]}, "rate: got nan; a number >= 0 is allowed"),
        ({"rate": np.array([1.0, -2.0])}, "rate: got -2; a number >= 0 is allowed"),
        ({"rate": True}, "rate: got True; a number >= 0 is allowed"),
        ({"rate": np.True_}, "rate: got True; a number >= 0 is allowed"),
        ({"rate": np.array([True, False])}, "rate: got .*; a number >= 0 is allowed"),
        ({"rate": {"a": 1}}, "rate: got .*; a number >= 0 is allowed"),
        ({"rate": 1j}, "rate: got 1j; a number >= 0 is allowed"),
        ({"count": 10**400}, "count: got .*; a whole number >= 1 is allowed"),
        ({"mode": "c"}, "mode: got 'c'; Allowed: a, b"),
        ({"mode": ["a"]}, "mode: got .*; .*Allowed: a, b"),
        ({"mode": np.array(["a", "b"])}, "mode: got .*; .*Allowed: a, b"),
        ({"switch": 1}, "switch: got 1; .*Allowed: True, False"),
        ({"ratee": 1.0}, "ratee: full has no such parameter; did you mean 'rate'. Allowed: rate, chance"),
        ({"rate_": 1.0}, "rate_: full has no such parameter; did you mean 'rate'"),
    ],
)
def test_a_bad_parameter_is_refused_with_what_is_allowed(given, message):
    with pytest.raises(InputError, match=f"^{message}"):
        Full(**given)


def test_the_bounds_themselves_are_allowed_where_they_are_closed():
    rule = Full(rate=0.0, chance=1.0, count=1, limit=0, open=1e-300)
    assert (rule.rate_, rule.chance, rule.count, rule.limit) == (0.0, 1.0, 1, 0)
    assert Full(limit=None).limit is None


def test_a_large_whole_bound_is_written_out():
    about = {"whole": True, "bounds": {"le": 2**31 - 2}, "optional": False}
    assert allowed_range(about) == "a whole number <= 2147483646"


def test_a_whole_number_is_kept_as_an_int():
    """A component of 1.0 once passed the check and then failed as an index."""
    assert [type(Full(count=value).count) for value in (2, 2.0, np.int64(2), np.float32(2.0))] == [int] * 4


def test_a_name_with_a_trailing_underscore_is_given_without_it():
    rule = Full(rate=0.25)
    assert (rule.rate_, rule.rate()) == (0.25, 0.25)


def test_numpys_numbers_are_numbers(graph):
    """An np.int64 was once bound as an array of length 1, and refused."""
    for value in (np.int64(2), np.float32(2.0), np.float64(2.0), np.array(2.0)):
        assert float(Full(rate=value).bind(graph).rate_) == 2.0


def test_an_unknown_bound_is_refused_where_it_is_declared():
    with pytest.raises(TypeError, match=r"unknown bounds \['gte'\]; did you mean 'gt'"):
        parameter(1.0, "", gte=0.0)


# ---- binding


def test_an_attributes_name_becomes_its_values(graph):
    bound = Full(rate="receptor", edge="phase").bind(graph)
    assert bound.rate_.tolist() == [0.1, 0.2, 0.3]
    assert bound.edge.tolist() == [5.0, 6.0]
    assert bound.value(2.0).tolist() == [0.2, 0.4, 0.6]


def test_binding_leaves_the_rule_as_it_was(graph):
    rule = Full(rate="receptor")
    rule.bind(graph)
    assert rule.rate_ == "receptor"


def test_binding_a_rule_of_plain_numbers_gives_the_rule_itself(graph):
    rule = Full()
    bound = rule.bind(graph)
    assert bound is rule


def test_a_plain_number_field_may_name_a_node_or_an_edge_attribute(graph):
    assert Plain(gain="receptor").bind(graph).gain.tolist() == [0.1, 0.2, 0.3]
    assert Plain(gain="phase").bind(graph).gain.tolist() == [5.0, 6.0]
    assert Plain(gain=-1e9).gain == -1e9


def test_a_list_of_names_becomes_a_matrix(graph):
    assert Full(vector=["receptor", "depth"]).bind(graph).vector.tolist() == [[0.1, 1.0], [0.2, 2.0], [0.3, 3.0]]


def test_one_name_for_a_vector_is_one_number_a_node(graph):
    """It was once taken for a vector of N components, the same at every node."""
    assert Full(vector="receptor").bind(graph).vector.tolist() == [[0.1], [0.2], [0.3]]


def test_a_vector_may_have_any_length_and_a_matrix_a_row_a_node(graph):
    assert Full(vector=[1.0, 2.0]).bind(graph).vector.tolist() == [1.0, 2.0]
    assert Full(vector=np.ones((3, 5))).bind(graph).vector.shape == (3, 5)
    with pytest.raises(InputError, match=r"^vector: got an array of length 2; this graph needs length 3"):
        Full(vector=np.ones((2, 5))).bind(graph)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Full(rate=[1.0, 2.0]), "rate: got an array of length 2; this graph needs length 3"),
        (Full(edge=[1.0, 2.0, 3.0]), "edge: got an array of length 3; this graph needs length 2"),
        (Plain(gain=[1.0] * 4), "gain: got an array of length 4; this graph needs length 3 or 2"),
        (Full(rate="recptor"), "rate: no node attribute 'recptor'; did you mean 'receptor'. Allowed: receptor, depth"),
        (Full(edge="phse"), "edge: no edge attribute 'phse'; did you mean 'phase'"),
        (Full(edge="receptor"), "edge: no edge attribute 'receptor'"),
        (Full(chance="depth"), "chance: got 2; a number >= 0 and <= 1 is allowed"),
        (Full(vector=["receptor", "deep"]), "vector: no node attribute 'deep'; did you mean 'depth'"),
    ],
)
def test_what_does_not_fit_the_graph_is_refused_by_the_parameters_name(rule, message, graph):
    with pytest.raises(InputError, match=f"^{message}"):
        rule.bind(graph)


def test_a_bound_rule_is_seen_from_the_rows_of_its_vesicles(graph):
    bound = Full(rate="receptor", vector=["receptor", "depth"]).bind(graph)
    seen = bound.seen_from(np.array([2, 0, 2]))
    assert seen.rate_.tolist() == [0.3, 0.1, 0.3]
    assert seen.vector.tolist() == [[0.3, 3.0], [0.1, 1.0], [0.3, 3.0]]
    assert Full(vector=[1.0, 2.0]).bind(graph).seen_from(np.array([2, 0])).vector.tolist() == [1.0, 2.0]


# ---- classes


@pytest.mark.parametrize("kind", [Full, Plain, Decorated, Grandchild])
def test_a_rule_cannot_be_changed(kind):
    rule = kind()
    name = dataclasses.fields(rule)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(rule, name, 3.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(rule, name)
    with pytest.raises(dataclasses.FrozenInstanceError):
        rule.something_new = 1


def test_a_decorated_subclass_keeps_its_declarations():
    """The decorator once failed on a subclass that was a frozen dataclass already."""
    assert (Decorated().gain, Decorated(gain=2.0).value(3.0)) == (4.0, 6.0)
    with pytest.raises(InputError, match=r"^gain: got -1; a number >= 0 is allowed"):
        Decorated(gain=-1.0)
    with pytest.raises(InputError, match=r"^gian: decorated has no such parameter; did you mean 'gain'"):
        Decorated(gian=1.0)
    assert {item.name: declaration(item)["doc"] for item in dataclasses.fields(Decorated)} == {
        "gain": "a slope",
        "rate_": "hidden by the formula",
    }


def test_a_subclass_of_a_rule_inherits_its_declarations():
    rule = Grandchild(gain=1.0, rate=3.0, extra=0.5)
    assert (rule.gain, rule.rate(), rule.extra) == (1.0, 3.0, 0.5)
    for bad in ({"gain": -1.0}, {"rate": 10.0}, {"extra": 1.0}):
        with pytest.raises(InputError, match=f"^{next(iter(bad))}: got"):
            Grandchild(**bad)


@pytest.mark.parametrize("kind", [Full, Decorated])
def test_two_rules_are_equal_only_if_they_are_one(kind):
    rule = kind()
    assert rule == rule  # noqa: PLR0124
    assert rule != kind()
    assert len({rule, rule}) == 1


def test_a_family_knows_its_rules_by_name():
    assert Family.known == {"full": Full, "Plain": Plain, "decorated": Decorated, "grandchild": Grandchild}
    assert Full.family is Grandchild.family is Family


def test_a_rule_without_its_formula_cannot_be_made():
    class Unfinished(Family):
        gain: float = 1.0

    with pytest.raises(TypeError, match=r"abstract"):
        Unfinished()
    del Family.known["Unfinished"]


def test_values_are_given_by_keyword_only():
    with pytest.raises(TypeError, match=r"positional"):
        Full(1.0)
