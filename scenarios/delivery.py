"""Who is best in control of vesicles? ``python scenarios/delivery.py --out DIR`` (extras [rl], [learn], [experiments]).

In the scenario delivery an agent says, in each step, how many vesicles are born at two depots, and what pulls them. It
sees what is called for where, and where vesicles are. Compared over the same episodes of 200 steps, all held out:

* random: actions drawn evenly from the whole space, anew in each step;
* constant: one rate at both depots and one pull towards, or away from, them: the best of a grid, by other episodes;
* REINFORCE: ``PolicyGradient`` with a linear Gaussian policy, pairs under common random numbers and a value baseline;
* PPO: that of Stable-Baselines3 (Schulman et al. 2017), two networks of 64 and 64 units.

The trained are judged by their means, without the noise that they learn with. Tells the table, and writes it into DIR
as CSV beside a picture: how each seed learned, how each does, and what pulls vesicles when a node calls.
"""

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env

import vesicle_abm as va
from vesicle_abm.experiments.figures import colour, plain_axes, save
from vesicle_abm.experiments.statistics import mean_interval

NAME, STEPS = "delivery", 200
HELD_OUT, TUNING = 10**6, 2 * 10**6  # the first seeds of the episodes for the comparison, and for the constants
RATES, PULLS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3), (-1.0, 0.0, 1.0)
REINFORCED = {"pairs": 4, "discount": 0.9, "rate": 0.03}
REINFORCED_STEPS = 100  # of an episode
PPO_ENVIRONMENTS, PPO_STEPS = 4, 256
PROXIMAL = {"gamma": 0.9, "gae_lambda": 0.9, "learning_rate": 0.002, "batch_size": 256, "n_epochs": 10}
NETWORK = {"net_arch": [64, 64], "log_std_init": -0.5}
METHODS = ("REINFORCE", "PPO")
Act = Callable[[np.ndarray, int], np.ndarray]  # (what is seen, step) -> action


def environment(steps: int = STEPS) -> va.VesicleEnv:
    """The scenario, in an agent's hands."""
    return va.VesicleEnv(NAME, steps=steps)


def judged(act: Act, first: int, episodes: int) -> np.ndarray:
    """(episodes,) reward a step in episodes of these seeds."""
    env, earned = environment(), np.zeros(episodes)
    for episode in range(episodes):
        (seen, _), over = env.reset(seed=first + episode), False
        while not over:
            seen, reward, _, over, _ = env.step(act(seen, env.model.time))
            earned[episode] += reward
    return earned / env.steps


def random_agent(actions: int) -> Act:
    """Actions from the whole space."""
    return lambda seen, step: 2.0 * va.uniform(0, np.arange(actions), step, "user") - 1.0


def constant_agent(env: va.VesicleEnv, rate: float, pull: float) -> Act:
    """One rate at each depot; pull towards the depots (1) or away from them (-1), all that is allowed, or none."""
    depots = env.controls.sources
    births = np.full(len(depots), 2.0 * rate / env.controls.most_births - 1.0)
    height = np.zeros(env.controls.nodes)
    height[depots] = pull
    action = np.concatenate([births, height])
    return lambda seen, step: action


def best_constant(env: va.VesicleEnv, episodes: int) -> tuple[float, float]:
    """The rate and the pull that do best in other episodes."""
    grid = list(product(RATES, PULLS))
    found = [judged(constant_agent(env, *point), TUNING, episodes).mean() for point in grid]
    return grid[int(np.argmax(found))]


def trained(task: tuple[str, int, int, int]) -> dict:
    """One agent, by ``(method, seed, steps, episodes)``: how it learned, and how it does."""
    method, seed, steps, episodes = task
    torch.set_num_threads(1)
    act, course = (reinforced if method == METHODS[0] else proximal)(seed, steps)
    rewards = judged(lambda seen, _: act(seen), HELD_OUT, episodes)
    sys.stderr.write(f"{method}, seed {seed}: {rewards.mean():.3f} a step\n")
    return {"method": method, "seed": seed, "course": course, "rewards": rewards, "pulls": pulls_of(act)}


def reinforced(seed: int, steps: int) -> tuple[Callable, np.ndarray]:
    """Our own; and rows of (steps so far, reward a step)."""
    env = environment(REINFORCED_STEPS)
    policy = va.GaussianPolicy(env.observation_space.shape[0], env.controls.size)
    learner = va.PolicyGradient(env, policy, va.ValueBaseline(), seed=seed, **REINFORCED)
    course = []
    while learner.episodes * env.steps < steps:
        earned = learner.step()
        course.append((learner.episodes * env.steps, earned / env.steps))
    return policy.act, np.array(course)


def proximal(seed: int, steps: int) -> tuple[Callable, np.ndarray]:
    """Stable-Baselines3's; and rows of (steps so far, reward a step)."""
    several = make_vec_env(environment, n_envs=PPO_ENVIRONMENTS, seed=seed)
    agent = PPO(
        "MlpPolicy", several, n_steps=PPO_STEPS, seed=seed, policy_kwargs=dict(NETWORK), device="cpu", **PROXIMAL
    )
    agent.learn(steps)
    earned = np.array(several.env_method("get_episode_rewards"))  # (environments, episodes)
    ends = STEPS * PPO_ENVIRONMENTS * (1 + np.arange(earned.shape[1]))
    return lambda seen: agent.predict(seen, deterministic=True)[0], np.stack([ends, earned.mean(axis=0) / STEPS], 1)


def pulls_of(act: Callable) -> np.ndarray:
    """(N, N) row i: the pull of each node when node i calls for a full load, and nobody is under way."""
    env = environment()
    size, found = env.controls.nodes, []
    for i in range(size):
        seen = np.zeros(env.observation_space.shape, np.float32)
        seen[env.observed.index(f"activation[{i}]")] = va.Scenario.load(NAME).table.task.size
        found.append(env.controls.most_pull * np.clip(act(seen)[-size:], -1.0, 1.0))
    return np.array(found)


def table(fixed: dict[str, np.ndarray], agents: list[dict]) -> pd.DataFrame:
    """Reward a step of each, with 95 % intervals over episodes, and of the trained over seeds; and how far each is
    ahead of the best constant, episode by episode, the mean over seeds.
    """
    rows = []
    by_method = {name: np.array([a["rewards"] for a in agents if a["method"] == name]) for name in METHODS}
    base = fixed["constant"]
    for name, rewards in (fixed | by_method).items():
        each = np.atleast_2d(rewards)  # (seeds, episodes)
        over = each.mean(axis=1) if len(each) > 1 else each[0]
        row = {"policy": name, "over": f"{len(over)} {'seeds' if len(each) > 1 else 'episodes'}"}
        row |= dict(zip(("reward", "low", "high"), mean_interval(over), strict=True))
        ahead = mean_interval(each.mean(axis=0) - base)
        rows.append(row | dict(zip(("ahead", "ahead_low", "ahead_high"), ahead, strict=True)))
    return pd.DataFrame(rows)


def draw(found: pd.DataFrame, fixed: dict[str, np.ndarray], agents: list[dict]) -> Figure:
    """Left how each seed learned, in the middle how each does, right what pulls."""
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    left, middle, right = figure.subplots(1, 3, gridspec_kw={"width_ratios": (1.2, 1.0, 1.0)})
    for agent in agents:
        k, first = METHODS.index(agent["method"]), agent["seed"] == agents[0]["seed"]
        smooth = pd.Series(agent["course"][:, 1]).rolling(8, min_periods=1).mean()
        label = agent["method"] if first else None
        left.plot(agent["course"][:, 0] / 1000, smooth, color=colour(k), alpha=0.8, linewidth=1.2, label=label)
    left.axhline(fixed["constant"].mean(), color="0.3", linestyle=":", label="best constant")
    left.legend(frameon=False, fontsize=9)
    plain_axes(left, "while learning, with its noise", xlabel="thousand steps of the model", ylabel="reward a step")
    for at, row in found.iterrows():
        middle.errorbar(at, row.reward, [[row.reward - row.low], [row.high - row.reward]], color="0.1", capsize=4)
        seeds = [a["rewards"].mean() for a in agents if a["method"] == row.policy] or [row.reward]
        k = METHODS.index(row.policy) if row.policy in METHODS else 2
        middle.scatter([at] * len(seeds), seeds, color=colour(k), s=22, zorder=3)
    middle.set_xticks(range(len(found)), found.policy)
    middle.axhline(0.0, color="0.7", linewidth=0.8)
    plain_axes(middle, "held-out episodes, without noise", ylabel="reward a step; 95 % interval")
    pulls = np.mean([agent["pulls"] for agent in agents if agent["method"] == METHODS[0]], axis=0)
    most = np.abs(pulls).max() or 1.0
    image = right.imshow(pulls, cmap="coolwarm", vmin=-most, vmax=most)
    right.set(xlabel="node", ylabel="node that calls")
    right.set_title("REINFORCE: what pulls", loc="left", fontsize=10)
    figure.colorbar(image, ax=right, label="pull, mean over seeds")
    return figure


def told(found: pd.DataFrame, constant: tuple[float, float]) -> str:
    """The table, in lines."""
    lines = [f"{'':12}{'reward a step':>24}  {'over':12}{'ahead of constant':>28}"]
    for row in found.itertuples():
        reward, ahead = (f"{m:.3f} [{a:.3f}, {b:.3f}]" for m, a, b in (row[3:6], row[6:9]))
        lines.append(f"{row.policy:12}{reward:>24}  {row.over:12}{ahead if row.policy != 'constant' else '':>28}")
    return "\n".join([*lines, f"best constant: {constant[0]:g} births a step at each depot, pull {constant[1]:g}\n"])


def main(arguments: list[str] | None = None) -> None:
    """Tune, train, compare, draw."""
    parser = argparse.ArgumentParser(description="Who is best in control of vesicles.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where table and picture go")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="agents of each sort, from 1 on")
    parser.add_argument("--steps", type=int, default=40_000, metavar="N", help="that each agent learns from")
    parser.add_argument("--episodes", type=int, default=30, metavar="N", help="of the comparison; as many for tuning")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="agents that learn at a time")
    options = parser.parse_args(arguments)
    if min(options.seeds, options.jobs) < 1 or options.episodes < 2 or options.steps < PPO_ENVIRONMENTS * PPO_STEPS:
        parser.error(f"one seed and job, 2 episodes, and {PPO_ENVIRONMENTS * PPO_STEPS} steps, are needed at least")
    seeds = range(1, options.seeds + 1)
    tasks = [(method, seed, options.steps, options.episodes) for seed in seeds for method in METHODS]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        coming = pool.map(trained, tasks)
        env = environment()
        constant = best_constant(env, options.episodes)
        fixed = {"random": random_agent(env.controls.size), "constant": constant_agent(env, *constant)}
        rewards = {name: judged(act, HELD_OUT, options.episodes) for name, act in fixed.items()}
        agents = list(coming)
    found = table(rewards, agents)
    sys.stdout.write(told(found, constant))
    options.out.mkdir(parents=True, exist_ok=True)
    found.to_csv(options.out / f"{NAME}.csv", index=False)
    save(draw(found, rewards, agents), options.out / f"{NAME}.png")


if __name__ == "__main__":
    main()
