"""Correlation, trace and local attention at three synapses, with the working; ``va.replay`` drives the rules."""

import math

import numpy as np
import pytest
from three_synapses import at_once, only, softmax, three

import vesicle_abm as va

E1, E2 = math.exp(-1.0 / 20.0), math.exp(-1.0 / 200.0)
CLOSE = pytest.approx


X = np.array([[1.0, 2.0, 4.0], [0.5, 0.25, 3.0], [0.0, 1.0, 2.0]])  # (T, N): what a, b, c send
Z = np.array([[2.0, 0.0, 1.0], [1.0, 0.0, 0.5], [4.0, 0.0, -1.0]])  # and what they answer


def test_hebbian_correlation_is_what_arrives_times_the_answer():
    """a -> c: x_a(t) z_c(t); b -> c: x_b(t - 1) z_c(t); c -> a: x_c(t - 2) z_a(t); silent before step 0."""
    out = va.replay(only(), three(), pre=X, post=Z)
    wanted = [[1.0, 0.0, 0.0], [0.5 * 0.5, 2.0 * 0.5, 0.0], [0.0 * -1.0, 0.25 * -1.0, 4.0 * 4.0]]
    assert out["correlation"].tolist() == wanted


def spikes(*times: int, steps: int = 12) -> np.ndarray:
    """A train."""
    return np.isin(np.arange(steps), times).astype(float)


@pytest.mark.parametrize("pairing", ["all", "nearest"])
def test_stdp_of_a_pair_depends_on_the_sign_and_size_of_its_distance(pairing):
    """One pair at each synapse, tau_plus 10, tau_minus 5, a_plus 1, a_minus 0.5.

    a fires at 2, c answers at 5: dt = 3, exp(-3/10), told at 5. b fires at 9: c answered 4 before, -0.5 exp(-4/5), told
    at 9. c -> a: c sends at 6 and a answers at 6: dt = 0 counts as neither.
    """
    x = np.stack([spikes(2), spikes(9), spikes(6)], axis=1)
    z = np.stack([spikes(6), spikes(), spikes(5)], axis=1)
    stdp = va.STDPCorrelation(tau_plus=10.0, tau_minus=5.0, a_minus=0.5, pairing=pairing)
    found = va.replay(only(correlation=stdp), at_once(), pre=x, post=z)["correlation"]
    wanted = np.zeros((12, 3))
    wanted[5, 0], wanted[9, 1] = math.exp(-0.3), -0.5 * math.exp(-0.8)
    assert found == CLOSE(wanted, abs=1e-15)


def test_a_delay_moves_the_spike_that_arrives_not_the_one_that_answers():
    """b fires at 3 and arrives at 4 (delay 1); c answers at 5: dt = 1."""
    x, z = np.zeros((12, 3)), np.zeros((12, 3))
    x[3, 1] = z[5, 2] = 1.0
    found = va.replay(only(correlation=va.STDPCorrelation(tau_plus=10.0)), three(), pre=x, post=z)["correlation"]
    assert found[5].tolist() == CLOSE([0.0, math.exp(-0.1), 0.0], abs=1e-15)
    assert np.count_nonzero(found) == 1


def test_all_pairs_add_up_and_nearest_takes_the_last():
    """a at 0 and 2, c at 3. All: exp(-1/10) + exp(-3/10); nearest: exp(-1/10) alone.

    Then a at 6: c answered at 3 and 5, -exp(-1/10) - exp(-3/10) or -exp(-1/10).
    """
    x, z = np.zeros((12, 3)), np.zeros((12, 3))
    x[:, 0], z[:, 2] = spikes(0, 2, 6), spikes(3, 5)
    one, three_ = math.exp(-0.1), math.exp(-0.3)
    for pairing, up, down in (("all", one + three_, -one - three_), ("nearest", one, -one)):
        stdp = va.STDPCorrelation(tau_plus=10.0, tau_minus=10.0, pairing=pairing)
        found = va.replay(only(correlation=stdp), at_once(), pre=x, post=z)["correlation"][:, 0]
        assert found[[3, 6]].tolist() == CLOSE([up, down], rel=1e-14)


def test_a_composite_trace_decays_then_gains():
    """Correlations 1, 0.25, 0 at a -> c (x z of X and Z without delays), tau 20 and 200."""
    out = va.replay(only(trace=va.CompositeTrace()), at_once(), pre=X, post=Z)
    fast = [1.0, E1 + 0.25, E1 * E1 + 0.25 * E1]
    slow = [1.0, E2 + 0.25, E2 * E2 + 0.25 * E2]
    assert out["fast"][:, 0] == CLOSE(fast, rel=1e-14)
    assert out["slow"][:, 0] == CLOSE(slow, rel=1e-14)
    assert out["trace"][:, 0] == CLOSE(np.add(fast, slow), rel=1e-14)


def test_each_edge_may_have_its_own_time_constants():
    """One correlation at step 0; after two steps exp(-2/tau) of it is left."""
    x, z = np.zeros((3, 3)), np.zeros((3, 3))
    x[0] = z[0] = 1.0
    trace = va.CompositeTrace(tau_fast=np.array([1.0, 2.0, 4.0]), tau_slow="long")
    found = va.replay(only(trace=trace), at_once(long=[10.0, 20.0, 40.0]), pre=x, post=z)
    assert found["fast"][2] == CLOSE(np.exp([-2.0, -1.0, -0.5]), rel=1e-14)
    assert found["slow"][2] == CLOSE(np.exp([-0.2, -0.1, -0.05]), rel=1e-14)


# Local attention: inputs a and b of c, and c alone of a


def attention_of(graph=None, steps=1, embedding=None, **numbers) -> np.ndarray:
    """(E,) the weights after so many steps of x = (1, 3, 2), z = (4, 0, 2)."""
    rule = only(attention=va.LocalAttention(**numbers), embedding=embedding or va.AverageEmbedding())
    x, z = np.tile([1.0, 3.0, 2.0], (steps, 1)), np.tile([4.0, 0.0, 2.0], (steps, 1))
    return va.replay(rule, graph or at_once(), pre=x, post=z)["attention"][-1]


def test_attention_compares_running_averages_of_input_and_answer():
    """Rates 0.1. Step 0: h = 0.1 x, c_c = 0.1 * 2 = 0.2, scores 0.1 * 0.2 and 0.3 * 0.2; a's only input has all of it.

    Step 1: h = (1 - 0.81) x = 0.19 x, c = 0.19 * 2 = 0.38.
    """
    assert attention_of() == CLOSE([*softmax(0.02, 0.06), 1.0], rel=1e-14)
    assert attention_of(steps=2, beta=3.0) == CLOSE([*softmax(3 * 0.19 * 0.38, 3 * 0.57 * 0.38), 1.0], rel=1e-14)


def test_the_weights_average_1_where_asked():
    assert attention_of(normalise="mean") == CLOSE([2.0 * part for part in softmax(0.02, 0.06)] + [1.0], rel=1e-14)


def test_the_cosine_of_single_numbers_knows_their_signs_alone():
    """z_c = 2 > 0, both inputs positive: cosine 1 each."""
    assert attention_of(similarity="cosine", beta=7.0) == CLOSE([0.5, 0.5, 1.0], rel=1e-14)


VECTORS = [[1.0, 0.0], [3.0, 4.0], [0.0, 2.0]]


def test_given_vectors_are_compared_along_the_neurons_own():
    """c_c = 0.1 * 2 * (0, 2) = (0, 0.4). Dot: 0 and 4 * 0.4 / sqrt(2). Cosine: 0 and 4 / 5."""
    given = va.GivenEmbedding(vectors=VECTORS)
    assert attention_of(embedding=given) == CLOSE([*softmax(0.0, 1.6 / math.sqrt(2.0)), 1.0], rel=1e-14)
    assert attention_of(embedding=given, similarity="cosine") == CLOSE([*softmax(0.0, 0.8), 1.0], rel=1e-14)


def test_vectors_may_be_node_attributes():
    edges = va.NeuralGraph.from_edges([(0, 2), (1, 2), (2, 0)], nodes=range(3)).to_networkx()
    for node, (u, v) in enumerate(VECTORS):
        edges.nodes[node].update(u=u, v=v)
    by_name = attention_of(va.NeuralGraph.from_networkx(edges), embedding=va.GivenEmbedding(vectors=["u", "v"]))
    assert by_name.tolist() == attention_of(embedding=va.GivenEmbedding(vectors=VECTORS)).tolist()


def test_a_learned_vector_moves_to_what_drove_the_neuron():
    """x = (1, 3, 2), z = (4, 0, 2), rate 0.1. c is driven by a and b: mean (1 * (1, 0) + 3 * (3, 4)) / 4 = (2.5, 3).

    c: (0, 2) + 0.1 * 2 * ((2.5, 3) - (0, 2)) = (0.5, 2.2). a is driven by c alone: (1, 0) + 0.4 * ((0, 2) - (1, 0)) =
    (0.6, 0.8). b has no inputs and stays. The weights of a step still see the vectors as it began.
    """
    learned = va.LearnedEmbedding(start=VECTORS, rate=0.1)
    rule = only(attention=va.LocalAttention(), embedding=learned)
    x, z = np.tile([1.0, 3.0, 2.0], (2, 1)), np.tile([4.0, 0.0, 2.0], (2, 1))
    out = va.replay(rule, at_once(), pre=x, post=z)
    moved = np.array([[0.6, 0.8], [3.0, 4.0], [0.5, 2.2]])
    assert out["attention"][0] == CLOSE(attention_of(embedding=va.GivenEmbedding(vectors=VECTORS)), rel=1e-14)
    score = [0.38 * (moved[i] @ moved[2]) / math.sqrt(2.0) for i in (0, 1)]  # c_c = 0.19 * 2
    assert out["attention"][1] == CLOSE([*softmax(*score), 1.0], rel=1e-13)


def test_attention_scales_the_trace():
    rule = va.Plasticity(attention=va.LocalAttention(), modulation=None)
    out = va.replay(rule, three(), pre=X, post=Z)
    assert out["update"].tolist() == (out["trace"] * out["attention"]).tolist()
