"""Modulation: several modulators become one signal G_j at a neuron, equations (6) and (7)."""

from abc import abstractmethod

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.parameters import NODE, SCALAR, Rule, option, parameter
from vesicle_abm.neurons.attention import COSINE, DOT, similarity

CONTEXT = "context"  # the signal that is C_global
SIGNAL, ACTIVITY = "signal", "activity"


class ThirdFactor(Rule):
    """Contract: ``signal`` G_j of each neuron, the third factor of equation (3)."""

    eta_local: float = parameter(
        0.0, "learning rate of the local part, at the start", per=NODE, unit="per step", begins=True, ge=0.0
    )
    eta_global: float = parameter(
        0.01, "learning rate of the modulated part, at the start", per=NODE, unit="per step", begins=True, ge=0.0
    )

    @abstractmethod
    def signal(self, neurons, xp):
        """(n,), of either sign."""


class Modulation(ThirdFactor, name="modulation"):
    """G_j = sum_k gamma_kj w_k E_kj (6), gamma_kj = softmax_k(beta h(E_kj, C_global)) (7), over the named modulators.

    E_kj is the level of modulator k at neuron j: what vesicles of the kind have released there, and what is broadcast.
    C_global is the signal "context", a number or a vector (d,), 0 if none is given: then every modulator is equally
    relevant; with ``context="activity"`` it is the mean activation of the network. A modulator's embedding is its level
    times its key, 1 if none is given. [keys: our formula] With ``told``, a signal, say the error that a task tells the
    neurons of a readout: what each neuron is told of itself is added to its G_j. [our formula]

    >>> Modulation(weights={"reward": 1.0}).weights
    {'reward': 1.0}
    """

    weights: dict | None = option(None, "w_k by the modulator's name; none: 1 for each")
    beta: float = parameter(1.0, "beta_g, inverse temperature", per=SCALAR, ge=0.0)
    similarity: str = option(DOT, "h", choices=(DOT, COSINE))
    context: str = option(SIGNAL, "what C_global is", choices=(SIGNAL, ACTIVITY))
    keys: dict | None = option(None, "a vector (d,) for each modulator, along which it is compared with the context")
    told: str | None = option(
        None, "a signal that is added to G, one number or one per neuron; none: nothing", signal=True
    )

    def __post_init__(self):
        super().__post_init__()
        for key, table in (("weights", self.weights), ("keys", self.keys)):
            if table is not None and not isinstance(table, dict):
                raise InputError(f"got {table!r}; a table of numbers by name is allowed, say {{ reward = 1.0 }}", key)
            for name, value in (table or {}).items():
                check_finite(value, f"{key}.{name}", most=0 if key == "weights" else 1)
        lengths = {len(np.atleast_1d(vector)) for vector in (self.keys or {}).values()}
        if len(lengths) > 1:
            raise InputError(
                f"have {' and '.join(map(str, sorted(lengths)))} components; one length is allowed", "keys"
            )

    def check_names(self, known) -> None:
        """Refuse a modulator that the model has not."""
        for key, table in (("weights", self.weights), ("keys", self.keys)):
            for name in table or {}:
                if name not in known:
                    raise InputError(f"no modulator {name!r}; {nearest(name, known)}", f"{key}.{name}")

    def weighted(self, neurons) -> dict[str, float]:
        """w_k by name, of the modulators that take part."""
        own = dict.fromkeys(neurons.direct, 1.0) if self.weights is None else self.weights
        return own | neurons.moment.further

    def relevance(self, neurons, xp):
        """(n, K) gamma_kj, in the order of ``weighted``."""
        weighted, context = self.weighted(neurons), np.atleast_1d(self.global_context(neurons, xp))
        if not weighted:
            return np.zeros((neurons.size, 0))
        scores = []
        for name in weighted:
            key = np.asarray((self.keys or {}).get(name, 1.0), dtype=np.float64)
            message = neurons.level(name)[:, None] * np.atleast_1d(key)
            if len(context) not in (1, message.shape[1]):
                raise InputError(f"has {len(context)} components, the keys {message.shape[1]}", "signals.context")
            scores.append(self.beta * similarity(self.similarity, message, context, xp))
        return softmax_columns(scores, xp)

    def global_context(self, neurons, xp):
        """C_global, a number or (d,)."""
        if self.context == SIGNAL:
            return neurons.moment.signal(CONTEXT)
        activity = neurons.all().activation
        return neurons.moment.once("mean activation", lambda: xp.total(activity) / len(activity))

    def signal(self, neurons, xp):
        """G_j."""
        total = np.zeros(neurons.size)
        if self.told is not None:
            total = total + neurons.signal(self.told)
        gamma = self.relevance(neurons, xp)
        for k, (name, weight) in enumerate(self.weighted(neurons).items()):
            total = total + gamma[:, k] * weight * neurons.level(name)
        return total


def softmax_columns(scores: list[np.ndarray], xp) -> np.ndarray:
    """(n, K) softmax over K scores (n,), summed in their order."""
    highest = scores[0]
    for score in scores[1:]:
        highest = xp.maximum(highest, score)
    parts = [xp.exp(score - highest) for score in scores]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return np.stack([part / total for part in parts], axis=-1)


def check_finite(value, key: str, most: int) -> None:
    """Refuse anything but finite numbers: one, or, where ``most`` is 1, a vector of them."""
    try:
        array = np.asarray(value, dtype=np.float64)
        good = not isinstance(value, bool | str) and array.ndim <= most and array.size and np.isfinite(array).all()
    except (TypeError, ValueError):
        good = False
    if not good:
        words = "a finite number is" if most == 0 else "a finite number, or a vector of them, is"
        raise InputError(f"got {value!r}; {words} allowed", key)
