"""The delta rule's eligibility: input times slope, by hand, and against the slope of the neurons' own functions."""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.neurons.activation import ACTIVATIONS
from vesicle_abm.neurons.correlation import SLOPES

GRAPH = va.NeuralGraph.from_edges([(0, 2, {"weight": 1.0}), (1, 2, {"weight": 1.0})], [0, 1, 2])


def learned(slope: str, error: float, z: float) -> list[float]:
    """Changes of weight in one step with inputs 2 and -3, eta 0.5, and an error as third factor."""
    rule = va.Plasticity(
        correlation=va.DeltaCorrelation(slope=slope),
        modulation=va.Modulation(eta_global=0.5, weights={"error": 1.0}),
        ablated={"trace": "none"},
    )
    pre = np.array([[2.0, -3.0, 0.0]])
    out = va.replay(rule, GRAPH, pre=pre, post=np.array([[0.0, 0.0, z]]), modulators=np.array([[error]]))
    return (out["weight"][1] - out["weight"][0]).tolist()


@pytest.mark.parametrize(
    ("slope", "z", "factor"),
    [
        ("identity", 0.25, 1.0),
        ("relu", 0.25, 1.0),
        ("relu", 0.0, 0.0),
        ("sigmoid", 0.25, 0.1875),
        ("tanh", 0.25, 0.9375),
    ],
)
def test_the_weight_moves_by_eta_error_slope_input(slope, z, factor):
    """0.5 * 4 * f' * (2, -3)."""
    assert learned(slope, 4.0, z) == [4.0 * factor, -6.0 * factor]


@pytest.mark.parametrize("slope", SLOPES)
def test_the_slope_is_that_of_the_neurons_function(slope):
    """Central differences at ten inputs, none of them where relu bends."""
    function, h = ACTIVATIONS[slope], 1e-5
    u = np.linspace(-2.0, 2.6, 10)
    expected = (function(u + h) - function(u - h)) / (2.0 * h)
    assert np.broadcast_to(SLOPES[slope](function(u)), u.shape) == pytest.approx(expected, abs=1e-8)


def test_every_function_of_the_neurons_has_its_slope():
    assert set(SLOPES) == set(ACTIVATIONS)


def test_an_unknown_slope_is_refused():
    with pytest.raises(va.InputError, match=r"^slope: got 'step'; .*Allowed: identity, relu, sigmoid, tanh"):
        va.DeltaCorrelation(slope="step")
