"""Vesicles that become another kind: waiting times, chains of kinds, what stays and what is new. Seed 65."""

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, isolated, mean_z, multinomial_p, poisson_p, share_z

import vesicle_abm as va
from vesicle_abm.core.identity import unpack
from vesicle_abm.views.step import VIEWS

SEED = 65
COHORT, NODES = 4_000, 2_000
DOCK = va.ConstantDocking(probability=1.0)
REST = va.WeightedMigration(layers=[])


def two_kinds(graph, turn, *, first=None, second=None, view="compiled", **world):
    """Kinds ``a`` and ``b``, where a turns into b by the rule ``turn``."""
    kinds = {"a": va.Kind(turn=turn, **(first or {})), "b": va.Kind(**(second or {}))}
    return va.VesicleModel(graph, kinds, seed=SEED, view=view, **world)


def sizes(model) -> list[int]:
    return [columns.size for columns in model.state.vesicles.values()]


def test_the_waiting_time_is_geometric():
    """P(turns in step t) = p (1 - p)^t: chi-square over 4000 vesicles; and all come."""
    turn = va.ConstantTurn(probability=0.3, into="b", when="always")
    model = two_kinds(isolated(1), turn, first={"emission": va.PulseEmission(count=COHORT)})
    waiting = [COHORT]
    while waiting[-1]:
        model.step()
        waiting.append(sizes(model)[0])
        assert sum(sizes(model)) == COHORT
    found = -np.diff(waiting)
    assert multinomial_p(found, 0.3 * 0.7 ** np.arange(len(found)), COHORT) > SMALLEST_P
    assert model.counts_by_kind["a"]["went"] == model.counts_by_kind["b"]["came"] == COHORT


def test_a_chain_of_two_kinds_follows_the_linear_recursion_node_by_node():
    """a' = (a + r)(1 - p)(1 - h_a), b' = b (1 - h_b) + p (a + r): who turns neither ages nor is cleared in that step.

    Poisson births thinned independently: both counts are Poisson. Standard error sqrt(m / 2000) of the mean over nodes.
    """
    rate, p, clear_a, clear_b = 1.5, 0.2, 0.1, 0.05
    model = two_kinds(
        isolated(NODES),
        va.ConstantTurn(probability=p, into="b", when="always"),
        first={"emission": va.ConstantEmission(rate=rate), "decay": va.HazardDecay(hazard=clear_a)},
        second={"decay": va.HazardDecay(hazard=clear_b)},
    )
    a = b = 0.0
    for _ in range(25):
        model.step()
        a, b = (a + rate) * (1.0 - p) * (1.0 - clear_a), b * (1.0 - clear_b) + p * (a + rate)
        for counts, mean in zip(model.occupancy(), (a, b), strict=True):
            assert abs(mean_z(counts, mean, mean)) < Z
    assert poisson_p(model.occupancy()[1], b) > SMALLEST_P


def test_two_kinds_that_turn_into_one_another_are_a_markov_chain_of_two_states():
    """share of a after t steps: pi + (1 - pi)(1 - p - q)^t, pi = q / (p + q); se of the binomial count."""
    p, q = 0.15, 0.05
    kinds = {
        "a": va.Kind(
            emission=va.PulseEmission(count=COHORT), turn=va.ConstantTurn(probability=p, into="b", when="always")
        ),
        "b": va.Kind(turn=va.ConstantTurn(probability=q, into="a", when="always")),
    }
    model = va.VesicleModel(isolated(1), kinds, seed=SEED)
    pi = q / (p + q)
    for t in range(1, 21):
        model.step()
        assert abs(share_z(sizes(model)[0], COHORT, pi + (1.0 - pi) * (1.0 - p - q) ** t)) < Z
        assert sum(sizes(model)) == COHORT


def test_only_the_docked_turn_unless_the_rule_says_always():
    """Docking with d = 0.5, turning with p = 0.4: a share of d p goes, d (1 - p) is absorbed, 1 - d stays. Binomial."""
    turn = va.ConstantTurn(probability=0.4, into="b")
    first = {"emission": va.PulseEmission(count=COHORT), "docking": va.ConstantDocking(probability=0.5)}
    model = two_kinds(isolated(1), turn, first=first)
    model.step()
    counts = model.counts_by_kind["a"]
    for found, share in ((counts["went"], 0.2), (counts["absorbed"], 0.3), (counts["alive"], 0.5)):
        assert abs(share_z(found, COHORT, share)) < Z
    never = two_kinds(isolated(1), va.ConstantTurn(into="b"), first={"emission": va.PulseEmission(count=9)})
    never.run_for(4)
    assert sizes(never) == [9, 0]


@pytest.mark.parametrize("view", VIEWS)
def test_id_and_node_stay_and_the_new_life_is_whole(view):
    """Born with lifetime 9; turned in step 0. As b: 5 steps to live, a whole payload, two releases, nothing remembered,
    not docked.
    """
    first = {"emission": va.PulseEmission(count=2), "docking": DOCK, "lifetime": 9, "spend": 0.5, "releases": 7}
    second = {"lifetime": 5, "spend": 0.25, "releases": 2, "remembers": 3, "migration": REST}
    model = two_kinds(isolated(3), va.ConstantTurn(into="b"), first=first, second=second, view=view)
    model.step()
    columns = model.state.vesicles["b"]
    step, node, kind, _ = unpack(columns["id"])
    assert (step == 0).all()
    assert (kind == 0).all()  # the kind of its birth
    assert node.tolist() == columns["node"].tolist()
    assert sorted(node.tolist()) == [0, 0, 1, 1, 2, 2]
    assert set(columns["ttl"].tolist()) == {5}
    assert set(columns["payload"].tolist()) == {1.0}
    assert set(columns["left"].tolist()) == {2}
    assert set(columns["status"].tolist()) == {0}
    assert (columns["remembered"] == -1).all()
    model.run_for(4)
    assert sizes(model) == [0, 6]
    model.step()
    assert model.counts_by_kind["b"]["expired"] == 6


def test_the_lifetime_of_the_new_life_is_a_fresh_draw_at_its_own_address():
    """ceil(-mean log u) with u the draw of the stream "renewed" in the step of turning."""
    first = {"emission": va.PulseEmission(count=50, at=3), "docking": DOCK, "lifetime": 4}
    second = {"lifetime": va.ExponentialLifetime(mean=20.0)}
    model = two_kinds(isolated(2), va.ConstantTurn(into="b"), first=first, second=second)
    model.run_for(4)
    columns = model.state.vesicles["b"]
    wanted = np.ceil(-20.0 * np.log(va.uniform(SEED, columns["id"], 3, "renewed")))
    assert columns["ttl"].tolist() == wanted.tolist()
    assert len(set(wanted.tolist())) > 10


@pytest.mark.parametrize("view", VIEWS)
def test_content_stays_or_is_found_at_the_node(view):
    """What a vesicle carried, or a value for all, or the attributes of its node."""
    graph = va.NeuralGraph.from_edges([], nodes=[(i, {"x": float(i), "y": -0.5 * i}) for i in range(3)])
    for value, wanted in (
        (None, [[0.5, 0.25]] * 3),
        ([4.0, 2.0], [[4.0, 2.0]] * 3),
        (["x", "y"], [[0.0, 0.0], [1.0, -0.5], [2.0, -1.0]]),
    ):
        first = {"emission": va.PulseEmission(count=1), "docking": DOCK, "content_width": 2, "content": [0.5, 0.25]}
        turn = va.ConstantTurn(into="b", value=value)
        model = two_kinds(graph, turn, first=first, second={"content_width": 2}, view=view)
        model.step()
        columns = model.state.vesicles["b"]
        assert columns["content"][np.argsort(columns["node"])].tolist() == wanted


@pytest.mark.parametrize("view", VIEWS)
def test_what_the_memory_recalls_becomes_the_content(view):
    """softmax(beta c . M / sqrt(2)) over the two slots in use, of three; in plain numpy."""
    first = {"emission": va.PulseEmission(count=1), "docking": DOCK, "content_width": 2, "content": [1.0, -0.5]}
    turn = va.RecallTurn(into="b", beta=3.0)
    memory = va.Memory(width=2, slots=3)
    model = two_kinds(isolated(1), turn, first=first, second={"content_width": 2}, view=view, memory=memory)
    stored = np.array([[2.0, 1.0], [0.0, 0.0], [1.0, -3.0]])
    model.state.memory[0] = stored
    model.step()
    score = np.exp(3.0 * stored[[0, 2]] @ [1.0, -0.5] / np.sqrt(2.0))
    wanted = score @ stored[[0, 2]] / score.sum()
    assert model.state.vesicles["b"]["content"][0] == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("view", VIEWS)
def test_nobody_turns_between_nodes(view):
    """0 -> 1 with a delay of 3: born in step 0, under way in steps 0, 1 and 2, at 1 and turned there in step 3."""
    graph = va.NeuralGraph.from_edges([(0, 1, {"delay": 3})], nodes=[(0, {"x": 7.0}), (1, {"x": 9.0})])
    first = {"emission": va.PulseEmission(count=4, nodes=[0]), "content_width": 1}
    turn = va.ConstantTurn(into="b", when="always", value=["x"])
    model = two_kinds(graph, turn, first=first, second={"content_width": 1, "migration": REST}, view=view)
    for _ in range(3):
        model.step()
        assert sizes(model) == [4, 0]
    model.step()
    assert sizes(model) == [0, 4]
    assert model.state.vesicles["b"]["node"].tolist() == [1] * 4
    assert model.state.vesicles["b"]["content"].tolist() == [[9.0]] * 4


def test_the_probability_may_differ_from_node_to_node():
    turn = va.ConstantTurn(probability=np.array([0.0, 1.0, 0.0]), into="b", when="always")
    model = two_kinds(isolated(3), turn, first={"emission": va.PulseEmission(count=3)})
    model.run_for(2)
    assert model.occupancy().tolist() == [[3, 0, 3], [0, 3, 0]]


def test_who_turns_releases_first_as_what_it_was_and_then_as_what_it_is():
    """A level of each kind: 1 from a in step 0, 4 from b in step 1."""
    first = {"emission": va.PulseEmission(count=1), "docking": DOCK, "release": va.ModulatorRelease(amount=1.0)}
    second = {"docking": DOCK, "release": va.ModulatorRelease(amount=4.0)}
    model = two_kinds(isolated(1), va.ConstantTurn(into="b"), first=first, second=second)
    model.step()
    assert model.state.modulator.tolist() == [[1.0, 0.0]]
    model.step()
    assert model.state.modulator.tolist() == [[1.0, 4.0]]
    assert model.counts_by_kind["b"]["absorbed"] == 1
