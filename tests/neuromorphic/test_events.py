"""Events, seen stage by stage: of a small network by hand, and the model none the worse for being watched."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.neuromorphic.delivery import deliver
from vesicle_abm.neuromorphic.events import watch
from vesicle_abm.neuromorphic.mesh import Mesh
from vesicle_abm.neuromorphic.packets import FLOW, REWARD, SPIKE, TYPES
from vesicle_abm.neuromorphic.placement import Placement
from vesicle_abm.neuromorphic.sending import Sender


def chain(delay: int = 0, **kind) -> va.VesicleModel:
    """0 -> 1 -> 2 -> 2: three vesicles are born at 0 in step 1, go on each step, and live for six."""
    graph = nx.DiGraph([(0, 1, {"delay": delay}), (1, 2, {"delay": 0}), (2, 2, {"delay": 0})])
    emission = va.PulseEmission(count=3, at=1, nodes=[0])
    rules = {"emission": emission, "migration": va.WeightedMigration(stay=0.0), "lifetime": 6} | kind
    return va.VesicleModel(graph, {"walker": va.Kind(**rules)}, seed=1)


def moves(model: va.VesicleModel, steps: int) -> list[tuple]:
    """(start, end, newborn) of the vesicles of each step."""
    found = []
    for _ in range(steps):
        moved = watch(model).moves["walker"]
        found.append(list(zip(moved.start.tolist(), moved.end.tolist(), moved.newborn.tolist(), strict=True)))
    return found


def test_moves_of_a_chain_by_hand():
    """Nothing in step 0; on from 0 as they are born, on from 1; at 2 they go in circles, which is no move."""
    assert moves(chain(), 4) == [[], [(0, 1, True)] * 3, [(1, 2, False)] * 3, []]


def test_who_comes_late_moves_when_it_leaves():
    """Two further steps under way: they leave 0 in step 1, are at 1 at the end of step 3, and leave it in step 4."""
    assert moves(chain(delay=2), 6) == [[], [(0, 1, True)] * 3, [], [], [(1, 2, False)] * 3, []]


def test_a_move_backward_leads_to_where_the_edge_comes_from():
    model = chain(
        emission=va.PulseEmission(count=1, at=0, nodes=[1]),
        migration=va.WeightedMigration(stay=0.0, direction="backward"),
    )
    assert moves(model, 2) == [[(1, 0, True)], []]


def test_a_watched_model_has_the_bits_of_one_that_is_not():
    scenario = va.Scenario.load("worm_wireless")
    watched, plain = scenario.build(seed=3), scenario.build(seed=3)
    for _ in range(12):
        watch(watched)
    plain.run_for(12)
    assert watched.state.digest() == plain.state.digest()
    assert watched.record.equals(plain.record)


def test_a_broadcast_is_told_when_it_gives():
    kind = va.Kind(
        emission=va.PulseEmission(count=2, at=1), delivery="broadcast", release=va.ModulatorRelease(amount=1.0)
    )
    model = va.VesicleModel(nx.path_graph(3), {"reward": kind}, seed=1)
    assert [watch(model).broadcast for _ in range(3)] == [[], ["reward"], []]


def pair_of_cores(model: va.VesicleModel, spiking: bool) -> Sender:
    """Neurons 0 and 1 on core 1, 2 and 3 on core 2."""
    placement = Placement(np.array([1, 1, 2, 2]), 0.0, 0.0)
    return Sender.of(Mesh(), model, placement, {}, spiking)


@pytest.fixture
def network() -> va.VesicleModel:
    """0 -> 1, 0 -> 2, 0 -> 3, 3 -> 0, and a kind that is broadcast in step 0."""
    graph = nx.DiGraph([(0, 1), (0, 2), (0, 3), (3, 0)])
    kind = va.Kind(
        emission=va.PulseEmission(count=2, at=0), delivery="broadcast", release=va.ModulatorRelease(amount=1.0)
    )
    return va.VesicleModel(graph, {"reward": kind}, neurons=va.HMNNeurons(bias=1.0), seed=1)


def test_a_neuron_sends_one_packet_to_each_other_core_that_it_has_synapses_in(network):
    """0 to core 2, once for two synapses; 3 to core 1; 1 and 2 to nobody; the controller to both cores."""
    sender = pair_of_cores(network, spiking=True)
    events = watch(network)
    sent = sender.packets(events, np.arange(4))
    rows = list(zip(sent.source.tolist(), sent.target.tolist(), sent.flits.tolist(), sent.type.tolist(), strict=True))
    spike, reward = TYPES.index(SPIKE), TYPES.index(REWARD)
    assert rows == [(1, 2, 2, spike), (2, 1, 2, spike), (0, 1, 2, reward), (0, 2, 2, reward)]
    assert deliver(Mesh(), sent).hops.tolist() == [1, 1, 1, 2]


def test_spikes_are_told_each_time_and_rates_when_they_change(network):
    now, before = np.array([0.0, 1.0, 0.5, 0.0]), np.array([0.0, 1.0, 0.0, 1.0])
    assert pair_of_cores(network, spiking=True).telling(now, before).tolist() == [1, 2]
    assert pair_of_cores(network, spiking=False).telling(now, before).tolist() == [2, 3]


def test_a_vesicle_that_changes_cores_is_a_flow_packet_and_one_that_does_not_is_none():
    model = chain()
    sender = Sender.of(Mesh(), model, Placement(np.array([1, 1, 2]), 0.0, 0.0), {}, True)
    counts = []
    for _ in range(4):
        sent = sender.packets(watch(model), np.zeros(0, np.int64))
        counts.append(sent.type.tolist())
    assert counts == [[], [], [TYPES.index(FLOW)] * 3, []]
