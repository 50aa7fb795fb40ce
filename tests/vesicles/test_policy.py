"""Policies: births and ways by a linear score, by hand on four nodes; in both views, across a restart."""

import networkx as nx
import numpy as np
import pytest
from oracles import Z
from scipy import special

import vesicle_abm as va
from vesicle_abm.core import functions as xp
from vesicle_abm.core.errors import InputError
from vesicle_abm.scenario import Scenario, ScenarioError
from vesicle_abm.vesicles.sight import Nodes
from vesicle_abm.views.step import VIEWS

DEPTH, SIZE = np.array([0.0, 1.0, 2.0, -1.0]), np.array([1.0, 0.5, 2.0, 0.0])
SIGNAL = np.array([0.0, 1.0, -1.0, 2.0])


def fork() -> va.NeuralGraph:
    """0 leads to 1 and 2, 1 to 3."""
    graph = nx.DiGraph()
    graph.add_nodes_from((i, {"depth": DEPTH[i], "size": SIZE[i]}) for i in range(4))
    graph.add_weighted_edges_from([(0, 1, 1.0), (0, 2, 3.0), (1, 3, 2.0)])
    return va.NeuralGraph.from_networkx(graph)


def model(view="compiled", emission=None, migration=None, **neurons) -> va.VesicleModel:
    """A kind that follows the rules, and another, ``glow``, whose level is 1, 2, 3 and 4."""
    rules = {"emission": emission or va.ConstantEmission(), "migration": migration or va.WeightedMigration()}
    kinds = {"v": va.Kind(docking=va.ConstantDocking(probability=0.5), lifetime=5, **rules), "glow": va.Kind()}
    found = va.VesicleModel(fork(), kinds, neurons=va.HMNNeurons(activation="identity"), seed=3, view=view)
    found.state.modulator[:, 1] = [1.0, 2.0, 3.0, 4.0]
    found.state.activation[:] = [0.0, 0.5, 1.0, 2.0]
    return found


def rate_of(**rule) -> np.ndarray:
    """(4,) expected births, with signals and levels as above."""
    world = model(emission=va.PolicyEmission(**rule)).world
    world.signals = {"one": 2.0, "each": SIGNAL}
    return world.tables["v"].rate()


def softplus(x):
    return np.logaddexp(0.0, x)


def test_births_are_softplus_of_a_weighted_sum_of_signals_levels_and_activation():
    rule = {
        "signals": ["one", "each", "silent"],
        "weights": [0.5, 2.0, 9.0],
        "levels": ["glow"],
        "level_weights": [-1.0],
    }
    score = -0.5 + 0.5 * 2.0 + 2.0 * SIGNAL - np.array([1.0, 2.0, 3.0, 4.0]) + 0.25 * np.array([0.0, 0.5, 1.0, 2.0])
    found = rate_of(**rule, bias=-0.5, activity=0.25, scale=3.0)
    assert found == pytest.approx(3.0 * softplus(score), rel=1e-12)


def test_one_weight_is_that_of_all_and_nodes_may_have_their_own():
    assert rate_of(signals=["one", "each"], weights=0.5) == pytest.approx(softplus(0.5 * (2.0 + SIGNAL)), rel=1e-12)
    own = rate_of(signals=["one"], weights=["depth"], nodes=[1, 2])
    assert own == pytest.approx(softplus(2.0 * DEPTH) * np.array([0, 1, 1, 0]), rel=1e-12)


def test_without_anything_births_are_softplus_of_the_bias():
    assert rate_of(bias=-1.0) == pytest.approx(softplus(-1.0), rel=1e-12)


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ({"signals": ["a", "b"], "weights": [1.0]}, "weights"),
        ({"weights": [1.0]}, "weights"),
        ({"levels": ["a"], "level_weights": [1.0, 2.0]}, "level_weights"),
        ({"signals": "a"}, "signals"),
        ({"levels": [3]}, "levels"),
        ({"scale": -1.0}, "scale"),
    ],
)
def test_an_emission_with_weights_for_nothing_is_refused_with_its_key(rule, key):
    with pytest.raises(InputError) as refusal:
        va.PolicyEmission(**rule)
    assert refusal.value.key == key


def test_a_migration_with_weights_for_nothing_is_refused_with_its_key():
    with pytest.raises(InputError, match="2 for 1 features") as refusal:
        va.PolicyMigration(features=["depth"], weights=[1.0, 2.0])
    assert refusal.value.key == "weights"


def test_a_scenario_that_names_a_signal_or_kind_that_is_not_there_is_refused_with_the_nearest():
    scenario = Scenario.load("novelty")
    rule = {"rule": "policy", "signals": ["novelty", "novel"], "weights": 1.0}
    with pytest.raises(ScenarioError, match=r"no signal 'novel'.*novelty"):
        scenario.override("kinds.norepinephrine.emission", rule).build()
    rule = {"rule": "policy", "levels": ["errors"], "level_weights": 1.0}
    with pytest.raises(ScenarioError, match=r"no kind 'errors'.*error"):
        scenario.override("kinds.norepinephrine.emission", rule).build()


def shares(**rule) -> tuple[np.ndarray, np.ndarray]:
    """(E,) weights and (N,) stay."""
    world, rule = model().world, va.PolicyMigration(**rule).bind(fork())
    nodes = Nodes(world.graph, world.state, kind="v")
    return rule.weights(world.graph, nodes, xp), np.broadcast_to(rule.stay(world.graph, nodes, xp), 4)


def test_ways_are_a_softmax_over_where_they_lead_and_staying():
    """At node 0: log-weights log 1 + s_1, log 3 + s_2, and staying at 0.7."""
    rule = {"features": ["depth", "size"], "weights": [0.5, -1.0], "levels": ["glow"], "level_weights": [0.25]}
    weights, stay = shares(**rule, activity=2.0, stay_logit=0.7)
    score = 0.5 * DEPTH - SIZE + 0.25 * np.array([1.0, 2.0, 3.0, 4.0]) + 2.0 * np.array([0.0, 0.5, 1.0, 2.0])
    expected = special.softmax([score[1], np.log(3.0) + score[2], 0.7])
    found = np.array([weights[0], weights[1], stay[0]])
    assert found / found.sum() == pytest.approx(expected, rel=1e-12)


def test_no_weights_leave_the_edges_weights_alone():
    weights, stay = shares()
    assert weights.tolist() == [1.0, 3.0, 2.0]
    assert stay.tolist() == [0.0] * 4


def test_what_is_no_way_has_no_weight_however_high_the_score_behind_it():
    """Of 0 -> 1 in the layer, 0 -> 2 in another, and 1 -> 2 of weight 0."""
    edges = [(0, 1, {"layer": "a"}), (0, 2, {"layer": "b"}), (1, 2, {"layer": "a", "weight": 0.0})]
    graph = va.NeuralGraph.from_edges(edges)
    graph.node_data["depth"] = np.array([0.0, 1.0, 1e3])
    world = va.VesicleModel(graph, {"v": va.Kind()}).world
    rule = va.PolicyMigration(features=["depth"], weights=[1.0], layers=["a"], stay_logit=0.0).bind(graph)
    nodes = Nodes(graph, world.state, kind="v")
    assert rule.weights(graph, nodes, xp).tolist() == [1.0, 0.0, 0.0]
    assert rule.stay(graph, nodes, xp).tolist() == pytest.approx([np.exp(-1.0), 1.0, 1.0], rel=1e-15)


def test_scores_of_any_size_stay_finite():
    weights, stay = shares(features=["depth"], weights=[1e6], stay_logit=0.0)
    assert np.isfinite(weights).all() and np.isfinite(stay).all()
    assert weights[:2].tolist() == [0.0, 3.0]


def test_vesicles_turn_to_where_the_level_has_risen():
    """Of 2000 at node 0, exp(log 3) : 1 go to 2; once the level at 1 is log 3 higher than at 2, half of them do."""
    migration = va.PolicyMigration(levels=["glow"], level_weights=1.0)
    for raised, chance in ((0.0, 0.75), (np.log(3.0), 0.5)):
        world = model(emission=va.PulseEmission(count=2000, nodes=[0]), migration=migration)
        world.state.modulator[:, 1] = [0.0, raised, 0.0, 0.0]
        world.step()
        came = (world.state.vesicles["v"]["node"] == 2).sum() + world.state.docked[0, 2]
        assert abs(came - 2000 * chance) < Z * np.sqrt(2000 * chance * (1.0 - chance))


def test_births_by_a_signal_have_the_mean_and_variance_of_poisson():
    """Of 4000 steps, mean lambda give or take sqrt(lambda / 4000)."""
    found = model(emission=va.PolicyEmission(bias=0.3, levels=["glow"], level_weights=[0.0], nodes=[2]))
    found.run_for(4000)
    rate = softplus(0.3)
    assert abs(found.state.emitted[0, 2] / 4000 - rate) < Z * np.sqrt(rate / 4000)


def policed() -> Scenario:
    """The scenario novelty with policies that read all that there is."""
    emission = {"rule": "policy", "signals": ["novelty", "uncertainty"], "weights": [2.0, -1.0], "bias": -2.0}
    emission |= {"levels": ["acetylcholine"], "level_weights": [0.5], "activity": 0.3, "nodes": ["locus_coeruleus"]}
    migration = {
        "rule": "policy",
        "features": ["noise"],
        "weights": [4.0],
        "levels": ["acetylcholine"],
        "stay_logit": 0.0,
    }
    migration |= {"level_weights": 1.0, "activity": 0.5, "layers": ["noradrenergic"]}
    scenario = Scenario.load("novelty").override("kinds.norepinephrine.emission", emission)
    return scenario.override("kinds.norepinephrine.migration", migration)


def test_both_views_have_the_same_bits_and_a_restart_too(tmp_path):
    digests = set()
    for view in VIEWS:
        found = policed().build(view=view)
        found.run_for(60)
        found.save(tmp_path / view)
        found.run_for(60)
        again = va.VesicleModel.load(tmp_path / view)
        again.run_for(60)
        digests |= {found.state.digest(), again.state.digest()}
    assert len(digests) == 1
    assert found.counts["born"] > 10
