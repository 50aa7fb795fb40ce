"""Policies: emission and migration whose coefficients are there to be learned, by an outer loop or by gradients.

    lambda_l = scale * softplus(bias + a . phi_l),      P(l' | l) ~ w_e exp(b . phi_l'),      [our formulas]

phi the signals of tasks and estimators, activity, modulator levels, attributes of nodes. The Neuro-Vesicles abstract
has vesicles emitted "in response to activity, errors, or meta signals", and policies of emission and migration that are
learned; it gives no formula.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.parameters import FEATURES, option, parameter
from vesicle_abm.vesicles.emission import Emission
from vesicle_abm.vesicles.migration import Migration


class PolicyEmission(Emission, name="policy"):
    """Births by a linear score of what there is to know: scale * softplus(bias + a . phi). [our formula]

    phi are the ``signals`` named, one number for all or one per node, 0 where a signal is not given; the ``levels`` of
    the kinds named; and the activation. Each has a weight in a; where one number is given it is that of all.

    >>> rule = PolicyEmission(signals=["surprise", "novelty"], weights=[4.0, 0.5], bias=-2.0)
    >>> rule.signals
    ['surprise', 'novelty']
    """

    signals: list | None = option(None, "names of the signals", signal=True)
    weights: float = parameter(0.0, "a weight for each signal", per=FEATURES)
    levels: list | None = option(None, "kinds whose modulator levels count", kinds=True)
    level_weights: float = parameter(0.0, "a weight for each of them", per=FEATURES)
    activity: float = parameter(0.0, "weight of the activation")
    bias: float = parameter(0.0, "score where all else is 0")
    scale: float = parameter(1.0, "births per unit of softplus", unit="per step", ge=0.0)
    nodes: list | None = option(None, "labels of the emitting nodes; none for all", labels=True)

    def __post_init__(self):
        super().__post_init__()
        check_names(self, "signals")
        check_names(self, "levels")
        check_weights(self, "weights", len(self.signals or []), "signals")
        check_weights(self, "level_weights", len(self.levels or []), "levels")

    def rate(self, nodes, signals, xp):
        """(n,) from the signals, levels and activation of this step."""
        score = self.bias
        for name, weight in weighted(self.signals, self.weights):
            score = score + weight * nodes.of_each(signals.get(name, 0.0))
        score = score + own_score(self, nodes)
        rate = self.scale * xp.softplus(score)
        return rate * (1.0 if self.nodes is None else nodes.among(self.nodes))


class PolicyMigration(Migration, name="policy"):
    """By a linear score of where a way leads: P(e | l) ~ w_e exp(b . phi_l') against exp(stay_logit). [our formula]

    phi are the ``features``, attributes of nodes, the ``levels`` of the kinds named, and the activation, each at the
    node l' where the way leads. As levels and activation change so does the policy.

    >>> PolicyMigration(features=["size", "depth"], weights=[1.0, -0.5]).stay_logit is None
    True
    """

    features: float = parameter(0.0, "attributes of nodes, say ['size', 'depth']", per=FEATURES)
    weights_: float = parameter(0.0, "a weight for each feature", per=FEATURES)
    levels: list | None = option(None, "kinds whose modulator levels count", kinds=True)
    level_weights: float = parameter(0.0, "a weight for each of them", per=FEATURES)
    activity: float = parameter(0.0, "weight of the activation")
    stay_logit: float | None = parameter(None, "log-weight of staying; none: never while there is a way", optional=True)

    def __post_init__(self):
        super().__post_init__()
        check_names(self, "levels")
        check_weights(self, "weights_", width(self.features) or 0, "features")
        check_weights(self, "level_weights", len(self.levels or []), "levels")

    def weights(self, graph, nodes, xp):
        """(E,) w_e exp(score - the best score at the edge's start)."""
        score, best = self._scores(graph, nodes, xp)
        start, _ = graph.ends(self.direction)
        return graph.weight * xp.exp(score - best[start])

    def stay(self, graph, nodes, xp):
        """(N,) exp of the stay logit less the best score."""
        if self.stay_logit is None:
            return 0.0
        _, best = self._scores(graph, nodes, xp)
        return xp.exp(self.stay_logit - best)

    def _scores(self, graph, nodes, xp):
        """(E,) the score of where each way leads, -inf of what is none; (N,) the best of a node's ways and staying."""
        score = xp.spread(own_score(self, nodes), graph.size)
        for i in range(width(self.features) or 0):
            score = score + one_of(self.weights_, i) * one_of(self.features, i)
        start, end = graph.ends(self.direction)
        taken = graph.in_layers(self.layers) & (graph.weight > 0.0)
        score = xp.where(taken, score[end], -np.inf)
        best = xp.highest(score, start, graph.size)
        best = best if self.stay_logit is None else xp.maximum(best, self.stay_logit)
        return score, xp.constant(xp.where(xp.isfinite(best), best, 0.0))  # it cancels from every probability


def own_score(rule, nodes):
    """What activation and levels add to the score; no activation is looked at where its weight is 0 for all."""
    unused = isinstance(rule.activity, int | float) and rule.activity == 0.0
    score = 0.0 if unused else rule.activity * nodes.activation
    for name, weight in weighted(rule.levels, rule.level_weights):
        score = score + weight * nodes.level(name)
    return score


def weighted(names: list | None, weights) -> Iterator[tuple[str, Any]]:
    """Each name with its weight, a number or (n,)."""
    return ((name, one_of(weights, i)) for i, name in enumerate(names or []))


def one_of(weights, i: int):
    """The weight of feature i, from one number for all, (D,) or (n, D)."""
    return weights if width(weights) is None else weights[..., i]


def width(value) -> int | None:
    """D of a vector over features, given or bound; None of one number for all."""
    if isinstance(value, int | float) or getattr(value, "ndim", 1) == 0:
        return None
    return 1 if isinstance(value, str) else value.shape[-1] if hasattr(value, "shape") else len(value)


def check_names(rule, names: str) -> None:
    """Refuse what is no list of names."""
    given = getattr(rule, names)
    if given is not None and (not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given)):
        raise InputError(f"got {given!r}; a list of names is allowed, say [{str(given)!r}]", names)


def check_weights(rule, weights: str, count: int, of: str) -> None:
    """Refuse weights of another number than what they weigh."""
    found = width(getattr(rule, weights))
    if found not in (None, count):
        raise InputError(
            f"got {found} for {count} {of}; one each is allowed, or one number for all", weights.rstrip("_")
        )
