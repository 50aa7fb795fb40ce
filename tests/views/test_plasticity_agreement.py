"""Networks that learn: one digest in any view, order and number of threads, by hand, through files, and by replay."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from learning_strategies import MODULATORS, learners
from strategies import modest

import vesicle_abm as va
from vesicle_abm.views import compiled
from vesicle_abm.views.step import VIEWS

STEPS = 4


def digest_after(model, steps: int = STEPS) -> str:
    model.run_for(steps)
    return model.state.digest()


@pytest.fixture(autouse=True)
def every_network_is_split(monkeypatch):
    monkeypatch.setattr(compiled, "SYNAPSES_A_BLOCK", 2)
    monkeypatch.setattr("vesicle_abm.views.threads.ROWS_PER_THREAD", 1)


@modest(20)
@given(learner=learners(), order=st.integers(0, 2**32))
def test_views_agree_in_any_order_and_on_any_number_of_threads(learner, order):
    wanted = digest_after(learner.build("particles"))
    assert digest_after(learner.build("particles", order=order)) == wanted
    for threads in (1, 2, 3):
        assert digest_after(learner.build("compiled", threads=threads)) == wanted


@modest(15)
@given(learner=learners(), most=st.sampled_from([1, 3, 1000]))
def test_the_size_of_a_block_changes_nothing(learner, most):
    wanted = digest_after(learner.build("compiled"))
    before = compiled.SYNAPSES_A_BLOCK
    compiled.SYNAPSES_A_BLOCK = most
    try:
        assert digest_after(learner.build("compiled")) == wanted
    finally:
        compiled.SYNAPSES_A_BLOCK = before


@modest(12)
@given(learner=learners())
def test_neurons_that_learn_one_by_one_by_hand_learn_the_same(learner):
    wanted = digest_after(learner.build("compiled"))
    model = learner.build("particles")
    for _ in range(STEPS):
        for stage in va.STAGES:
            if stage == "learn":
                with model.stage("learn"):
                    model.neurons.shuffle_do("learn")
            else:
                model.run_stage(stage)
    assert model.state.digest() == wanted


@modest(12)
@given(learner=learners(), first=st.sampled_from(VIEWS), at=st.integers(0, STEPS - 1))
def test_a_file_a_copy_and_a_change_of_view_midway_change_nothing(learner, first, at):
    wanted = digest_after(learner.build("compiled"))
    other = {"particles": "compiled", "compiled": "particles"}[first]

    model = learner.build(first)
    model.run_for(at)
    copied = learner.build(other, threads=2)
    copied.world.state = model.state.copy()
    copied.signals.update(model.signals)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.npz")
        loaded = va.VesicleModel.load(Path(folder) / "model.npz", threads=3)
    loaded.signals.update(learner.signals)
    model.view = other
    for going_on in (model, copied, loaded):
        assert digest_after(going_on, STEPS - at) == wanted


@modest(20)
@given(learner=learners(changed=False), view=st.sampled_from(VIEWS))
def test_replay_of_a_recorded_run_has_its_weights_to_the_bit(learner, view):
    """x(t) is the activation of step t - 1, z(t) that of t; levels are those that the learn stage found."""
    model = learner.build(view)
    rule, size = model.world.plasticity, model.graph.size
    answers, levels, weights = [], [], [model.state.weight.copy()]
    for _ in range(STEPS):
        for stage in va.STAGES:
            if stage == "learn":
                levels.append(model.state.modulator.copy())
            model.run_stage(stage)
        answers.append(model.state.activation.copy())
        weights.append(model.state.weight.copy())
    x = np.array([np.zeros(size), *answers[:-1]])
    phase, context = model.signals.get("phase"), model.signals.get("context")
    out = va.replay(
        named(rule), model.graph, pre=x, post=np.array(answers), modulators=in_columns(named(rule), np.array(levels)),
        phase=None if phase is None else np.tile(phase, (STEPS, 1)) if np.ndim(phase) else np.full(STEPS, phase),
        context=None if context is None else np.tile(np.atleast_1d(context), (STEPS, 1)),
        seed=learner.seed, weight=learner.neurons.bind(model.graph).initial_weight(model.graph),
    )  # fmt: skip
    assert out["weight"][1:].tolist() == np.array(weights[1:], dtype=float).tolist()


def named(rule: va.Plasticity) -> va.Plasticity:
    """The rule with a name for each of its modulators; an astrocyte's is not among them unless it was."""
    if rule.modulation is None or rule.modulation.weights is not None:
        return rule
    mediated = rule.astrocyte.modulator if rule.astrocyte is not None else None
    weights = {name: 1.0 for name in MODULATORS if name != mediated}
    return rule.replace(modulation=rule.modulation.with_values({"weights": weights}))


def in_columns(rule: va.Plasticity, levels: np.ndarray) -> np.ndarray:
    """(T, N, K) levels in the order in which replay takes them."""
    names = list(rule.modulation.weights) if rule.modulation is not None else []
    if rule.astrocyte is not None and rule.astrocyte.modulator not in names:
        names.append(rule.astrocyte.modulator)
    return levels[:, :, [MODULATORS.index(name) for name in names]]


def pair(view: str, keys: dict | None, context) -> np.ndarray:
    """The weights of two neurons that two modulators reach, after a step."""
    modulation = va.Modulation(eta_global=1.0, weights={"reward": 1.0, "novelty": 1.0}, keys=keys)
    rule = va.Plasticity(trace=None, modulation=modulation)
    graph = va.NeuralGraph.from_edges([(0, 1), (1, 0)])
    kinds = {name: va.Kind() for name in MODULATORS}
    model = va.VesicleModel(graph, kinds, neurons=va.HMNNeurons(), plasticity=rule, view=view)
    model.signals["context"] = np.array(context)
    model.state.modulator[:] = [[1.0, 2.0], [3.0, 4.0]]
    model.run_for(1)
    return model.state.weight


def test_a_context_of_as_many_components_as_there_are_neurons_is_a_vector_in_both_views():
    """gamma at neuron 0: softmax(1 * 1, -2 * 2) / sqrt(2) by the dot product."""
    keys = {"reward": [1.0, 0.0], "novelty": [0.0, 1.0]}
    found = [pair(view, keys, [1.0, -2.0]) for view in VIEWS]
    assert found[0].tolist() == found[1].tolist()
    gamma = 1.0 / (1.0 + np.exp(-5.0 / np.sqrt(2.0)))
    assert found[0][1] == pytest.approx(1.0 + gamma * 1.0 + (1.0 - gamma) * 2.0, rel=1e-14)  # the edge 1 -> 0


def test_a_context_that_does_not_fit_the_keys_is_refused_in_both_views():
    for view in VIEWS:
        with pytest.raises(va.InputError, match="context"):
            pair(view, None, [1.0, -2.0])
