"""Rates on line: windows of trials give a rule the same losses that it would get if it could ask for them."""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.tasks.rates import RatesOnLine

START = [[0.02, 0.05]]
BOUNDS = {"low": 1e-4, "high": 1.0}
RULES = [
    pytest.param(va.SPSA(alpha=0.1, epsilon=0.3, logarithmic=True, **BOUNDS), 2, id="spsa"),
    pytest.param(va.FiniteDifferences(alpha=0.01, epsilon=0.01, **BOUNDS), 4, id="finite_differences"),
    pytest.param(va.REINFORCE(alpha=0.01, epsilon=0.01, samples=6, **BOUNDS), 6, id="reinforce"),
]


def loss(eta) -> float:
    """A bowl in log eta."""
    return float((np.log(eta / [0.004, 0.2]) ** 2).sum())


def played(way: RatesOnLine, trials: int, losses, seed: int = 5) -> tuple[dict, list]:
    """So many trials, each with the loss of the rates that hold; what is kept, and the rates of each trial."""
    eta = np.repeat(START, 3, axis=0)
    kept, held = way.first(eta), []
    for trial in range(trials):
        way.begin(kept, eta, seed)
        assert (eta == eta[0]).all()
        held.append(eta[0].tolist())
        way.score(kept, losses(trial, eta[0]), seed)
    return kept, held


@pytest.mark.parametrize(("rule", "trials"), RULES)
def test_rates_go_the_way_that_the_rule_goes_when_it_can_ask(rule, trials):
    wanted = va.minimise(rule, lambda eta: loss(eta[0]), START, iterations=5, seed=5)
    kept, held = played(RatesOnLine(rule, window=1, unscored=0), 5 * trials, lambda _, eta: loss(eta))
    assert kept["meta.rates"].tolist() == wanted[-1].tolist()
    assert kept["meta.iteration"] == 5
    assert held[:trials] == rule.trials(START, 0, 5)[:, 0].tolist()


def test_tried_rates_hold_for_a_window_whose_first_trials_do_not_count():
    """Windows of 4 trials with losses 0, 1, 2, … in turn; the first of each is not scored: 1 + 2 + 3 over 3, and 6."""
    rule = RULES[0].values[0]
    kept, held = played(RatesOnLine(rule, window=4, unscored=1), 8, lambda trial, _: float(trial))
    up, down = rule.trials(START, 0, 5)[:, 0].tolist()
    assert held == [up] * 4 + [down] * 4
    assert kept["meta.losses"].tolist() == [2.0, 6.0]
    assert kept["meta.rates"].tolist() == rule.update(START, [2.0, 6.0], 0, 5).tolist()


def test_which_of_the_two_windows_comes_first_is_drawn_anew_each_time():
    """Else a reward that rises while the network learns would always speak for the later one; 400 draws, seed 5."""
    rule = RULES[0].values[0]
    ups = sum(rule.trials(START, k, 5)[0, 0, 0] > START[0][0] for k in range(400))
    assert abs(ups - 200) < 4.5 * 10.0
