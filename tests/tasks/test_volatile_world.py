"""A volatile world: a trial by hand, its draws against their laws, its metrics."""

import numpy as np
import pytest
from oracles import Z, mean_z, share_z

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.tasks.task import Scene

INPUTS, OUTPUTS, CHANGING = ["x0", "x1", "x2"], ["a", "b", "c"], ["b", "c"]


def world(**changes) -> va.VolatileWorld:
    return va.VolatileWorld(**{"inputs": INPUTS, "outputs": OUTPUTS, "changing": CHANGING, **changes})


def scene_of(task, seed=1) -> Scene:
    """A task without a network: its neurons, silent until a test says otherwise."""
    labels = [*INPUTS, *OUTPUTS]
    graph, zeros = va.NeuralGraph(labels, [], []), np.zeros(len(labels))
    return Scene(graph, seed, 0, zeros, zeros.copy(), np.full((6, 2), 0.01), {}, task.first(graph, np.zeros((6, 2))))


def through(task, trials: int, seed=1) -> tuple[Scene, np.ndarray]:
    """The scene after so many trials, and (trials, 3) the errors told."""
    scene, told = scene_of(task, seed), []
    for step in range(trials * task.period):
        scene.step = step
        task.sense(scene)
        if step % task.period == 2:
            told.append(scene.signals["error"][3:].copy())
    return scene, np.array(told)


def test_a_trial_shows_a_pattern_and_tells_the_error_in_its_third_step_alone():
    task = world(noise=0.0, period=4)
    scene = scene_of(task)
    scene.activation[3:] = [0.25, 0.5, 1.0]
    patterns, targets = task.tables(1, 0)
    for step in range(4):
        scene.step = step
        task.sense(scene)
        p = int(scene.kept["pattern"])
        assert scene.drive.tolist() == [*patterns[p], 0.0, 0.0, 0.0]
        expected = targets[p] - [0.25, 0.5, 1.0] if step == 2 else np.zeros(3)
        assert scene.signals["error"].tolist() == [0.0, 0.0, 0.0, *expected]
    squares = (targets[p] - [0.25, 0.5, 1.0]) ** 2
    assert scene.kept["trials"].tolist() == [[squares[1:].mean(), squares[0], 0.0]]
    assert scene.kept["error"] == pytest.approx(squares.mean(), rel=1e-12)


def test_the_noise_is_told_and_not_judged():
    """6000 errors told: their distance from those of a world without noise has mean 0 and standard deviation 0.5."""
    scene, told = through(world(noise=0.5), 2000)
    silent, exact = through(world(noise=0.0), 2000)
    noise = (told - exact).ravel()
    assert scene.kept["trials"].tolist() == silent.kept["trials"].tolist()
    assert abs(mean_z(noise, 0.0, 0.25)) < Z
    assert abs(mean_z(noise**2, 0.25, 2 * 0.25**2)) < Z


def test_changes_come_with_their_probability_and_spare_what_lasts():
    task = world(volatility=0.1, low=-1.0)
    scene, _ = through(task, 3000)
    changes = int(scene.kept["changes"])
    assert abs(share_z(changes, 2999, 0.1)) < Z
    ages = scene.kept["trials"][:, 2]
    assert (ages[1:] == 0.0).sum() == changes
    assert set(np.diff(ages)[np.diff(ages) > 0]) == {1.0}
    tables = [task.tables(1, since) for since in range(400)]
    for patterns, targets in tables:
        assert (patterns == tables[0][0]).all()
        assert (targets[:, 0] == tables[0][1][:, 0]).all()
    fresh = np.array([targets[:, 1:] for _, targets in tables])
    assert set(fresh.ravel()) == {-1.0, 1.0}
    assert abs(share_z(int((fresh == 1.0).sum()), fresh.size, 0.5)) < Z


def test_metrics_are_means_over_trials_by_hand():
    task = world(early=2)
    kept = scene_of(task).kept | {"trials": np.array([[0.6, 0.3, 0], [0.3, 0.3, 1], [0.3, 0.0, 2], [0.9, 0.0, 0]])}
    found = task.metrics(kept | {"changes": np.array(1)})
    assert found["error"] == pytest.approx((0.5 + 0.3 + 0.2 + 0.6) / 4)
    assert (found["error_changing"], found["error_lasting"]) == (pytest.approx(0.525), pytest.approx(0.15))
    assert (found["error_early"], found["error_late"]) == (pytest.approx(1.4 / 3), pytest.approx(0.2))
    assert (found["changes"], found["trials"]) == (1.0, 4.0)
    assert task.metrics(scene_of(task).kept) == {"trials": 0.0, "changes": 0.0}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"changing": ["d"]}, "changing"),
        ({"changing": []}, "changing"),
        ({"inputs": "x0"}, "inputs"),
        ({"error": 3}, "error"),
        ({"low": 1.0}, "low"),
        ({"period": 2}, "period"),
    ],
)
def test_a_world_that_cannot_be_is_refused_with_its_key(changes, key):
    with pytest.raises(InputError) as refusal:
        world(**changes)
    assert refusal.value.key == key


def test_a_neuron_that_is_input_and_output_is_refused():
    with pytest.raises(InputError, match="given twice"):
        scene_of(world(outputs=["x0", "b"], changing=["b"]))
