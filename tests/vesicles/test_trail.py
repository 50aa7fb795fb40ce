"""Trails: what travellers leave on edges, how it fades, and how others choose by it. Seed 67.

Traversals are counted a second time, in plain Python, from where each vesicle stood before and after a step.
"""

import numpy as np
import pytest
from oracles import SMALLEST_P, model_of, multinomial_p

import vesicle_abm as va
from vesicle_abm.core.identity import unpack
from vesicle_abm.views.step import VIEWS

SEED = 67
WALKERS = 6_000
MESH = [(0, 1, 1.0), (0, 2, 2.0), (1, 2, 1.0), (1, 0, 0.5), (2, 0, 1.0), (2, 1, 3.0), (2, 3, 1.0), (3, 0, 1.0)]
LINE = [(0, 1, {"delay": 2}), (1, 2)]


def mesh() -> va.NeuralGraph:
    """Four nodes; no two edges have the same two ends, so that the nodes before and after tell the edge."""
    return va.NeuralGraph.from_edges([(s, t, {"weight": w}) for s, t, w in MESH])


def trailing(graph, trail, view="compiled", **rules) -> va.VesicleModel:
    """One kind that leaves a trail."""
    return model_of(graph, seed=SEED, view=view, trail=trail, **rules)


def places(model) -> dict[int, int]:
    """id -> node."""
    columns = model.state.vesicles["v"]
    return dict(zip(columns["id"].tolist(), columns["node"].tolist(), strict=True))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_each_traversal_adds_its_amount_once_and_staying_adds_nothing(view, direction):
    rules = {"migration": va.WeightedMigration(stay=1.0, direction=direction), "emission": va.PulseEmission(count=10)}
    model = trailing(mesh(), va.ConstantTrail(amount=0.375), view, **rules)
    edge = {(s, t) if direction == "forward" else (t, s): e for e, (s, t, _) in enumerate(MESH)}
    crossed = np.zeros(len(MESH), int)
    for _ in range(7):
        before = places(model)
        model.step()
        for id_, after in places(model).items():
            start = before.get(id_, unpack(id_)[1])  # newborns set out from the node that their id names
            if after != start:
                crossed[edge[start, after]] += 1
    assert model.state.trails["v"].tolist() == (0.375 * crossed).tolist()
    assert model.state.traversals()["v"].tolist() == crossed.tolist()
    assert 0 < crossed.sum() < 7 * 40  # some stayed


@pytest.mark.parametrize("view", VIEWS)
def test_a_delayed_edge_gains_when_the_vesicle_arrives(view):
    """0 -> 1 takes two further steps: marked in step 2, and 1 -> 2 in step 3; nothing is marked twice."""
    model = trailing(va.NeuralGraph.from_edges(LINE), va.ConstantTrail(), view, emission=va.PulseEmission(nodes=[0]))
    seen = []
    for _ in range(5):
        model.step()
        seen.append(model.state.trails["v"].tolist())
    assert seen == [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize("view", VIEWS)
def test_backwards_the_edge_that_was_passed_against_its_direction_is_marked(view):
    """From 2 against 1 -> 2 in step 0, against 0 -> 1 from step 1 on, there in step 3."""
    rules = {"migration": va.WeightedMigration(direction="backward"), "emission": va.PulseEmission(nodes=[2])}
    model = trailing(va.NeuralGraph.from_edges(LINE), va.ConstantTrail(), view, **rules)
    seen = []
    for _ in range(5):
        model.step()
        seen.append(model.state.trails["v"].tolist())
    assert seen == [[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize("view", VIEWS)
def test_a_kind_may_leave_its_trail_on_that_of_another(view):
    """Two and three travellers, 0.5 and 0.25 each: 1.75 on the trail of b; a has none of its own."""
    graph = va.NeuralGraph.from_edges([(0, 1)])
    kinds = {
        "a": va.Kind(emission=va.PulseEmission(count=3, nodes=[0]), trail=va.ConstantTrail(amount=0.25, onto="b")),
        "b": va.Kind(emission=va.PulseEmission(count=2, nodes=[0]), trail=va.ConstantTrail(amount=0.5)),
    }
    model = va.VesicleModel(graph, kinds, seed=SEED, view=view)
    model.step()
    assert {name: trail.tolist() for name, trail in model.state.trails.items()} == {"b": [1.75]}
    assert {name: counts.tolist() for name, counts in model.state.traversals().items()} == {"a": [3], "b": [2]}
    assert model.record["b.trail"].tolist() == [1.75]


def test_a_content_component_says_how_much_is_left():
    """3 travellers of amount 2 and c1 = 0.25."""
    rules = {"emission": va.PulseEmission(count=3, nodes=[0]), "content_width": 2, "content": [9.0, 0.25]}
    model = trailing(va.NeuralGraph.from_edges([(0, 1)]), va.ConstantTrail(amount=2.0, component=1), **rules)
    model.step()
    assert model.state.trails["v"].tolist() == [1.5]


@pytest.mark.parametrize("view", VIEWS)
def test_a_trail_fades_exponentially_and_before_the_travellers_of_the_step_come(view):
    """Pulses of two in steps 0 and 4: 2 exp(-t / 5), plus 2 exp(-(t - 4) / 5) from step 4 on."""
    emission = va.PulseEmission(count=2, nodes=[0], every=4)
    model = trailing(va.NeuralGraph.from_edges([(0, 1)]), va.ConstantTrail(tau=5.0), view, emission=emission)
    for t in range(8):
        model.step()
        wanted = 2.0 * np.exp(-t / 5.0) + (2.0 * np.exp(-(t - 4) / 5.0) if t >= 4 else 0.0)
        assert model.state.trails["v"] == pytest.approx([wanted], rel=1e-13)


def test_without_a_time_constant_a_trail_stays():
    model = trailing(va.NeuralGraph.from_edges([(0, 1)]), va.ConstantTrail(), emission=va.PulseEmission(nodes=[0]))
    model.run_for(20)
    assert model.state.trails["v"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("offset", "power", "stay"), [(20.0, 2.0, 0.0), (5.0, 1.0, 2.0), (1.0, 0.0, 0.5), (2.0, 3.5, 1.0)]
)
def test_choices_have_the_probabilities_of_deneubourgs_function(offset, power, stay):
    """P(e) = w_e (offset + trail_e)^power / (stay offset^power + the sum of them): chi-square over 6000 walkers."""
    weight, trail = np.array([1.0, 2.0, 0.5, 1.0]), np.array([0.0, 3.0, 30.0, 8.0])
    graph = va.NeuralGraph.from_edges([(0, i + 1, {"weight": w}) for i, w in enumerate(weight.tolist())])
    rule = va.TrailMigration(offset=offset, power=power, stay=stay)
    model = trailing(graph, va.ConstantTrail(), emission=va.PulseEmission(count=WALKERS, nodes=[0]), migration=rule)
    model.state.trails["v"][:] = trail
    model.step()
    attraction = np.concatenate([[stay * offset**power], weight * (offset + trail) ** power])
    assert multinomial_p(model.occupancy()[0], attraction / attraction.sum(), WALKERS) > SMALLEST_P


@pytest.mark.parametrize("view", VIEWS)
def test_a_kind_may_follow_the_trail_of_another_and_sees_it_as_the_stage_began(view):
    """The way to 2 bears 10^6 of the trail of a, while in the same step 50 of a mark the way to 1 with 10^6 each."""
    graph = va.NeuralGraph.from_edges([(0, 1, {"layer": "both"}), (0, 2, {"layer": "b"})])
    pulse = va.PulseEmission(count=50, nodes=[0])
    kinds = {
        "a": va.Kind(
            emission=pulse, trail=va.ConstantTrail(amount=1e6), migration=va.WeightedMigration(layers=["both"])
        ),
        "b": va.Kind(emission=pulse, migration=va.TrailMigration(follow="a")),
    }
    model = va.VesicleModel(graph, kinds, seed=SEED, view=view)
    model.state.trails["a"][1] = 1e6
    model.step()
    assert model.occupancy().tolist() == [[0, 50, 0], [0, 0, 50]]
    assert model.state.trails["a"].tolist() == [50e6, 1e6]
