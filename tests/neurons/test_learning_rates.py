"""Equations (8), (9): eta <- eta - alpha_meta * gradient of L_meta, by 10.2 and 10.3; closed forms, and a bandit."""

from functools import cache

import numpy as np
import pytest
from oracles import Z, mean_z

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.random import normal, uniform
from vesicle_abm.core.stages import META
from vesicle_abm.neurons.learning_rates import REINFORCE, SPSA, FiniteDifferences, MetaLearning, minimise

SEED = 83
MANY = 40_000  # groups: as many independent estimates in one update
BEST = np.array([0.3, 0.6])
CURVATURE = np.array([1.0, 2.0])
STAYING = {"alpha_decay": 0.0, "epsilon_decay": 0.0}
RULES = [
    pytest.param(SPSA, {}, id="spsa"),
    pytest.param(REINFORCE, {"samples": 8}, id="reinforce"),
    pytest.param(REINFORCE, {"samples": 8, "antithetic": True}, id="antithetic"),
    pytest.param(FiniteDifferences, {}, id="finite_differences"),
]
POLICIES = [pytest.param(False, id="plain"), pytest.param(True, id="antithetic")]


def bowl(eta, best=BEST):
    """(…, G) a quadratic with its least value 0 at ``best``; its gradient is 2 CURVATURE (eta - best)."""
    return (CURVATURE * (eta - best) ** 2).sum(-1)


def estimates(rule, eta, loss, groups=MANY, seed=SEED):
    """(groups, 2) independent gradient estimates at ``eta``, read off one unclipped update with alpha_t = 1."""
    start = np.tile(np.asarray(eta, dtype=float), (groups, 1))
    assert rule.alpha_at(0).tolist() == [1.0, 1.0]
    return start - rule.update(start, loss(rule.trials(start, 0, seed)), 0, seed)


# The schedules


def test_the_schedules_fall_with_the_documents_exponents():
    """t = 4: 0.2 / 4**0.5 = 0.1 and 0.8 / 4**0.602 = 0.8 / 2**1.204; t = 1: as given."""
    rule = SPSA(alpha=[0.8, 0.4], epsilon=0.2)
    assert rule.epsilon_at(0).tolist() == [0.2, 0.2]
    assert rule.alpha_at(0).tolist() == [0.8, 0.4]
    assert rule.epsilon_at(3) == pytest.approx([0.1, 0.1], rel=1e-14)
    assert rule.alpha_at(3) == pytest.approx([0.8 / 2**1.204, 0.4 / 2**1.204], rel=1e-14)


def test_an_exponent_of_0_keeps_the_schedule_where_it_is():
    rule = SPSA(alpha=0.3, epsilon=0.7, **STAYING)
    assert rule.alpha_at(10**6).tolist() == [0.3, 0.3]
    assert rule.epsilon_at(10**6).tolist() == [0.7, 0.7]


# One step, by hand


def test_finite_differences_of_a_quadratic_are_exact():
    """At (0.5, 0.5) the gradient is (2 * 0.2, 4 * -0.1) = (0.4, -0.4); with alpha = (0.5, 0.25): (0.3, 0.6)."""
    rule = FiniteDifferences(alpha=[0.5, 0.25], epsilon=0.2)
    eta = [[0.5, 0.5]]
    trials = rule.trials(eta, 0, SEED)
    wanted = [[0.7, 0.5], [0.3, 0.5], [0.5, 0.7], [0.5, 0.3]]
    assert trials[:, 0] == pytest.approx(np.array(wanted), abs=1e-15)
    assert rule.update(eta, bowl(trials), 0, SEED) == pytest.approx(np.array([[0.3, 0.6]]), abs=1e-14)


def test_finite_differences_at_a_bound_are_one_sided_slopes():
    """At 0 with epsilon 0.2: ((0.2 - 0.3)**2 - 0.3**2) / 0.2 = -0.4 and 2 (0.4**2 - 0.6**2) / 0.2 = -2."""
    rule = FiniteDifferences(alpha=[0.5, 0.25], epsilon=0.2)
    eta = [[0.0, 0.0]]
    trials = rule.trials(eta, 0, SEED)
    assert trials[:, 0].tolist() == [[0.2, 0.0], [0.0, 0.0], [0.0, 0.2], [0.0, 0.0]]
    assert rule.update(eta, bowl(trials), 0, SEED) == pytest.approx(np.array([[0.2, 0.5]]), abs=1e-14)


@pytest.mark.parametrize("iteration", [0, 1, 6])
def test_a_step_of_spsa_is_the_documents_pseudocode(iteration):
    """10.3 line by line, with the signs of the address and the exponents of 10.2."""
    rule = SPSA(alpha=[0.05, 0.02], epsilon=0.1)
    eta = np.array([0.5, 0.4])
    u = uniform(SEED, 0, iteration, META, np.arange(2))
    t = iteration + 1
    delta = 0.1 / t**0.5 * np.where(u < 0.5, 1.0, -1.0)
    loss_plus, loss_minus = bowl(eta + delta), bowl(eta - delta)
    gradient_estimate = (loss_plus - loss_minus) / (2 * delta)
    wanted = np.clip(eta - np.array([0.05, 0.02]) / t**0.602 * gradient_estimate, 0.0, 1.0)
    trials = rule.trials(eta[None], iteration, SEED)
    assert trials[:, 0] == pytest.approx(np.array([eta + delta, eta - delta]), abs=1e-14)
    updated = rule.update(eta[None], [loss_plus, loss_minus], iteration, SEED)
    assert updated[0] == pytest.approx(wanted, abs=1e-13)


@pytest.mark.parametrize("antithetic", POLICIES)
def test_a_step_of_reinforce_by_a_second_implementation(antithetic):
    """Plain loops: the mean of (L_p - b_p) xi_p / sigma; b_p the mean of the other trials, or of the other pairs."""
    samples, sigma = 6, 0.05
    rule = REINFORCE(alpha=0.01, epsilon=sigma, samples=samples, antithetic=antithetic)
    eta = np.array([[0.5, 0.4]])
    trials = rule.trials(eta, 0, SEED)
    losses = bowl(trials)[:, 0]
    total = np.zeros(2)
    for p in range(samples):
        unfit = {p, (p + samples // 2) % samples} if antithetic else {p}
        others = [losses[q] for q in range(samples) if q not in unfit]
        total += (losses[p] - sum(others) / len(others)) * (trials[p, 0] - eta[0]) / sigma**2
    wanted = eta[0] - 0.01 * total / samples
    assert rule.update(eta, losses, 0, SEED)[0] == pytest.approx(wanted, abs=1e-13)


def test_a_logarithmic_step_by_hand():
    """L = (log2 eta_local)**2 from 1/4, tried at 1/2 and 1/8: dL / d log eta = (1 - 9) / (2 log 2) = -4 / log 2.

    alpha = (log 2)**2 / 4 gives a step of log 2: to 1/2.
    """
    two = np.log(2.0)
    rule = FiniteDifferences(logarithmic=True, low=0.01, alpha=two**2 / 4.0, epsilon=two)
    trials = rule.trials([[0.25, 0.25]], 0, SEED)
    assert trials[:2, 0, 0] == pytest.approx([0.5, 0.125], rel=1e-14)
    updated = rule.update([[0.25, 0.25]], np.log2(trials[:, 0, 0]) ** 2, 0, SEED)
    assert updated[0] == pytest.approx([0.5, 0.25], rel=1e-13)


# Bounds


@pytest.mark.parametrize(("family", "more"), RULES)
@pytest.mark.parametrize("logarithmic", [False, True])
def test_neither_trials_nor_updates_leave_the_bounds(family, more, logarithmic):
    low, high = np.array([0.1, 0.2]), np.array([0.4, 0.9])
    rule = family(low=low.tolist(), high=high.tolist(), epsilon=0.5, alpha=5.0, logarithmic=logarithmic, **more)
    eta = uniform(SEED, np.arange(50)[:, None], 0, "user", np.arange(2)) * (high - low) + low
    eta[:2] = low, high
    for iteration in range(5):
        trials = rule.trials(eta, iteration, SEED)
        assert ((trials >= low) & (trials <= high)).all()
        eta = rule.update(eta, bowl(trials, best=[-3.0, 4.0]), iteration, SEED)
        assert ((eta >= low) & (eta <= high)).all()
    assert eta[:, 0].min() == 0.1  # where the loss wants it, exactly the bound
    assert eta[:, 1].max() == 0.9


@pytest.mark.parametrize(("slope", "wanted"), [(1.0, 0.45), (-1.0, 0.55), (0.1, 0.49)])
def test_the_cap_holds_a_single_step(slope, wanted):
    """A slope of 1 with alpha 0.1 would step by 0.1; the cap is 0.05 for eta_local alone."""
    rule = FiniteDifferences(alpha=0.1, max_step=[0.05, 1.0])
    trials = rule.trials([[0.5, 0.5]], 0, SEED)
    updated = rule.update([[0.5, 0.5]], slope * trials[:, 0].sum(-1), 0, SEED)
    assert updated[0] == pytest.approx([wanted, 0.5 - 0.1 * slope], abs=1e-12)


# The estimates' means


def test_the_signs_of_spsa_are_fair_and_independent():
    """Signs and their product have mean 0, standard error 1 / sqrt(40,000). Seed 83."""
    signs = np.sign(SPSA(epsilon=0.1).trials(np.full((MANY, 2), 0.5), 0, SEED)[0] - 0.5)
    products = np.column_stack([signs, signs.prod(1), signs[:, 0] * np.roll(signs[:, 0], 1)])
    assert (np.abs(products) == 1.0).all()
    assert (np.abs(mean_z(products, 0.0, 1.0)) < Z).all()


def test_the_mean_estimate_of_spsa_on_a_quadratic_is_its_gradient():
    """At (0.5, 0.5): (0.4, -0.4). Each is off by plus or minus the other: variance 0.4**2, se 0.4 / sqrt(40,000)."""
    found = estimates(SPSA(alpha=1.0, epsilon=0.1, low=-9.0, high=9.0), [0.5, 0.5], bowl)
    assert (np.abs(mean_z(found, [0.4, -0.4], 0.16)) < Z).all()
    assert np.unique(found.round(9), axis=0).tolist() == [[0.0, 0.0], [0.8, -0.8]]


@pytest.mark.parametrize("corner", [[0.0, 0.0], [0.0, 1.0], [0.95, 0.02]])
def test_the_bounds_do_not_bias_spsa_on_a_linear_loss(corner):
    """Slopes (-1, 3): the estimate is s_i + s_j d_j / d_i, d the distances as evaluated, its signs fair. Seed 83.

    Two components at a bound or one cut short: se = |s_j| (d_j / d_i) / sqrt(40,000). Dividing by 2 delta would give
    half the slope at a bound, hundreds of standard errors away.
    """
    slopes = np.array([-0.01, 0.03])
    start = np.tile(corner, (MANY, 1))
    rule = SPSA(alpha=1.0, epsilon=0.1)
    trials = rule.trials(start, 0, SEED)
    losses = trials @ slopes
    distance = np.minimum(np.array(corner) + 0.1, 1.0) - np.maximum(np.array(corner) - 0.1, 0.0)
    gradient = rule.gradient(losses, trials, None, None)
    variance = (slopes * distance)[::-1] ** 2 / distance**2
    assert (np.abs(mean_z(gradient, slopes, variance)) < Z).all()


@pytest.mark.parametrize("antithetic", POLICIES)
@pytest.mark.parametrize("samples", [2, 4, 8])
def test_the_mean_estimate_of_reinforce_on_a_quadratic_is_its_gradient(antithetic, samples):
    """Smoothing by a Gaussian adds a constant to a quadratic: (0.4, -0.4). The se is the sample's. Seed 83.

    With a trial's opposite in its baseline the antithetic mean would be samples / (samples - 1) times that.
    """
    rule = REINFORCE(alpha=1.0, epsilon=0.1, samples=samples, antithetic=antithetic, low=-99.0, high=99.0)
    found = estimates(rule, [0.5, 0.5], bowl)
    assert (np.abs(mean_z(found, [0.4, -0.4], found.var(0, ddof=1))) < Z).all()
    assert (found.std(0) / np.sqrt(MANY) < 0.01).all()  # narrow enough to tell


@pytest.mark.parametrize("antithetic", POLICIES)
def test_at_a_bound_reinforce_follows_the_policy_as_clipped(antithetic):
    """E max(0, sigma xi) has slope P(xi > 0) = 1/2 in eta at the bound; so the mean is half the slope (0.5, -1).

    With the clipped xi in the score it would be E[xi**2; xi > 0] = 1/2 too, but not at 0.05, half a sigma inside, where
    the share is P(xi > -1/2) = 0.6915. The se is the sample's. Seed 83.
    """
    rule = REINFORCE(alpha=1.0, epsilon=0.1, antithetic=antithetic, low=0.0, high=99.0)
    for eta, share in ((0.0, 0.5), (0.05, 0.6914624612740131)):
        start = np.full((MANY, 2), eta)
        trials = rule.trials(start, 0, SEED)
        xi = rule.directions(MANY, 0, SEED)
        found = rule.gradient(trials @ [0.5, -1.0], trials, xi, rule.epsilon_at(0))
        assert (np.abs(mean_z(found, share * np.array([0.5, -1.0]), found.var(0, ddof=1))) < Z).all()


@pytest.mark.parametrize(("family", "more"), RULES)
def test_a_constant_added_to_the_loss_changes_nothing(family, more):
    rule = family(epsilon=0.1, **more)
    eta = np.array([[0.5, 0.4], [0.2, 0.1]])
    losses = bowl(rule.trials(eta, 2, SEED))
    assert rule.update(eta, losses + 8.0, 2, SEED) == pytest.approx(rule.update(eta, losses, 2, SEED), abs=1e-13)
    assert rule.update(eta, np.full(losses.shape, 0.1), 2, SEED) == pytest.approx(eta, abs=1e-15)


# Convergence


@pytest.mark.parametrize(("family", "more"), RULES)
def test_each_rule_finds_the_bottom_of_a_bowl(family, more):
    """From (0.9, 0.05), the document's exponents, 300 iterations, seed 83: within 0.01; without losses' noise."""
    rule = family(alpha=0.2, epsilon=0.1, **more)
    path = minimise(rule, lambda eta: bowl(eta)[0], [[0.9, 0.05]], 300, SEED)
    assert path.shape == (301, 1, 2)
    assert np.abs(path[-1, 0] - BEST).max() < 0.01


@pytest.mark.parametrize(("family", "more"), RULES)
def test_each_rule_finds_it_through_noise(family, more):
    """200 copies, each loss + N(0, 0.02**2), 300 iterations, epsilon falling as t**-0.101 (Spall 1998). Seed 83.

    They settle around the bottom: every copy within 0.05, root mean square below 0.012, started 0.6 away.
    """
    rule = family(alpha=0.1, epsilon=0.2, epsilon_decay=0.101, **more)
    off = noisy_ends(rule, 300)
    assert np.abs(off).max() < 0.05
    assert np.sqrt((off**2).mean()) < 0.012


def mean_squares(rule, iterations, deviation=0.02):
    """(iterations + 1, 2) the exact mean square error of SPSA on the bowl, started at the bottom.

    With h = 2 CURVATURE, s a fair sign and v the losses' noise, the estimate of component i is h_i x_i + s h_j x_j + v:
    E x_i**2 <- (1 - alpha_t h_i)**2 E x_i**2 + alpha_t**2 (h_j**2 E x_j**2 + deviation**2 / (2 epsilon_t**2)).
    """
    h, path = 2.0 * CURVATURE, [np.zeros(2)]
    for t in range(1, iterations + 1):
        alpha, epsilon = rule.alpha / t**rule.alpha_decay, rule.epsilon / t**rule.epsilon_decay
        noise = (h**2 * path[-1])[::-1] + deviation**2 / (2.0 * epsilon**2)
        path.append((1.0 - alpha * h) ** 2 * path[-1] + alpha**2 * noise)
    return np.stack(path)


@pytest.mark.parametrize(("exponent", "least", "most"), [(0.5, 2.0, 3.0), (0.101, 0.3, 0.5)])
def test_under_noise_a_slow_decay_of_epsilon_settles_and_the_documents_does_not(exponent, least, most):
    """The error's variance goes as alpha_t / epsilon_t**2 = t**(2 epsilon_decay - 0.602).

    From 100 to 800 iterations it grows 8**0.398 = 2.3-fold with the document's 0.5, and falls by 8**0.4 with Spall's
    0.101, in the limit; the exact recursion gives 2.44 and 0.38, and 400 copies agree. se: the sample's. Seed 83.
    """
    rule = SPSA(alpha=0.1, epsilon=0.2, epsilon_decay=exponent, low=-9.0, high=9.0)
    exact = mean_squares(rule, 800)
    growth = exact[800].sum() / exact[100].sum()
    assert least < growth < most
    squares = noisy_ends(rule, 800, copies=400, start=BEST) ** 2
    assert (np.abs(mean_z(squares, exact[800], squares.var(0, ddof=1))) < Z).all()


def noisy_ends(rule, iterations, copies=200, start=(0.9, 0.05)):
    """(copies, 2) how far from the bottom independent copies end, each trial's loss with noise of its own."""
    eta = np.tile(start, (copies, 1))
    for iteration in range(iterations):
        trials = rule.trials(eta, iteration, SEED)
        noise = normal(SEED, np.arange(copies), iteration, "user", np.arange(len(trials))[:, None])
        eta = rule.update(eta, bowl(trials) + 0.02 * noise, iteration, SEED)
    return eta - BEST


def test_with_a_loss_of_its_own_each_group_finds_its_own_optimum():
    best = np.array([[0.2, 0.8], [0.5, 0.5], [0.7, 0.1]])
    for rule in (SPSA(alpha=0.2), REINFORCE(alpha=0.2), FiniteDifferences(alpha=0.2)):
        path = minimise(rule, lambda eta: bowl(eta, best), np.full((3, 2), 0.4), 300, SEED)
        assert np.abs(path[-1] - best).max() < 0.02, rule.name


def test_with_one_loss_for_all_spsa_and_reinforce_still_tell_the_groups_apart():
    """The groups' signs are independent, so what the others do is noise; 500 iterations to within 0.05."""
    best = np.array([[0.2, 0.8], [0.5, 0.5], [0.7, 0.1]])
    for rule in (SPSA(alpha=0.1), REINFORCE(alpha=0.1)):
        path = minimise(rule, lambda eta: bowl(eta, best).sum(), np.full((3, 2), 0.4), 500, SEED)
        assert np.abs(path[-1] - best).max() < 0.05, rule.name


# A bandit

RUNS, TRIALS, BLOCK = 150, 120, 20
EXPLORE, GOOD, BAD = 0.1, 0.8, 0.2


@cache
def bandit_draws(seed) -> np.ndarray:
    """(TRIALS, 2, RUNS): what is chosen, and whether it is rewarded."""
    return uniform(seed, np.arange(RUNS), np.arange(TRIALS)[:, None, None], "user", np.arange(2)[:, None])


def bandit(rates, seed) -> float:
    """Minus the mean reward of delta-rule learners on a two-armed Bernoulli bandit whose arms swap every 20 trials.

    Q of the chosen arm moves by eta_global (reward - Q), Q of the other back to 1/2 by eta_local (1/2 - Q); the better
    arm is chosen, or with probability 0.1 any. 150 runs of 120 trials; the same draws for all rates.
    """
    forget, learn = rates
    value, total = np.full((2, RUNS), 0.5), 0.0
    for t, (choice, luck) in enumerate(bandit_draws(seed)):
        arm = np.where(choice < EXPLORE, choice < EXPLORE / 2, value[1] > value[0])
        reward = luck < np.where(arm == t // BLOCK % 2, GOOD, BAD)
        total += np.count_nonzero(reward)
        chosen = np.stack([~arm, arm])
        value += np.where(chosen, learn, forget) * (np.where(chosen, reward, 0.5) - value)
    return -total / (RUNS * TRIALS)


TRAIN, TEST = 1, 2
SCALE = {"logarithmic": True, "low": 1e-3, "high": 0.95, "epsilon": 0.8, "alpha": 60.0, "max_step": 0.8}
LEARNERS = [
    pytest.param(SPSA(**SCALE), id="spsa"),
    pytest.param(REINFORCE(samples=4, antithetic=True, **SCALE), id="reinforce"),
    pytest.param(FiniteDifferences(**SCALE), id="finite_differences"),
]


@pytest.fixture(scope="module")
def grid_best() -> float:
    """The least loss of 7 x 7 rates on the test draws."""
    rates = (0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.8)
    return min(bandit((forget, learn), TEST) for forget in rates for learn in rates)


@pytest.mark.parametrize("start", [(0.01, 0.02), (0.9, 0.9)], ids=["slow", "fast"])
@pytest.mark.parametrize("rule", LEARNERS)
def test_each_rule_finds_a_bandits_learning_rates_from_a_bad_start(rule, start, grid_best):
    """25 iterations on training draws, judged on others: within 0.02 of the grid's best loss, 0.01 on average.

    The starts are 0.150 and 0.029 above it; a loss's se is below 0.5 / sqrt(18,000) = 0.004. Seeds 0, 1 and 2; finite
    differences draw nothing.
    """
    assert bandit(start, TEST) > grid_best + 0.025
    seeds = [0] if isinstance(rule, FiniteDifferences) else [0, 1, 2]
    paths = [minimise(rule, lambda eta: bandit(eta[0], TRAIN), [start], 25, seed) for seed in seeds]
    gaps = np.array([bandit(path[-1, 0], TEST) for path in paths]) - grid_best
    assert gaps.max() < 0.02
    assert gaps.mean() < 0.01


# Addresses


@pytest.mark.parametrize(("family", "more"), RULES)
def test_a_groups_bits_do_not_depend_on_how_many_groups_there_are(family, more):
    """34 samples: numpy sums so many in another order where there is a single group."""
    more = {name: value + 26 if name == "samples" else value for name, value in more.items()}
    rule = family(alpha=0.2, epsilon=0.1, **more)
    best = uniform(SEED, np.arange(7)[:, None], 0, "user", np.arange(2))
    paths = [
        minimise(rule, lambda eta: bowl(eta, best[: len(eta)]), np.full((groups, 2), 0.4), 20, SEED)
        for groups in (1, 3, 7)
    ]
    assert paths[0].tobytes() == paths[2][:, :1].tobytes()
    assert paths[1].tobytes() == paths[2][:, :3].tobytes()


@pytest.mark.parametrize(("family", "more"), RULES)
def test_the_same_seed_gives_the_same_bits_and_another_does_not(family, more):
    rule, again = (family(epsilon=0.1, **more) for _ in range(2))
    eta = np.full((3, 2), 0.5)
    trials = rule.trials(eta, 4, SEED)
    losses = bowl(trials)
    updated = rule.update(eta, losses, 4, SEED)
    assert again.update(eta, losses, 4, SEED).tobytes() == updated.tobytes()  # never asked for its trials
    assert again.trials(eta, 4, SEED).tobytes() == trials.tobytes()
    assert rule.update(eta, losses, 4, SEED).tobytes() == updated.tobytes()
    assert (eta == 0.5).all()
    if family is not FiniteDifferences:
        others = [(5, SEED), (4, SEED + 1)]
        fixed = family(epsilon=0.1, **STAYING, **more)
        first = fixed.trials(np.full((MANY // 100, 2), 0.5), 4, SEED)
        assert all((fixed.trials(np.full((MANY // 100, 2), 0.5), *address) != first).any() for address in others)


def test_a_loss_shared_by_one_group_is_that_groups_loss():
    for rule in (SPSA(), REINFORCE(), FiniteDifferences()):
        losses = bowl(rule.trials([[0.5, 0.5]], 0, SEED))
        one, each = (rule.update([[0.5, 0.5]], given, 0, SEED) for given in (losses[:, 0], losses))
        assert one.tobytes() == each.tobytes()


def test_the_report_tells_of_every_update():
    told = []
    rule = SPSA(alpha=0.2)
    path = minimise(rule, lambda eta: bowl(eta)[0], [[0.9, 0.1]], 4, SEED, lambda *what: told.append(what))
    assert [iteration for iteration, _, _ in told] == [0, 1, 2, 3]
    assert np.stack([eta for _, eta, _ in told]).tolist() == path[1:].tolist()
    assert told[0][2].tolist() == [bowl(eta)[0] for eta in rule.trials([[0.9, 0.1]], 0, SEED)]


def test_no_iterations_give_the_start_alone():
    assert minimise(SPSA(), None, [[0.9, 0.1]], 0, SEED).tolist() == [[[0.9, 0.1]]]


# Rules and refusals


def test_the_shipped_rules_have_their_names():
    shipped = {name: rule for name, rule in MetaLearning.known.items() if rule.__module__.startswith("vesicle_abm.")}
    assert shipped == {"spsa": SPSA, "reinforce": REINFORCE, "finite_differences": FiniteDifferences}


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": [0.1, -0.1]}, "alpha"),
        ({"alpha": [0.1, 0.1, 0.1]}, "alpha"),
        ({"alpha": "rate"}, "alpha"),
        ({"alpha": ["a", "b"]}, "alpha"),
        ({"alpha": None}, "alpha"),
        ({"epsilon": 0.0}, "epsilon"),
        ({"epsilon": float("nan")}, "epsilon"),
        ({"alpha_decay": -0.1}, "alpha_decay"),
        ({"epsilon_decay": -0.5}, "epsilon_decay"),
        ({"epsilon_decay": [0.5, 0.5]}, "epsilon_decay"),
        ({"low": 1.0}, "low"),
        ({"low": [0.0, 0.5], "high": [1.0, 0.4]}, "low"),
        ({"high": float("inf")}, "high"),
        ({"max_step": 0.0}, "max_step"),
        ({"logarithmic": True}, "low"),
        ({"logarithmic": 1}, "logarithmic"),
        ({"samples": 1}, "samples"),
        ({"samples": 5, "antithetic": True}, "samples"),
        ({"sigma": 0.1}, "sigma"),
    ],
)
def test_bad_parameters_are_refused_by_name(values, key):
    with pytest.raises(InputError) as refusal:
        REINFORCE(**values)
    assert refusal.value.key == key


GOOD_ETA = [[0.5, 0.5], [0.4, 0.4]]


@pytest.mark.parametrize(
    ("eta", "losses", "iteration", "key"),
    [
        ([0.5, 0.5], [1.0, 2.0], 0, "eta"),
        ([[0.5, 0.5, 0.5]], [1.0, 2.0], 0, "eta"),
        (np.empty((0, 2)), [1.0, 2.0], 0, "eta"),
        ([[0.5, 1.5]], [1.0, 2.0], 0, "eta"),
        ([[0.5, float("nan")]], [1.0, 2.0], 0, "eta"),
        ([[0.5, "much"]], [1.0, 2.0], 0, "eta"),
        (GOOD_ETA, [1.0, 2.0, 3.0], 0, "losses"),
        (GOOD_ETA, [[1.0, 2.0, 3.0]] * 2, 0, "losses"),
        (GOOD_ETA, [[1.0, 2.0], [1.0]], 0, "losses"),
        (GOOD_ETA, 1.0, 0, "losses"),
        (GOOD_ETA, [1.0, float("nan")], 0, "losses"),
        (GOOD_ETA, [1.0, float("inf")], 0, "losses"),
        (GOOD_ETA, [1e308, -1e308], 0, "losses"),
        (GOOD_ETA, [1.0, 2.0], -1, "iteration"),
        (GOOD_ETA, [1.0, 2.0], 0.5, "iteration"),
        (GOOD_ETA, [1.0, 2.0], 2**32, "iteration"),
    ],
)
def test_bad_rates_losses_and_iterations_are_refused_by_name(eta, losses, iteration, key):
    with pytest.raises(InputError) as refusal:
        SPSA().update(eta, losses, iteration, SEED)
    assert refusal.value.key == key


def test_a_perturbation_too_small_to_be_one_is_refused():
    with pytest.raises(InputError, match="epsilon"):
        SPSA(epsilon=1e-20).update([[0.5, 0.5]], [1.0, 2.0], 0, SEED)


def test_finite_differences_refuse_one_loss_for_several_groups():
    """All groups are up together: one loss could only tell the sum of their gradients."""
    with pytest.raises(InputError, match="use spsa"):
        FiniteDifferences().update(GOOD_ETA, [1.0, 2.0, 3.0, 4.0], 0, SEED)


def test_minimise_refuses_losses_of_several_shapes_and_bad_counts():
    shapes = iter([1.0, np.ones(2)])
    with pytest.raises(InputError, match="losses"):
        minimise(SPSA(), lambda eta: next(shapes), GOOD_ETA, 1, SEED)
    with pytest.raises(InputError, match="iterations"):
        minimise(SPSA(), bowl, GOOD_ETA, -1, SEED)
