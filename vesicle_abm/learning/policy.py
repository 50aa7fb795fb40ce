"""Policies: what to do, by what is seen, with chance. pi(a | o), differentiable in its parameters.

Every draw has its address: an action is the inverse distribution function of numbers from ``core.random``, so that two
policies, or a policy and its mirror image, can be compared under the same chance.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.functions import normal_quantile
from vesicle_abm.core.random import normal
from vesicle_abm.core.stages import FIRST_GUESS
from vesicle_abm.learning.checks import count, number
from vesicle_abm.learning.needed import torch


class GaussianPolicy(torch.nn.Module):
    """a ~ N(mean(o), deviation²), each component by itself; the deviations (A,) are learned too.

    The mean is linear in the observation, or a network with ``hidden`` layers of tanh units. It is 0 at first: the last
    layer begins at 0, the others with N(0, 1 / inputs) at addresses of ``seed``. All is float64.

    Raises
    ------
    InputError
        for widths that are no whole numbers >= 1, or a deviation that is not finite and > 0.

    >>> policy = GaussianPolicy(observations=3, actions=2)
    >>> policy.draw(np.zeros(3), np.array([0.5, 0.975])).round(2).tolist()
    [0.0, 0.98]
    """

    def __init__(
        self, observations: int, actions: int, hidden: Sequence[int] = (), deviation: float = 0.5, seed: int = 0
    ):
        super().__init__()
        number(deviation, "deviation", lambda x: x > 0.0, "a finite number > 0")
        if not isinstance(hidden, list | tuple):
            raise InputError(f"got {hidden!r}; a list of widths is allowed, say [32]", "hidden")
        widths = (count(observations, "observations"), *(count(width, "hidden") for width in hidden))
        layers = [_linear(*pair, seed, place) for place, pair in enumerate(pairwise(widths))]
        last = torch.nn.utils.skip_init(torch.nn.Linear, widths[-1], count(actions, "actions"), dtype=torch.float64)
        for parameter in last.parameters():
            torch.nn.init.zeros_(parameter)
        self.mean = torch.nn.Sequential(*(part for layer in layers for part in (layer, torch.nn.Tanh())), last)
        self.log_deviation = torch.nn.Parameter(torch.full((actions,), float(np.log(deviation)), dtype=torch.float64))

    @property
    def actions(self) -> int:
        """A, the numbers of an action."""
        return len(self.log_deviation)

    def draw(self, observation: np.ndarray, u: np.ndarray) -> np.ndarray:
        """(A,) the action that the draws ``u`` (A,) in (0, 1) stand for: mean + deviation * quantile(u)."""
        with torch.no_grad():
            return self.act(observation) + self.log_deviation.exp().numpy() * normal_quantile(u)

    def act(self, observation: np.ndarray) -> np.ndarray:
        """(A,) the mean."""
        with torch.no_grad():
            return self.mean(torch.as_tensor(observation, dtype=torch.float64)).numpy()

    def log_probability(self, observations: torch.Tensor, actions: torch.Tensor) -> torch.Tensor:
        """(T,) of ``actions`` (T, A), given ``observations`` (T, O)."""
        density = torch.distributions.Normal(self.mean(observations), self.log_deviation.exp())
        return density.log_prob(actions).sum(-1)


def _linear(inputs: int, outputs: int, seed: int, number: int) -> torch.nn.Linear:
    """A layer whose first weights have their addresses."""
    layer = torch.nn.utils.skip_init(torch.nn.Linear, inputs, outputs, dtype=torch.float64)
    with torch.no_grad():
        drawn = normal(seed, np.arange(outputs)[:, None], np.arange(inputs), FIRST_GUESS, number)
        layer.weight.copy_(torch.from_numpy(drawn / np.sqrt(inputs)))
        layer.bias.zero_()
    return layer
