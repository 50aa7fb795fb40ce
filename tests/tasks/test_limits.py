"""The direct computations of limits against matrices, bias and variance by hand, and that a limit only looks."""

import numpy as np
import pytest
from scipy.special import softmax

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.scenario import Scenario
from vesicle_abm.tasks.task import Scene

NAMES = ["film_limit", "hypernetwork_limit", "attention_limit"]
INPUTS, CONTEXTS, OUTPUTS, RANK = 4, 3, 2, 2
SIZE = INPUTS + CONTEXTS + OUTPUTS


def numbers(*shape: int, draw: int) -> np.ndarray:
    """Numbers from -1 to 1, to test with."""
    return 2.0 * va.uniform(5, np.arange(np.prod(shape)), 0, "user", draw).reshape(shape) - 1.0


def first(task, graph) -> dict[str, np.ndarray]:
    return task.bind(graph).first(graph, np.zeros((graph.size, 2)))


def scene_of(graph, kept, step: int = 0, memory=None) -> Scene:
    nothing = np.zeros(graph.size)
    return Scene(graph, 0, step, nothing.copy(), nothing.copy(), np.zeros((graph.size, 2)), {}, kept, memory)


def test_film_is_gamma_h_plus_beta_per_neuron():
    h, gamma, beta = numbers(3, 7, draw=0)
    task = va.FiLMLimit(features=h, scale=gamma - 1.0, shift=beta)
    direct = first(task, va.NeuralGraph(range(7), [], []))["direct"]
    assert direct == pytest.approx([gamma[i] * h[i] + beta[i] for i in range(7)], rel=1e-14)


def test_a_hypernetwork_is_the_product_of_its_matrices():
    """y = (W + A diag(c) B^T) x with c = sum (base + slope z): inputs 0 … 3, contexts 4 … 6, outputs 7 and 8."""
    weight, sign = np.abs(numbers(OUTPUTS, INPUTS, draw=1)), np.sign(numbers(OUTPUTS, INPUTS, draw=2))
    synapses = [
        (k, 7 + row, {"weight": weight[row, k], "sign": sign[row, k]}) for row in range(OUTPUTS) for k in range(INPUTS)
    ]
    others = [(4 + m, 7 + row, {"layer": "modulatory", "sign": 1.0}) for m in range(CONTEXTS) for row in range(OUTPUTS)]
    graph = va.NeuralGraph.from_edges([*synapses, *others], range(SIZE))
    rest, base = numbers(SIZE, draw=3), numbers(RANK, draw=4)
    slope, here, there = (numbers(SIZE, RANK, draw=draw) for draw in (5, 6, 7))
    task = va.HypernetworkLimit(
        activation=rest, base=base, slope=slope, here=here, there=there, contexts=[4, 5, 6], outputs=[8, 7],
        layers=["synaptic"],
    )  # fmt: skip
    code = CONTEXTS * base + slope[4:7].T @ rest[4:7]
    effective = weight * sign + here[7:] @ np.diag(code) @ there[:INPUTS].T
    assert first(task, graph)["direct"] == pytest.approx((effective @ rest[:INPUTS])[::-1], rel=1e-13)


@pytest.mark.parametrize("size", [1.0, 400.0])
def test_attention_is_the_softmax_of_scaled_products_times_the_values(size):
    query, key, value = size * numbers(3, 4, draw=8), numbers(5, 4, draw=9), numbers(5, 2, draw=10)
    tables = {"query": np.vstack([query, np.zeros((5, 4))]), "key": np.vstack([np.zeros((3, 4)), key])}
    tables["value"] = np.vstack([np.zeros((3, 2)), value])
    task = va.AttentionLimit(**tables, queries=[0, 1, 2], keys=[3, 4, 5, 6, 7])
    expected = softmax(query @ key.T / np.sqrt(4), axis=1) @ value
    assert first(task, va.NeuralGraph(range(8), [], []))["direct"] == pytest.approx(expected, rel=1e-12)


def test_bias_and_variance_are_those_of_the_steps_that_count():
    """Direct 1, 2. Errors of the steps 1, 2, 3: (1, 0), (3, 0), (2, 3); the result of step 0 does not count.

    Mean errors 2 and 1, so bias**2 = (4 + 1) / 2; squares 14 and 9, so variance = (14 - 12 + 9 - 3) / 2 / 2 = 2, and
    rms_error**2 = (14 + 9) / 6 = bias**2 + variance (1 - 1/3).
    """
    graph = va.NeuralGraph(range(2), [], [])
    task = va.FiLMLimit(features=np.array([1.0, 2.0]), settled=1).bind(graph)
    kept = first(task, graph)
    seen = []
    for step, error in enumerate([(9.0, 9.0), (-5.0, 7.0), (1.0, 0.0), (3.0, 0.0), (2.0, 3.0)]):
        scene = scene_of(graph, kept, step)
        scene.activation[:] = np.array([1.0, 2.0]) + error
        task.sense(scene)
        seen.append(float(kept["rms_error"]))
    assert seen == pytest.approx([9.0, np.sqrt(37.0), np.sqrt(0.5), np.sqrt(4.5), np.sqrt(6.5)])
    found = task.metrics(kept)
    assert found["samples"] == 3
    assert found["direct_rms"] == pytest.approx(np.sqrt(2.5))
    assert found["bias"] ** 2 == pytest.approx(2.5)
    assert found["variance"] == pytest.approx(2.0)
    assert found["rms_error"] ** 2 == pytest.approx(23.0 / 6.0)


def test_without_a_step_that_counts_there_is_no_error_to_tell():
    graph = va.NeuralGraph(range(2), [], [])
    assert va.FiLMLimit(features=2.0).metrics(first(va.FiLMLimit(features=2.0), graph)) == {
        "direct_rms": 2.0,
        "samples": 0,
    }


@pytest.mark.parametrize("memory", [None, np.zeros((3, 1, 3))])
def test_attention_without_a_memory_for_its_values_is_refused(memory):
    graph = va.NeuralGraph(range(3), [], [])
    task = va.AttentionLimit(query=[1.0], key=[1.0], value=[1.0, 2.0], queries=[0], keys=[1, 2]).bind(graph)
    with pytest.raises(InputError, match=r"task: looks for values of 2 numbers in memory; give \[memory\] width = 2"):
        task.sense(scene_of(graph, first(task, graph), memory=memory))


def test_a_node_that_is_not_there_is_refused_with_the_nearest():
    data = {**Scenario.load("attention_limit").data}
    data["task"] = {**data["task"], "queries": ["query0", "query9"]}
    with pytest.raises(InputError, match=r"task\.queries: no node 'query9'; did you mean 'query\d'"):
        Scenario(data).build()


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_only_looks(name):
    scenario = Scenario.load(name)
    alone = Scenario({key: value for key, value in scenario.data.items() if key != "task"})
    models = [each.build(seed=3) for each in (scenario, alone)]
    for model in models:
        model.run_for(6)
    looked, left = (model.state for model in models)
    assert len(looked.task) > len(left.task) == 0
    assert np.array_equal(looked.activation, left.activation)
    assert np.array_equal(looked.docked, left.docked)
    assert looked.memory is left.memory is None or np.array_equal(looked.memory, left.memory)


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_goes_on_after_a_restart_with_the_same_bits(name, tmp_path):
    model = Scenario.load(name).override("task.settled", 2).build(seed=3)
    model.run_for(4)
    model.save(tmp_path / "half.npz")
    model.run_for(4)
    resumed = va.VesicleModel.load(tmp_path / "half.npz")
    resumed.run_for(4)
    assert resumed.state.digest() == model.state.digest()
    assert resumed.metrics == model.metrics
    assert model.metrics["samples"] == 5
