"""Training: it lowers the loss, stops, goes on from a file to the bit, and does not lose what was good."""

import dataclasses
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from trainable_worlds import EDGES, STEPS, by_activity, everything, graph, model, scheduled  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm.learning import checkpoints, losses  # noqa: E402

KEYS = ["kinds.parcel.migration.logit", "kinds.parcel.docking.probability", "kinds.parcel.decay.hazard"]
OPTIMISERS = {
    "sgd": partial(torch.optim.SGD, lr=0.02, momentum=0.5),
    "adam": partial(torch.optim.Adam, lr=0.05),
    "lbfgs": partial(torch.optim.LBFGS, lr=0.5, max_iter=4, line_search_fn="strong_wolfe"),
    "adamw": partial(torch.optim.AdamW, lr=0.05),
}
SCATTERED = va.GaussianContent(mean=[0.5, -0.3], deviation=0.1)
train = partial(va.train, quiet=True)


def fresh(**options) -> va.Trainable:
    return va.Trainable(va.VesicleModel(graph(), scheduled(), **options), KEYS)


def at_three(course: va.Course) -> torch.Tensor:
    """Bring parcels to node 3, and keep few of them."""
    return losses.undelivered(course, "parcel", [3]) + 0.05 * losses.upkeep(course, "parcel")


def bits(module: va.Trainable) -> list[bytes]:
    return [array.tobytes() for array in module.arrays().values()]


@pytest.mark.parametrize("name", OPTIMISERS)
def test_any_optimiser_of_torch_lowers_the_loss(name):
    module = fresh()
    done = train(module, at_three, STEPS, epochs=12, optimiser=OPTIMISERS[name])
    assert list(done.history.columns) == ["loss", "validation", "gradient"]
    assert len(done.history) == 13
    assert done.loss == done.history.loss.min() < done.history.loss[0] - 0.1
    with torch.no_grad():
        assert float(at_three(module(STEPS))) == done.loss


def test_an_optimiser_that_is_made_already_is_taken():
    module, other = fresh(), fresh()
    train(module, at_three, STEPS, epochs=3, optimiser=torch.optim.SGD(module.parameters(), lr=0.1))
    train(other, at_three, STEPS, epochs=3, optimiser=partial(torch.optim.SGD, lr=0.1))
    assert bits(module) == bits(other)


def test_several_kinds_learn_at_once():
    made = model(by_activity())
    keys = ["kinds.seeker.docking.receptor", "kinds.seeker.migration.logit", "kinds.eager.emission.count"]
    module = va.Trainable(made, keys)
    done = train(
        module, lambda course: losses.level_error(course, "seeker", 1.0) + everything(course) / 100, 5, epochs=9
    )
    assert done.loss < 0.9 * done.history.loss[0]
    assert all(
        not np.array_equal(found, va.Trainable(made, keys).arrays()[name]) for name, found in module.arrays().items()
    )


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_training_that_was_stopped_goes_on_to_the_same_bits(name, tmp_path):
    whole, halves, path = fresh(), fresh(), tmp_path / "training.pt"
    expected = train(whole, at_three, STEPS, epochs=9, optimiser=OPTIMISERS[name])
    train(halves, at_three, STEPS, epochs=5, optimiser=OPTIMISERS[name], checkpoint=path, save_every=2)
    again = fresh()
    found = train(again, at_three, STEPS, epochs=9, optimiser=OPTIMISERS[name], checkpoint=path, resume=True)
    assert bits(again) == bits(whole)
    assert found.history.equals(expected.history)
    assert found.best == expected.best


def test_one_that_broke_off_goes_on_from_the_last_checkpoint(tmp_path):
    """The loss fails at its 8th call, so after updates 0 … 6; the file holds what was after 0 … 6."""
    calls, path, whole = [], tmp_path / "training.pt", fresh()
    expected = train(whole, at_three, STEPS, epochs=9)

    def breaks(course):
        calls.append(1)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return at_three(course)

    with pytest.raises(KeyboardInterrupt):
        train(fresh(), breaks, STEPS, epochs=9, checkpoint=path, save_every=3)
    assert len(torch.load(path, weights_only=True)["log"]["loss"]) == 7
    again = fresh()
    assert train(again, at_three, STEPS, epochs=9, checkpoint=path, resume=True).history.equals(expected.history)
    assert bits(again) == bits(whole)


@pytest.mark.parametrize("patience", [2, None])
def test_one_that_ended_by_patience_goes_on_from_its_end(patience, tmp_path):
    """With the same patience it ends there again; without, it comes to the bits of one that had none."""
    path, steep = tmp_path / "training.pt", partial(torch.optim.Adam, lr=2.0)
    ended, again, whole = fresh(), fresh(), fresh()
    first = train(ended, at_three, STEPS, epochs=60, optimiser=steep, patience=2, least=0.05, checkpoint=path)
    assert first.stopped == "patience"
    assert len(first.history) % 20 != 1
    given = {"epochs": len(first.history) + 2, "optimiser": steep, "patience": patience, "least": 0.05}
    found = train(again, at_three, STEPS, checkpoint=path, resume=True, **given)
    expected = first if patience else train(whole, at_three, STEPS, **given)
    assert found.history.equals(expected.history)
    assert (found.stopped, found.best) == (expected.stopped, expected.best)
    assert bits(again) == bits(ended if patience else whole)


@pytest.mark.parametrize("other", ["rules", "state", "signals", "graph"])
def test_one_of_another_model_is_not_gone_on_with(other, tmp_path):
    path = tmp_path / "training.pt"
    train(fresh(), at_three, STEPS, epochs=1, checkpoint=path)
    kinds, edges = scheduled(), graph()
    if other == "rules":
        kinds["parcel"] = dataclasses.replace(kinds["parcel"], absorb=0.5)
    if other == "graph":
        edges = va.NeuralGraph.from_edges([(*ends, {"weight": 1.0}) for ends in EDGES])
    made = va.VesicleModel(edges, kinds)
    if other == "state":
        made.run_for(1)
    if other == "signals":
        made.signals["drive"] = 0.1
    with pytest.raises(
        va.InputError, match=r"checkpoint: .*training\.pt' is of a training of another model, or of one in"
    ):
        train(va.Trainable(made, KEYS), at_three, STEPS, epochs=2, checkpoint=path, resume=True)


def test_the_same_training_gives_the_same_bits_and_with_segments_the_same_gradient():
    first, second, third = fresh(), fresh(), fresh()
    train(first, at_three, 9, epochs=4)
    train(second, at_three, 9, epochs=4)
    train(third, at_three, 9, epochs=4, segment=3)
    assert bits(first) == bits(second)
    for one, other in zip(first.arrays().values(), third.arrays().values(), strict=True):
        assert np.allclose(one, other, rtol=1e-12, atol=0)


@pytest.mark.parametrize("segment", [1, 2, 5, 100])
def test_segments_give_the_gradient_of_the_whole(segment):
    """Of a world whose rates read the state, so that nothing lasts."""
    slopes = []
    for each in (None, segment):
        module = va.Trainable(model(by_activity()), ["kinds.seeker.emission.scale", "kinds.seeker.migration.logit"])
        everything(module(STEPS, segment=each)).backward()
        slopes.append([parameter.grad for parameter in module.parameters()])
    for one, other in zip(*slopes, strict=True):
        assert torch.allclose(one, other, rtol=1e-12, atol=0)


def test_it_stops_when_the_loss_no_longer_falls_by_much():
    module, limit = fresh(), 0.01
    adam = partial(torch.optim.Adam, lr=1.0)
    done = train(module, at_three, STEPS, epochs=100, patience=5, least=limit, optimiser=adam)
    loss, mark = done.history.loss, 0
    for updates in loss.index:
        mark = updates if loss[updates] < loss[mark] - limit else mark
    assert done.stopped == "patience"
    assert 5 < mark + 5 == loss.index[-1] < 30
    assert done.best == done.history.index[-1]


def test_it_keeps_the_best_where_the_loss_rises_again():
    """Upwards from the start: the best is what it began with."""
    module, start = fresh(), bits(fresh())
    done = train(
        module, at_three, STEPS, epochs=9, patience=4, optimiser=partial(torch.optim.SGD, lr=1.0, maximize=True)
    )
    assert (done.stopped, done.best, len(done.history)) == ("patience", 0, 5)
    assert done.loss == done.history.loss[0] < done.history.loss[4]
    assert bits(module) == start


def test_the_best_is_that_of_the_validation_where_there_is_one():
    """It asks for the opposite of the loss, so that the start is the best."""
    module, start = fresh(), bits(fresh())
    done = train(module, at_three, STEPS, epochs=50, patience=3, validation=lambda course: -at_three(course))
    assert (done.best, done.stopped, len(done.history)) == (0, "patience", 4)
    assert bits(module) == start
    assert done.history.validation.tolist() == (-done.history.loss).tolist()
    assert train(fresh(), at_three, STEPS, epochs=2).stopped == "epochs"


def test_a_loss_that_is_not_finite_is_told_and_the_last_good_parameters_are_put_back():
    calls, seen = [], []
    module = fresh()

    def spoilt(course):
        calls.append(1)
        if len(calls) == 4:
            return at_three(course) * float("nan")
        seen.append(bits(module))
        return at_three(course)

    with pytest.raises(va.DivergedError, match=r"the loss is not finite, after 3 updates; a smaller step"):
        train(module, spoilt, STEPS, epochs=9)
    assert bits(module) == seen[2]


def test_a_step_to_infinity_is_told_too():
    module, start = fresh(), bits(fresh())
    with pytest.raises(va.DivergedError, match=r"kinds\.parcel\.migration\.logit is not finite, after 1 updates"):
        train(module, at_three, STEPS, epochs=9, optimiser=partial(torch.optim.SGD, lr=float("inf")))
    assert bits(module) == start


def test_a_look_of_the_optimiser_to_where_the_field_has_no_answer_is_told_too():
    """LBFGS looks again within an update, here at births without end."""
    module = va.Trainable(va.VesicleModel(graph(), scheduled()), ["kinds.parcel.emission.count"])
    start, far = bits(module), partial(torch.optim.LBFGS, lr=1e300, max_iter=3)
    with pytest.raises(va.DivergedError, match=r"emission: .* gave .*, within an update; a smaller step"):
        train(module, lambda course: -1e9 * losses.delivered(course, "parcel"), STEPS, epochs=9, optimiser=far)
    assert bits(module) == start


def test_a_validation_that_is_not_finite_is_told():
    with pytest.raises(va.DivergedError, match=r"the validation loss is not finite"):
        train(fresh(), at_three, STEPS, epochs=9, validation=lambda course: at_three(course) / 0.0)


def test_where_nothing_arrives_the_loss_begins_infinite_and_says_so():
    kinds = {"v": va.Kind(emission=va.PulseEmission(nodes=[0]), docking=va.ConstantDocking(probability=0.5))}
    module = va.Trainable(va.VesicleModel(graph(), kinds), ["kinds.v.docking.probability"])
    with pytest.raises(va.DivergedError, match=r"the loss is not finite, after 0 updates; does anything arrive"):
        train(module, lambda course: losses.undelivered(course, "v", [4]), 1)


NONE = {"checkpoint": "none.pt", "resume": True}
NONSENSE = [
    ({"loss": lambda course: 3.0}, r"loss: gave 3\.0; a tensor with one number is allowed"),
    (
        {"loss": lambda course: course.docked("parcel")},
        r"loss: gave a tensor of shape \(6, 5\); a tensor with one",
    ),
    ({"loss": lambda course: torch.tensor(1.0)}, r"loss: does not depend on what is trained"),
    ({"steps": 0}, r"steps: got 0; a whole number >= 1"),
    ({"epochs": 1.5}, r"epochs: got 1\.5; a whole number >= 0"),
    ({"patience": 0}, r"patience: got 0; a whole number >= 1"),
    ({"least": -1.0}, r"least: got -1\.0; a number >= 0"),
    ({"segment": 0}, r"segment: got 0; a whole number >= 1"),
    ({"optimiser": "adam"}, r"optimiser: got 'adam'; an optimiser of torch, or what makes one, is allowed"),
    (
        {"optimiser": torch.optim.SGD(fresh().parameters(), lr=1.0)},
        r"optimiser: does not move all that is to be trained",
    ),
    (NONE | {"checkpoint": "done.pt", "epochs": 0}, r"epochs: got 0; a whole number >= 1"),
    (NONE | {"checkpoint": "done.pt", "steps": 5}, r"steps: got 5; 'done\.pt' is of a training over 6"),
    (
        NONE | {"checkpoint": "empty.pt"},
        r"'empty\.pt' is damaged: it lacks best, log, model, optimiser, parameters, st",
    ),
    ({"checkpoint": "no/where.pt"}, r"checkpoint: got 'no/where\.pt'; there is no folder 'no'"),
    ({"loss": None}, r"loss: got None; a function of a Course is allowed"),
    ({"validation": 3.0}, r"validation: got 3\.0; a function of a Course is allowed"),
    ({"optimiser": lambda parameters: None}, r"optimiser: made None; an optimiser of torch is allowed"),
    ({"resume": True}, r"checkpoint: is missing; it is the file to go on from"),
    ({"checkpoint": "done.pt"}, r"checkpoint: 'done\.pt' is there already; resume=True goes on from it"),
    (NONE, r"checkpoint: no file 'none\.pt' to go on from"),
    (NONE | {"checkpoint": "text.pt"}, r"'text\.pt' is not a checkpoint of a training, or is damaged"),
    (NONE | {"checkpoint": "other.pt"}, r"'other\.pt' is not a checkpoint of a training"),
    (NONE | {"checkpoint": "few.pt"}, r"has the parameters \{'kinds\.parcel\.migration\.logit': \[8\]\}; those to be"),
    (
        NONE | {"checkpoint": "done.pt", "optimiser": OPTIMISERS["sgd"]},
        r"was written with Adam; the optimiser is now",
    ),
]


@pytest.mark.parametrize(("changes", "words"), NONSENSE)
def test_what_makes_no_sense_is_refused(changes, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    few = va.Trainable(va.VesicleModel(graph(), scheduled()), KEYS[:1])
    for module, name in ((fresh(), "done.pt"), (few, "few.pt")):
        train(module, at_three, STEPS, epochs=1, checkpoint=name)
    (tmp_path / "text.pt").write_text("no checkpoint")
    torch.save({"a": 1}, "other.pt")
    torch.save({"format": checkpoints.FORMAT}, "empty.pt")
    given = {"loss": at_three, "steps": STEPS, "epochs": 2} | changes
    with pytest.raises(va.InputError, match=words):
        train(fresh(), given.pop("loss"), given.pop("steps"), **given)


def test_a_number_on_which_the_loss_does_not_depend_is_named():
    """The mean of what is drawn does not depend on its deviation."""
    made = model(by_activity())
    kinds = made.world.kinds | {"seeker": dataclasses.replace(made.world.kinds["seeker"], content=SCATTERED)}
    made = va.VesicleModel(graph(), kinds, neurons=made.world.neurons)
    module = va.Trainable(made, ["kinds.seeker.content.deviation"])
    with pytest.raises(va.InputError, match=r"loss: does not depend on what is trained"):
        train(module, everything, STEPS)
    module = va.Trainable(made, ["kinds.seeker.content.deviation", "kinds.seeker.content.mean"])
    with pytest.raises(va.InputError, match=r"kinds\.seeker\.content\.deviation: the loss does not depend on it"):
        train(module, everything, STEPS)


def test_the_bar_shows_the_loss_on_standard_error_and_quiet_shows_none(capsys):
    va.train(fresh(), at_three, STEPS, epochs=2)
    told = capsys.readouterr()
    assert "loss " in told.err
    assert "2/2" in told.err
    assert not told.out
    va.train(fresh(), at_three, STEPS, epochs=2, quiet=True)
    assert not capsys.readouterr().err
