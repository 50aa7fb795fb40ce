"""Dual meta-learning of the learning rates eta = [eta_local, eta_global], HMN equations (8) and (9).

    eta_local  <- eta_local  - alpha_meta,1 * dL_meta / d eta_local                                       (8)
    eta_global <- eta_global - alpha_meta,2 * dL_meta / d eta_global                                      (9)

L_meta is what a task gives for a pair of rates, minus the mean reward, say; nobody has its derivative, so it is
estimated from values (appendix 10.2). A rule asks, ``trials(eta, iteration, seed)``: the rates to try; the caller runs
the task once for each; the rule is told, ``update(eta, losses, iteration, seed)``: the next rates. Both are pure and
draw from the same address, so nothing is kept between them. ``minimise`` does both for a loss that is a function.

Rates come in groups, one row of ``eta`` (G, 2) each: the whole network (G = 1), a layer or a neuron.
"""

from abc import abstractmethod

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.parameters import SCALAR, VECTOR, Rule, option, parameter
from vesicle_abm.core.random import STEP_LIMIT, normal, uniform
from vesicle_abm.core.stages import META

RATES = 2  # eta_local, eta_global
PAIRS = ("alpha", "epsilon", "low", "high", "max_step")  # parameters that may differ between the two rates


class MetaLearning(Rule):
    """Contract: ``directions`` to try, and the ``gradient`` that the losses there tell; the steps are common to all.

    Iterations are counted from 0, and t = iteration + 1: epsilon_t = epsilon / t**epsilon_decay,
    alpha_t = alpha / t**alpha_decay (10.2). Tried rates are clipped to [low, high] before evaluation, new rates after
    the step (10.3). With ``logarithmic`` [our formula] all this happens to log eta, as suits a scale: epsilon = 0.1
    then tries some 10 % more and less, whatever the rate.
    """

    alpha: float = parameter(
        0.01, "alpha_meta, the step per gradient; or [of eta_local, of eta_global]", per=VECTOR, gt=0
    )
    epsilon: float = parameter(0.01, "how far rates are perturbed; or [eta_local, eta_global]", per=VECTOR, gt=0)
    alpha_decay: float = parameter(0.602, "exponent with which alpha falls; 0: it stays", per=SCALAR, ge=0.0)
    epsilon_decay: float = parameter(0.5, "exponent with which epsilon falls; 0: it stays", per=SCALAR, ge=0.0)
    low: float = parameter(0.0, "smallest rates; or [of eta_local, of eta_global]", per=VECTOR)
    high: float = parameter(1.0, "largest rates; or [of eta_local, of eta_global]", per=VECTOR)
    max_step: float | None = parameter(
        None, "most that a rate changes in one update; none: no cap", per=VECTOR, optional=True, gt=0.0
    )
    logarithmic: bool = option(False, "whether to perturb and step log eta", choices=(True, False))

    def __post_init__(self):
        super().__post_init__()
        for name in PAIRS:
            value = getattr(self, name)
            if value is not None and (
                np.asarray(value).dtype.kind not in "iuf" or np.shape(value) not in ((), (RATES,))
            ):
                raise InputError(f"got {value!r}; one number, or [for eta_local, for eta_global] is allowed", name)
        if not (pair(self.low) < pair(self.high)).all():
            raise InputError(f"got {self.low!r} with high = {self.high!r}; low < high is allowed", "low")
        if self.logarithmic and not (pair(self.low) > 0.0).all():
            raise InputError(f"got {self.low!r}; numbers > 0 are allowed where logarithmic is true, say 1e-6", "low")

    @abstractmethod
    def directions(self, groups, iteration, seed):
        """(P, groups, 2) perturbations of the P trials, in units of epsilon_t."""

    @abstractmethod
    def gradient(self, losses, points, directions, epsilon):
        """(G, 2) from ``losses`` (P, G) or shared (P, 1), at the clipped ``points`` (P, G, 2), log eta if so asked."""

    def alpha_at(self, iteration):
        """(2,) alpha_t."""
        return pair(self.alpha) * decay(iteration, self.alpha_decay)

    def epsilon_at(self, iteration):
        """(2,) epsilon_t."""
        return pair(self.epsilon) * decay(iteration, self.epsilon_decay)

    def trials(self, eta, iteration, seed):
        """(P, G, 2) the rates whose losses ``update`` wants, within the bounds.

        Raises
        ------
        InputError
            for rates ``eta`` (G, 2) outside the bounds, or no whole iteration >= 0.
        """
        points, _ = self._points(self.checked_rates(eta), iteration, seed)
        return self._rates(points)

    def update(self, eta, losses, iteration, seed):
        """(G, 2) the next rates, after ``losses`` of the trials: (P,) shared by all groups, or (P, G) one per group.

        Raises
        ------
        InputError
            as ``trials`` does, and for losses of another shape, or that are not finite.
        """
        eta = self.checked_rates(eta)
        points, directions = self._points(eta, iteration, seed)
        losses = checked_losses(losses, *points.shape[:2])
        with np.errstate(over="ignore", invalid="ignore"):  # refused below, or clipped
            gradient = self.gradient(losses, points, directions, self.epsilon_at(iteration))
            step = self.alpha_at(iteration) * gradient
        if not np.isfinite(gradient).all():
            raise InputError("they differ by so much that their slope is not finite; scale them down", "losses")
        if self.max_step is not None:
            step = np.clip(step, -pair(self.max_step), pair(self.max_step))
        return self._rates(self._scaled(eta) - step)

    def checked_rates(self, eta):
        """``eta`` as (G, 2) float64; refused outside the bounds."""
        eta = as_numbers(eta, "eta")
        if eta.ndim != 2 or eta.shape[1] != RATES or not len(eta):
            raise InputError(f"got shape {eta.shape}; (G, 2) is allowed: [eta_local, eta_global] per group", "eta")
        inside = (eta >= pair(self.low)) & (eta <= pair(self.high))
        if not inside.all():
            raise InputError(
                f"got {eta[~inside][0]:.12g}; from low = {self.low} to high = {self.high} is allowed", "eta"
            )
        return eta

    def _points(self, eta, iteration, seed):
        """(P, G, 2) clipped points to try, and the directions that led there."""
        check_whole(iteration, "iteration")
        directions = self.directions(len(eta), iteration, seed)
        points = self._scaled(eta) + self.epsilon_at(iteration) * directions
        return np.clip(points, self._scaled(pair(self.low)), self._scaled(pair(self.high))), directions

    def _scaled(self, eta):
        return functions.log(eta) if self.logarithmic else eta

    def _rates(self, points):
        eta = functions.exp(points) if self.logarithmic else points
        return np.clip(eta, pair(self.low), pair(self.high))


class SPSA(MetaLearning, name="spsa"):
    """Simultaneous perturbation, two trials (10.3; Spall 1992): gradient_i = (L_plus - L_minus) / (2 delta_i).

    delta = epsilon_t * Rademacher signs. Where a bound cuts the perturbation short, 2 delta_i is no longer how far
    apart the two trials lay; the divisor is the distance as evaluated, eta_plus_i - eta_minus_i [our formula]. It is
    2 delta_i inside the bounds. It keeps delta_i's sign and its size does not depend on that sign, so the mean is
    still the gradient of a linear loss; of a curved one it is the slope of the chord inside the bounds, off by
    O(epsilon) instead of O(epsilon**2). Dividing by 2 delta_i would halve the gradient at a bound.

    >>> SPSA(epsilon=0.1).trials([[0.5, 0.5]], iteration=0, seed=1).tolist()
    [[[0.4, 0.4]], [[0.6, 0.6]]]
    """

    def directions(self, groups, iteration, seed):
        """(2, groups, 2) random signs, and their opposites."""
        u = uniform(seed, np.arange(groups)[:, None], iteration, META, np.arange(RATES))
        signs = np.where(u < 0.5, 1.0, -1.0)
        return np.stack([signs, -signs])

    def gradient(self, losses, points, directions, epsilon):
        """(G, 2), all components from the same two losses."""
        return slope((losses[0] - losses[1])[:, None], points[0] - points[1])


class FiniteDifferences(MetaLearning, name="finite_differences"):
    """Central differences, four trials (10.2): gradient_i = (L(eta + delta e_i) - L(eta - delta e_i)) / (2 delta).

    delta = epsilon_t; at a bound the divisor is the distance as evaluated, as in ``SPSA``. No chance. All groups are
    perturbed at once, so each needs a loss of its own, which should depend on its own rates alone.

    >>> rule = FiniteDifferences(epsilon=0.1, alpha=0.5)
    >>> rule.update([[0.5, 0.5]], losses=[0.6, 0.4, 0.5, 0.5], iteration=0, seed=0).round(12).tolist()
    [[0.0, 0.5]]
    """

    def directions(self, groups, iteration, seed):
        """(4, groups, 2): eta_local up and down, eta_global up and down."""
        each = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
        return np.repeat(each[:, None, :], groups, axis=1)

    def gradient(self, losses, points, directions, epsilon):
        """(G, 2), each component from its own two losses."""
        if losses.shape[1] != points.shape[1]:
            raise InputError(
                f"got one for {points.shape[1]} groups perturbed together; give (4, {points.shape[1]}), or use spsa",
                "losses",
            )
        rates = np.arange(RATES)
        return slope((losses[0::2] - losses[1::2]).T, (points[0::2] - points[1::2])[rates, :, rates].T)


class REINFORCE(MetaLearning, name="reinforce"):
    """Score function of a Gaussian policy over the rates: gradient = mean_p (L_p - b_p) xi_p / epsilon_t.

    Trial p is eta + epsilon_t xi_p, xi_p standard normal; the baseline b_p is the mean loss of the other trials
    (Williams 1992; over parameters: Sehnke et al. 2010). The policy is ours: the document names the estimator, and
    has no policy for the rates. The mean is the gradient of the policy's expected loss, the bounds being part of the
    loss: the score is that of xi_p as drawn, not as clipped. ``antithetic`` takes xi in opposite pairs; a trial's
    opposite is then no fit baseline for it (the mean would be P / (P - 1) times the gradient), and that of the other
    pairs cancels.
    """

    samples: int = parameter(8, "P, trials per iteration", per=SCALAR, whole=True, ge=2, le=2**20)
    antithetic: bool = option(False, "whether trials come in opposite pairs", choices=(True, False))

    def __post_init__(self):
        super().__post_init__()
        if self.antithetic and self.samples % 2:
            raise InputError(f"got {self.samples}; even numbers are allowed where antithetic is true", "samples")

    def directions(self, groups, iteration, seed):
        """(P, groups, 2) standard normal; antithetic: the second half is minus the first."""
        drawn = self.samples // 2 if self.antithetic else self.samples
        draw = np.arange(drawn * RATES).reshape(drawn, 1, RATES)
        xi = normal(seed, np.arange(groups)[:, None], iteration, META, draw)
        return np.concatenate([xi, -xi]) if self.antithetic else xi

    def gradient(self, losses, points, directions, epsilon):
        """(G, 2); sums in the order of the trials, so that a group's bits do not depend on how many there are."""
        if self.antithetic:
            half = self.samples // 2
            advantage = (losses[:half] - losses[half:]) / 2.0
        else:
            others = (sum(losses) - losses) / (self.samples - 1)
            advantage = losses - others
        return sum(advantage[:, :, None] * directions[: len(advantage)]) / (len(advantage) * epsilon)


def minimise(rule: MetaLearning, loss, eta, iterations: int, seed: int, report=None) -> np.ndarray:
    """(iterations + 1, G, 2) the rates from ``eta`` on, by a loss that is a function of them.

    Parameters
    ----------
    loss : rates (G, 2) to a number, or to (G,), one per group; called once for each trial, in order
    eta : (G, 2) the rates to start from
    report : called after every update with (iteration, new rates (G, 2), losses (P,) or (P, G)), if given

    >>> rule = FiniteDifferences(alpha=0.3, alpha_decay=0.0)
    >>> minimise(rule, lambda eta: ((eta - [0.2, 0.7]) ** 2).sum(), [[0.9, 0.1]], 40, seed=0)[-1].round(6).tolist()
    [[0.2, 0.7]]
    """
    check_whole(iterations, "iterations")
    path = [rule.checked_rates(eta).copy()]
    for iteration in range(iterations):
        losses = [np.asarray(loss(rates)) for rates in rule.trials(path[-1], iteration, seed)]
        path.append(rule.update(path[-1], losses, iteration, seed))
        if report is not None:
            report(iteration, path[-1].copy(), np.array(losses))
    return np.stack(path)


def pair(value) -> np.ndarray:
    """(2,) for eta_local and eta_global."""
    return np.broadcast_to(np.asarray(value, dtype=np.float64), (RATES,))


def decay(iteration, exponent) -> float:
    """1 / t**exponent, t = iteration + 1."""
    return float(functions.exp(-exponent * functions.log(iteration + 1.0)))


def slope(rise, run):
    """rise / run, where ``run`` is how far apart two trials lay.

    Raises
    ------
    InputError
        where a perturbation was too small to change the rates at all.
    """
    if not run.all():
        raise InputError("so small that the trials do not differ; a larger one, or less decay, is allowed", "epsilon")
    return rise / run


def checked_losses(losses, trials: int, groups: int) -> np.ndarray:
    """(P, G), or (P, 1) where shared by all groups: finite float64."""
    array = as_numbers(losses, "losses")
    if array.shape not in ((trials,), (trials, groups)):
        raise InputError(f"got shape {array.shape}; ({trials},) or ({trials}, {groups}) is allowed", "losses")
    if not np.isfinite(array).all():
        raise InputError(f"got {array[~np.isfinite(array)][0]}; finite numbers are allowed", "losses")
    return array.reshape(trials, -1)


def as_numbers(value, key: str) -> np.ndarray:
    """The value as float64; refused where it is no array of numbers."""
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"got {value!r}; numbers, in rows of one length, are allowed", key) from None


def check_whole(value, key: str) -> None:
    """Refuse all but a whole number that can stand in an address."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value < STEP_LIMIT:
        raise InputError(f"got {value!r}; a whole number from 0 to {STEP_LIMIT - 1} is allowed", key)
