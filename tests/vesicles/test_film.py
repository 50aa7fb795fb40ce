"""Releases onto activation: FiLM at once, bias lasting. Closed forms, in both views. Seed 61."""

import numpy as np
import pytest
from oracles import Z, isolated, model_of

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

SEED = 61
DOCK = va.ConstantDocking(probability=1.0)


def bathed(release, count=1, view="compiled", *, size=3, neurons=None, **rules):
    """Isolated neurons at each of which ``count`` vesicles are born, dock and are absorbed in every step."""
    neurons = va.HMNNeurons(activation="identity", bias=2.0) if neurons is None else neurons
    rules = {"emission": va.PulseEmission(count=count, every=1), "docking": DOCK, "release": release} | rules
    return model_of(isolated(size), seed=SEED, view=view, neurons=neurons, **rules)


@pytest.mark.parametrize("view", VIEWS)
def test_film_scales_and_shifts_the_activation_of_this_step_and_no_other(view):
    """Three vesicles: h = (1 + 3 * 0.25) * 2 - 3 * 0.5 = 2, in every step anew from the bias 2."""
    model = bathed(va.FiLMRelease(scale=0.25, shift=-0.5), 3, view)
    for _ in range(3):
        model.step()
        assert model.state.activation.tolist() == [2.0] * 3
    model = bathed(va.FiLMRelease(scale=1.0), 1, view, emission=va.PulseEmission(count=1, at=1))
    seen = []
    for _ in range(3):
        model.step()
        seen.append(model.state.activation[0])
    assert seen == [2.0, 4.0, 2.0]


def test_content_says_by_how_much_and_learning_and_the_next_neuron_see_it():
    """gamma_v = 1 * c0 = 0.5, beta_v = 2 * c1 = 6: h = 1.5 * 2 + 6 = 9 is sent, and is the z of dw = eta x z."""
    graph = va.NeuralGraph.from_edges([(0, 1)])
    kind = va.Kind(
        emission=va.PulseEmission(count=1, nodes=[0]),
        docking=DOCK,
        content_width=2,
        content=[0.5, 3.0],
        release=va.FiLMRelease(scale=1.0, shift=2.0, scale_component=0, shift_component=1),
        migration=va.WeightedMigration(layers=[]),
    )
    neurons = va.HMNNeurons(activation="identity", bias=np.array([2.0, 0.0]))
    model = va.VesicleModel(graph, {"v": kind}, neurons=neurons, seed=SEED)
    model.run_for(2)
    assert model.state.activation.tolist() == [2.0, 9.0]


def test_nodes_where_nothing_docks_keep_their_bits():
    rules = {"release": va.FiLMRelease(scale=0.3, shift=0.1), "emission": va.PulseEmission(count=1, nodes=[1])}
    model, plain = (
        model_of(isolated(3), seed=SEED, neurons=va.HMNNeurons(activation="tanh", noise=0.5), docking=DOCK, **given)
        for given in (rules, {})
    )
    for _ in range(2):
        model.step()
        plain.step()
    assert model.state.activation[[0, 2]].tobytes() == plain.state.activation[[0, 2]].tobytes()
    assert (model.state.history[:, 1] != plain.state.history[:, 1]).any()


@pytest.mark.parametrize("rate", [1.0, 4.0, 64.0])
def test_poisson_vesicles_with_a_part_each_are_film_in_the_mean_and_the_variance_is_one_over_the_rate(rate):
    """h = (1 + n a) h0 + n b over n ~ Poisson(r), a = (gamma - 1) / r, b = beta / r: mean gamma h0 + beta, variance
    ((gamma - 1) h0 + beta)^2 / r; over 20,000 neurons, whose fourth central moment gives the variance's error.
    """
    gamma, beta, h0, size = 1.5, -0.25, 2.0, 20_000
    release = va.FiLMRelease(scale=(gamma - 1.0) / rate, shift=beta / rate)
    model = bathed(release, size=size, emission=va.ConstantEmission(rate=rate))
    model.step()
    h, effect = model.state.activation, (gamma - 1.0) * h0 + beta
    variance = effect**2 / rate
    assert abs(h.mean() - (gamma * h0 + beta)) < Z * np.sqrt(variance / size)
    fourth = effect**4 * (1.0 / rate**3 + 3.0 / rate**2)
    assert abs(h.var() - variance) < Z * np.sqrt((fourth - variance**2) / size)


@pytest.mark.parametrize("view", VIEWS)
def test_a_bias_fades_with_its_recovery_and_the_neurons_own_bias_stays(view):
    """Two vesicles in step 0 give 2 * 0.75; step t computes with 2 + 1.5 exp(-t / 4), step 0 with none of it yet."""
    release = va.BiasRelease(amount=0.75, recovery=4.0)
    model = bathed(release, 2, view, emission=va.PulseEmission(count=2, at=0))
    for t in range(12):
        model.step()
        assert model.state.activation == pytest.approx(2.0 + (1.5 * np.exp(-t / 4.0) if t else 0.0), rel=1e-13)
    assert (model.state.bias == 2.0).all()


@pytest.mark.parametrize("view", VIEWS)
def test_a_bias_without_recovery_is_the_neurons_own_from_then_on(view):
    model = bathed(va.BiasRelease(amount=0.75), 2, view, emission=va.PulseEmission(count=2, at=0))
    model.run_for(5)
    assert (model.state.bias == 3.5).all() and (model.state.activation == 3.5).all()
    assert not model.state.changes


def test_homeostasis_goes_on_from_a_bias_that_vesicles_have_raised():
    """b <- b + 0.5 (target - z) with z = b: from 2 + 1 the distance to the target halves in every step."""
    rule = va.Plasticity(homeostasis=va.HomeostaticBias(target=1.0, rate=0.5))
    kind = va.Kind(emission=va.PulseEmission(count=1, at=0), docking=DOCK, release=va.BiasRelease(amount=1.0))
    graph, neurons = va.NeuralGraph.from_edges([(0, 1)]), va.HMNNeurons(activation="identity", bias=2.0, weight_scale=0)
    model = va.VesicleModel(graph, {"v": kind}, neurons=neurons, plasticity=rule, seed=SEED)
    model.step()  # z = 2: b = 2 + 1 (released) + 0.5 (1 - 2) = 2.5, since the release comes first
    assert model.state.bias.sum() == 5.0
    model.step()
    assert model.state.bias.sum() == 2 * 1.0 + (5.0 - 2.0) / 2


def test_broadcast_film_is_what_is_expected_and_no_draw():
    """(expected births) * amount / N at each of three nodes: 6 * 0.5 / 3 = 1, so h = 2 * 2 everywhere."""
    release = va.FiLMRelease(scale=0.5)
    model = bathed(release, emission=va.PulseEmission(count=6, every=1, nodes=[0]), delivery="broadcast")
    model.run_for(2)
    assert model.state.activation.tolist() == [4.0] * 3
    assert model.counts["born"] == 0
