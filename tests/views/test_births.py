"""How many are born, when, where, and with what content. Seed 41; the bound on z is ``oracles.Z``."""

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, covariance_z, isolated, mean_z, model_of, poisson_p, poisson_variance_z
from scipy import stats

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

SEED, NODES = 41, 20_000


def births_in_each_step(model, steps: int) -> np.ndarray:
    """(steps, N)."""
    found, before = [], model.state.emitted[0].copy()
    for _ in range(steps):
        model.step()
        found.append(model.state.emitted[0] - before)
        before = model.state.emitted[0].copy()
    return np.array(found)


@pytest.mark.parametrize("rate", [0.05, 1.0, 15.9, 16.1, 70.0])
def test_constant_births_are_poisson_and_new_in_every_step(rate):
    model = model_of(isolated(NODES), seed=SEED, emission=va.ConstantEmission(rate=rate), lifetime=1)
    births = births_in_each_step(model, 2)
    assert abs(mean_z(births[0], rate, rate)) < Z
    assert abs(poisson_variance_z(births[0], rate)) < Z
    assert poisson_p(births[0], rate) > SMALLEST_P
    assert abs(covariance_z(births[0], births[1])) < Z
    assert abs(covariance_z(births[0][:-1], births[0][1:])) < Z


def test_kinds_are_born_independently():
    kind = va.Kind(emission=va.ConstantEmission(rate=2.0), lifetime=1)
    model = va.VesicleModel(isolated(NODES), {"a": kind, "b": kind}, seed=SEED)
    model.step()
    assert abs(covariance_z(*model.state.emitted.astype(float))) < Z


@pytest.mark.parametrize("view", VIEWS)
def test_pulses_come_exactly_when_and_where_scheduled(view):
    emission = va.PulseEmission(count=3, at=2, duration=2, every=5, nodes=["b"])
    graph = va.NeuralGraph(["a", "b", "c"], [], [])
    births = births_in_each_step(model_of(graph, seed=SEED, view=view, emission=emission), 12)
    assert births[:, 1].tolist() == [0, 0, 3, 3, 0, 0, 0, 3, 3, 0, 0, 0]
    assert not births[:, [0, 2]].any()


def test_a_single_pulse_is_not_repeated():
    births = births_in_each_step(model_of(isolated(1), seed=SEED, emission=va.PulseEmission(count=2, at=3)), 9)
    assert births[:, 0].tolist() == [0, 0, 0, 2, 0, 0, 0, 0, 0]


def test_a_fractional_count_is_its_whole_part_or_one_more():
    """Mean 2.3, variance 0.3 * 0.7."""
    births = births_in_each_step(model_of(isolated(NODES), seed=SEED, emission=va.PulseEmission(count=2.3)), 1)[0]
    assert set(births.tolist()) == {2, 3}
    assert abs(mean_z(births, 2.3, 0.21)) < Z


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("on", "wanted"),
    [("level", [0, 2, 2, 0, 2, 2, 0, 2]), ("crossing", [0, 2, 0, 0, 2, 0, 0, 2])],
    ids=str,
)
def test_threshold_events_are_levels_or_upward_crossings(view, on, wanted):
    """Regression: without delays the history held one row, and an upward crossing was never seen."""
    drive = [0.4, 0.5, 0.7, 0.1, 0.5, 0.5, 0.0, 9.0]
    emission = va.ThresholdEmission(count=2, threshold=0.5, on=on)
    model = model_of(isolated(1), seed=SEED, view=view, neurons=va.HMNNeurons(), emission=emission)
    found = []
    for value in drive:
        model.state.drive[0] = value
        found.append(int(births_in_each_step(model, 1)[0, 0]))
    assert found == wanted


def test_crossings_are_seen_through_delays_too():
    """0 -> 1 with delay 2: neuron 1 follows neuron 0 three steps later, and so does its event."""
    graph = va.NeuralGraph.from_edges([(0, 1, {"delay": 2})])
    emission = va.ThresholdEmission(count=1, threshold=0.5, on="crossing")
    model = model_of(graph, seed=SEED, neurons=va.HMNNeurons(), emission=emission)
    found = []
    for value in (0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0):
        model.state.drive[0] = value
        found.append(births_in_each_step(model, 1)[0].tolist())
    assert found == [[0, 0], [1, 0], [0, 0], [0, 0], [0, 1], [0, 0], [0, 0]]


def test_births_by_activity_have_the_stated_mean():
    """lambda = scale * ln(1 + exp(slope (z - threshold))), z driven to four levels."""
    z = np.repeat([0.0, 0.5, 1.0, 3.0], NODES // 4)
    emission = va.ActivityEmission(scale=0.8, slope=2.0, threshold=0.6)
    model = model_of(isolated(NODES), seed=SEED, neurons=va.HMNNeurons(), emission=emission)
    model.state.drive[:] = z
    births = births_in_each_step(model, 1)[0].reshape(4, -1)
    for level, found in zip([0.0, 0.5, 1.0, 3.0], births, strict=True):
        rate = 0.8 * np.log1p(np.exp(2.0 * (level - 0.6)))
        assert abs(mean_z(found, rate, rate)) < Z
        assert poisson_p(found, rate) > SMALLEST_P


def test_a_signal_reaches_an_emission():
    class SignalledEmission(va.Emission, name="test_signalled"):
        law = "exact"

        def rate(self, nodes, signals, xp):
            return 2.0 * signals.reward

    model = model_of(isolated(2), seed=SEED, emission=SignalledEmission())
    found = []
    for reward in (0.0, 1.0, np.array([0.0, 3.0])):
        model.signals["reward"] = reward
        found.append(births_in_each_step(model, 1)[0].tolist())
    assert found == [[0, 0], [2, 2], [0, 6]]


def test_content_has_the_stated_mean_variance_and_no_correlation():
    """c ~ N((1, -2, 0.5), (0.5, 0, 2)^2): se of a mean s / sqrt(n), of a variance s^2 sqrt(2 / n)."""
    mean, deviation = np.array([1.0, -2.0, 0.5]), np.array([0.5, 0.0, 2.0])
    content = va.GaussianContent(mean=mean, deviation=deviation)
    model = model_of(isolated(NODES), seed=SEED, emission=va.PulseEmission(count=1), content=content, content_width=3)
    model.step()
    found = model.state.vesicles["v"]["content"].astype(float)
    assert np.abs(mean_z(found, mean, deviation**2)).max() < Z
    assert (found[:, 1] == -2.0).all()
    for j in (0, 2):
        error = deviation[j] ** 2 * np.sqrt(2.0 / NODES)
        assert abs(found[:, j].var() - deviation[j] ** 2) < Z * error
        assert stats.kstest((found[:, j] - mean[j]) / deviation[j], "norm").pvalue > SMALLEST_P
    assert abs(covariance_z(found[:, 0], found[:, 2])) < Z


def test_content_may_differ_from_node_to_node_and_stays_for_life():
    graph = va.NeuralGraph.from_edges([(0, 1), (1, 0)])
    content = va.GaussianContent(mean=np.array([[1.0, 2.0], [3.0, 4.0]]))
    model = model_of(graph, seed=SEED, emission=va.PulseEmission(count=2), content=content, content_width=2)
    model.run_for(4)
    columns = model.state.vesicles["v"]
    assert columns["content"][columns.in_order()].tolist() == [[1.0, 2.0]] * 2 + [[3.0, 4.0]] * 2
