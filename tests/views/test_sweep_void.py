"""Neurons that have nothing to learn are passed over by the sweep, with the bits of the array text."""

import numpy as np
import pytest
from sweep_worlds import graph, model

import vesicle_abm as va
from vesicle_abm.views import sweep
from vesicle_abm.views.tiles import still

RARE = 0.02
ERRORS = {"correlation": va.DeltaCorrelation(slope="relu"), "modulation": va.Modulation(eta_global=0.1)}
RULES = {
    "trace taken out": ({}, [("trace", "none")]),
    "trace taken out, its mean kept": ({}, [("trace", "mean")]),
    "no trace": ({"trace": None}, []),
    "attention taken out": ({"attention": va.LocalAttention()}, [("trace", "none"), ("attention", "mean")]),
    "chance": ({"chance": va.ProbabilisticGate(beta=50.0, theta=0.01)}, [("trace", "none")]),
    "phases": ({"phase": va.PhaseGate(frequency=0.1)}, [("trace", "none")]),
    "bounds": ({"bounds": va.WeightBounds(low=-1.0, high=1.0)}, [("trace", "none")]),
    "bounds within which weights are brought": ({"bounds": va.WeightBounds(low=0.05, high=0.2)}, [("trace", "none")]),
    "astrocytes": ({"astrocyte": va.Astrocyte(modulator="reward", coupling="efficacy", tau=3.0)}, [("trace", "none")]),
}


@pytest.fixture
def passed_over(monkeypatch) -> list[int]:
    """How many neurons each sweep passes over."""
    found, asked = [], sweep.nothing_to_learn

    def count(*args):
        void = asked(*args)
        found.append(int(void.sum()))
        return void

    monkeypatch.setattr(sweep, "nothing_to_learn", count)
    return found


def states(parts, network, ablated, monkeypatch, threads=1):
    """After the sweep, and after the array text."""
    fast = model(parts, network, threads, RARE, ablated)
    assert sweep.fits(fast.world.plasticity, {})
    fast.run_for(20)
    with monkeypatch.context() as patched:
        patched.setattr(sweep, "fits", lambda rule, signals: False)
        plain = model(parts, network, 1, RARE, ablated)
        plain.run_for(20)
    return fast.state, plain.state


@pytest.mark.parametrize(("parts", "ablated"), RULES.values(), ids=RULES)
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("by_target", [False, True], ids=["by source", "by target"])
@pytest.mark.parametrize("negative_zeros", [False, True])
def test_the_bits_are_those_of_the_array_text(parts, ablated, precision, by_target, negative_zeros, monkeypatch):
    network = graph(by_target, phases=0.3)
    if not negative_zeros:
        network.edge_data["sign"] = np.where(network.weight == 0.0, 1.0, network.edge_data["sign"])
    fast, plain = states({**ERRORS, "precision": precision, **parts}, network, ablated, monkeypatch)
    assert fast.digest() == plain.digest()


def test_neurons_without_an_error_are_passed_over(passed_over, monkeypatch):
    network = graph(phases=0.0)
    network.edge_data["sign"] = np.where(network.weight == 0.0, 1.0, network.edge_data["sign"])
    states(ERRORS, network, [("trace", "none")], monkeypatch)
    assert 0 < np.mean(passed_over) <= network.size
    assert np.mean(passed_over) > network.size / 2


def test_nobody_is_passed_over_where_a_trace_goes_on_or_a_weight_is_out_of_bounds(passed_over, monkeypatch):
    states(ERRORS, graph(), [], monkeypatch)
    low = va.WeightBounds(low=0.05)
    fast, plain = states({**ERRORS, "bounds": low}, graph(), [("trace", "none")], monkeypatch)
    assert passed_over[:20] == [0] * 20
    assert fast.weight.min() >= 0.05
    assert fast.digest() == plain.digest()


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, -0.0, -2.0, 3.5, 1e13])
def test_weights_are_still_unless_one_is_no_number_or_out_of_bounds_or_a_negative_zero(wrong):
    """An update of 0 makes 0.0 of -0.0."""
    weight = np.linspace(-1.0, 3.0, 40)
    assert still(weight, -1.0, 3.0)
    weight[7] = wrong
    assert not still(weight, -1.0, 3.0)


def test_a_signal_adds_to_the_third_factor():
    """Two neurons told 0.5 and -1, eta 0.1, inputs of 2: dw = 0.1 * told * 2."""
    pair = va.NeuralGraph.from_edges([("x", "a", {"weight": 0.0}), ("x", "b", {"weight": 0.0})])
    told = va.Modulation(eta_global=0.1, told="error")
    rule = va.Plasticity(correlation=va.DeltaCorrelation(), modulation=told).without("trace")
    neurons = va.HMNNeurons(activation="identity")
    learner = va.VesicleModel(pair, {"v": va.Kind()}, neurons=neurons, plasticity=rule)
    learner.neurons.select(lambda neuron: neuron.label == "x").set("drive", 2.0)
    learner.step()
    learner.signals["error"] = np.array([0.0, 0.5, -1.0])
    learner.step()
    assert learner.state.weight == pytest.approx([0.1, -0.2])


def test_a_misspelt_signal_is_refused_with_the_nearest():
    with pytest.raises(va.InputError, match=r"plasticity\.modulation\.told: no signal 'eror' .*did you mean 'error'"):
        va.Scenario.load("learn_by_error").override("plasticity.modulation.told", "eror").build()
