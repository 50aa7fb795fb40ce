"""REINFORCE over vesicles: against gradients known in closed form; pairs scatter less; baselines; the same bits."""

from functools import cache

import numpy as np
import pytest
import torch
from oracles import Z
from scipy import stats

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.learning.reinforce import rollout, to_go

STEPS, PRICE, MOST, PAIRS = 5, 0.25, 4.0, 80
DEVIATION, MEAN = 0.1, 0.2  # actions stay within -1 and 1 but for 7 standard deviations
BASELINES = (va.NoBaseline, va.MeanBaseline, va.ValueBaseline)


def bandit(price: float = PRICE) -> va.VesicleEnv:
    """One node where calls never end: each vesicle born docks at once, and serves a unit; so a step earns 1 - price for
    each birth, told a step later. The action is the rate of births alone.
    """
    table = {
        "question": "How many?",
        "expect": "As many as can be.",
        "graph": {"populations": {"node": {}}},
        "neurons": {},
        "kinds": {"v": {"docking": {"rule": "constant", "probability": 1.0}}},
        "task": {"rule": "delivery", "chance": 1.0, "size": 1000, "lapse": 0.0, "cost": price},
    }
    return va.VesicleEnv(va.Scenario(table), most_births=MOST, most_pull=0.0, observe=["occupancy.v"], steps=STEPS)


def policy_at(mean: float) -> va.GaussianPolicy:
    """Whose mean is the same whatever it sees."""
    policy = va.GaussianPolicy(1, 1, deviation=DEVIATION)
    with torch.no_grad():
        policy.mean[-1].bias.fill_(mean)
    return policy


@cache
def estimates(paired: bool, baseline: type[va.Baseline]) -> np.ndarray:
    """(PAIRS, 3) estimates of the gradient by deviation, weight and bias, behind a batch from which baselines learn."""
    learner = va.PolicyGradient(bandit(), policy_at(MEAN), baseline(), pairs=20, paired=paired, seed=3)
    learner.estimate()
    learner.pairs = PAIRS
    return learner.estimate()[0]


def known() -> np.ndarray:
    """By log deviation, weight and bias: E[reward] = (STEPS - 1) (1 - PRICE) MOST (mean + 1) / 2, since births of the
    last step go untold; and nothing is ever seen, since who docks is absorbed.
    """
    return np.array([0.0, 0.0, (STEPS - 1) * (1.0 - PRICE) * MOST / 2.0])


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("baseline", BASELINES)
def test_the_mean_of_the_estimate_is_the_gradient(baseline, paired):
    """Of 80 pairs; standard error from their own scatter; seed 3."""
    rows = estimates(paired, baseline)
    error = rows.std(axis=0, ddof=1) / np.sqrt(len(rows))
    names = ["log_deviation", "mean.0.weight", "mean.0.bias"]
    assert [name for name, _ in policy_at(0.0).named_parameters()] == names
    assert (np.abs(rows.mean(axis=0) - known()) <= Z * error).all()
    assert not paired or error[2] < known()[2] / 2.0  # so that a pair can tell half the gradient from the whole


def test_pairs_under_common_random_numbers_scatter_less_at_equal_cost():
    """Of 80 estimates each, of two episodes; a variance's own standard error is some 16 % of it; seed 3."""
    for baseline in BASELINES:
        independent, paired = (estimates(paired, baseline)[:, 2].var(ddof=1) for paired in (False, True))
        assert paired < independent / 2.0, baseline


def test_what_a_pair_shares_falls_out_to_the_bit():
    """A baseline, whatever it says, changes nothing in the estimate by the bias of a pair of mirror images: the scores
    of u and 1 - u add up to 0.
    """

    class Told(va.Baseline):
        def predict(self, observations):
            return np.full(len(observations), 1000.0)

        def learn(self, observations, to_go):
            pass

    plain, told = (
        va.PolicyGradient(bandit(), policy_at(MEAN), baseline, pairs=3, seed=4).estimate()[0]
        for baseline in (va.NoBaseline(), Told())
    )
    assert told[:, 2] == pytest.approx(plain[:, 2], abs=1e-6)


def test_climbing_finds_the_highest_rate_and_no_births_where_they_cost_more_than_they_bring():
    for price, end in ((0.25, 1), (1.5, -1)):
        policy = policy_at(0.0)
        learner = va.PolicyGradient(bandit(price), policy, va.MeanBaseline(), pairs=4, rate=0.1, seed=1)
        for _ in range(12):
            learner.step()
        assert end * policy.act(np.zeros(1))[0] > 0.7


def test_two_learners_of_one_seed_have_the_same_bits_and_of_another_not():
    found = []
    for seed in (1, 1, 2):
        policy = va.GaussianPolicy(1, 1, hidden=(3,), seed=seed)
        learner = va.PolicyGradient(bandit(), policy, va.ValueBaseline(), pairs=2, seed=seed)
        earned = [learner.step() for _ in range(2)]
        found.append((earned, [parameter.tolist() for parameter in policy.parameters()]))
    assert found[0] == found[1] != found[2]


def test_an_episode_holds_what_was_seen_done_and_earned_and_its_mirror_the_other_actions():
    env, policy = bandit(), policy_at(MEAN)
    plain, mirrored = rollout(env, policy, 7, 8), rollout(env, policy, 7, 8, mirrored=True)
    assert [part.shape for part in plain] == [(STEPS, 1), (STEPS, 1), (STEPS,)]
    assert (plain.actions + mirrored.actions) / 2.0 == pytest.approx(np.full((STEPS, 1), MEAN))
    assert mirrored.rewards.sum() == pytest.approx((1.0 - PRICE) * int(env.model.state.task["born"]))
    assert plain.rewards[0] == mirrored.rewards[0] == 0.0  # of the first step, told in the second


def test_draws_are_the_quantiles_of_a_normal_and_its_density_scipys():
    policy = va.GaussianPolicy(2, 3, hidden=(4,), deviation=0.7, seed=5)
    with torch.no_grad():
        policy.mean[-1].bias.copy_(torch.tensor([0.1, -0.2, 0.3]))
    seen, u = np.array([0.5, -1.0]), np.array([0.1, 0.5, 0.99])
    drawn = policy.draw(seen, u)
    assert drawn == pytest.approx(stats.norm.ppf(u, policy.act(seen), 0.7), abs=1e-9)
    expected = stats.norm.logpdf(drawn, policy.act(seen), 0.7).sum()
    told = policy.log_probability(torch.tensor(seen[None]), torch.tensor(drawn[None]))
    assert told.tolist() == pytest.approx([expected])


def test_first_weights_have_unit_variance_of_what_they_pass_on_and_the_last_layer_says_nothing():
    """Of 200 x 50 weights the variance times 50 is 1 within Z sqrt(2 / 10000)."""
    policy = va.GaussianPolicy(50, 2, hidden=(200,), seed=6)
    weight = policy.mean[0].weight.detach().numpy()
    assert abs(weight.var() * 50 - 1.0) < Z * np.sqrt(2.0 / weight.size)
    assert policy.act(np.ones(50)).tolist() == [0.0, 0.0]


def test_reward_to_go_is_the_discounted_sum_of_what_comes():
    rewards = np.array([1.0, -2.0, 0.0, 8.0])
    for discount in (0.0, 0.5, 1.0):
        expected = [sum(discount ** (k - t) * rewards[k] for k in range(t, 4)) for t in range(4)]
        assert to_go(rewards, discount).tolist() == pytest.approx(expected)


def test_the_value_baseline_finds_a_value_that_is_linear_in_what_it_sees():
    seen = [np.sin(np.arange(40.0 * k, 40.0 * k + 80.0)).reshape(40, 2) for k in range(3)]
    value = [part @ [2.0, -1.0] + 0.5 * (part**2)[:, 0] + 3.0 for part in seen]
    baseline = va.ValueBaseline()
    assert baseline.predict(seen[0]).tolist() == [0.0] * 40
    baseline.learn(seen[:2], value[:2])
    assert np.abs(baseline.predict(seen[2]) - value[2]).max() < 0.05


def test_the_mean_baseline_follows_the_mean_decision_by_decision():
    baseline, seen = va.MeanBaseline(), np.zeros((2, 1))
    baseline.learn([seen, seen], [np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    assert baseline.predict(seen).tolist() == [2.0, 3.0]
    baseline.learn([seen], [np.array([12.0, 3.0])])
    assert baseline.predict(seen).tolist() == pytest.approx([0.7 * 2.0 + 0.3 * 12.0, 3.0])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"discount": 1.5}, "discount: got 1.5; a number from 0 to 1"),
        ({"discount": "x"}, "discount: got 'x'; a number from 0 to 1"),
        ({"pairs": 0}, "pairs: got 0"),
        ({"rate": -1}, "rate: got -1; a finite number > 0"),
        ({"rate": float("inf")}, "rate: got inf"),
    ],
)
def test_what_is_not_allowed_is_named(options, words):
    with pytest.raises(InputError) as refused:
        va.PolicyGradient(bandit(), policy_at(0.0), va.NoBaseline(), **options)
    assert str(refused.value).startswith(words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"deviation": 0.0}, "deviation: got 0.0; a finite number > 0"),
        ({"deviation": float("inf")}, "deviation: got inf; a finite number > 0"),
        ({"observations": 0}, "observations: got 0; a whole number >= 1"),
        ({"actions": 1.5}, "actions: got 1.5; a whole number >= 1"),
        ({"hidden": [0]}, "hidden: got 0; a whole number >= 1"),
        ({"hidden": 32}, "hidden: got 32; a list of widths"),
    ],
)
def test_policies_that_cannot_be_are_named(options, words):
    with pytest.raises(InputError) as refused:
        va.GaussianPolicy(**{"observations": 1, "actions": 1, **options})
    assert str(refused.value).startswith(words)
