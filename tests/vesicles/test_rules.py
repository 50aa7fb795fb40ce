"""Each shipped formula by hand, on three nodes or three vesicles."""

import networkx as nx
import numpy as np
import pytest
from numpy import e, log
from scipy import special

import vesicle_abm as va
from vesicle_abm.core import functions as xp
from vesicle_abm.core.columns import Columns
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.state import State
from vesicle_abm.vesicles.content import GaussianContent
from vesicle_abm.vesicles.decay import HazardDecay
from vesicle_abm.vesicles.docking import AffinityDocking, ConstantDocking
from vesicle_abm.vesicles.emission import EXACT, ActivityEmission, ConstantEmission, PulseEmission, ThresholdEmission
from vesicle_abm.vesicles.release import GAIN, MODULATOR, GainRelease, ModulatorRelease
from vesicle_abm.vesicles.sight import Nodes, Signals, VesiclesIn

STEP = 5
CONTENT = np.array([[1.0, 2.0], [0.0, -1.0], [0.5, 0.25]], np.float32)


@pytest.fixture
def graph():
    network = nx.DiGraph([("a", "b"), ("b", "c")])
    nx.set_node_attributes(network, {"a": 0.1, "b": 0.2, "c": 0.3}, "receptor")
    nx.set_node_attributes(network, {"a": 1.0, "b": 2.0, "c": -1.0}, "depth")
    return NeuralGraph.from_networkx(network)


@pytest.fixture
def columns():
    store = Columns({"id": ("i8", ()), "node": ("i4", ()), "ttl": ("i4", ()), "content": ("f4", (2,))})
    rows = store.append(np.array([10, 11, 12]))
    store["node"][rows] = [2, 0, 2]
    store["ttl"][rows] = [4, 5, 6]
    store["content"][rows] = CONTENT
    return store


@pytest.fixture
def state(columns):
    return State(
        seed=1,
        step=STEP,
        weight=np.ones(2),
        bias=np.zeros(3),
        eta=np.zeros((3, 2)),
        activation=np.array([0.0, 1.0, 2.0]),
        history=np.array([[0.0, 0.5, 3.0], [0.0, 1.0, 2.0]]),  # row step % 2 = 1 is this step, row 0 the last
        drive=np.array([0.0, 0.0, 7.0]),
        gain=np.array([1.0, 2.0, 3.0]),
        modulator=np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]),
        emitted=np.zeros((2, 3), np.int64),
        docked=np.zeros((2, 3), np.int64),
        born_now=np.zeros((2, 3), np.int32),
        fates=np.zeros((2, 3), np.int64),
        vesicles={"reward": columns, "calm": Columns({"id": ("i8", ())})},
    )


@pytest.fixture
def nodes(graph, state):
    return Nodes(graph, state)


@pytest.fixture
def signals(state):
    return Signals(state, {"error": 0.5}, set())


@pytest.fixture
def vesicles(columns):
    return VesiclesIn(columns, slice(None))


# ---- emission


def test_a_constant_rate_is_what_was_given(graph, nodes, signals):
    assert ConstantEmission(rate=0.5).rate(nodes, signals, xp) == 0.5
    assert ConstantEmission(rate="receptor").bind(graph).rate(nodes, signals, xp).tolist() == [0.1, 0.2, 0.3]


def test_activity_emission_is_a_softplus_of_the_activation(nodes, signals):
    """scale 2, slope 3, threshold 1, z = 0, 1, 2: 2 log(1 + exp(-3)), 2 log 2, 2 log(1 + exp(3))."""
    rate = ActivityEmission(scale=2.0, slope=3.0, threshold=1.0).rate(nodes, signals, xp)
    np.testing.assert_allclose(rate, [2 * log(1 + e**-3), 2 * log(2), 2 * log(1 + e**3)], rtol=1e-14)


def test_activity_emission_may_differ_from_node_to_node(graph, nodes, signals):
    """Scales 0.1, 0.2, 0.3 with slope 1 and threshold 0."""
    rate = ActivityEmission(scale="receptor").bind(graph).rate(nodes, signals, xp)
    np.testing.assert_allclose(rate, [0.1 * log(2), 0.2 * log(1 + e), 0.3 * log(1 + e**2)], rtol=1e-14)


def test_threshold_emission_counts_every_step_at_or_above(nodes, signals):
    """z = 0, 1, 2 against 1."""
    rule = ThresholdEmission(count=4.0, threshold=1.0)
    assert rule.rate(nodes, signals, xp).tolist() == [0.0, 4.0, 4.0]
    assert rule.law == EXACT


def test_threshold_emission_on_a_crossing_wants_the_last_step_below(nodes, signals):
    """z was 0, 0.5, 3 and is 0, 1, 2: only the second has crossed 1 upward."""
    rule = ThresholdEmission(count=4.0, threshold=1.0, on="crossing")
    assert rule.rate(nodes, signals, xp).tolist() == [0.0, 4.0, 0.0]


@pytest.mark.parametrize(
    ("schedule", "steps"),
    [
        ({}, [0]),
        ({"at": 2}, [2]),
        ({"at": 2, "duration": 3}, [2, 3, 4]),
        ({"at": 1, "every": 4}, [1, 5, 9]),
        ({"at": 1, "every": 4, "duration": 2}, [1, 2, 5, 6, 9, 10]),
        ({"every": 3, "duration": 5}, list(range(12))),
    ],
)
def test_a_pulse_comes_when_it_is_due(graph, state, schedule, steps):
    rule, due = PulseEmission(count=2.0, **schedule), []
    for step in range(12):
        state.step = step
        if np.any(rule.rate(Nodes(graph, state), Signals(state, {}, set()), xp) == 2.0):
            due.append(step)
    assert due == steps


def test_a_pulse_reaches_the_chosen_nodes_only(nodes, signals):
    rule = PulseEmission(count=2.0, at=STEP, nodes=["c", "a"])
    assert rule.rate(nodes, signals, xp).tolist() == [2.0, 0.0, 2.0]
    with pytest.raises(InputError, match=r"no node 'd'"):
        PulseEmission(at=STEP, nodes=["d"]).rate(nodes, signals, xp)


# ---- docking


def test_constant_docking_is_what_was_given(graph):
    assert ConstantDocking(probability=0.05).probability(None, None, xp) == 0.05
    assert ConstantDocking(probability="receptor").bind(graph).probability(None, None, xp).tolist() == [0.1, 0.2, 0.3]


def test_affinity_docking_with_one_receptor_for_all(vesicles, nodes):
    """Receptor (2, 1): c . r = 4, -1, 1.25; p = sigmoid(3 (c . r) / sqrt(2) - 0.5)."""
    rule = AffinityDocking(receptor=[2.0, 1.0], gain=3.0, logit=-0.5)
    match = np.array([4.0, -1.0, 1.25])
    expected = 1.0 / (1.0 + np.exp(-(3.0 * match / np.sqrt(2.0) - 0.5)))
    np.testing.assert_allclose(rule.probability(vesicles, nodes, xp), expected, rtol=1e-14)


def test_affinity_docking_with_a_receptor_at_each_node(graph, vesicles, nodes):
    """Vesicles stand at c, a, c with receptors (0.3, -1), (0.1, 1), (0.3, -1): c . r = -1.7, -1, -0.1."""
    rule = AffinityDocking(receptor=["receptor", "depth"]).bind(graph).seen_from(vesicles.node)
    match = np.array([-1.7, -1.0, -0.1])
    expected = special.expit(4.0 * match / np.sqrt(2.0))
    np.testing.assert_allclose(rule.probability(vesicles, nodes, xp), expected, rtol=1e-13)


def test_one_vesicle_and_many_dock_with_the_same_bits(graph, columns, nodes):
    rule = AffinityDocking(receptor=["receptor", "depth"]).bind(graph)
    many = VesiclesIn(columns, slice(None))
    all_three = rule.seen_from(many.node).probability(many, nodes, xp)
    for row in range(3):
        one = VesiclesIn(columns, slice(row, row + 1))
        assert rule.seen_from(one.node).probability(one, nodes, xp).tolist() == [all_three[row]]


# ---- release, content, decay


def test_a_release_gives_its_amount_or_its_amount_times_a_component(vesicles, nodes):
    """Components 1 of the content: 2, -1, 0.25."""
    assert ModulatorRelease(amount=2.0).effect(vesicles, nodes, xp) == 2.0
    assert ModulatorRelease(amount=2.0, component=1).effect(vesicles, nodes, xp).tolist() == [4.0, -2.0, 0.5]
    assert GainRelease(amount=-0.5, component=0).effect(vesicles, nodes, xp).tolist() == [-0.5, 0.0, -0.25]
    assert (ModulatorRelease.target, GainRelease.target) == (MODULATOR, GAIN)


def test_a_release_may_differ_from_node_to_node(graph, vesicles, nodes):
    """Vesicles stand at c, a, c with depths -1, 1, -1."""
    rule = ModulatorRelease(amount="depth", component=1).bind(graph).seen_from(vesicles.node)
    assert rule.effect(vesicles, nodes, xp).tolist() == [-2.0, -1.0, -0.25]


def test_a_gaussian_content_has_the_mean_and_deviation_given(graph):
    rule = GaussianContent(mean=["receptor", "depth"], deviation=0.5).bind(graph)
    assert rule.mean(None, None, xp).tolist() == [[0.1, 1.0], [0.2, 2.0], [0.3, -1.0]]
    assert rule.deviation(None, None, xp) == 0.5
    with pytest.raises(InputError, match=r"^deviation: got -1; a number >= 0 is allowed"):
        GaussianContent(deviation=-1.0)


def test_a_hazard_may_differ_from_node_to_node(graph):
    assert HazardDecay(hazard="receptor").bind(graph).hazard(None, None, xp).tolist() == [0.1, 0.2, 0.3]


# ---- what rules see


def test_nodes_show_the_state_by_rows(graph, state):
    nodes = Nodes(graph, state, np.array([2, 0]))
    assert nodes.index.tolist() == [2, 0]
    assert nodes.activation.tolist() == [2.0, 0.0]
    assert nodes.activation_before.tolist() == [3.0, 0.0]
    assert nodes.gain.tolist() == [3.0, 1.0]
    assert nodes.drive.tolist() == [7.0, 0.0]
    assert nodes.level("calm").tolist() == [5.0, 1.0]
    assert nodes.receptor.tolist() == nodes.attribute("receptor").tolist() == [0.3, 0.1]
    assert nodes.among(["c"]).tolist() == [1.0, 0.0]
    assert Nodes(graph, state).index.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("read", "noted"),
    [
        (lambda nodes, signals: nodes.receptor, set()),
        (lambda nodes, signals: nodes.index, set()),
        (lambda nodes, signals: nodes.activation, {"activation"}),
        (lambda nodes, signals: nodes.activation_before, {"history"}),
        (lambda nodes, signals: nodes.level("reward") + nodes.gain, {"modulator", "gain"}),
        (lambda nodes, signals: signals.step, {"step"}),
        (lambda nodes, signals: signals.error, {"error"}),
    ],
)
def test_what_changes_is_noted_when_it_is_read(graph, state, read, noted):
    reads = set()
    read(Nodes(graph, state, reads=reads), Signals(state, {"error": 0.5}, reads))
    assert reads == noted


def test_an_unknown_quantity_is_refused_with_the_nearest(nodes, signals):
    with pytest.raises(AttributeError, match=r"nodes have no 'recepter'; did you mean 'receptor'"):
        _ = nodes.recepter
    with pytest.raises(AttributeError, match=r"nodes have no 'activaton'; did you mean 'activation'"):
        _ = nodes.activaton
    with pytest.raises(AttributeError, match=r"no kind 'rewad'; did you mean 'reward'"):
        nodes.level("rewad")
    with pytest.raises(AttributeError, match=r"no signal 'eror'; did you mean 'error'"):
        _ = signals.eror


def test_vesicles_show_content_in_double_precision(vesicles):
    assert vesicles.content.dtype == np.float64
    assert vesicles.content.tolist() == CONTENT.tolist()
    assert (vesicles.node.tolist(), vesicles.ttl.tolist()) == ([2, 0, 2], [4, 5, 6])


def test_numbers_of_numpy_are_plain_numbers_of_a_kind_and_can_be_saved(tmp_path):
    numbers = {"absorb": np.float32(0.5), "clearance": np.float32(3.0), "spend": np.float32(0.5)}
    counts = {"releases": np.int64(2), "cap": np.int64(5), "remembers": np.int32(1), "content_width": np.int64(1)}
    kind = va.Kind(**numbers, **counts)
    assert {type(getattr(kind, name)) for name in numbers} == {float}
    assert {type(getattr(kind, name)) for name in counts} == {int}
    va.VesicleModel(va.NeuralGraph.from_edges([(0, 1)]), {"v": kind}).save(tmp_path / "a.npz")
    loaded = va.VesicleModel.load(tmp_path / "a.npz").world.kinds["v"]
    assert all(getattr(loaded, name) == getattr(kind, name) for name in {**numbers, **counts})
