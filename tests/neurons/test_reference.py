"""Appendix 10.4 in plain Python (``hmn_reference``) and the package, on random networks that learn by random rules.

Delays, self-loops, parallel edges, isolated nodes, layers, several modulators, every part of the rule, alone and
together. With the package's own exp, cos and sigmoid the bits are equal; with those of ``math``, to a stated rounding.
"""

import dataclasses
import math

import numpy as np
import pytest
from hmn_forms import EXACT, MATH
from hmn_reference import Reference
from hypothesis import given
from hypothesis import strategies as st
from learning_strategies import MODULATORS, SIZES, SMALL, rules, signals
from strategies import SEEDS, graphs, modest

import vesicle_abm as va
from vesicle_abm.core.random import normal, uniform

STEPS = 5
FUNCTIONS = {
    "relu": lambda u, f: max(u, 0.0),
    "sigmoid": lambda u, f: f.sigmoid(u),
}


def drawn(seed: int):
    """The draw of equation (5): one address for each synapse and step."""
    return lambda e, t: uniform(seed, e, t, "update")


@st.composite
def recordings(draw):
    """A graph, a rule, its signals, and what neurons and modulators did in so many steps."""
    graph, width = draw(graphs(most_delay=STEPS - 1)), draw(st.sampled_from([2, 0, 1, 3]))
    rule, given_signals = draw(rules(graph, MODULATORS, width)), draw(signals(graph, width))
    row = st.lists(SMALL, min_size=graph.size, max_size=graph.size)
    x, z = (np.array([draw(row) for _ in range(STEPS)]) for _ in range(2))
    levels = st.lists(SMALL, min_size=graph.size * len(MODULATORS), max_size=graph.size * len(MODULATORS))
    E = np.array([draw(levels) for _ in range(STEPS)]).reshape(STEPS, graph.size, len(MODULATORS))
    return graph, rule, given_signals, x, z, E, draw(SEEDS)


def in_columns(rule: va.Plasticity) -> tuple[va.Plasticity, list[str]]:
    """The rule with a name for each of its modulators, and the order in which replay takes their columns."""
    modulation = rule.modulation
    if modulation is not None and modulation.weights is None:
        weights = dict.fromkeys(MODULATORS, 1.0)
        rule = rule.replace(modulation=dataclasses.replace(modulation, weights=weights))
    names = list(rule.modulation.weights) if rule.modulation is not None else []
    own = [] if rule.astrocyte is None or rule.astrocyte.modulator in names else [rule.astrocyte.modulator]
    return rule, names + own


def as_lists(given_signals: dict, size: int):
    """C_global as a list of its components, Phi as it is."""
    context = np.atleast_1d(given_signals.get("context", 0.0)).tolist()
    return context, given_signals.get("phase")


def since_step_0(x: np.ndarray, t: int):
    """x_i(t - tau) of a recording; silent before it."""
    return lambda i, tau: float(x[t - tau, i]) if t >= tau else 0.0


@modest(60)
@given(recording=recordings())
def test_replay_has_the_bits_of_the_appendix_at_every_stage(recording):
    graph, rule, given_signals, x, z, E, seed = recording
    rule, names = in_columns(rule)
    E = E[:, :, [MODULATORS.index(name) for name in names]]
    context, phi = as_lists(given_signals, graph.size)
    table = None if phi is None else np.tile(phi, (STEPS, 1)) if np.ndim(phi) else np.full(STEPS, phi)
    out = va.replay(
        rule, graph, pre=x, post=z, modulators=E, phase=table, seed=seed,
        context=np.tile(context, (STEPS, 1)) if "context" in given_signals else None,
    )  # fmt: skip
    start = va.HMNNeurons().initial_weight(graph).tolist()
    reference = Reference(rule.bind(graph, names), graph, names, start, drawn(seed))
    for t in range(STEPS):
        told = reference.learn(t, since_step_0(x, t), z[t].tolist(), E[t].tolist(), context, phi)
        for e, row in told.items():
            for name in set(row) - {"factor"}:
                wanted = 1.0 if row[name] is None else row[name]
                assert out[name][t, e] == wanted, f"{name} of edge {e} in step {t}"
            assert out["weight"][t + 1, e] == reference.weight[e]
            if row["factor"] is not None:
                assert out["factor"][t, graph.target[e]] == row["factor"]
        assert set(np.flatnonzero(~np.isnan(out["update"][t]))) == set(told)  # the others do not learn


def before(past: list[list[float]], t: int):
    """x(t - tau) of neuron i: what it gave out in the step before that; silent before the first."""
    return lambda i, tau: past[t - 1 - tau][i] if t - 1 - tau >= 0 else 0.0


def run_beside(graph, rule, given_signals, numbers, f, tolerance: float) -> None:
    """A model and the appendix, neurons and all; ``numbers``: E (N, K), drive (N,), seed, activation, noise."""
    E, drive, seed, activation, noise = numbers
    kinds = {name: va.Kind() for name in MODULATORS}
    neurons = va.HMNNeurons(activation=activation, noise=noise, bias=0.1)
    model = va.VesicleModel(graph, kinds, neurons=neurons, plasticity=rule, seed=seed, threads=1)
    model.signals.update(given_signals)
    model.state.modulator[:] = E
    model.state.drive[:] = drive
    context, phi = as_lists(given_signals, graph.size)
    reference = Reference(model.world.plasticity, graph, MODULATORS, model.state.weight.tolist(), drawn(seed), f)
    reference.bias = [0.1] * graph.size
    past: list[list[float]] = []

    for t in range(STEPS):
        x = before(past, t)
        z = []
        for j in range(graph.size):
            summed_input = 0.0
            for e in range(graph.edge_count):
                if graph.target[e] == j:
                    summed_input += reference.weight[e] * x(int(graph.source[e]), int(graph.delay[e]))
            efficacy = reference.efficacy(j)
            summed_input = summed_input if efficacy is None else summed_input * efficacy
            epsilon = noise * float(normal(seed, j, t, "noise")) if noise else 0.0
            z.append(FUNCTIONS[activation](summed_input + reference.bias[j] + drive[j] + epsilon, f))  # Eq (1)
        past.append(z)
        reference.learn(t, x, z, E.tolist(), context, phi)
        model.step()
        for found, wanted in (
            (model.state.activation, z),
            (model.state.bias, reference.bias),
            (model.state.weight, reference.weight),
        ):
            if tolerance:
                np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)
            else:
                assert found.tolist() == wanted


@st.composite
def living(draw):
    """A network of sigmoid or rectified neurons that learns under constant modulators."""
    graph, width = draw(graphs()), draw(st.sampled_from([2, 0, 1, 3]))
    each = st.lists(SMALL, min_size=graph.size, max_size=graph.size).map(np.array)
    E = np.stack([draw(each) for _ in MODULATORS], axis=1)
    numbers = E, draw(each), draw(SEEDS), draw(st.sampled_from([*FUNCTIONS])), draw(SIZES)
    return graph, draw(rules(graph, MODULATORS, width)), draw(signals(graph, width)), numbers


@modest(60)
@given(network=living())
def test_a_model_has_the_bits_of_the_appendix_neurons_and_all(network):
    run_beside(*network, f=EXACT, tolerance=0.0)


@modest(25)
@given(network=living())
def test_a_model_agrees_with_the_appendix_in_pythons_own_exp_and_cos(network):
    """Rounding: 1e-9, what five steps of growing weights make of 1e-16. Without chance, whose draws a last bit may
    turn, and without float32, which would round that bit up."""
    graph, rule, given_signals, numbers = network
    run_beside(graph, rule.replace(chance=None, precision="float64"), given_signals, numbers, f=MATH, tolerance=1e-9)


@pytest.mark.parametrize("edge", [0, 1])
def test_the_draw_of_equation_5_has_the_address_seed_edge_step(edge):
    """An update of size u passes at theta = 0 with probability sigmoid(beta |u|): here 1 / (1 + exp(-0.5 * 2))."""
    graph = va.NeuralGraph.from_edges([("a", "b"), ("b", "a")])
    ones = np.ones((200, 2))
    rule = va.Plasticity(
        trace=None,
        modulation=va.Modulation(eta_local=2.0, eta_global=0.0),
        chance=va.ProbabilisticGate(beta=0.5, theta=0.0),
    )
    out = va.replay(rule, graph, pre=ones, post=ones, seed=17)
    p = 1.0 / (1.0 + math.exp(-1.0))
    wanted = [uniform(17, edge, t, "update") < p for t in range(200)]
    assert out["applied"][:, edge].tolist() == wanted
    assert 0 < sum(wanted) < 200
