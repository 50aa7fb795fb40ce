"""A Kind is five rules that fit together; a Lifecycle fits them to a graph; both refuse what does not fit."""

import networkx as nx
import numpy as np
import pytest

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.vesicles.content import GaussianContent
from vesicle_abm.vesicles.decay import FixedLifetime, GeometricLifetime, HazardDecay
from vesicle_abm.vesicles.docking import ConstantDocking, Docking
from vesicle_abm.vesicles.emission import ConstantEmission
from vesicle_abm.vesicles.kind import FAMILIES, Kind
from vesicle_abm.vesicles.lifecycle import Lifecycle
from vesicle_abm.vesicles.migration import SoftmaxMigration, WeightedMigration
from vesicle_abm.vesicles.release import GainRelease, ModulatorRelease


@pytest.fixture
def graph():
    network = nx.path_graph(["a", "b", "c"], create_using=nx.DiGraph)
    nx.set_node_attributes(network, {"a": 0.1, "b": 0.2, "c": 0.3}, "receptor")
    return NeuralGraph.from_networkx(network)


def test_a_kind_by_default_does_nothing_and_lives_for_ever():
    kind = Kind()
    assert kind.emission.rate(None, None, None) == 0.0
    assert kind.docking.probability(None, None, None) == 0.0
    assert kind.decay.hazard(None, None, None) == 0.0
    assert (kind.release, kind.lifetime, kind.clearance, kind.absorb, kind.content_width) == ((), None, None, 1.0, 0)


def test_short_forms_become_rules():
    rule = ModulatorRelease()
    assert Kind(release=rule).release == Kind(release=[rule]).release == (rule,)
    assert Kind(lifetime=5).lifetime.steps == 5
    assert Kind(lifetime=np.int64(5)).lifetime.steps == 5
    assert Kind(content=[1.0, 2.0], content_width=2).content.mean_ == [1.0, 2.0]
    assert type(Kind(content_width=2.0).content_width) is int


def test_a_kind_lists_its_rules_by_key():
    rules = Kind(release=[ModulatorRelease(), GainRelease()], lifetime=3).rules()
    assert [key for key, _ in rules] == [
        "emission",
        "migration",
        "docking",
        "decay",
        "lifetime",
        "content",
        "release",
        "release",
    ]
    assert all(isinstance(rule, FAMILIES[key]) for key, rule in rules)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"absorb": 1.5}, "absorb: got 1.5; a number >= 0 and <= 1 is allowed"),
        ({"absorb": float("nan")}, "absorb: got nan"),
        ({"absorb": True}, "absorb: got True"),
        ({"absorb": "all"}, "absorb: got 'all'"),
        ({"content_width": -1}, "content_width: got -1; a whole number >= 0 and < 2.*31 is allowed"),
        ({"content_width": 1.5}, "content_width: got 1.5; a whole number >= 0 and < 2.*31 is allowed"),
        ({"content_width": float("nan")}, "content_width: got nan; a whole number >= 0 and < 2.*31 is allowed"),
        ({"content_width": float("inf")}, "content_width: got inf; a whole number >= 0 and < 2.*31 is allowed"),
        ({"content_width": None}, "content_width: got None; a whole number >= 0 and < 2.*31 is allowed"),
        ({"clearance": 0.0}, "clearance: got 0.0; a number > 0 or none is allowed"),
        ({"clearance": float("inf")}, "clearance: got inf; a number > 0 or none is allowed"),
        ({"lifetime": 0}, "lifetime: got 0; a whole number >= 1"),
        ({"lifetime": 2.5}, "lifetime: got 2.5; a whole number >= 1"),
        ({"lifetime": float("nan")}, "lifetime: got nan"),
        ({"lifetime": True}, "lifetime: got True; a rule of the family Lifetime is allowed"),
        ({"lifetime": HazardDecay()}, "lifetime: got HazardDecay.*; a rule of the family Lifetime is allowed"),
        ({"emission": 0.5}, "emission: got 0.5; a rule of the family Emission is allowed"),
        ({"emission": ConstantDocking()}, "emission: got ConstantDocking.*; a rule of the family Emission is allowed"),
        ({"emission": None}, "emission: got None"),
        ({"migration": ConstantEmission}, "migration: got .*; a rule of the family Migration is allowed"),
        ({"docking": 0.5}, "docking: got 0.5; a rule of the family Docking is allowed"),
        ({"decay": 0.5}, "decay: got 0.5; a rule of the family Decay is allowed"),
        ({"release": 0.5}, "release: got 0.5; a rule of the family Release is allowed"),
        ({"release": [ModulatorRelease(), None]}, "release: got None; a rule of the family Release is allowed"),
        ({"content": [float("nan")]}, "mean: got nan"),
        (
            {"release": ModulatorRelease(component=2), "content_width": 2},
            "release.component: got 2; the content has 2 components, counted from 0",
        ),
        ({"release": GainRelease(component=0)}, "release.component: got 0; the content has 0 components"),
    ],
)
def test_a_kind_refuses_what_does_not_fit(given, message):
    with pytest.raises(InputError, match=f"^{message}"):
        Kind(**given)


def test_a_lifecycle_binds_every_rule_to_its_graph(graph):
    kind = Kind(
        emission=ConstantEmission(rate="receptor"),
        docking=ConstantDocking(probability="receptor"),
        release=[ModulatorRelease(amount="receptor"), GainRelease(amount=1.0)],
        content=GaussianContent(mean=["receptor", "receptor"]),
        content_width=2,
        lifetime=GeometricLifetime(mean=4.0),
    )
    life = Lifecycle({"reward": kind, "calm": Kind()}, graph)
    bound = life.kinds["reward"]
    assert life.names == ["reward", "calm"]
    for array in (bound.emission.rate_, bound.docking.probability_, bound.release[0].amount, bound.content.mean_[:, 1]):
        assert array.tolist() == [0.1, 0.2, 0.3]
    assert bound.release[1].amount == 1.0
    assert bound.lifetime.mean == 4.0
    assert kind.emission.rate_ == "receptor"


def test_a_bound_kind_can_be_bound_again(graph):
    once = Kind(emission=ConstantEmission(rate="receptor"), lifetime=FixedLifetime(steps=np.int32(4))).bind(graph)
    assert once.bind(graph).emission.rate_.tolist() == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Kind(emission=ConstantEmission(rate="recptor")), "emission.rate: no node attribute 'recptor'; did you mean"),
        (
            Kind(docking=ConstantDocking(probability=[0.1])),
            "docking.probability: got an array of length 1; .* length 3",
        ),
        (
            Kind(migration=WeightedMigration(layers=["synaptc"])),
            "migration.layers: no edge layer 'synaptc'; did you mean",
        ),
        (Kind(migration=SoftmaxMigration(logit=[1.0])), "migration.logit: got an array of length 1; .* length 2"),
        (Kind(release=ModulatorRelease(amount="x")), "release.amount: no node attribute 'x'"),
        (Kind(release=ModulatorRelease(level="rewad")), "release.level: no kind 'rewad'; did you mean 'reward'"),
    ],
)
def test_a_lifecycle_refuses_by_the_whole_path(kind, message, graph):
    with pytest.raises(InputError, match=rf"^kinds\.reward\.{message}"):
        Lifecycle({"reward": kind}, graph)


def test_what_is_no_kind_is_refused(graph):
    with pytest.raises(InputError, match=r"^kinds\.reward: got ConstantEmission; a Kind is allowed"):
        Lifecycle({"reward": ConstantEmission()}, graph)


def test_more_kinds_than_an_id_can_hold_are_refused(graph):
    with pytest.raises(InputError, match="kinds: got 33 kinds; at most 32"):
        Lifecycle({str(k): Kind() for k in range(33)}, graph)


def test_a_misspelt_part_of_a_kind_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"^emision: Kind has no such parameter; did you mean 'emission'\?"):
        Kind(emision=ConstantEmission())


def test_a_rule_cannot_take_the_name_of_another_but_may_be_defined_again():
    def define():
        class Here(Docking, name="defined_twice_in_test_lifecycle"):
            def probability(self, vesicles, nodes, xp):
                return 0.5

        return Here

    assert define() is not define()
    with pytest.raises(InputError, match=r"ConstantDocking is called 'constant' already"):

        class Mine(Docking, name="constant"):
            def probability(self, vesicles, nodes, xp):
                return 0.5
