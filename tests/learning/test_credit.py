"""Credit by vesicles: what they bring is the back-propagated error, by torch's autograd as the oracle. Seed 83.

A statistical check states its standard error; Z bounds its z-score.
"""

from itertools import pairwise

import numpy as np
import pytest
from oracles import Z

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

torch = pytest.importorskip("torch")

SEED = 83
NETS = {"one hidden layer": [6, 8, 4], "two hidden layers": [6, 7, 5, 4], "three hidden layers": [5, 6, 5, 4, 3]}
M, REPEATS = 40.0, 500
RIGHT = 1


def shown(size: int) -> np.ndarray:
    """What the inputs are driven by: 0 to 1."""
    return 0.5 + 0.5 * np.sin(1.0 + 2.0 * np.arange(size))


def settled(sizes, errors=M, view="compiled", rates=(0.0, 0.0), seed=SEED, delay=0) -> va.VesicleModel:
    """A network that has answered, and is told its error from now on."""
    how = {"rate": rates[1], "hidden_rate": rates[0], "weights": 3, "view": view, "seed": seed, "delay": delay}
    model = va.credit_model(sizes, errors=errors, record_every=0, **how)
    model.signals["error"] = np.zeros(model.graph.size)
    model.state.drive[: sizes[0]] = shown(sizes[0])
    model.run_for(len(sizes) * (1 + delay) + 1)
    answer = torch.tensor(model.state.activation[-sizes[-1] :])
    model.signals["error"][-sizes[-1] :] = torch.eye(sizes[-1])[RIGHT].numpy() - torch.softmax(answer, 0).numpy()
    return model


def matrices(model, sizes) -> list[np.ndarray]:
    """(m, n) the weights into each layer: edges are listed by the neuron that they lead to."""
    found, at = [], 0
    for n, m in pairwise(sizes):
        found.append(model.state.weight[at : at + n * m].reshape(m, n).copy())
        at += n * m
    return found


def slopes(weights: list[np.ndarray], sizes) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """By autograd, minus the slopes of the loss: for the activation of each layer, inputs first; for each weight."""
    layers = [torch.tensor(weight, requires_grad=True) for weight in weights]
    answers = [torch.tensor(shown(sizes[0]), requires_grad=True)]
    for layer in layers[:-1]:
        answers.append(torch.relu(layer @ answers[-1]))
    loss = torch.nn.functional.cross_entropy(layers[-1] @ answers[-1], torch.tensor(RIGHT))
    found = torch.autograd.grad(loss, [*answers, *layers])
    return [-slope.numpy() for slope in found[: len(answers)]], [-slope.numpy() for slope in found[len(answers) :]]


@pytest.mark.parametrize("sizes", NETS.values(), ids=NETS)
def test_the_mean_payload_delivered_is_the_back_propagated_error(sizes):
    """Every step bears its own vesicles, so levels of different steps are independent: SE = deviation / sqrt(500)."""
    model = settled(sizes)
    oracle, _ = slopes(matrices(model, sizes), sizes)
    model.run_for(len(sizes))
    levels = np.empty((REPEATS, model.graph.size))
    for level in levels:
        model.step()
        level[:] = model.state.modulator[:, 0]
    first = sizes[0]
    for size, wanted in zip(sizes[1:-1], oracle[1:], strict=True):
        own = levels[:, first : first + size]
        error = own.std(axis=0, ddof=1) / np.sqrt(REPEATS)
        assert (np.abs(own.mean(axis=0) - wanted) <= Z * np.maximum(error, 1e-12)).all()
        assert np.abs(wanted).max() > 0.05
        first += size
    assert not levels[:, : sizes[0]].any()
    assert not levels[:, -sizes[-1] :].any()


@pytest.mark.parametrize("sizes", NETS.values(), ids=NETS)
def test_the_expectation_of_what_a_vesicle_brings_is_exactly_the_error(sizes):
    """sum_e P(e) factor_e d over the ways out of each neuron, layer by layer, by the tables that vesicles go by."""
    model = settled(sizes)
    oracle, _ = slopes(matrices(model, sizes), sizes)
    tables = model.world.tables["error"]
    ways, chance = tables.ways, np.delete(tables.migration().probabilities(), tables.migration().indptr[:-1])
    leaves = np.repeat(np.arange(model.graph.size), np.diff(ways.indptr))
    brought = model.signals["error"].copy()
    for layer in range(len(sizes) - 2, 0, -1):
        carried = brought[leaves] * chance * tables.passage()[ways.edge]
        brought = np.bincount(ways.end, carried, minlength=model.graph.size)
        first = sum(sizes[:layer])
        assert brought[first : first + sizes[layer]] == pytest.approx(oracle[layer], abs=1e-12)


def test_the_variance_of_one_layer_is_that_of_the_docstring():
    """(sum_j s_j |w_ij| |d_j|) / m; of a variance over 500 steps the relative SE is sqrt((kurtosis - 1) / 500)."""
    sizes = NETS["one hidden layer"]
    model = settled(sizes)
    weight, error = matrices(model, sizes)[-1], np.abs(model.signals["error"][-4:])
    wanted = (np.abs(weight) * (np.abs(weight).sum(axis=1) * error)[:, None]).sum(axis=0) / M
    levels = np.empty((REPEATS, sizes[1]))
    for level in levels:
        model.step()
        level[:] = model.state.modulator[6:14, 0]
    centred = levels - levels.mean(axis=0)
    kurtosis = (centred**4).mean(axis=0) / (centred**2).mean(axis=0) ** 2
    error = wanted * np.sqrt((kurtosis - 1.0) / REPEATS)
    assert (np.abs(levels.var(axis=0, ddof=1) - wanted) <= Z * error).all()


@pytest.mark.parametrize("delay", [0, 1])
def test_what_is_learned_in_the_mean_is_a_step_of_gradient_descent(delay):
    """Over 80 seeds, SE = deviation / sqrt(80): the readout exactly, the hidden layer in the mean."""
    sizes, rates, changes = NETS["one hidden layer"], (0.02, 0.05), []
    for seed in range(80):
        model = settled(sizes, rates=rates, seed=seed, delay=delay)
        before = matrices(model, sizes)
        model.step()
        model.signals["error"] = np.zeros(model.graph.size)
        model.run_for(1 + delay)
        changes.append([after - was for after, was in zip(matrices(model, sizes), before, strict=True)])
    _, oracle = slopes(before, sizes)
    hidden = np.array([change[0] for change in changes])
    error = hidden.std(axis=0, ddof=1) / np.sqrt(len(changes))
    assert (np.abs(hidden.mean(axis=0) - 0.02 * oracle[0]) <= Z * np.maximum(error, 1e-15)).all()
    assert np.abs(oracle[0]).max() > 0.05
    for _, readout in changes:
        assert readout == pytest.approx(0.05 * oracle[1], abs=1e-12)


def test_every_view_and_number_of_threads_gives_the_same_bits():
    digests = set()
    for view in VIEWS:
        model = settled(NETS["two hidden layers"], view=view, rates=(0.02, 0.05), delay=1)
        model.run_for(12)
        digests.add(model.state.digest())
    assert len(digests) == 1


def test_vesicles_on_delayed_synapses_are_seen_between_the_layers():
    sizes = NETS["one hidden layer"]
    model = settled(sizes, delay=1)
    model.step()
    columns = model.state.vesicles["error"]
    assert columns.size > 0
    assert (model.graph.target[columns["edge"]] >= 14).all()
    assert (model.graph.source[columns["edge"]] < 14).all()


@pytest.mark.parametrize("sizes", [[3, 2], [3, 0, 2], [3, 2.0, 2], [3, True, 2], None, 3, "net"])
def test_sizes_that_make_no_network_are_refused(sizes):
    with pytest.raises(va.InputError, match=r"sizes: got .*at least three whole numbers"):
        va.credit_model(sizes)


@pytest.mark.parametrize("key", ["rate", "hidden_rate", "delay"])
@pytest.mark.parametrize("value", ["x", -1, None])
def test_rates_and_delays_that_are_none_are_refused(key, value):
    with pytest.raises(va.InputError, match=rf"{key}: got {value!r}; a finite number >= 0"):
        va.credit_model([3, 2, 2], **{key: value})


@pytest.mark.parametrize("errors", [0.0, "x", float("nan"), float("inf"), None])
def test_no_number_of_vesicles_is_refused(errors):
    with pytest.raises(va.InputError, match=rf"errors: got {errors!r}; a finite number > 0"):
        va.credit_model([3, 2, 2], errors=errors)
