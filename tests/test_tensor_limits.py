"""Dense, short-lived vesicles are FiLM, a hypernetwork and attention in the mean, with variance O(1 / rate).

Copies of a network are replicates. Seeds 1 … 9; means have the closed form's standard error, sqrt(variance / R), and
variances that of a mean of squares, measured. Slopes are of log variance over log rate, by weighted least squares.
"""

from functools import cache

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, mean_z, poisson_p
from tensor_limits import (
    Replicates,
    attention,
    attention_model,
    film,
    film_model,
    film_numbers,
    generated,
    hypernetwork,
    hypernetwork_model,
    shares,
)

from vesicle_abm.views.step import VIEWS

VESICLES = 1_000_000  # at most, in a step of a model
DENSE = [3.0, 30.0, 300.0, 3000.0]
MODELS = {"film": film_model, "hypernetwork": hypernetwork_model, "attention": attention_model}


def count_for(rate: float, each: int, most: int) -> int:
    """How many copies, ``each`` with so many nodes that emit."""
    return min(most, int(VESICLES / (each * rate)))


def variance_z(found: np.ndarray) -> np.ndarray:
    """z of the variance of standardised replicates (R, …): their squares have mean 1."""
    squares = found**2
    return (squares.mean(axis=0) - 1.0) / (squares.std(axis=0, ddof=1) / np.sqrt(len(squares)))


def slope(rates, replicates: list[Replicates]) -> tuple[float, float]:
    """Of log variance over log rate, and its standard error; the variance is the mean squared error."""
    squares = [np.mean((each.results - each.mean) ** 2, axis=tuple(range(1, each.results.ndim))) for each in replicates]
    variance = np.array([each.mean() for each in squares])
    error = np.array([each.std(ddof=1) / np.sqrt(len(each)) for each in squares]) / variance
    weight, x = error**-2.0, np.log(np.array(rates, float))
    off = x - (weight @ x) / weight.sum()
    return float((weight * off) @ np.log(variance) / (weight @ off**2)), float((weight @ off**2) ** -0.5)


# FiLM


@pytest.mark.parametrize("rate", [0.5, 5.0, 500.0])
def test_film_vesicles_give_gamma_h_plus_beta_with_the_variance_of_a_poisson_sum(rate):
    """Standardised, a Poisson count has the fourth moment 3 + 1/rate: so the error of its variance; seed 1."""
    count = count_for(rate, 1, 4000)
    found = film(rate, count, seed=1).standardised
    assert abs(mean_z(found, 0.0, 1.0)) < Z
    assert abs(np.mean(found**2) - 1.0) < Z * np.sqrt((2.0 + 1.0 / rate) / count)


def test_film_vesicles_come_to_a_neuron_in_poisson_numbers_each_with_the_same_part():
    rate, count = 5.0, 4000
    each = film(rate, count, seed=2)
    h, gamma_less_1, beta = film_numbers(count)
    number = (each.results - h) / (gamma_less_1 * h + beta) * rate
    assert number == pytest.approx(np.round(number), abs=1e-5)
    assert poisson_p(np.round(number).astype(int), rate) > SMALLEST_P


def test_films_variance_falls_as_one_over_the_rate_over_three_decades():
    found, error = slope(DENSE, [film(rate, count_for(rate, 1, 4000), seed=3 + i) for i, rate in enumerate(DENSE)])
    assert error < 0.02
    assert abs(found + 1.0) < Z * error


# Hypernetwork


@cache
def written(rate: float) -> tuple[Replicates, Replicates]:
    """Weights and outputs; each rate has a seed of its own, 4 … 7."""
    return hypernetwork(rate, count_for(rate, 3, 1000), seed=4 + DENSE.index(rate))


@pytest.mark.parametrize("rate", DENSE)
def test_vesicles_of_contexts_write_the_weights_that_a_hypernetwork_generates(rate):
    """Each weight, and each output, by itself."""
    for each in written(rate):
        assert (np.abs(mean_z(each.results, each.mean, each.variance)) < Z).all()
        assert (np.abs(variance_z(each.standardised)) < Z).all()


def test_the_generated_weights_are_others_than_the_networks_own():
    """Else nothing would have been shown: the change is as large as the weights, and of either sign."""
    weights, _ = written(300.0)
    change = weights.mean - generated()[1]
    assert (np.abs(change) > 4.0 * np.sqrt(weights.variance)).all()
    assert change.min() < -1.0 < 1.0 < change.max()


@pytest.mark.parametrize("what", [0, 1], ids=["weights", "outputs"])
def test_the_hypernetworks_variance_falls_as_one_over_the_rate_over_three_decades(what):
    found, error = slope(DENSE, [written(rate)[what] for rate in DENSE])
    assert error < 0.02
    assert abs(found + 1.0) < Z * error


# Attention


@pytest.mark.parametrize("rate", [2.0, 20.0, 200.0])
def test_the_mean_of_what_comes_home_is_attention_without_bias_however_few_came(rate):
    """Seed 6. Of the queries to which anything has come: N answers are N draws from the softmax."""
    each, came = attention(rate, count_for(rate, 2, 4000), seed=6)
    for query in range(came.shape[1]):
        some = came[:, query] > 0
        assert (np.abs(mean_z(each.results[some, query], each.mean[query], each.variance[query])) < Z).all()
        assert (np.abs(variance_z(each.standardised[some, query])) < Z).all()


def test_answers_come_in_poisson_numbers_and_softmax_makes_a_difference():
    """A query gets rate * (mean docking probability) answers; its weights are far from equal. Seed 7."""
    _, came = attention(20.0, 4000, seed=7)
    docking, weights = shares()
    for query, mean in enumerate(20.0 * docking.mean(axis=1)):
        assert poisson_p(came[:, query], mean) > SMALLEST_P
    assert docking.max() <= 1.0
    assert (weights.max(axis=1) > 2.0 * weights.min(axis=1)).all()


def test_attentions_variance_falls_as_one_over_the_rate_over_two_decades():
    """From some 40 answers a step on, where E[1 / N] is 1 / E[N] but for 3 %; seeds 7 … 9."""
    rates = [100.0, 1000.0, 10000.0]
    assert (rates[0] * shares()[0].mean(axis=1) > 40.0).all()
    replicates = [attention(rate, count_for(rate, 2, 1000), seed=7 + i)[0] for i, rate in enumerate(rates)]
    found, error = slope(rates, replicates)
    assert error < 0.03
    assert abs(found + 1.0) < Z * error


@pytest.mark.parametrize("name", MODELS)
def test_both_views_do_the_same_to_the_bit(name):
    models = [MODELS[name](4.0, 2, seed=8, view=view) for view in VIEWS]
    for _ in range(4):
        for model in models:
            model.step()
        assert models[0].state.digest() == models[1].state.digest()
    assert models[0].counts["absorbed"] > 10
