"""Numbers of rules as parameters: named, started, bounded, differentiated; and what is trained runs as agents."""

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from trainable_worlds import EDGES, SIZE, STEPS, by_activity, by_policy, everything, graph, model, push, scheduled  # noqa: E402
from trainable_worlds import by_what_others_do as by_others  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm.cli import main  # noqa: E402
from vesicle_abm.core.parameters import EDGE, NODE  # noqa: E402
from vesicle_abm.learning.places import obstacle, places  # noqa: E402

WORLDS = {"by activity": by_activity, "by what others do": by_others, "by policy": by_policy, "scheduled": scheduled}
NOT_HELD = ("deviation", "emission.threshold")  # what a mean does not depend on, or by jumps


def learnable(made: va.VesicleModel) -> list[str]:
    """Every number of a model that can be learned from where it is."""
    found = []
    for place in places(made.world.kinds):
        low = place.about["bounds"].get("ge", place.about["bounds"].get("gt", -np.inf))
        starts_inside = not obstacle(place) and (np.asarray(place.value, float) > low).any()
        if starts_inside and not place.key.endswith(NOT_HELD):
            found.append(place.key)
    return found


def slope_by_differences(module: va.Trainable, parameter, i: int, step: float = 1e-5) -> float:
    """Of ``everything``, by one entry of a parameter."""
    with torch.no_grad():
        entries, values = parameter.view(-1), []
        for sign in (1.0, -1.0):
            entries[i] += sign * step
            values.append(float(everything(module(STEPS))))
            entries[i] -= sign * step
    return (values[0] - values[1]) / (2.0 * step)


@pytest.mark.parametrize("world", WORLDS)
def test_the_gradient_of_a_loss_is_that_of_finite_differences_for_every_number(world):
    """Central differences err by step**2 and by rounding over step: 1e-6 of the largest slope of a parameter."""
    made = model(WORLDS[world]())
    module = va.Trainable(made, learnable(made))
    everything(module(STEPS)).backward()
    assert len(module.names) >= 8
    for name, parameter in module.named_parameters():
        slope, size = parameter.grad.view(-1), float(parameter.grad.abs().max())
        for i in range(parameter.numel()):
            found = slope_by_differences(module, parameter, i)
            assert found == pytest.approx(float(slope[i]), abs=1e-6 * max(size, 0.1)), (name, i)


def test_parameters_bear_dotted_keys_and_start_at_the_rules_own_values():
    made = model(by_activity())
    keys = ["kinds.seeker.migration.logit", "kinds.seeker.docking.receptor", "kinds.seeker.docking.gain"]
    module = va.Trainable(made, keys)
    assert [name for name, _ in module.named_parameters()] == keys == list(module.state_dict())
    rule = made.world.kinds["seeker"]
    assert module[keys[0]].shape == (len(EDGES),)
    assert np.allclose(module.arrays()[keys[0]], rule.migration.logit, rtol=0, atol=0)
    assert np.allclose(module.arrays()[keys[1]], rule.docking.receptor, rtol=0, atol=0)
    assert np.allclose(module.arrays()[keys[2]], np.full(SIZE, 2.0), rtol=1e-15, atol=0)


@pytest.mark.parametrize(
    ("key", "per", "shape"),
    [
        ("migration.logit", None, (len(EDGES),)), ("docking.gain", None, (SIZE,)), ("docking.gain", "scalar", ()),
        ("content.mean", "scalar", (2,)), ("content.mean", None, (SIZE, 2)), ("docking.receptor", "node", (SIZE, 2)),
    ],
)  # fmt: skip
def test_a_number_is_learned_for_all_or_for_each(key, per, shape):
    key = f"kinds.seeker.{key}"
    module = va.Trainable(model(by_activity()), [key] if per is None else {key: per})
    assert module[key].shape == shape == module.get_parameter(key).shape
    assert module.arrays()[key].shape == shape
    everything(module(2)).backward()
    assert module.get_parameter(key).grad.shape == shape


@pytest.mark.parametrize(
    ("key", "per", "shape"),
    [
        ("searcher.emission.weights", None, (SIZE, 2)), ("searcher.emission.weights", "scalar", (2,)),
        ("searcher.emission.level_weights", None, ()), ("searcher.migration.weights", None, (SIZE, 2)),
        ("searcher.migration.level_weights", "scalar", (2,)), ("helper.migration.weights", "scalar", ()),
    ],
)  # fmt: skip
def test_coefficients_of_policies_are_learned_for_all_for_each_node_or_as_one_number(key, per, shape):
    made, key = model(by_policy()), f"kinds.{key}"
    module = va.Trainable(made, [key] if per is None else {key: per})
    assert module[key].shape == shape
    parameter = module.get_parameter(key)
    everything(module(STEPS)).backward()
    for i, slope in enumerate(parameter.grad.view(-1)):
        assert slope_by_differences(module, parameter, i) == pytest.approx(float(slope), rel=1e-5, abs=1e-7)
    push(module, 0.3)
    with torch.no_grad():
        expected = module(STEPS).occupancy("searcher").numpy()
    ordinary = va.Field(made, module.to_lifecycle().kinds, horizon=STEPS)
    state = ordinary.first()
    for t in range(STEPS):
        state = ordinary.step(state)
        assert np.allclose(expected[t], state.occupancy[0], rtol=1e-10, atol=1e-12)


def test_values_can_be_set_in_their_own_units_and_not_beyond_their_bounds():
    key = "kinds.parcel.docking.probability"
    module = va.Trainable(model(scheduled()), [key])
    module[key] = np.linspace(0.1, 0.5, SIZE)
    assert np.allclose(module.arrays()[key], np.linspace(0.1, 0.5, SIZE), rtol=1e-14)
    module[key] = 0.25
    assert np.allclose(module.arrays()[key], 0.25, rtol=1e-14)
    for wrong in (1.0, -0.1, np.linspace(0.0, 0.5, SIZE)):
        with pytest.raises(va.InputError, match=r"probability: got .*, which lies on a bound, or beyond"):
            module[key] = wrong
    with pytest.raises(va.InputError, match=r"is not learned; did you mean 'kinds\.parcel\.docking\.probability'"):
        module["kinds.parcel.docking.probabilities"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (float("nan"), r"migration\.logit: got nan; finite numbers are allowed"),
        (float("inf"), r"migration\.logit: got inf; finite numbers are allowed"),
        ([1.0, 2.0], r"got \[1\.0, 2\.0\]; a number, or an array that fits the shape \(8,\), is allowed"),
        ("abc", r"migration\.logit: got 'abc'; a number, or an array that fits the shape"),
        (None, r"migration\.logit: got None; a number, or an array"),
    ],
)
def test_what_is_no_value_cannot_be_set(value, words):
    key = "kinds.parcel.migration.logit"
    module = va.Trainable(model(scheduled()), [key])
    before = module.arrays()[key]
    with pytest.raises(va.InputError, match=words):
        module[key] = value
    assert module.arrays()[key].tolist() == before.tolist()
    module[key] = module[key] + 1.0  # a tensor with a gradient is a value like any other
    assert np.allclose(module.arrays()[key], before + 1.0, rtol=1e-15)


@pytest.mark.parametrize("steps", [-1, 0, 2.5, "5", True])
def test_a_course_has_a_whole_number_of_steps(steps):
    with pytest.raises(va.InputError, match=rf"steps: got {steps!r}; a whole number >= 1 is allowed"):
        va.Trainable(model(scheduled()), ["kinds.parcel.decay.hazard"])(steps)


@settings(max_examples=25, deadline=None)
@given(factor=st.floats(-1e6, 1e6), world=st.sampled_from(list(WORLDS)))
def test_no_step_however_large_leaves_the_declared_bounds(factor, world):
    made = model(WORLDS[world]())
    module = va.Trainable(made, learnable(made))
    push(module, factor)
    lifecycle = module.to_lifecycle()  # which binds, and so checks, every rule
    assert list(lifecycle.kinds) == made.kinds


def test_entries_that_start_on_a_bound_stay_there():
    receptors = [0.0, 0.3, 0.0, 1.0, 0.2]
    kinds = {"v": va.Kind(emission=va.ConstantEmission(rate=1.0), docking=va.ConstantDocking(probability=receptors))}
    key = "kinds.v.docking.probability"
    module = va.Trainable(va.VesicleModel(graph(), kinds), [key])
    assert module.get_parameter(key).shape == (2,)
    va.train(module, lambda course: -course.docked("v").sum(), 4, epochs=5, quiet=True)
    found = module.arrays()[key]
    assert found[[0, 2, 3]].tolist() == [0.0, 0.0, 1.0]
    assert (found[[1, 4]] > [0.3, 0.2]).all()


@pytest.mark.parametrize("world", WORLDS)
def test_what_was_trained_runs_as_ordinary_rules_with_the_density_of_the_field(world):
    """The same course to 1e-10: tensors with parameters in them, and the numpy view of the lifecycle they became."""
    made = model(WORLDS[world]())
    module = va.Trainable(made, learnable(made))
    push(module, 0.3)
    with torch.no_grad():
        course = module(STEPS)
    ordinary = va.Field(made, module.to_lifecycle().kinds, horizon=STEPS)
    state = ordinary.first()
    for t in range(STEPS):
        state = ordinary.step(state)
        for kind, name in enumerate(made.kinds):
            assert np.allclose(course.occupancy(name)[t], state.occupancy[kind], rtol=1e-10, atol=1e-12)
            assert np.allclose(course.docked(name)[t], state.docked[kind], rtol=1e-10, atol=1e-12)
            assert np.allclose(course.level(name)[t], state.state.modulator[:, kind], rtol=1e-10, atol=1e-12)
        assert np.allclose(course.activation()[t], state.state.activation, rtol=1e-10, atol=1e-12)


def test_a_model_of_what_was_trained_keeps_all_else_and_has_the_density_of_the_field():
    key = "kinds.parcel.migration.logit"
    made = va.VesicleModel(graph(), scheduled(), neurons=va.HMNNeurons(bias=0.2), seed=5)
    made.signals["reward"] = 2.0
    module = va.Trainable(made, [key])
    module[key] = np.arange(len(EDGES)) / 3.0
    model_ = module.to_model(seed=9, view="particles", record_every=0)
    assert (model_.state.seed, model_.view, model_.signals["reward"], model_.time) == (9, "particles", 2.0, 0)
    assert model_.world.neurons.bias == 0.2
    assert model_.world.kinds["parcel"].migration.logit.tolist() == (np.arange(len(EDGES)) / 3.0).tolist()
    with torch.no_grad():
        occupancy = module(STEPS).occupancy("parcel").numpy()
    assert np.allclose(va.density(model_, STEPS)[1:, 0], occupancy, rtol=1e-10, atol=1e-12)
    assert module.to_model().state.seed == 5


def test_the_model_that_is_trained_on_is_not_changed():
    made = model(by_activity())
    digest = made.state.digest()
    module = va.Trainable(made, learnable(made))
    va.train(module, everything, STEPS, epochs=2, quiet=True)
    assert made.state.digest() == digest
    assert made.world.kinds["seeker"].migration.temperature == 0.8


def test_a_copy_learns_apart():
    module = va.Trainable(model(scheduled()), ["kinds.parcel.decay.hazard"])
    other = copy.deepcopy(module)
    other["kinds.parcel.decay.hazard"] = 0.5
    assert module.arrays()["kinds.parcel.decay.hazard"].max() < 0.4


# Scenarios


SCENARIO = {
    "question": "Q?",
    "expect": "E.",
    "steps": 6,
    "seed": 4,
    "graph": {"generator": "path_graph", "arguments": {"n": 4}},
    "kinds": {
        "far away": {
            "emission": {"rule": "constant", "rate": 0.7},
            "migration": {"rule": "softmax", "stay_logit": 0.3},
            "docking": {"rule": "affinity", "receptor": [0.1, 0.2], "gain": 1.5},
            "content": [0.5, -0.5],
            "content_width": 2,
            "release": [{"rule": "modulator", "amount": 0.4}],
        },
        "still": {
            "docking": {"rule": "constant", "probability": 0.2},
            "emission": {"rule": "policy", "levels": ["far away", "still"], "level_weights": [0.3, 0.1]},
            "migration": {
                "rule": "policy",
                "features": [0.5, 0.2],
                "weights": [0.3, 0.1],
                "levels": ["far away"],
                "level_weights": 0.2,
            },
        },
    },
}
LEARNED = {
    "kinds.far away.emission.rate": "node",
    "kinds.far away.migration.logit": "edge",
    "kinds.far away.migration.stay_logit": "scalar",
    "kinds.far away.docking.receptor": "node",
    "kinds.far away.content.mean": "scalar",
    "kinds.far away.release.0.amount": "scalar",
    "kinds.still.docking.probability": "node",
    "kinds.still.emission.level_weights": "scalar",
    "kinds.still.migration.weights": "node",
    "kinds.still.migration.level_weights": "scalar",
}


def trained() -> va.Trainable:
    """Of the scenario, after a few updates."""
    module = va.Trainable(va.Scenario(SCENARIO), LEARNED)
    va.train(module, everything, 4, epochs=3, quiet=True)
    return module


def test_a_scenario_of_what_was_trained_runs_to_the_same_bits(tmp_path, capsys):
    """The file, its graph beside it, loaded anew; against the model made in memory."""
    module = trained()
    scenario = module.to_scenario(tmp_path / "trained.toml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["trained.npz", "trained.toml"]
    assert (scenario.question, scenario.steps, scenario.seed) == ("Q?", 6, 4)
    assert scenario.expect.startswith("What scenario shows with other numbers, which were trained: kinds.far away.em")
    built, made = scenario.build(), module.to_model()
    built.run_for(6)
    made.run_for(6)
    assert built.counts["born"] > 0
    assert built.state.digest() == made.state.digest()
    assert main(["run", str(tmp_path / "trained.toml"), "--quiet", "--out", str(tmp_path / "run")]) == 0


def test_arrays_are_attributes_of_the_graph_that_the_scenario_names(tmp_path):
    module = trained()
    scenario = module.to_scenario(tmp_path / "trained.toml")
    kind, found, graph = scenario.data["kinds"]["far away"], module.arrays(), scenario.build().graph
    assert kind["emission"] == {"rule": "constant", "rate": "far away.emission.rate"}
    assert kind["docking"]["receptor"] == ["far away.docking.receptor.0", "far away.docking.receptor.1"]
    assert kind["content"] == {"rule": "gaussian", "mean": found["kinds.far away.content.mean"].tolist()}
    assert kind["release"][0]["amount"] == float(found["kinds.far away.release.amount"])
    assert (
        graph.attribute("far away.migration.logit", EDGE).tolist() == found["kinds.far away.migration.logit"].tolist()
    )
    receptor = graph.attribute("far away.docking.receptor.1", NODE)
    assert receptor.tolist() == found["kinds.far away.docking.receptor"][:, 1].tolist()


def test_what_cannot_be_written_as_a_scenario_is_refused(tmp_path):
    with pytest.raises(va.InputError, match=r"source: was made of a model; only what was made of a Scenario"):
        va.Trainable(model(scheduled()), ["kinds.parcel.decay.hazard"]).to_scenario(tmp_path / "a.toml")
    with pytest.raises(va.InputError, match=r"path: got 'a\.txt'; \.toml, as its ending, is allowed"):
        trained().to_scenario(tmp_path / "a.txt")
    ablated = copy.deepcopy(SCENARIO)
    ablated["kinds"]["still"] |= {"docking": {"rule": "affinity"}, "content_width": 1, "ablated": ["docking"]}
    module = va.Trainable(va.Scenario(SCENARIO), ["kinds.still.docking.probability"])
    module.scenario = va.Scenario(ablated)
    with pytest.raises(va.InputError, match=r"kinds\.still\.docking: is another rule in the scenario's own table"):
        module.to_scenario(tmp_path / "a.toml")
    assert not list(tmp_path.iterdir())
