"""The histogram of weights: exact counts, whatever becomes of its bins."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.plots.histogram import BINS, MOST, WeightHistogram


@pytest.fixture
def model():
    graph = nx.gnp_random_graph(20, 0.3, seed=1, directed=True)
    return va.VesicleModel(graph, {}, neurons=va.HMNNeurons(), plasticity=va.Plasticity(), seed=1)


def inside(histogram, column, weight):
    """Whether each weight is counted in the bin that holds it."""
    edges = histogram.low + histogram.width * np.arange(BINS + 1)
    return histogram.counts[column].tolist() == np.histogram(weight, edges)[0].tolist()


def test_every_weight_is_counted_once_in_its_bin(model):
    model.state.weight[:] = np.linspace(0.0, 1.0, len(model.state.weight))
    histogram = WeightHistogram(model)
    histogram.take(model)
    assert histogram.counts.sum() == len(model.state.weight)
    assert inside(histogram, 0, model.state.weight)


@pytest.mark.parametrize("outlier", [40.0, -40.0])
def test_bins_widen_for_an_outlier_and_earlier_columns_are_still_right(model, outlier):
    model.state.weight[:] = np.linspace(0.0, 1.0, len(model.state.weight))
    before = model.state.weight.copy()
    histogram = WeightHistogram(model)
    assert not histogram.take(model)
    model.step()
    model.state.weight[0] = outlier
    assert histogram.take(model)  # the earlier column has changed
    assert inside(histogram, 0, before)
    assert inside(histogram, 1, model.state.weight)


def test_columns_stay_bounded_and_evenly_spaced(model):
    histogram = WeightHistogram(model)
    for _ in range(2 * MOST + 10):
        histogram.take(model)
        model.world.state.step += 1
    assert len(histogram.steps) <= MOST
    assert np.diff(histogram.steps).tolist() == [histogram.every] * (len(histogram.steps) - 1)


def test_steps_shown_again_are_not_counted_twice_and_a_cut_forgets(model):
    histogram = WeightHistogram(model)
    for _ in range(3):
        histogram.take(model)
        model.step()
    model.world.state.step = 1
    assert not histogram.take(model)
    assert histogram.steps == [0, 1, 2]
    histogram.cut(1)
    assert histogram.steps == [0, 1]
