"""The change of variable that keeps bounds."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from vesicle_abm.learning.bounds import MARGIN, Bounds  # noqa: E402

DECLARED = [
    {},
    {"ge": 0.0},
    {"gt": 0.0},
    {"le": 2.0},
    {"lt": -3.0},
    {"ge": 0.0, "le": 1.0},
    {"gt": 1.0, "le": 2**31 - 2.0},
]
ends = st.floats(-1e300, 1e300, allow_nan=False)


@pytest.mark.parametrize("declared", DECLARED)
@given(u=ends)
def test_no_free_value_leaves_the_bounds(declared, u):
    x = float(Bounds.of(declared).value(torch.tensor(u, dtype=torch.float64)))
    assert np.isfinite(x)
    assert all({"ge": x >= b, "gt": x > b, "le": x <= b, "lt": x < b}[name] for name, b in declared.items())


@pytest.mark.parametrize("declared", DECLARED)
@given(part=st.floats(1e-6, 1 - 1e-6))
def test_a_start_is_met_to_rounding(declared, part):
    bounds = Bounds.of(declared)
    low = -50.0 if bounds.low is None else bounds.low
    high = max(low, 0.0) + 90.0 if bounds.high is None else min(bounds.high, low + 90.0)
    x = torch.tensor(low + part * (high - low), dtype=torch.float64)
    assert bounds.inside(x.numpy())
    assert float(bounds.value(bounds.free(x))) == pytest.approx(float(x), rel=1e-9, abs=1e-12)


def test_values_and_slopes_are_the_documented_functions():
    """u = 0.3: softplus is log(1 + e^0.3) = 0.8543552, of slope sigmoid(0.3) = 0.5744425."""
    u = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    expected = {
        "below": (Bounds(low=2.0), 2.8543552444685273, 0.574442516811659),
        "above": (Bounds(high=2.0), 1.1456447555314727, -0.574442516811659),
        "both": (Bounds(1.0, 3.0), 1.0 + 2.0 * 0.574442516811659, 2.0 * 0.574442516811659 * 0.425557483188341),
        "none": (Bounds(), 0.3, 1.0),
    }
    for name, (bounds, value, slope) in expected.items():
        x = bounds.value(u)
        assert float(x.detach()) == pytest.approx(value, rel=1e-14), name
        assert float(torch.autograd.grad(x, u)[0]) == pytest.approx(slope, rel=1e-12), name


def test_a_value_on_a_bound_is_not_inside():
    probability, temperature = Bounds.of({"ge": 0.0, "le": 1.0}), Bounds.of({"gt": 0.0})
    assert probability.inside(np.array([0.0, 0.5, 1.0])).tolist() == [False, True, False]
    assert temperature.inside(np.array([MARGIN, 2 * MARGIN])).tolist() == [False, True]


def test_far_from_a_bound_a_start_is_met_where_a_shortcut_would_miss_it():
    """torch's own softplus takes u itself above 20, and misses by exp(-20) = 2e-9."""
    x = torch.tensor(20.5, dtype=torch.float64)
    bounds = Bounds(low=0.0)
    assert abs(float(bounds.value(bounds.free(x)) - x)) < 1e-14
