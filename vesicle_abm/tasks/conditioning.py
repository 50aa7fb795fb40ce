"""Pavlovian conditioning: a cue, and after a while a reward; what the network says of it is watched at both moments.

==================== ===================================================================================================
step                 what happens as it begins
==================== ===================================================================================================
c                    the cue drives its neurons, for ``shown`` steps
c + ``delay``        the reward: with ``probability``, but in no trial of ``omitted``, the signal ``reward`` is ``size``
                     in this one step
next c               ``interval`` steps after the reward was due, and up to ``jitter`` more, all alike
==================== ===================================================================================================

A line of neurons behind the cue's is a tapped delay line: one neuron for each time since the cue, the complete serial
compound of Sutton and Barto (1990). With an estimator of the reward prediction error that looks at them, and vesicles
born by its signal, dopamine does what it is found to do (Schultz, Dayan and Montague 1997): it bursts at a reward that
nothing foretold, later at the cue, and pauses where a foretold reward fails to come. The cue is told by nothing as long
as the line is over before the next one comes.
"""

from typing import Any, ClassVar

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.core.random import bernoulli, uniform
from vesicle_abm.core.stages import TASK
from vesicle_abm.tasks.task import Scene, Task

REWARD_DRAW, WAIT_DRAW = range(2)
NUMBERS = {"cue_at": 0, "rewarded": 0, "error_at_cue": 0.0, "error_at_outcome": 0.0}


class Conditioning(Task, name="conditioning"):
    """A cue foretells a reward ``delay`` steps later.

    Watched is the signal ``error``, which an estimator gives. Recorded: what it was at the last cue and at the last
    outcome, reward or none; kept as the rows of ``outcomes``: whether there was a reward, the error at the cue and at
    the outcome, of each trial.

    >>> Conditioning(cue=["bell"], delay=3).delay
    3
    """

    tells: ClassVar[tuple[str, ...]] = ("reward",)
    recorded: ClassVar[tuple[str, ...]] = ("error_at_cue", "error_at_outcome")
    measures: ClassVar[tuple[str, ...]] = (
        "trials",
        "rpe_at_cue_first",
        "rpe_at_cue_last",
        "rpe_at_reward_first",
        "rpe_at_reward_last",
        "rpe_at_omission",
    )
    cue: list = option(doc="labels of the neurons that the cue drives", labels=True)
    delay: int = parameter(10, "steps from cue to reward", per=SCALAR, unit="steps", whole=True, ge=1)
    shown: int = parameter(1, "how long the cue lasts", per=SCALAR, unit="steps", whole=True, ge=1)
    strength: float = parameter(1.0, "drive of the cue's neurons", per=SCALAR, ge=0.0)
    interval: int = parameter(
        20, "steps from reward to next cue, at least; and to the first cue", per=SCALAR, unit="steps", whole=True, ge=2
    )
    jitter: int = parameter(0, "further steps, at most", per=SCALAR, unit="steps", whole=True, ge=0)
    probability: float = parameter(1.0, "probability of the reward", per=SCALAR, ge=0.0, le=1.0)
    size: float = parameter(1.0, "the reward, as a signal", per=SCALAR)
    omitted: Any = option(None, "trials, counted from 0, whose reward is withheld; none: no trial")
    reward: str = option("reward", "name of the signal that it gives")
    error: str = option("rpe", "name of the signal that is watched", signal=True)
    averaged: int = parameter(20, "trials over which the last errors are averaged", per=SCALAR, whole=True, ge=1)

    def __post_init__(self):
        super().__post_init__()
        if not isinstance(self.cue, list | tuple) or not self.cue:
            raise InputError(f"got {self.cue!r}; a list of node labels is allowed", "cue")
        if self.shown > self.delay:
            raise InputError(f"got {self.shown}; whole numbers up to delay = {self.delay} are allowed", "shown")
        for name in ("reward", "error"):
            if not isinstance(getattr(self, name), str):
                raise InputError(f"got {getattr(self, name)!r}; text is allowed", name)
        if self.error == self.reward:
            raise InputError(f"got {self.error!r}; text other than {self.reward!r} is allowed", "error")
        omitted = [] if self.omitted is None else self.omitted
        if not isinstance(omitted, list | tuple) or any(type(n) is not int or n < 0 for n in omitted):
            raise InputError(f"got {omitted!r}; a list of whole numbers >= 0 is allowed", "omitted")

    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """No trial done, no cue yet."""
        kept = {name: np.array(value) for name, value in NUMBERS.items()}
        return kept | {"cue_at": np.array(self.interval), "outcomes": np.zeros((0, 3))}

    def sense(self, scene: Scene) -> None:
        """One step: the error heard is that of the step before."""
        kept, cue_at = scene.kept, int(scene.kept["cue_at"])
        since, heard = scene.step - cue_at, float(np.mean(scene.signals.get(self.error, 0.0)))
        scene.signals[self.reward] = 0.0
        neurons = [scene.graph.node(label) for label in self.cue]
        if since == 0:
            scene.drive[neurons] = self.strength
        elif since == self.shown:
            scene.drive[neurons] = 0.0
        if since == 1:
            kept["error_at_cue"][...] = heard
        if since == self.delay:
            comes = bernoulli(self.probability, scene.seed, REWARD_DRAW, scene.step, TASK)
            comes = comes and len(kept["outcomes"]) not in (self.omitted or ())
            kept["rewarded"][...] = comes
            scene.signals[self.reward] = self.size if comes else 0.0
        if since == self.delay + 1:
            kept["error_at_outcome"][...] = heard
            row = [kept[name] for name in ("rewarded", "error_at_cue", "error_at_outcome")]
            kept["outcomes"] = np.vstack([kept["outcomes"], row])
            wait = int(uniform(scene.seed, WAIT_DRAW, cue_at, TASK) * (self.jitter + 1))
            kept["cue_at"] += self.delay + self.interval + wait

    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """The error at each moment: ``rpe_at_cue_first``, ``rpe_at_reward_first`` of the first trial and the first
        reward; ``rpe_at_cue_last``, ``rpe_at_reward_last``, ``rpe_at_omission`` means of the last ``averaged`` trials,
        rewards, and rewards that did not come; ``trials``. What there was none of is left out.
        """
        rows, found = kept["outcomes"], {"trials": float(len(kept["outcomes"]))}
        came = rows[:, 0] == 1.0
        for name, errors in (("rpe_at_cue", rows[:, 1]), ("rpe_at_reward", rows[came, 2])):
            if len(errors):
                found |= {f"{name}_first": float(errors[0]), f"{name}_last": self._recent(errors)}
        if not came.all():
            found["rpe_at_omission"] = self._recent(rows[~came, 2])
        return found

    def _recent(self, errors: np.ndarray) -> float:
        return float(errors[-self.averaged :].mean())
