"""Equation (1), z_j = f(g_j sum_i w_ij x_i(t - tau_ij) + b_j + drive_j + eps_j), by hand and in plain Python."""

import math

import numpy as np
import pytest
from hypothesis import given
from oracles import Z, covariance_z, isolated, mean_z
from strategies import graphs, modest

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

SEED, NODES = 61, 20_000
FUNCTIONS = {
    "relu": lambda u: max(u, 0.0),
    "sigmoid": lambda u: 1.0 / (1.0 + math.exp(-u)),
    "tanh": math.tanh,
}


def network(graph, view="compiled", **numbers) -> va.VesicleModel:
    return va.VesicleModel(graph, {}, neurons=va.HMNNeurons(**numbers), seed=SEED, view=view)


def three() -> va.NeuralGraph:
    """Delays 0, 1 and 2; one inhibitory synapse."""
    return va.NeuralGraph.from_edges(
        [
            (0, 1, {"weight": 0.5, "delay": 0, "sign": 1.0}),
            (0, 2, {"weight": 2.0, "delay": 1, "sign": -1.0}),
            (1, 2, {"weight": 8.0, "delay": 2, "sign": 1.0}),
            (2, 0, {"weight": 0.25, "delay": 0, "sign": 1.0}),
        ]
    )


@pytest.mark.parametrize("view", VIEWS)
def test_three_neurons_by_hand(view):
    """Bias (0, 0.25, 0.5), drive (1, 0, 0) in step 0 alone, relu. In step t:

    z0 = drive + 0.25 z2(t-1);  z1 = 0.25 + 0.5 z0(t-1);  z2 = 0.5 - 2 z0(t-2) + 8 z1(t-3), cut off at 0.
    """
    wanted = [
        [1.0, 0.25, 0.5],  # nothing has arrived
        [0.125, 0.75, 0.5],  # z0 = 0.25 * 0.5; z1 = 0.25 + 0.5 * 1
        [0.125, 0.3125, 0.0],  # z1 = 0.25 + 0.5 * 0.125; z2 = 0.5 - 2 * 1 < 0
        [0.0, 0.3125, 2.25],  # z0 = 0.25 * 0; z1 = 0.25 + 0.5 * 0.125; z2 = 0.5 - 2 * 0.125 + 8 * 0.25
        [0.5625, 0.25, 6.25],  # z0 = 0.25 * 2.25; z2 = 0.5 - 2 * 0.125 + 8 * 0.75
    ]
    model = network(three(), view, bias=np.array([0.0, 0.25, 0.5]))
    for t, row in enumerate(wanted):
        model.state.drive[0] = 1.0 if t == 0 else 0.0
        model.step()
        assert model.state.activation.tolist() == row


@pytest.mark.parametrize("view", VIEWS)
def test_the_gain_scales_what_synapses_bring_and_nothing_else(view):
    """z1 = 3 * (0.5 * z0) + bias + drive."""
    graph = va.NeuralGraph.from_edges([(0, 1, {"weight": 0.5})])
    model = network(graph, view, bias=np.array([0.0, 0.25]))
    model.state.drive[:] = [2.0, 0.125]
    model.state.gain[:] = [10.0, 3.0]
    model.run_for(2)
    assert model.state.activation.tolist() == [2.0, 3.0 * (0.5 * 2.0) + 0.25 + 0.125]


@pytest.mark.parametrize("activation", FUNCTIONS)
@modest(15)
@given(graph=graphs(most_delay=4))
def test_the_equation_by_a_second_implementation(activation, graph):
    """Plain loops over lists; agreement to rounding: 1e-12."""
    bias = np.linspace(-0.5, 1.0, graph.size)
    model = network(graph, activation=activation, bias=bias, weight_scale=0.3)
    model.state.drive[:] = np.linspace(0.4, -0.2, graph.size)
    model.state.gain[:] = np.linspace(1.5, 0.5, graph.size)
    sign = graph.edge_data.get("sign", [1.0] * graph.edge_count)
    past: list[list[float]] = []
    for t in range(9):
        now = []
        for j in range(graph.size):
            total = 0.0
            for e in range(graph.edge_count):
                when = t - 1 - int(graph.delay[e])
                if graph.target[e] == j and when >= 0:
                    total += 0.3 * sign[e] * graph.weight[e] * past[when][graph.source[e]]
            now.append(FUNCTIONS[activation](model.state.gain[j] * total + bias[j] + model.state.drive[j]))
        past.append(now)
        model.step()
        assert model.state.activation == pytest.approx(now, rel=1e-12, abs=1e-12)


def test_only_the_named_layers_carry_activity():
    edges = [(0, 2, {"layer": "synaptic", "weight": 1.0}), (1, 2, {"layer": "peptide", "weight": 1.0, "delay": 9})]
    model = network(va.NeuralGraph.from_edges(edges, nodes=range(3)), layers=["synaptic"])
    model.state.drive[:2] = [1.0, 100.0]
    model.run_for(15)
    assert model.state.activation.tolist() == [1.0, 100.0, 1.0]
    assert len(model.state.history) == 2  # a delay on another layer costs no memory


@pytest.mark.parametrize("view", VIEWS)
def test_silence_stays_silent(view):
    model = network(three(), view)
    model.run_for(5)
    assert not model.state.activation.any()


def test_noise_has_the_stated_variance_and_is_new_for_every_neuron_and_step():
    """z = 100 + eps: se of the mean s / sqrt(n), of the variance s^2 sqrt(2 / n). Seed 61."""
    noise = np.repeat([2.0, 0.5], NODES // 2)
    model = network(isolated(NODES), bias=100.0, noise=noise)
    model.step()
    first = model.state.activation.copy()
    model.step()
    for part, deviation in ((slice(None, NODES // 2), 2.0), (slice(NODES // 2, None), 0.5)):
        now, before = model.state.activation[part], first[part]
        assert abs(mean_z(now, 100.0, deviation**2)) < Z
        assert abs(now.var() - deviation**2) < Z * deviation**2 * np.sqrt(2.0 / len(now))
        assert abs(covariance_z(now, before)) < Z
        assert abs(covariance_z(now[1:], now[:-1])) < Z


def test_a_neuron_without_noise_among_noisy_ones_has_none():
    for view in VIEWS:
        model = network(isolated(3), view, bias=1.0, noise=np.array([1.0, 0.0, 1.0]))
        model.run_for(3)
        assert model.state.activation[1] == 1.0


def test_relu_noise_is_cut_off_at_zero():
    """P(z = 0) = 1/2 at bias 0: se = sqrt(n / 4)."""
    model = network(isolated(NODES), noise=1.0)
    model.step()
    silent = np.count_nonzero(model.state.activation == 0.0)
    assert abs(silent - NODES / 2) < Z * np.sqrt(NODES / 4)
    assert (model.state.activation >= 0.0).all()
