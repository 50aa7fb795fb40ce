"""Losses on a course that can be computed by hand.

A pulse of 8 at a in step 0; each step all go on a -> b -> c (c has no way out); p = 1/2 at b and c, absorbed. So 8 come
to b in step 1, 4 dock; 4 come to c in step 2, 2 dock; of 2 that wait there 1 docks in step 3, and so on.
"""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from trainable_worlds import STEPS, by_activity, model, push, weights  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm.learning import losses  # noqa: E402

KINDS = {
    "v": va.Kind(
        emission=va.PulseEmission(count=8.0, nodes=["a"]),
        docking=va.ConstantDocking(probability=[0.0, 0.5, 0.5]),
        release=va.ModulatorRelease(amount=3.0),
        content=[5.0],
        content_width=1,
    )
}


@pytest.fixture(scope="module")
def course():
    graph = va.NeuralGraph.from_edges([("a", "b"), ("b", "c")])
    neurons = va.HMNNeurons(activation="identity", bias=[1.0, 2.0, 3.0], layers=[])
    model = va.VesicleModel(graph, KINDS, neurons=neurons)
    with torch.no_grad():
        return va.Trainable(model, {"kinds.v.release.amount": "scalar"})(3)


def test_a_course_tells_what_happened(course):
    assert course.steps == 3
    assert course.docked("v").tolist() == [[0, 4, 0], [0, 0, 2], [0, 0, 1]]
    assert course.occupancy("v").tolist() == [[0, 4, 0], [0, 0, 2], [0, 0, 1]]
    assert course.born("v").tolist() == [[8, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert course.content("v")[:, :, 0].tolist() == [[0, 5, 0], [0, 0, 5], [0, 0, 5]]
    assert course.delivered("v").numpy() == pytest.approx(3.0 * course.docked("v").numpy())
    assert course.level("v").numpy() == pytest.approx(3.0 * course.docked("v").numpy().cumsum(0))
    assert course.activation().tolist() == [[1, 2, 3]] * 3


def test_losses_are_their_formulas(course):
    assert float(losses.delivered(course, "v")) == 7.0
    assert float(losses.delivered(course, "v", ["c"])) == 3.0
    assert float(losses.undelivered(course, "v", ["c"])) == pytest.approx(-math.log(3.0))
    cross = -(0.25 * math.log(4 / 7) + 0.75 * math.log(3 / 7))
    assert float(losses.misplaced(course, "v", [0.0, 1.0, 3.0])) == pytest.approx(cross)
    assert float(losses.lateness(course, "v", ["c"])) == pytest.approx((2 * 2 + 3 * 1) / 3)
    assert float(losses.upkeep(course, "v")) == pytest.approx(7 / 3)
    assert float(losses.activity_error(course, 2.0)) == pytest.approx(2 / 3)
    assert float(losses.activity_error(course, [1.0, 5.0], last=3, nodes=["a", "c"])) == pytest.approx((0 + 4) / 2)
    assert float(losses.level_error(course, "v", 9.0, nodes=["b", "c"])) == pytest.approx((3**2 + 0) / 2)


def test_what_cannot_be_asked_is_refused(course):
    for ask, words in (
        (lambda: losses.delivered(course, "w"), r"kind: got 'w'; .*Allowed: v"),
        (lambda: losses.delivered(course, "v", ["d"]), r"node: no node 'd'; .*Allowed: a, b, c"),
        (lambda: losses.delivered(course, "v", "a"), r"nodes: got 'a'; a list of node labels is allowed, say \['a'\]"),
        (lambda: losses.misplaced(course, "v", [1.0, 2.0]), r"wanted: a number >= 0 for each of 3 nodes"),
        (lambda: losses.misplaced(course, "v", np.zeros(3)), r"wanted: a number >= 0 for each of 3 nodes"),
        (lambda: losses.misplaced(course, "v", "abc"), r"wanted: got 'abc'; a number >= 0 for each of 3 nodes"),
        (lambda: losses.lateness(course, "v", []), r"nodes: got none; a list of node labels is allowed"),
        (lambda: losses.activity_error(course, [1.0, 2.0]), r"wanted: has the shape \(2,\); a number, or one for each"),
        (
            lambda: losses.level_error(course, "v", [1.0] * 4),
            r"wanted: has the shape \(4,\); a number, or one for each",
        ),
        (
            lambda: losses.level_error(course, "v", float("nan")),
            r"wanted: is not finite; a number, or one for each of 3",
        ),
        (lambda: losses.activity_error(course, 0.0, last=4), r"last: got 4; a whole number from 1 to 3"),
        (lambda: losses.level_error(course, "v", 0.0, last=True), r"last: got True; a whole number from 1 to 3"),
    ):
        with pytest.raises(va.InputError, match=words):
            ask()


ASKED = {
    "delivered": lambda course: losses.delivered(course, "seeker", [3]),
    "undelivered": lambda course: losses.undelivered(course, "seeker", [3]),
    "misplaced": lambda course: losses.misplaced(course, "seeker", [0.1, 0.0, 0.2, 0.3, 0.4]),
    "lateness": lambda course: losses.lateness(course, "seeker", [2, 3]),
    "upkeep": lambda course: losses.upkeep(course, "seeker"),
    "activity_error": lambda course: losses.activity_error(course, 0.5, last=3),
    "level_error": lambda course: losses.level_error(course, "seeker", 0.5, last=2, nodes=[1, 3]),
}


@pytest.mark.parametrize("name", ASKED)
def test_the_slope_of_a_loss_along_a_line_is_that_of_differences(name):
    """Of all free parameters at once, in a world whose rates read the state; central differences of 1e-5."""
    made, keys = model(by_activity()), ["migration.logit", "emission.scale", "docking.receptor", "release.0.amount"]
    module = va.Trainable(made, [f"kinds.seeker.{key}" for key in keys])
    ASKED[name](module(STEPS)).backward()
    slope = sum(float((parameter.grad * weights(parameter, 0.0)).sum()) for parameter in module.parameters())
    found = []
    for step in (1e-5, -2e-5):
        push(module, step)
        with torch.no_grad():
            found.append(float(ASKED[name](module(STEPS))))
    assert abs(slope) > 1e-3
    assert (found[0] - found[1]) / 2e-5 == pytest.approx(slope, rel=1e-6)
