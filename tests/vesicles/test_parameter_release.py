"""Releases onto synapses: scale, additive, low rank; of a node's inputs or outputs; for a time or for good. Seed 62."""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.views.changes import weight_of
from vesicle_abm.views.step import VIEWS

SEED = 62
DOCK = va.ConstantDocking(probability=1.0)
EDGES = [("a", "b", 2.0), ("a", "c", 0.5), ("b", "c", 1.0), ("c", "a", 4.0)]
IN_OF_C, OUT_OF_C = np.array([0, 1, 1, 0]), np.array([0, 0, 0, 1])  # which edges lead to c, and which from it


def triangle(**node_data) -> va.NeuralGraph:
    """a -> b, a -> c, b -> c, c -> a; node attributes given as lists."""
    nodes = [(label, {name: values[i] for name, values in node_data.items()}) for i, label in enumerate("abc")]
    return va.NeuralGraph.from_edges([(s, t, {"weight": w}) for s, t, w in EDGES], nodes=nodes)


def changed_by(release, *, count=2, view="compiled", graph=None, plasticity=None, **rules):
    """A model in which ``count`` vesicles dock at c in step 0, and the weights before it."""
    kind = va.Kind(
        emission=va.PulseEmission(count=count, at=0, nodes=["c"]),
        docking=DOCK,
        release=release,
        migration=va.WeightedMigration(layers=[]),
        **rules,
    )
    neurons = va.HMNNeurons(activation="identity", bias=np.array([1.0, 0.0, 0.0]))
    graph = triangle() if graph is None else graph
    return va.VesicleModel(graph, {"v": kind}, neurons=neurons, plasticity=plasticity, seed=SEED, view=view)


W = np.array([w for *_, w in EDGES])


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("synapses", "which"), [("in", IN_OF_C), ("out", OUT_OF_C)])
def test_scaling_multiplies_the_inputs_or_the_outputs_of_the_node(view, synapses, which):
    """Two vesicles of amount 0.25: times exp(0.5)."""
    model = changed_by(va.ScaleRelease(amount=0.25, synapses=synapses), view=view)
    model.step()
    assert model.state.weight == pytest.approx(W * np.exp(0.5 * which), rel=1e-15)


@pytest.mark.parametrize("view", VIEWS)
def test_a_permanent_addition_becomes_the_weight_and_carries_activity(view):
    """c gets 2 * -0.125 on each input; z_b = 2 z_a, z_c = 0.25 z_a + 0.75 z_b, a holds 1 from its bias."""
    model = changed_by(va.AdditiveRelease(amount=-0.125), view=view)
    model.step()
    assert model.state.weight.tolist() == [2.0, 0.25, 0.75, 4.0]
    model.run_for(2)  # z_a(0) = 1, z_b(1) = 2, z_c(1) = 0.25 * z_a(0), z_a(1) = 1: z_c(2) = 0.25 * 1 + 0.75 * 2
    assert model.state.activation[2] == 0.25 * 1.0 + 0.75 * 2.0
    assert not model.state.changes


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("release", [va.ScaleRelease, va.AdditiveRelease])
def test_a_change_with_recovery_fades_exactly_and_leaves_the_weights_alone(view, release):
    """C(t) = 2 * 0.25 exp(-t / 3) at the t-th step after the release."""
    model = changed_by(release(amount=0.25, recovery=3.0), view=view)
    for t in range(8):
        model.step()
        given = 0.5 * np.exp(-t / 3.0) * IN_OF_C
        wanted = W * np.exp(given) if release is va.ScaleRelease else W + given
        assert weight_of(model.world) == pytest.approx(wanted, rel=1e-13)
        assert model.state.weight.tolist() == W.tolist()


def test_what_fades_carries_activity_meanwhile():
    """Step 1 computes z_c with W + 0.5 exp(-1 / 3) on its inputs, of z_a(0) = 1 and z_b(0) = 0."""
    model = changed_by(va.AdditiveRelease(amount=0.25, recovery=3.0))
    model.run_for(2)
    assert model.state.activation[2] == pytest.approx(0.5 + 0.5 * np.exp(-1.0 / 3.0), rel=1e-13)


@pytest.mark.parametrize("recovery", [None, 5.0])
@pytest.mark.parametrize("synapses", ["in", "out"])
def test_low_rank_changes_are_c_b_transposed_of_a_second_computation(recovery, synapses):
    """Contents differ from node to node; Delta of edge (i, j) = sum_r C_lr B_kr, with C summed vesicle by vesicle."""
    here = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.25]])
    there = np.array([[1.0, -1.0], [2.0, 0.5], [-0.5, 4.0]])
    carried = np.array([[0.5, 1.0], [-1.0, 0.25], [2.0, -0.5]])
    graph = triangle(h0=here[:, 0], h1=here[:, 1], t0=there[:, 0], t1=there[:, 1], c0=carried[:, 0], c1=carried[:, 1])
    release = va.LowRankRelease(amount=0.5, here=["h0", "h1"], there=["t0", "t1"], synapses=synapses, recovery=recovery)
    kind = va.Kind(
        emission=va.PulseEmission(count=3, at=0),
        docking=DOCK,
        release=release,
        content_width=2,
        content=va.GaussianContent(mean=["c0", "c1"]),
        migration=va.WeightedMigration(layers=[]),
    )
    model = va.VesicleModel(graph, {"v": kind}, neurons=va.HMNNeurons(), seed=SEED)
    model.step()
    total = sum(0.5 * carried * here for _ in range(3))
    delta = total @ there.T
    assert np.linalg.matrix_rank(delta) == 2
    ends = [("abc".index(s), "abc".index(t)) for s, t, _ in EDGES]
    wanted = [w + (delta[j, i] if synapses == "in" else delta[i, j]) for (i, j), w in zip(ends, W, strict=True)]
    found = model.state.weight if recovery is None else weight_of(model.world)
    assert found == pytest.approx(np.array(wanted), rel=1e-14)


def test_the_rank_of_a_change_of_a_whole_network_is_at_most_the_content_width():
    """A complete graph of 12 nodes, random contents of width 2 by addressed draws: 12 x 12, rank 2."""
    import networkx as nx

    rows = {f"b{r}": va.uniform(SEED, np.arange(12), 0, "user", r) for r in range(2)}
    graph = nx.complete_graph(12, nx.DiGraph)
    graph.add_edges_from((i, i) for i in range(12))
    for name, values in rows.items():
        nx.set_node_attributes(graph, dict(enumerate(values.tolist())), name)
    kind = va.Kind(
        emission=va.ConstantEmission(rate=3.0),
        docking=DOCK,
        release=va.LowRankRelease(amount=1.0, there=["b0", "b1"], recovery=9.0),
        content_width=2,
        content=va.GaussianContent(mean=0.0, deviation=1.0),
    )
    model = va.VesicleModel(va.NeuralGraph.from_networkx(graph), {"v": kind}, neurons=va.HMNNeurons(), seed=SEED)
    model.run_for(5)
    delta = np.zeros((12, 12))
    delta[model.graph.source, model.graph.target] = weight_of(model.world) - model.state.weight
    assert np.linalg.matrix_rank(delta, tol=1e-9) == 2
    assert np.abs(delta).max() > 0.1


@pytest.mark.parametrize("view", VIEWS)
def test_learning_goes_on_beneath_a_change_and_from_one_that_stays(view):
    """dw = eta_local x z, without a trace, on a -> b alone: z_a = 1 always, z_b(t) = w_effective(t) z_a(t - 1)."""
    graph = va.NeuralGraph.from_edges([("a", "b", {"weight": 2.0})])
    rule = va.Plasticity(modulation=va.Modulation(eta_local=0.25)).without("trace")
    for recovery in (None, 2.0):
        release = va.AdditiveRelease(amount=1.0, recovery=recovery)
        kind = va.Kind(
            emission=va.PulseEmission(count=1, at=0, nodes=["b"]),
            docking=DOCK,
            release=release,
            migration=va.WeightedMigration(layers=[]),
        )
        neurons = va.HMNNeurons(activation="identity", bias=np.array([1.0, 0.0]))
        model = va.VesicleModel(graph, {"v": kind}, neurons=neurons, plasticity=rule, seed=SEED, view=view)
        weight, sent = 2.0, 0.0
        for t in range(5):
            change = np.exp(-t / 2.0) if recovery and t > 0 else 0.0
            answer = (weight + change) * sent
            weight += 1.0 if t == 0 and recovery is None else 0.0
            weight += 0.25 * sent * answer
            sent = 1.0
            model.step()
            assert model.state.weight[0] == pytest.approx(weight, rel=1e-12)


def test_bounds_hold_again_once_the_neurons_have_learned():
    rule = va.Plasticity(modulation=va.Modulation(eta_global=0.0), bounds=va.WeightBounds(low=0.0, high=3.0))
    model = changed_by(va.AdditiveRelease(amount=-5.0), plasticity=rule)
    model.step()
    assert model.state.weight.tolist() == [2.0, 0.0, 0.0, 3.0]


def test_several_changes_of_one_synapse_apply_in_the_order_of_kinds_and_releases():
    """(w + 2 * 0.5) exp(2 * 0.25), both fading: additive first, since it is named first."""
    releases = [va.AdditiveRelease(amount=0.5, recovery=9.0), va.ScaleRelease(amount=0.25, recovery=9.0)]
    model = changed_by(releases)
    model.step()
    assert weight_of(model.world) == pytest.approx((W + IN_OF_C) * np.exp(0.5 * IN_OF_C), rel=1e-14)
    assert sorted(model.state.changes) == ["v.0", "v.1"]
