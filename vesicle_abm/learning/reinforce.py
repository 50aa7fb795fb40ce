"""REINFORCE: the gradient of the expected reward of a policy over vesicles, from episodes of the real model.

    grad E[sum_t r_t] = E[sum_t grad log pi(a_t | o_t) (G_t - b_t)],    G_t = sum_{k >= t} discount^(k - t) r_k

(Williams 1992; exact for discount 1). Episodes come in pairs. Those of a pair share the seed of the model, so calls,
births and ways have common random numbers, and their actions are mirror images, u and 1 - u (antithetic variates;
Hammersley and Morton 1956); each alone is an ordinary episode, so the mean of the estimate stays, but what both share
of luck falls out of it. ``paired=False`` draws all afresh, at the same cost.
"""

from typing import NamedTuple

import numpy as np

from vesicle_abm.core.random import uniform
from vesicle_abm.core.stages import ACTION
from vesicle_abm.learning.baselines import Baseline
from vesicle_abm.learning.checks import count, number
from vesicle_abm.learning.environment import VesicleEnv, episode_seed
from vesicle_abm.learning.needed import torch
from vesicle_abm.learning.policy import GaussianPolicy

PAIR = 2


class Episode(NamedTuple):
    """What was seen (T, O), done (T, A), and earned (T,)."""

    observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray


def rollout(env: VesicleEnv, policy: GaussianPolicy, seed: int, chance: int, mirrored: bool = False) -> Episode:
    """An episode of the model with this ``seed``, with the actions that the draws of the seed ``chance`` stand for, or
    their mirror images.
    """
    rows: list[tuple] = []
    over = False
    observation, _ = env.reset(seed=seed)
    while not over:
        u = uniform(chance, np.arange(policy.actions), len(rows), ACTION)
        action = policy.draw(observation, 1.0 - u if mirrored else u)
        seen = observation
        observation, reward, terminated, truncated, _ = env.step(action)
        rows.append((seen, action, reward))
        over = terminated or truncated
    return Episode(*(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)))


def to_go(rewards: np.ndarray, discount: float) -> np.ndarray:
    """(T,) the discounted reward from each decision on.

    >>> to_go(np.array([1.0, 0.0, 4.0]), 0.5).tolist()
    [2.0, 2.0, 4.0]
    """
    found = np.array(rewards, dtype=np.float64)
    for t in reversed(range(len(found) - 1)):
        found[t] += discount * found[t + 1]
    return found


class PolicyGradient:
    """Estimates the gradient, and climbs it by Adam (Kingma and Ba 2015).

    Parameters
    ----------
    env, policy, baseline : policy and baseline are changed as they learn
    pairs : of episodes, for an estimate
    paired : whether those of a pair share their seed and mirror their actions
    discount : of later rewards; below 1 less noise, at the price of a bias
    rate : of Adam
    seed : of all that is drawn

    Raises
    ------
    InputError
        for numbers that are not allowed.
    """

    def __init__(
        self,
        env: VesicleEnv,
        policy: GaussianPolicy,
        baseline: Baseline,
        *,
        pairs: int = 8,
        paired: bool = True,
        discount: float = 1.0,
        rate: float = 0.01,
        seed: int = 0,
    ):
        self.env, self.policy, self.baseline = env, policy, baseline
        self.pairs, self.paired, self.seed = count(pairs, "pairs"), paired, seed
        self.discount = number(discount, "discount", lambda x: 0.0 <= x <= 1.0, "a number from 0 to 1")
        rate = number(rate, "rate", lambda x: x > 0.0, "a finite number > 0")
        self.optimiser = torch.optim.Adam(policy.parameters(), lr=rate, maximize=True)
        self.episodes = 0  # so far

    def step(self) -> float:
        """Estimate, then climb; gives the mean reward of the episodes."""
        rows, earned = self.estimate()
        gradient, at = torch.from_numpy(rows.mean(axis=0)), 0
        for parameter in self.policy.parameters():
            parameter.grad = gradient[at : at + parameter.numel()].reshape(parameter.shape)
            at += parameter.numel()
        self.optimiser.step()
        return earned

    def estimate(self) -> tuple[np.ndarray, float]:
        """(pairs, P) what each pair says of the gradient over the P parameters, in their order, and the mean reward.

        The baseline predicts these episodes, then learns from them.
        """
        episodes = [self._pair() for _ in range(self.pairs)]
        rows = np.array([np.mean([self._gradient(episode) for episode in pair], axis=0) for pair in episodes])
        flat = [episode for pair in episodes for episode in pair]
        self.baseline.learn(
            [episode.observations for episode in flat], [to_go(episode.rewards, self.discount) for episode in flat]
        )
        return rows, float(np.mean([episode.rewards.sum() for episode in flat]))

    def _pair(self) -> list[Episode]:
        first, self.episodes = self.episodes, self.episodes + PAIR
        if self.paired:
            seeds = [episode_seed(self.seed, 1 + first)] * PAIR
            return [rollout(self.env, self.policy, seed, seed, k == 1) for k, seed in enumerate(seeds)]
        return [rollout(self.env, self.policy, seed, seed) for seed in self._fresh(first)]

    def _fresh(self, first: int) -> list[int]:
        return [episode_seed(self.seed, 1 + first + k) for k in range(PAIR)]

    def _gradient(self, episode: Episode) -> np.ndarray:
        """(P,) the gradient of sum_t log pi(a_t | o_t) (G_t - b_t)."""
        surprise = to_go(episode.rewards, self.discount) - self.baseline.predict(episode.observations)
        seen, done = torch.from_numpy(episode.observations), torch.from_numpy(episode.actions)
        score = (self.policy.log_probability(seen, done) * torch.from_numpy(surprise)).sum()
        parts = torch.autograd.grad(score, list(self.policy.parameters()))
        return torch.cat([part.reshape(-1) for part in parts]).numpy()
