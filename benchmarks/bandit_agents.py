"""Agents for the shipped contextual bandit: the network in several settings, a table, a linear bandit, the two bounds.

Each plays so many trials with a seed and gives (trials / BLOCK, 4): the means over blocks of reward and of reward
expected, eta_local and eta_global (NaN without them). An agent that is no network sees what suits it best: a table the
number of the context, the linear bandit the features as the input neurons would pass them on, noise and all.
"""

from collections.abc import Callable

import numpy as np

import vesicle_abm as va

SCENARIO = "contextual_bandit"
BLOCK = 100  # trials, as in the scenario
GOOD_RATES = {"eta_local": 1e-4, "eta_global": 0.015}
EPSILON, DECAY = 0.3, 100.0  # epsilon-greedy: EPSILON / (1 + trial / DECAY)
LINUCB = {"alpha": 1.0, "l2_lambda": 1.0}

SETTINGS = {
    "HMN, meta-learned": {},
    "HMN, good rates": {"meta": False, "rates": GOOD_RATES},
    "HMN, poor rates": {"meta": False},
    "HMN, broadcast": {"broadcast": True},
}


def scenario_of(meta: bool = True, broadcast: bool = False, rates: dict | None = None) -> va.Scenario:
    """The shipped scenario in one of its settings; nothing is recorded but blocks.

    What vesicles bring to A action neurons, a broadcast spreads over all N: the amounts are N / A times as large, so
    that each action neuron gets the same in the mean.
    """
    scenario = va.Scenario.load(SCENARIO).override("record_every", 2**40)
    populations = scenario.table.graph.populations
    spread = sum(table.size for table in populations.values()) / populations["action"].size
    for name, rate in (rates or {}).items():
        scenario = scenario.override(f"plasticity.modulation.{name}", rate)
    for kind in ("reward", "dip") if broadcast else ():
        scenario = scenario.override(f"kinds.{kind}.delivery", "broadcast")
        amount = scenario.data["kinds"][kind]["release"]["amount"]
        scenario = scenario.override(f"kinds.{kind}.release.amount", amount * spread)
    if not meta:
        task = {key: value for key, value in scenario.data["task"].items() if key != "meta"}
        scenario = scenario.override("task", task)
    return scenario


def network(name: str, trials: int, seed: int) -> np.ndarray:
    """The network, in a setting by name."""
    model = scenario_of(**SETTINGS[name]).build(seed=seed, threads=1)
    model.run_for(trials * model.world.task.period)
    return model.state.task["blocks"]


class Problem:
    """The scenario's table, and what chance brings in a seed: contexts, features seen, and the luck of every arm."""

    def __init__(self, trials: int, seed: int):
        table = va.Scenario.load(SCENARIO).table
        task, inputs = table.task, table.graph.populations["input"].attributes
        self.means, self.trials, self.seed = task.means, trials, seed
        contexts, width = task.features.shape
        step = np.arange(trials)
        self.context = (va.uniform(seed, 1, step, "user") * contexts).astype(int)
        noise = va.normal(seed, 2, step[:, None], "user", np.arange(width))
        self.seen = np.maximum(0.0, task.features[self.context] + inputs["noise"] * noise)
        self.luck = va.uniform(seed, 3, step[:, None], "user", np.arange(self.means.shape[1]))

    def reward(self, trial: int, arm: int) -> float:
        """1 or 0."""
        return float(self.luck[trial, arm] < self.means[self.context[trial], arm])

    def blocks(self, arms) -> np.ndarray:
        """What these choices have brought."""
        reward = [self.reward(trial, arm) for trial, arm in enumerate(arms)]
        expected = self.means[self.context, np.asarray(arms)]
        means = [np.reshape(values, (-1, BLOCK)).mean(1) for values in (reward, expected)]
        return np.column_stack([*means, np.full((len(means[0]), 2), np.nan)])


def oracle(trials: int, seed: int) -> np.ndarray:
    """Who knows the table."""
    problem = Problem(trials, seed)
    return problem.blocks(problem.means.argmax(1)[problem.context])


def by_chance(trials: int, seed: int) -> np.ndarray:
    """Who does not look."""
    problem = Problem(trials, seed)
    return problem.blocks((va.uniform(seed, 4, np.arange(trials), "user") * problem.means.shape[1]).astype(int))


def epsilon_greedy(trials: int, seed: int) -> np.ndarray:
    """A table of mean rewards, a row each context; explores with the probability EPSILON / (1 + trial / DECAY)."""
    problem = Problem(trials, seed)
    value, count, arms = np.zeros(problem.means.shape), np.zeros(problem.means.shape), []
    explore = va.uniform(seed, 5, np.arange(trials), "user") < EPSILON / (1.0 + np.arange(trials) / DECAY)
    for trial, context in enumerate(problem.context):
        best = value[context] == value[context].max()
        arms.append(va.categorical(best | explore[trial], seed, 6, trial, "user"))
        cell = context, arms[-1]
        count[cell] += 1
        value[cell] += (problem.reward(trial, arms[-1]) - value[cell]) / count[cell]
    return problem.blocks(arms)


def linucb(trials: int, seed: int) -> np.ndarray:
    """LinUCB of MABWiser (Li and others 2010), updated after every trial; each arm is tried once to begin with.

    Raises
    ------
    InputError
        if MABWiser is not installed.
    """
    try:
        from mabwiser.mab import MAB, LearningPolicy
    except ImportError:
        raise va.InputError("needs MABWiser: pip install 'vesicle-abm[bandit]'", "LinUCB") from None
    problem = Problem(trials, seed)
    arms = list(range(problem.means.shape[1]))
    bandit = MAB(arms, LearningPolicy.LinUCB(**LINUCB), seed=seed)
    first = [problem.reward(arm, arm) for arm in arms]
    bandit.fit(arms, first, problem.seen[: len(arms)])
    chosen = list(arms)
    for trial in range(len(arms), trials):
        seen = problem.seen[trial : trial + 1]
        chosen.append(bandit.predict(seen))
        bandit.partial_fit([chosen[-1]], [problem.reward(trial, chosen[-1])], seen)
    return problem.blocks(chosen)


AGENTS: dict[str, Callable[[int, int], np.ndarray]] = {
    "oracle": oracle,
    "LinUCB": linucb,
    "epsilon-greedy": epsilon_greedy,
    "random": by_chance,
}


def play(name: str, trials: int, seed: int) -> np.ndarray:
    """One agent, one seed."""
    return network(name, trials, seed) if name in SETTINGS else AGENTS[name](trials, seed)
