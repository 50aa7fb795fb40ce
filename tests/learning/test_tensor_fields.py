"""Fields of tensors: numpy's numbers to 1e-10, rule by rule and scenario by scenario, and gradients of any parameter
against central differences of the numpy field.
"""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from benchmark_runs import quick_run
from hypothesis import given
from shipped_rules import EACH, RULES
from strategies import modest, worlds

torch = pytest.importorskip("torch")

import vesicle_abm as va  # noqa: E402
from vesicle_abm.core import functions as in_numpy  # noqa: E402
from vesicle_abm.learning import functions as in_torch  # noqa: E402
from vesicle_abm.learning.arrays import TORCH  # noqa: E402
from vesicle_abm.learning.rolling import roll  # noqa: E402
from vesicle_abm.vesicles.kind import FAMILIES  # noqa: E402

SEED, STEPS = 5, 4
SOME = 0.1 + EACH / 2.0  # a number per node, away from all bounds
SAME = {"rtol": 1e-10, "atol": 1e-10}
FAMILY = {family: key for key, family in FAMILIES.items() if key != "lifetime"}
OF_KINDS = [rule for rule in RULES if rule.family in FAMILY]
ONLY_IN_NUMPY = {"plasticity", "memory", "release"}  # the keys, or their last parts, of what torch alone refuses
PLAIN = va.Kind(
    emission=va.ConstantEmission(rate=0.7),
    migration=va.WeightedMigration(stay=1.0),
    docking=va.ConstantDocking(probability=0.3),
    release=va.ModulatorRelease(component=1),
    trail=va.ConstantTrail(),
    content=[1.0, 0.5, -1.0],
    content_width=3,
    cap=1000,
)


def web() -> va.NeuralGraph:
    """12 nodes, delays, a sink, a self-loop, an isolated node."""
    at = np.arange(30)
    source, target = at % 11, (at * 7 + at // 11) % 10
    return va.NeuralGraph(range(12), source, target, weight=1.0 + at % 4, delay=at % 3, keys=at, multigraph=True)


def model_of(rule) -> va.VesicleModel:
    """A model in which a kind has this rule."""
    key, others = FAMILY[rule.family], {"third": PLAIN, "other": PLAIN}
    if key == "turn":
        width = rule.width(3)
        rule = rule.with_values({"into": "third"})
        others["third"] = dataclasses.replace(PLAIN, content_width=width, content=None) if width else PLAIN
    given = {"release": [rule, va.ModulatorRelease()]} if key == "release" else {key: rule}
    kind = dataclasses.replace(PLAIN, **given, remembers=2)
    uses = getattr(rule, "uses_memory", False)
    rest = {"memory": va.Memory(width=3)} if uses else {}
    if isinstance(rule, va.LearningRelease):
        rest["plasticity"] = va.Plasticity(
            trace=va.CompositeTrace(), modulation=va.Modulation(), phase=va.PhaseGate(), chance=va.ProbabilisticGate()
        )
    neurons = va.HMNNeurons(activation="sigmoid", bias=0.3, weight_scale=0.1)
    return va.VesicleModel(web(), {"trial": kind, **others}, neurons=neurons, seed=SEED, **rest)


def assert_same(model: va.VesicleModel) -> None:
    """Both fields step alike, or refuse the same; or torch refuses what is numpy's alone."""
    try:
        expected = list(va.Field(model).course(STEPS))
    except va.InputError as error:
        with pytest.raises(va.InputError) as caught:
            list(va.Field(model, arrays=TORCH).course(STEPS))
        assert caught.value.key.rpartition(".")[2] in {error.key.rpartition(".")[2], *ONLY_IN_NUMPY}
        return
    try:
        found = list(va.Field(model, arrays=TORCH).course(STEPS))
    except va.InputError as error:
        assert "in numpy alone" in error.message
        assert any(part in ONLY_IN_NUMPY for part in error.key.split("."))
        return
    for one, other in zip(expected, found, strict=True):
        for name in ("occupancy", "born", "docked", "delivered"):
            np.testing.assert_allclose(TORCH.plain(getattr(other, name)), getattr(one, name), **SAME)
        for name in ("activation", "modulator", "gain", "bias"):
            np.testing.assert_allclose(TORCH.plain(getattr(other.state, name)), getattr(one.state, name), **SAME)
        for mine, its in zip(one.content, other.content, strict=True):
            np.testing.assert_allclose(TORCH.plain(its), mine, **SAME)


@pytest.mark.parametrize("rule", OF_KINDS, ids=[f"{n}-{rule.name}" for n, rule in enumerate(OF_KINDS)])
def test_every_rule_says_the_same_of_tensors(rule):
    model = model_of(rule)
    model.run_for(2)
    assert_same(model)


@pytest.mark.parametrize("name", va.shipped_scenarios())
def test_every_shipped_scenario_is_the_same_in_tensors(name):
    assert_same(va.Scenario.load(name).build())


@modest(20)
@given(recipe=worlds())
def test_any_world_is_the_same_in_tensors(recipe):
    model = recipe.build()
    model.run_for(1)
    assert_same(model)


FUNCTIONS = ["exp", "tanh", "cos", "sigmoid", "softplus", "relu", "sqrt", "absolute", "sign", "isfinite", "identity"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_elementary_functions_agree(name):
    x = np.linspace(0.0 if name == "sqrt" else -3.0, 3.0, 41)
    np.testing.assert_allclose(np.asarray(getattr(in_torch, name)(torch.as_tensor(x))), getattr(in_numpy, name)(x))
    assert float(getattr(in_torch, name)(0.25)) == pytest.approx(float(getattr(in_numpy, name)(0.25)))


def test_the_twin_has_every_function_that_rules_may_call():
    public = [name for name in vars(in_numpy) if not name.startswith("_") and callable(getattr(in_numpy, name))]
    missing = [name for name in public if not hasattr(in_torch, name)]
    assert set(missing) <= {"ufunc", "nearest"}
    with pytest.raises(AttributeError, match="did you mean 'sigmoid'"):
        in_torch.sigmoidal  # noqa: B018


PARAMETERS = {  # (part of the kind, its rule, the parameter)
    "births": ("emission", va.ConstantEmission(rate=SOME), "rate_"),
    "births by activity": ("emission", va.ActivityEmission(scale=SOME), "scale"),
    "threshold of births": ("emission", va.ActivityEmission(threshold=0.3), "threshold"),
    "logits of edges": ("migration", va.SoftmaxMigration(logit=np.linspace(-1, 1, 30), stay_logit=0.0), "logit"),
    "a drift": ("migration", va.SoftmaxMigration(drift=SOME, feature=np.sin(SOME), stay_logit=0.5), "drift"),
    "logits of staying": ("migration", va.SoftmaxMigration(stay_logit=SOME), "stay_logit"),
    "a temperature": ("migration", va.SoftmaxMigration(drift=1.0, feature=SOME, temperature=0.7), "temperature"),
    "weights of staying": ("migration", va.WeightedMigration(stay=SOME), "stay_"),
    "docking": ("docking", va.ConstantDocking(probability=SOME), "probability_"),
    "gain of docking": ("docking", va.AffinityDocking(receptor=[1.0, 0.0, -1.0], gain=0.5), "gain"),
    "receptors": ("docking", va.AffinityDocking(receptor=np.outer(SOME, [1.0, 0.5, -0.2])), "receptor"),
    "docking by activity": ("docking", va.ActivityDocking(gain=2.0, threshold=SOME), "threshold"),
    "hazards": ("decay", va.HazardDecay(hazard=SOME), "hazard_"),
    "amounts": ("release", va.ModulatorRelease(amount=SOME), "amount"),
    "amounts by content": ("release", va.ModulatorRelease(amount=SOME, component=1), "amount"),
    "amounts on biases": ("release", va.BiasRelease(amount=SOME, recovery=3.0), "amount"),
    "amounts on gains": ("release", va.GainRelease(amount=SOME), "amount"),
    "what is shifted": ("release", va.FiLMRelease(shift=SOME, scale=0.2), "shift"),
    "contents": ("content", va.GaussianContent(mean=np.outer(SOME, [1.0, 0.5, -0.2])), "mean_"),
    "turning": ("turn", va.ConstantTurn(into="third", probability=SOME), "probability_"),
}


@pytest.mark.parametrize("what", PARAMETERS)
def test_gradients_are_the_central_differences_of_the_numpy_field(what):
    """Of a weighted sum of dockings, levels and activation of all steps, by a number of the rule; step 1e-6."""
    part, rule, name = PARAMETERS[what]
    model = model_of(rule)
    kinds, field = model.world.kinds, va.Field(model)
    fields = {"numpy": field, "torch": va.Field(model, arrays=TORCH)}
    bound = kinds["trial"].release[0] if part == "release" else getattr(kinds["trial"], part)

    def loss(arrays: str, values):
        changed = bound.with_values({name: values})
        given = (changed, *kinds["trial"].release[1:]) if part == "release" else changed
        kind = dataclasses.replace(kinds["trial"], **{part: given})
        total = 0.0
        for step, state in enumerate(fields[arrays].with_kinds(kinds | {"trial": kind}).course(STEPS)):
            weights = in_numpy.cos(np.arange(12.0) + step)
            shown = torch.as_tensor(weights) if arrays == "torch" else weights
            total = total + ((state.docked + state.state.modulator.T).sum(0) * shown).sum()
            total = total + (state.state.activation * shown).sum()
        return total

    start = np.array(getattr(bound, name), dtype=np.float64)
    tensor = torch.tensor(start, requires_grad=True)
    loss("torch", tensor).backward()
    found, wanted = tensor.grad.numpy().reshape(-1), np.zeros(start.size)
    for i in range(start.size):
        bump = np.zeros(start.size)
        bump[i] = 1e-6
        bump = bump.reshape(start.shape)
        wanted[i] = (loss("numpy", start + bump) - loss("numpy", start - bump)) / 2e-6
    assert np.abs(wanted).max() > 1e-3
    np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=1e-7)


def trained(logit) -> va.Field:
    """A field whose edge logits are a tensor."""
    model = model_of(va.SoftmaxMigration(stay_logit=0.0))
    kinds = model.world.kinds
    migration = kinds["trial"].migration.with_values({"logit": logit})
    return va.Field(model, kinds | {"trial": dataclasses.replace(kinds["trial"], migration=migration)}, arrays=TORCH)


def test_torch_checks_the_gradients_too():
    logit = torch.linspace(-1.0, 1.0, 30, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: roll(trained(x), 3, lambda state: state.docked)[0], (logit,))


@pytest.mark.parametrize("segment", [1, 3, 20])
def test_checkpoints_change_neither_numbers_nor_gradients(segment):
    found = []
    for length in (None, segment):
        logit = torch.linspace(-1.0, 1.0, 30, dtype=torch.float64).requires_grad_()
        told, last = roll(trained(logit), 8, lambda state: state.docked.sum(1), length)
        (told[:, 0] * torch.arange(8.0, dtype=torch.float64)).sum().backward()
        found.append((told.detach(), last.occupancy.detach(), logit.grad))
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)
    with pytest.raises(va.InputError, match="segment: got 0"):
        roll(trained(logit), 2, lambda state: state.docked, 0)


def test_a_field_is_rolled_out_only_with_tensors_and_within_its_horizon():
    model = va.VesicleModel(va.NeuralGraph.from_edges([(0, 1)]), {"v": PLAIN})
    with pytest.raises(va.InputError, match=r"field: has numpy's numbers.* make it with arrays=TORCH"):
        roll(va.Field(model), 2, lambda state: state.docked)
    field = va.Field(model, arrays=TORCH, horizon=2)
    told, last = roll(field, 2, lambda state: state.docked, segment=1)
    assert len(told) == 2
    assert len(roll(field, 0, lambda state: state.docked, segment=1, state=last)[0]) == 0
    with pytest.raises(va.InputError, match="horizon: got 2"):
        roll(field, 1, lambda state: state.docked, state=last)
    with pytest.raises(va.InputError, match="steps: got -1"):
        roll(field, -1, lambda state: state.docked)


def test_what_is_stepped_in_numpy_alone_is_refused():
    learning = va.Scenario.load("theta_phase").build()
    with pytest.raises(va.InputError, match="plasticity: is stepped in numpy alone"):
        va.Field(learning, arrays=TORCH)


@pytest.mark.slow
def test_the_benchmark_runs_and_its_versions_agree(tmp_path):
    report, printed = quick_run("field_gradients.py", tmp_path)
    assert report["agree"] is True
    assert "All versions agree on loss and gradient: yes" in printed
    assert len({result["version"] for result in report["results"]}) == 4
    assert all(result["bytes"] > 0 and result["forward_s"] > 0.0 for result in report["results"])
    assert {ratio["version"] for ratio in report["ratios"]} == {"field", "field, checkpoints"}


def test_where_torch_is_missing_the_extra_is_named():
    code = "import sys; sys.modules['torch'] = None\ntry:\n    import vesicle_abm.learning.arrays\n"
    code += "except ImportError as error:\n    print(error)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        'vesicle_abm.learning needs torch, which is not installed: pip install "vesicle-abm[learn]"'
    )
