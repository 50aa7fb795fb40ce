"""A small task for meta-learning: a neuron learns by trials which of its inputs to answer, by example or by reward.

In a trial a pattern x of +1 and -1 is shown and the neuron answers z = +1 or -1; one step later a reward may come,
positive if the answer has the sign of w* . x, else negative. "guided": every answer is right, and a reward is rare.
"alone": answers are at random, and every one is rewarded or punished. The meta-loss of a pair of rates is the mean
squared error of w . x on patterns that were not shown. Many pairs are tried in one replay, a neuron each.
"""

from dataclasses import dataclass

import numpy as np

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.random import bernoulli
from vesicle_abm.neurons.modulation import Modulation
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.traces import CompositeTrace
from vesicle_abm.views.replay import replay

WANTED = np.array([1.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0]) / 7.0  # w*; an odd number of terms, so that y is never 0
INPUTS = len(WANTED)
TRIALS, TRIAL = 20, 3  # trials in an episode, steps in a trial
DELAY, REWARD = 1, 3.0  # steps from an answer to its reward, and its size
RIGHT = {"guided": 1.0, "alone": 0.5}  # how often an answer is the right one
REWARDED = {"guided": 0.2, "alone": 1.0}  # how often it is rewarded or punished
HELD_OUT = 64  # patterns that are not shown
SEED = 7


@dataclass(frozen=True)
class Episode:
    """What happens in one: ``shown`` (TRIALS, I), ``answer`` and ``reward`` (TRIALS,), ``tested`` (HELD_OUT, I)."""

    shown: np.ndarray
    answer: np.ndarray
    reward: np.ndarray
    tested: np.ndarray

    @classmethod
    def number(cls, n: int, phase: str) -> "Episode":
        """Episode n of a phase."""
        trial = np.arange(TRIALS + HELD_OUT)

        def chance(probability, row, trials=trial[:TRIALS]):
            return bernoulli(probability, SEED, row, trials, "user", n)

        patterns = 2.0 * chance(0.5, np.arange(INPUTS), trial[:, None]) - 1.0
        shown, tested = patterns[:TRIALS], patterns[TRIALS:]
        target = np.sign(shown @ WANTED)
        answer = np.where(chance(RIGHT[phase], INPUTS), target, -target)
        return cls(shown, answer, answer * target * REWARD * chance(REWARDED[phase], INPUTS + 1), tested)


def meta_loss(rates: np.ndarray, phase: str, numbers) -> np.ndarray:
    """(G,) the loss of each pair of rates (G, 2), mean of the episodes of these numbers."""
    episodes = [Episode.number(n, phase) for n in numbers]
    weight = learned(rates, episodes)
    errors = [
        ((e.tested @ w - (e.tested @ WANTED)[:, None]) ** 2).mean(axis=0) for e, w in zip(episodes, weight, strict=True)
    ]
    return np.mean(errors, axis=0)


def learned(rates: np.ndarray, episodes: list[Episode]) -> np.ndarray:
    """(episodes, I, G) the weights, from 0, of a neuron for each pair of rates in each episode: one replay."""
    block = INPUTS + len(rates)  # an episode's nodes: its inputs, then its neurons
    start = np.arange(len(episodes)) * block
    inputs, pupils = start[:, None] + np.arange(INPUTS), start[:, None] + np.arange(INPUTS, block)
    source = np.repeat(inputs, len(rates), axis=1).ravel()
    target = np.repeat(pupils[:, None], INPUTS, axis=1).ravel()
    graph = NeuralGraph(range(block * len(episodes)), source, target)
    steps = np.arange(TRIALS) * TRIAL
    activity = np.zeros((TRIALS * TRIAL, graph.size))
    reward, eta = np.zeros((TRIALS * TRIAL, graph.size, 1)), np.zeros((graph.size, 2))
    for episode, given, taught in zip(episodes, inputs, pupils, strict=True):
        activity[steps[:, None], given] = episode.shown
        activity[steps[:, None], taught] = episode.answer[:, None]
        reward[steps[:, None] + DELAY, taught, 0] = episode.reward[:, None]
        eta[taught] = rates
    rule = Plasticity(
        trace=CompositeTrace(tau_fast=1.0, tau_slow=2.0),
        modulation=Modulation(eta_local=eta[:, 0], eta_global=eta[:, 1], weights={"reward": 1.0}),
    )
    out = replay(rule, graph, activity, activity, reward, weight=np.zeros(graph.edge_count))
    return out["weight"][-1].reshape(len(episodes), INPUTS, len(rates))
