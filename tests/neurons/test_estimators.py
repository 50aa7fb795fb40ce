"""Estimators of meta-signals: novelty, uncertainty and reward prediction error against closed forms. Seed 68."""

from math import exp, log, sqrt

import numpy as np
import pytest
from oracles import Z, isolated
from scipy import special, stats

import vesicle_abm as va
from vesicle_abm.core import functions as xp
from vesicle_abm.tasks.task import Task
from vesicle_abm.views.step import VIEWS

SEED = 68


def glance(activation, **signals) -> va.Glance:
    """What an estimator sees of isolated neurons."""
    activation = np.asarray(activation, dtype=float)
    return va.Glance(isolated(len(activation)), activation, signals)


def noisy(view="compiled", **estimators) -> va.VesicleModel:
    """Three isolated neurons of unlike noise and bias."""
    neurons = va.HMNNeurons(activation="tanh", bias=np.array([0.1, -0.4, 0.8]), noise=np.array([0.3, 0.8, 0.05]))
    return va.VesicleModel(isolated(3), {}, neurons=neurons, estimators=estimators, seed=SEED, view=view)


# Novelty


@pytest.mark.parametrize("view", VIEWS)
def test_novelty_is_that_of_running_formulas_step_by_step(view):
    """Of the network, of two neurons of it, and of each; a second implementation over the recorded activations."""
    rate, first, floor = 0.1, 0.5, 0.02
    numbers = {"rate": rate, "variance": first, "floor": floor}
    model = noisy(
        view,
        every=va.Novelty(**numbers),
        some=va.Novelty(nodes=[2, 0], **numbers),
        each=va.Novelty(nodes=[2, 0], per="node", **numbers),
    )
    mean, variance = [0.0] * 3, [first] * 3
    for _ in range(30):
        model.step()
        squared = []
        for i, z in enumerate(model.state.activation.tolist()):
            d = z - mean[i]
            squared.append(d * d / (variance[i] + floor))
            mean[i] += rate * d
            variance[i] = (1.0 - rate) * (variance[i] + rate * d * d)
        assert model.signals["every"] == pytest.approx(sqrt(sum(squared) / 3.0), rel=1e-12)
        assert model.signals["some"] == pytest.approx(sqrt((squared[0] + squared[2]) / 2.0), rel=1e-12)
        assert model.signals["each"] == pytest.approx([sqrt(squared[0]), 0.0, sqrt(squared[2])], rel=1e-12)
    assert model.record["signal.every"].iloc[-1] == model.signals["every"]


def test_nothing_new_is_1_in_the_mean():
    """Gaussian activity that stays as it is: E novelty^2 = (1 + 2 rate / (2 - rate)) / (1 - rate), 1.006 at rate 0.003.

    E d^2 / E s^2 is 1 / (1 - rate); 1 / s^2 exceeds 1 / E s^2 by the relative variance of s^2, 2 rate / (2 - rate), to
    first order in rate. 200 neurons, 3000 steps after 3000 of settling; standard error sqrt(2 / 600000) of a mean of
    squares of standard normals.
    """
    rate, size = 0.003, 200
    rule = va.Novelty(rate=rate)
    kept = rule.first(isolated(size))
    scale, squares = np.linspace(0.5, 3.0, size), []
    for step in range(6_000):
        z = scale * (1.0 + va.normal(SEED, np.arange(size), step, "user"))
        novelty, kept = rule.estimate(kept, glance(z), xp)
        squares.append(novelty**2)
    wanted = (1.0 + 2.0 * rate / (2.0 - rate)) / (1.0 - rate)
    assert abs(np.mean(squares[3_000:]) - wanted) < Z * sqrt(2.0 / (size * 3_000))
    assert abs(np.sqrt(squares[3_000:]).mean() - 1.0) < 0.01


def test_a_jump_of_five_deviations_is_five_and_wears_off():
    """All at m + 5 s: exactly 5, then less and less while the jump lasts, until it is what is usual."""
    rule = va.Novelty(rate=0.05, floor=1e-12)
    kept = {"mean": np.array([1.0, -2.0]), "variance": np.array([4.0, 0.25])}
    seen = []
    for _ in range(60):
        novelty, kept = rule.estimate(kept, glance([11.0, 0.5]), xp)
        seen.append(novelty)
    assert seen[0] == pytest.approx(5.0)
    assert (np.diff(seen) < 0.0).all()
    assert seen[-1] < 0.5


# Uncertainty


def test_uncertainty_is_1_where_all_are_alike_and_0_where_one_stands_out():
    rule = va.Uncertainty(beta=5.0)
    for size in (2, 3, 10):
        assert rule.estimate({}, glance([0.3] * size), xp)[0] == pytest.approx(1.0, abs=1e-14)
    assert rule.estimate({}, glance([0.0, 1e6, 0.0]), xp)[0] == 0.0
    assert va.Uncertainty(beta=0.0).estimate({}, glance([1.0, 9.0]), xp)[0] == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("apart", [-2.0, 0.01, 0.5, 3.0])
def test_uncertainty_of_two_neurons_is_the_entropy_of_a_coin(apart):
    """p = 1 / (1 + exp(-beta (z_1 - z_2))); -(p log p + q log q) / log 2."""
    p = 1.0 / (1.0 + exp(-2.5 * apart))
    wanted = -(p * log(p) + (1.0 - p) * log(1.0 - p)) / log(2.0)
    found, _ = va.Uncertainty(beta=2.5).estimate({}, glance([1.0 + apart, 1.0]), xp)
    assert found == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("view", VIEWS)
def test_uncertainty_of_a_run_is_scipys_entropy_of_the_neurons_named(view):
    model = noisy(view, all=va.Uncertainty(beta=3.0), two=va.Uncertainty(beta=3.0, nodes=[0, 2]))
    for _ in range(10):
        model.step()
        z = model.state.activation
        for name, chosen in (("all", z), ("two", z[[0, 2]])):
            wanted = stats.entropy(special.softmax(3.0 * chosen)) / log(len(chosen))
            assert model.signals[name] == pytest.approx(wanted, rel=1e-12)


def test_one_neuron_has_nothing_to_decide():
    with pytest.raises(va.InputError, match="at least two"):
        noisy(choice=va.Uncertainty(nodes=[1]))


# Reward prediction error


def test_td_0_of_three_episodes_by_hand():
    """States e0, e1, e2, the reward 1 with e2; rate and discount 1/2. delta = r + V(now) / 2 - V(before); then the
    weight of the state before gains delta / 2.

        episode 1:  0, 0, 1                      w = 0,     1/2,   0
        episode 2:  0, 1/4, 1/2                  w = 1/8,   3/4,   0
        episode 3:  1/16, 1/4, 1 + 1/64 - 3/4    w = 1/4,   3/4 + 17/128, 1/32
    """
    rule = va.RewardPredictionError(rate=0.5, discount=0.5)
    kept = rule.first(isolated(3))
    errors, weights = [], []
    for _ in range(3):
        for state in range(3):
            error, kept = rule.estimate(kept, glance(np.eye(3)[state], reward=float(state == 2)), xp)
            errors.append(error)
        weights.append(kept["weight"].tolist())
    assert errors == [0.0, 0.0, 1.0, 0.0, 0.25, 0.5, 0.0625, 0.25, 0.265625]
    assert weights == [[0.0, 0.5, 0.0], [0.125, 0.75, 0.0], [0.25, 0.8828125, 0.03125]]


class Round(Task, name="test_round"):
    """Drives one of the neurons after another, round and round, and pays 2 on coming to the first, ``times`` times."""

    times: int = va.parameter(200, "how often it pays", whole=True)

    def first(self, graph, eta):
        return {}

    def sense(self, scene):
        rounds, now = divmod(scene.step, len(scene.drive))
        scene.drive[:] = 0.0
        scene.drive[now] = 1.0
        scene.signals["pay"] = 2.0 if now == 0 and rounds < self.times else 0.0

    def metrics(self, kept):
        return {}


@pytest.mark.parametrize("view", VIEWS)
def test_on_a_round_the_critic_comes_to_the_discounted_sum_and_errors_cease_until_a_pay_is_left_out(view):
    """V of the state that is d steps before the pay of 2: 2 discount^(d - 1) / (1 - discount^4)."""
    critic = va.RewardPredictionError(reward="pay", rate=0.5, discount=0.75)
    neurons = va.HMNNeurons(activation="identity")
    model = va.VesicleModel(
        isolated(4), {}, neurons=neurons, task=Round(), estimators={"delta": critic}, seed=SEED, view=view
    )
    model.step()
    assert model.signals["delta"] == 2.0  # nothing foretold the first pay
    model.run_for(799)
    wanted = [2.0 * 0.75 ** (d - 1) / (1.0 - 0.75**4) for d in (4, 3, 2, 1)]
    assert model.state.estimates["delta.weight"] == pytest.approx(wanted, rel=1e-9)
    assert model.record["signal.delta"].iloc[-4:].abs().max() < 1e-9
    model.step()
    assert model.signals["delta"] == pytest.approx(-2.0, rel=1e-9)


def test_without_a_reward_there_is_no_error_ever():
    model = noisy(none=va.RewardPredictionError(rate=0.3))
    model.run_for(20)
    assert (model.record["signal.none"] == 0.0).all()
    assert not model.state.estimates["none.weight"].any()
