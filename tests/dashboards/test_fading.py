"""Fading means and the traffic between neurons."""

import numpy as np
import pytest

from vesicle_abm.dashboards.stage.fading import FADE, LARGEST_UNIT, FadingMean, Traffic
from vesicle_abm.dashboards.stage.frames import Motion

from .worlds import ring_walk


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


def travelled(model, steps: int):
    """The traffic of all steps, counted from every one of them."""
    motion, traffic = Motion(model.graph.size), Traffic(model.graph, len(model.kinds))
    motion.step(model)
    for _ in range(steps):
        model.step()
        motion.step(model)
        traffic.step(motion.left, motion.now.start, motion.now.kind)
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


def test_kinds_are_counted_apart():
    model = ring_walk()
    traffic = Traffic(model.graph, 2)
    traffic.step(np.array([0, 0, 1]), np.array([1, 1, 2]), np.array([0, 1, 1], np.uint8))
    assert traffic.travelled([0])[0].tolist() == [[0, 1]]
    assert sorted(traffic.travelled([1])[0].tolist()) == [[0, 1], [1, 2]]
    assert traffic.travelled([0, 1])[1].tolist() == [1.0, 2.0]
