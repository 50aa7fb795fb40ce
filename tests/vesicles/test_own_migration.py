"""Migration by what a vesicle itself remembers: self-avoiding walks, and the way home. Seed 66.

The oracle enumerates every path in plain Python with the weights as written; chi-square tests are at ``SMALLEST_P``.
"""

import itertools
from collections import Counter

import networkx as nx
import numpy as np
import pytest
from oracles import SMALLEST_P, Z, model_of, multinomial_p, share_z

import vesicle_abm as va
from vesicle_abm.core.identity import unpack
from vesicle_abm.views import wandering
from vesicle_abm.views.step import VIEWS

SEED = 66
WALKERS = 6_000


def both_ways(graph: nx.Graph) -> va.NeuralGraph:
    """An undirected graph as two edges for each."""
    return va.NeuralGraph.from_networkx(graph.to_directed())


def paths(graph, steps, *, view="compiled", count=WALKERS, start=0, **rules) -> np.ndarray:
    """(walkers, steps) the nodes that each walker comes to, all born at ``start`` in step 0; rows by id."""
    model = model_of(graph, seed=SEED, view=view, emission=va.PulseEmission(count=count, nodes=[start]), **rules)
    seen = []
    for _ in range(steps):
        model.step()
        columns = model.state.vesicles["v"]
        seen.append(columns["node"][columns.in_order()].copy())
    return np.stack(seen, axis=1)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("remembers", [1, 3, 6])
def test_on_a_ring_nobody_turns_back(view, remembers):
    """Seven nodes: each goes on as it set out, 0 ± t; who remembers all six others stays at the last."""
    rules = {"migration": va.SelfAvoidingMigration(), "remembers": remembers}
    found = paths(both_ways(nx.cycle_graph(7)), 10, view=view, count=40, **rules)
    t = np.minimum(np.arange(1, 11), 6) if remembers == 6 else np.arange(1, 11)
    wanted = {tuple(((sign * t) % 7).tolist()) for sign in (1, -1)}
    assert {tuple(row) for row in found.tolist()} == wanted


def test_on_a_complete_graph_who_remembers_all_visits_all_in_any_order():
    """Five nodes: each of the 4! orders is as likely, chi-square over 6000 walkers; then they stay."""
    rules = {"migration": va.SelfAvoidingMigration(), "remembers": 4}
    found = paths(both_ways(nx.complete_graph(5)), 6, **rules)
    assert (np.sort(found[:, :4], axis=1) == [1, 2, 3, 4]).all()
    assert (found[:, 4:] == found[:, 3:4]).all()
    orders = Counter(map(tuple, found[:, :4].tolist()))
    assert multinomial_p(list(orders.values()), np.full(24, 1.0 / 24.0), WALKERS) > SMALLEST_P


def test_nobody_returns_to_a_node_that_is_remembered_and_later_they_do():
    """R = 2 on a complete graph of 6: a step leads to none of the last three nodes; to the one before it may."""
    rules = {"migration": va.SelfAvoidingMigration(), "remembers": 2}
    found = np.hstack([np.zeros((500, 1), int), paths(both_ways(nx.complete_graph(6)), 12, count=500, **rules)])
    for lag in (1, 2, 3):
        assert (found[:, lag:] != found[:, :-lag]).all()
    assert (found[:, 4:] == found[:, :-4]).any()


def test_probabilities_of_paths_are_those_of_enumerated_weights():
    """Weights, staying, and a factor of 1/4 on remembered nodes, R = 2: all paths of three steps, chi-square.

    Staying leaves the memory as it is.
    """
    weight = {(0, 1): 1.0, (0, 2): 2.0, (1, 0): 3.0, (1, 2): 0.5, (2, 0): 1.0, (2, 1): 1.5, (2, 3): 2.0, (3, 0): 1.0}
    graph = va.NeuralGraph.from_edges([(*way, {"weight": w}) for way, w in weight.items()], nodes=[*range(4)])
    rule = va.SelfAvoidingMigration(revisit=0.25, stay=0.75)
    found = Counter(map(tuple, paths(graph, 3, migration=rule, remembers=2).tolist()))

    def likely(path, remembered=(), here=0):
        if not path:
            return 1.0
        wish = {end: w * (0.25 if end in remembered else 1.0) for (start, end), w in weight.items() if start == here}
        total, first = 0.75 + sum(wish.values()), path[0]
        if first == here:
            return 0.75 / total * likely(path[1:], remembered, here)
        return wish.get(first, 0.0) / total * likely(path[1:], (here, *remembered)[:2], first)

    every = list(itertools.product(range(4), repeat=3))
    probability = [likely(path) for path in every]
    assert sum(probability) == pytest.approx(1.0)
    assert multinomial_p([found[path] for path in every], probability, WALKERS) > SMALLEST_P


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_remembered_is_the_nodes_left_the_latest_first(view):
    """Around a directed ring of 5 with R = 3, from node 0; -1 where there is none yet."""
    graph = va.NeuralGraph.from_networkx(nx.cycle_graph(5, nx.DiGraph))
    model = model_of(graph, seed=SEED, view=view, emission=va.PulseEmission(count=2, nodes=[0]), remembers=3)
    for wanted in ([0, -1, -1], [1, 0, -1], [2, 1, 0], [3, 2, 1]):
        model.step()
        assert model.state.vesicles["v"]["remembered"].tolist() == [wanted] * 2


@pytest.mark.parametrize("view", VIEWS)
def test_on_a_delayed_way_the_node_is_left_on_arrival(view):
    """0 <-> 1 with delay 2: the way back is to a remembered node, so the walker stays at 1 for ever."""
    graph = va.NeuralGraph.from_edges([(0, 1, {"delay": 2}), (1, 0, {"delay": 2})])
    rules = {"migration": va.SelfAvoidingMigration(), "remembers": 1, "emission": va.PulseEmission(count=1, nodes=[0])}
    model = model_of(graph, seed=SEED, view=view, **rules)
    found = []
    for _ in range(6):
        model.step()
        columns = model.state.vesicles["v"]
        found.append((int(columns["node"][0]), int(columns["remembered"][0, 0])))
    assert found == [(0, -1), (0, -1), (1, 0), (1, 0), (1, 0), (1, 0)]


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_avoidance_looks_where_ways_lead_in_either_direction(direction):
    """A chain with ways back: forwards one runs to its end; against the edges the same from the other side."""
    graph = va.NeuralGraph.from_edges([(i, i + 1) for i in range(4)] + [(i + 1, i, {"weight": 9.0}) for i in range(4)])
    rule = va.SelfAvoidingMigration(direction=direction)
    found = paths(graph, 4, count=30, migration=rule, remembers=1)
    assert found.tolist() == [[1, 2, 3, 4]] * 30


@pytest.mark.parametrize("view", VIEWS)
def test_who_has_gone_out_goes_home_at_once_and_stays_there(view):
    """Outward for one step as one kind; as the other, with no weight elsewhere, home, where no way leads home."""
    graph = both_ways(nx.complete_graph(8))
    out = va.Kind(emission=va.PulseEmission(count=6), turn=va.ConstantTurn(into="home", when="always"))
    kinds = {"out": out, "home": va.Kind(migration=va.HomingMigration())}
    model = va.VesicleModel(graph, kinds, seed=SEED, view=view)
    model.step()
    columns = model.state.vesicles["home"]
    born = unpack(columns["id"])[1]
    assert (columns["node"] != born).all()
    for _ in range(3):
        model.step()
        assert (columns["node"] == unpack(columns["id"])[1]).all()


def test_the_share_at_home_is_that_of_a_markov_chain_of_two_states():
    """K_6 with pull 4, elsewhere 1, stay 2: home is left with 5 / 7, found with 4 / (2 + 4 + 4). Binomial, by step."""
    rule = va.HomingMigration(pull=4.0, elsewhere=1.0, stay=2.0)
    found = paths(both_ways(nx.complete_graph(6)), 8, migration=rule) == 0
    share = 1.0
    for at_home in found.T:
        share = share * (2.0 / 7.0) + (1.0 - share) * 0.4
        assert abs(share_z(at_home.sum(), WALKERS, share)) < Z


def test_homing_weighs_each_way_by_its_weight_too():
    """From 1, home by weight 0.5 and pull 3, to 2 by weight 2 and elsewhere 0.25: 1.5 against 0.5."""
    edges = [(0, 1, {"weight": 1.0}), (1, 0, {"weight": 0.5}), (1, 2, {"weight": 2.0})]
    found = paths(va.NeuralGraph.from_edges(edges), 2, migration=va.HomingMigration(pull=3.0, elsewhere=0.25))
    assert (found[:, 0] == 1).all()
    assert abs(share_z((found[:, 1] == 0).sum(), WALKERS, 0.75)) < Z


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_the_size_of_blocks_never_matters(monkeypatch, rows):
    """More vesicles than a block holds, with unlike fan-outs, sinks and delays: the same digest."""
    edges = [(0, 1), (0, 2), (0, 3), (1, 2, {"delay": 2}), (2, 0), (2, 1), (3, 1, {"weight": 0.25}), (1, 4)]
    rules = {
        "emission": va.ConstantEmission(rate=12.0),
        "migration": va.SelfAvoidingMigration(revisit=0.5, stay=0.5),
        "remembers": 2,
        "lifetime": 6,
    }

    def digest():
        model = model_of(va.NeuralGraph.from_edges(edges), seed=SEED, **rules)
        model.run_for(8)
        assert model.counts["alive"] > 200
        return model.state.digest()

    whole = digest()
    monkeypatch.setattr(wandering, "ROWS_A_BLOCK", rows)
    assert digest() == whole


def test_huge_weights_and_preferences_do_not_overflow():
    """Weights of 1e300 and a pull of 1e10 home: all go home at once, along the one way that leads there."""
    graph = va.NeuralGraph.from_edges([("a", "b", {"weight": 1e300}), ("b", "a", {"weight": 1e300}), ("b", "c", {})])
    kind = va.Kind(
        emission=va.PulseEmission(count=20, nodes=["a"]), migration=va.HomingMigration(pull=1e10, elsewhere=1.0)
    )
    model = va.VesicleModel(graph, {"v": kind}, seed=SEED)
    model.run_for(2)
    assert model.occupancy()[0].tolist() == [20, 0, 0]
