"""Fading means and the traffic between neurons."""

import numpy as np
import pytest

from vesicle_abm.dashboards.stage.fading import FADE, LARGEST_UNIT, LATELY, FadingMean, Traffic
from vesicle_abm.dashboards.stage.moves import Places

from .worlds import crowd, ring_walk


def mean_of(values) -> float:
    mean = FadingMean((1,))
    for value in values:
        mean.begin_step()
        mean.add(slice(None), value)
    return float(mean.value()[0])


def test_a_step_weighs_less_by_its_age():
    old = np.exp(-1.0 / FADE)
    assert mean_of([1.0, 0.0]) == pytest.approx(old / (1.0 + old))
    assert mean_of([0.0, 1.0]) == pytest.approx(1.0 / (1.0 + old))


def test_a_mean_of_the_same_is_the_same_even_after_its_unit_was_renewed():
    steps = int(np.log(LARGEST_UNIT) * FADE) + 100
    assert mean_of([3.0] * steps) == pytest.approx(3.0)


def travelled(model, steps: int, asked=lambda step: False):
    """The traffic of all steps; ``asked(step)``: whether somebody looked then, too."""
    traffic = Traffic(model.graph, len(model.kinds))
    traffic.step(Places.of(model))
    for step in range(steps):
        model.step()
        traffic.step(Places.of(model))
        if asked(step):
            traffic.travelled([0])
    return traffic.travelled([0])


def test_three_vesicles_that_walk_a_ring_go_along_one_edge_a_step():
    ends, amount = travelled(ring_walk(), 2)
    old = np.exp(-1.0 / FADE)
    assert ends.tolist() == [[0, 1], [1, 2]]  # ascending: what is longer ago weighs less
    np.testing.assert_allclose(amount, [3.0 * old / (1.0 + old), 3.0 / (1.0 + old)])


def test_a_delayed_edge_is_counted_once_when_it_has_been_gone():
    ends, amount = travelled(ring_walk(delay=3), 4)
    weights = np.exp(-np.arange(4) / FADE)
    assert ends.tolist() == [[0, 1]]
    assert amount[0] == pytest.approx(3.0 / weights.sum())
    assert len(travelled(ring_walk(delay=3), 3)[0]) == 0


@pytest.mark.parametrize("steps", [LATELY, 3 * LATELY])
def test_it_is_the_same_whether_steps_are_counted_at_once_or_later(steps):
    at_once = travelled(crowd(), steps, asked=lambda step: True)
    later = travelled(crowd(), steps, asked=lambda step: step % LATELY == 0)
    for one, other in zip(at_once, later, strict=True):
        np.testing.assert_array_equal(one, other)


def test_of_many_steps_that_nobody_asked_for_the_last_are_counted():
    late = crowd()
    late.run_for(10)
    for one, other in zip(travelled(crowd(), 10 + LATELY), travelled(late, LATELY), strict=True):
        np.testing.assert_array_equal(one, other)


def test_kinds_are_counted_apart():
    traffic = Traffic(ring_walk().graph, 2)
    none = np.zeros(3, np.float32)
    for time, nodes in enumerate(([0, 0, 1], [1, 1, 2])):
        traffic.step(Places(time, np.array([0, 1, 3]), np.arange(3), np.array(nodes), np.array(nodes), none))
    assert traffic.travelled([0])[0].tolist() == [[0, 1]]
    assert sorted(traffic.travelled([1])[0].tolist()) == [[0, 1], [1, 2]]
    assert traffic.travelled([0, 1])[1].tolist() == [1.0, 2.0]
