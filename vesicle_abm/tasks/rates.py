"""Meta-learning while a task goes on: each pair of rates that a rule wants tried holds for a window of trials.

The network lives once, so a rule of ``neurons.learning_rates`` cannot run it anew from the same state for each of its
trials: it gets windows that follow one another. A window begins with trials that are not scored, since the weights
still answer to the rates of the window before. [our formula]
"""

from dataclasses import dataclass

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.neurons.learning_rates import MetaLearning

KEPT = ("meta.iteration", "meta.window", "meta.trials", "meta.sum")  # single numbers, 0 at the start


@dataclass(frozen=True)
class RatesOnLine:
    """A rule that learns the rates which all neurons share.

    In ``kept``: ``meta.rates`` (1, 2), around which it tries; ``meta.iteration`` of the rule; ``meta.window``, which of
    its trials holds now; ``meta.trials`` of the task in it; ``meta.sum`` of the losses scored; ``meta.losses`` (P,).
    """

    rule: MetaLearning
    window: int
    unscored: int

    def first(self, eta: np.ndarray) -> dict[str, np.ndarray]:
        """What it keeps, at the start.

        Raises
        ------
        InputError
            if the neurons' rates ``eta`` (N, 2) differ, or lie outside the rule's bounds.
        """
        if (eta != eta[0]).any():
            raise InputError("rates differ from neuron to neuron; meta-learning needs one pair for all", "meta")
        try:
            trials = self.rule.trials(eta[:1], 0, 0)
        except InputError as error:
            raise error.inside("meta") from None
        numbers = {name: np.zeros((), np.float64 if name == "meta.sum" else np.int64) for name in KEPT}
        return {"meta.rates": eta[:1].copy(), "meta.losses": np.zeros(len(trials)), **numbers}

    def begin(self, kept: dict[str, np.ndarray], eta: np.ndarray, seed: int) -> None:
        """A trial of the task begins: at the beginning of a window, ``eta`` (N, 2) become the rates to try."""
        if kept["meta.trials"] == 0:
            tried = self.rule.trials(kept["meta.rates"], int(kept["meta.iteration"]), seed)
            eta[:] = tried[int(kept["meta.window"])]

    def score(self, kept: dict[str, np.ndarray], loss: float, seed: int) -> None:
        """A trial of the task has its loss; after the last window the rates move."""
        if kept["meta.trials"] >= self.unscored:
            kept["meta.sum"] += loss
        kept["meta.trials"] += 1
        if kept["meta.trials"] < self.window:
            return
        losses = kept["meta.losses"]
        losses[int(kept["meta.window"])] = kept["meta.sum"] / (self.window - self.unscored)
        kept["meta.trials"][...], kept["meta.sum"][...] = 0, 0.0
        kept["meta.window"] += 1
        if kept["meta.window"] < len(losses):
            return
        kept["meta.rates"][:] = self.rule.update(kept["meta.rates"], losses, int(kept["meta.iteration"]), seed)
        kept["meta.window"][...] = 0
        kept["meta.iteration"] += 1
