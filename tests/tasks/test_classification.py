"""Classification: a pass by hand, its signals and books; its accuracies by a second computation. Seed 5."""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core import functions
from vesicle_abm.tasks.beside import BESIDE, error_of

FEATURES = np.array([[0, 4], [4, 0], [1, 4], [4, 1], [0, 3], [3, 0], [4, 2], [2, 4]])
CLASSES = np.array([0, 1, 0, 1, 0, 1, 1, 0])
TESTED = 3
SIZES = [2, 6, 2]


def task(**changes) -> va.Classification:
    given = {"features": FEATURES, "classes": CLASSES, "brightest": 4.0, "tested": TESTED}
    return va.Classification(**given | changes)


def model(changes=None, sizes=SIZES, **how) -> va.VesicleModel:
    return va.credit_model(sizes, task(**changes or {}), **{"hidden_rate": 0.05, "seed": 5, "weights": 2} | how)


def test_a_pass_by_hand():
    """Five trials of 3 steps, told 3 later; then three tests, a step each, answered 3 later: 15 + 3 + 3 steps."""
    learner = model()
    order, seen = task().order(5, 0), []
    assert task().steps(learner.graph) == 21
    assert sorted(order) == [0, 1, 2, 3, 4]
    for _ in range(22):
        before = learner.state.activation[-2:].copy()
        learner.step()
        seen.append((learner.state.drive[:2].tolist(), learner.signals["error"][-2:].tolist(), before))
    for trial, sample in enumerate(order):
        for step in range(3):
            assert seen[3 * trial + step][0] == (FEATURES[sample] / 4.0).tolist()
        _, error, answer = seen[3 * trial + 3]
        assert error == error_of(answer, CLASSES[sample]).tolist()
    assert [drive for drive, _, _ in seen[15:21]] == [*(FEATURES[5:] / 4.0).tolist(), *[[0.0, 0.0]] * 3]
    told = [step for step, (_, error, _) in enumerate(seen) if any(error)]
    assert told == [3, 6, 9, 12, 15]
    assert seen[21][0] == (FEATURES[task().order(5, 1)[0]] / 4.0).tolist()
    assert learner.metrics["trials"] == 5
    assert learner.metrics["passes"] == 1


def test_the_error_is_that_of_the_cross_entropy():
    torch = pytest.importorskip("torch")
    answer = torch.tensor([0.3, -2.0, 1.1], dtype=torch.float64, requires_grad=True)
    torch.nn.functional.cross_entropy(answer, torch.tensor(2)).backward()
    assert error_of(answer.detach().numpy(), 2) == pytest.approx(-answer.grad.numpy(), abs=1e-15)


@pytest.mark.parametrize(("sizes", "delay"), [(SIZES, 0), (SIZES, 2), ([2, 5, 4, 2], 0), ([2, 5, 4, 2], 1)])
def test_its_accuracy_is_that_of_the_weights_it_has_learned(sizes, delay):
    """By a direct pass through the layers; nothing is learned and nothing born while it is tested."""
    learner = model(sizes=sizes, delay=delay)
    net = learner.world.task.network(learner.graph)
    length = learner.world.task.length(net)
    learner.run_for(5 * length + 1)  # the last errors have come in the last of these steps
    weight, born = learner.state.weight.copy(), learner.counts["born"]
    learner.run_for(task().steps(learner.graph) - 5 * length - 1)
    assert learner.time == TESTED + net.lag + 5 * length
    assert learner.state.weight.tobytes() == weight.tobytes()
    assert (weight != model(sizes=sizes, delay=delay).state.weight).any()
    answers = [net.answers(weight, learner.state.bias, x / 4.0, functions.relu)[-1] for x in FEATURES[5:]]
    right = np.mean([np.argmax(answer) == label for answer, label in zip(answers, CLASSES[5:], strict=True)])
    assert learner.metrics["accuracy"] == pytest.approx(right)
    assert learner.metrics["vesicles_per_sample"] == born / 5
    assert learner.counts["born"] == born


def test_what_learns_beside_it_is_back_propagation_by_torch():
    torch = pytest.importorskip("torch")
    learner = model()
    first = learner.state.weight.copy()
    layers = [torch.tensor(part, requires_grad=True) for part in (first[:12].reshape(6, 2), first[12:].reshape(2, 6))]
    learner.run_for(2 * task().steps(learner.graph))
    for turn in range(2):
        for sample in task().order(5, turn):
            answer = layers[1] @ torch.relu(layers[0] @ torch.tensor(FEATURES[sample] / 4.0))
            loss = torch.nn.functional.cross_entropy(answer, torch.tensor(CLASSES[sample]))
            slopes = torch.autograd.grad(loss, layers)
            with torch.no_grad():
                for layer, slope, rate in zip(layers, slopes, (0.05, 0.05), strict=True):
                    layer.sub_(rate * slope)
    found = np.concatenate([layer.detach().numpy().ravel() for layer in layers])
    assert learner.state.task["backprop"] == pytest.approx(found, abs=1e-12)
    alone = learner.state.task["readout_only"]
    assert alone[:12].tobytes() == first[:12].tobytes()
    assert (alone[12:] != first[12:]).any()
    aligned = learner.state.task["feedback_alignment"]
    assert (aligned != found).any()


def test_of_exact_errors_many_vesicles_make_the_same_of_the_network():
    """With m = 20,000 the noise of a weight's change is below 1 % of the largest."""
    learner = model({"beside": ["backprop"]}, errors=20_000.0)
    first = learner.state.weight.copy()
    learner.run_for(task().steps(learner.graph))
    exact = learner.state.task["backprop"] - first
    assert (learner.state.weight - first) == pytest.approx(exact, abs=0.02 * np.abs(exact).max())


def test_the_same_bits_in_every_view_after_a_restart_and_whatever_learns_beside(tmp_path):
    digests, states = set(), []
    for view in ("compiled", "particles"):
        learner = model(view=view)
        learner.run_for(30)
        digests.add(learner.state.digest())
    halfway = model()
    halfway.run_for(13)
    halfway.save(tmp_path / "half.npz")
    resumed = va.VesicleModel.load(tmp_path / "half.npz")
    resumed.run_for(17)
    assert digests == {resumed.state.digest()}
    for names in (None, [], ["readout_only"]):
        learner = model({"beside": names})
        learner.run_for(30)
        states.append(learner.state.weight.tobytes())
    assert len(set(states)) == 1


def test_what_it_records_and_tells():
    learner = model({"beside": ["backprop", "readout_only"]}, record_every=1)
    assert learner.metrics == {"trials": 0.0, "passes": 0.0}
    learner.run_for(2 * task().steps(learner.graph))
    assert list(learner.metrics) == [
        "accuracy", "accuracy_backprop", "accuracy_readout_only", "vesicles_per_sample", "trials", "passes",
    ]  # fmt: skip
    record = learner.record
    assert record["task.accuracy"].iloc[-1] == learner.metrics["accuracy"]
    assert 0.0 < record["task.training_accuracy"].iloc[-1] <= 1.0
    assert learner.state.task["curve"].shape == (2, 3)


def test_images_are_shown_from_the_files_of_mnist_as_many_as_are_asked_for(tmp_path):
    """Six images of 2 x 2 bytes to train, of which four are used, and two to test, of which one; 255 is shown as 1."""
    images = np.arange(32, dtype=np.uint8).reshape(8, 2, 2) * 8
    classes = np.array([0, 1, 2, 0, 1, 2, 0, 1], np.uint8)
    for name, rows in (("train", slice(6)), ("t10k", slice(6, 8))):
        for kind, values in (("images-idx3", images[rows]), ("labels-idx1", classes[rows])):
            head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes()
            (tmp_path / f"{name}-{kind}-ubyte").write_bytes(head + values.tobytes())
    learner = va.credit_model([4, 5, 3], va.Classification(data=str(tmp_path), training=4, tested=1), seed=5)
    learner.step()
    first = images[learner.world.task.order(5, 0)[0]].ravel()
    assert learner.state.drive[:4] == pytest.approx(first / 255.0)
    learner.run_for(learner.world.task.steps(learner.graph) - 1)
    assert learner.time == 4 * 3 + 1 + 3
    assert learner.metrics["trials"] == 4
    assert learner.metrics["accuracy"] in (0.0, 1.0)


REFUSED = {
    "features without classes": ({"classes": None}, "features: features and classes are given together"),
    "no rows": ({"features": [1.0] * 8}, "features: rows of as many finite numbers"),
    "rows of different lengths": ({"features": [[1.0]] * 7 + [[1.0, 2.0]]}, "features: rows of as many finite"),
    "nan": ({"features": [[np.nan, 0.0]] * 8}, "features: rows of as many finite numbers"),
    "a class below 0": ({"classes": [-1] * 8}, "classes: a whole number >= 0 for each of the 8 samples"),
    "too few classes": ({"classes": [0, 1]}, "classes: a whole number >= 0 for each of the 8 samples"),
    "nothing to train on": ({"tested": 8}, "tested: got 8; how many of the 8 samples are for the test"),
    "nothing to test": ({"tested": None}, "tested: got None"),
    "an unknown rival": ({"beside": ["backprob"]}, "beside: got 'backprob'; did you mean 'backprop'"),
    "no list": ({"beside": "backprop"}, "beside: got 'backprop'; a list of"),
}


@pytest.mark.parametrize(("changes", "words"), REFUSED.values(), ids=REFUSED)
def test_bad_samples_are_refused(changes, words):
    with pytest.raises(va.InputError, match=words):
        task(**changes)


MISFITS = {
    "inputs": ([3, 4, 2], {}, r"task\.inputs: are 3 neurons; the samples need 2"),
    "outputs": ([2, 4, 3], {}, r"task\.outputs: are 3 neurons; the samples need 2"),
    "a period too short": (SIZES, {"period": 2}, r"task\.period: got 2; .* take 3 steps, so 3 or more are allowed"),
    "more to train on than there are": (SIZES, {"training": 6}, r"task\.training: got 6; there are 5, so as many"),
    "a population": (SIZES, {"inputs": "inptu"}, r"task\.inputs: got 'inptu'; .* did you mean 'input'"),
    "a label twice": (SIZES, {"inputs": ["input0", "input0"]}, r"task\.inputs: a neuron is named twice"),
}


@pytest.mark.parametrize(("sizes", "changes", "words"), MISFITS.values(), ids=MISFITS)
def test_a_network_that_does_not_fit_the_samples_is_refused(sizes, changes, words):
    with pytest.raises(va.InputError, match=words):
        model(changes, sizes=sizes)


def test_every_rival_has_its_accuracy():
    assert task().recorded[1:] == ("accuracy", *(f"accuracy_{name}" for name in BESIDE))
