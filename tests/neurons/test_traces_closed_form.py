"""Spike trains whose traces, and whose weight change under dopamine, have a closed form in continuous time.

Pairings at times t_p of size c_p leave e(t) = sum_p c_p (exp(-(t - t_p) / tau_fast) + exp(-(t - t_p) / tau_slow));
dopamine D(t) = sum_d a_d exp(-(t - t_d) / tau_D); dw/dt = eta D(t) e(t). Time in ms; a step is ``dt`` ms.
"""

import itertools
import math

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va

END = 160.0  # ms
TAU_FAST, TAU_SLOW, TAU_DOPAMINE, ETA = 20.0, 200.0, 50.0, 0.001
DOPAMINE = [(40.0, 1.0), (90.0, 0.5)]  # (time, amount): some pairings come before a pulse, some after it
PRE, POST = [10.0, 30.0, 34.0, 100.0], [14.0, 28.0, 60.0, 112.0]
TAU_PLUS, TAU_MINUS, A_PLUS, A_MINUS = 15.0, 30.0, 1.0, 0.6
STEPS = [1.0, 0.5, 0.25, 0.125]
TOGETHER = [(12.0, 1.0), (50.0, 1.0), (96.0, 1.0)]  # both fire: a Hebbian pairing of 1


def pairings_of_all_spikes() -> list[tuple[float, float]]:
    """(time, size) of what STDP adds: at an answer for every earlier input, at an input for every earlier answer."""
    up = [(b, A_PLUS * math.exp(-(b - a) / TAU_PLUS)) for a in PRE for b in POST if b > a]
    down = [(a, -A_MINUS * math.exp(-(a - b) / TAU_MINUS)) for a in PRE for b in POST if a > b]
    return up + down


def pairings_of_nearest_spikes() -> list[tuple[float, float]]:
    """The same, of the last one only."""
    up = [(b, max(a for a in PRE if a < b)) for b in POST]
    down = [(a, max(b for b in POST if b < a)) for a in PRE if a > min(POST)]
    return [(b, A_PLUS * math.exp(-(b - a) / TAU_PLUS)) for b, a in up] + [
        (a, -A_MINUS * math.exp(-(a - b) / TAU_MINUS)) for a, b in down
    ]


def train(times: list[float], dt: float) -> np.ndarray:
    """(T,) 1 in the step that begins at each time."""
    found = np.zeros(round(END / dt))
    found[[round(t / dt) for t in times]] = 1.0
    return found


def decaying(events: list[tuple[float, float]], tau: float, t: np.ndarray) -> np.ndarray:
    """sum of size * exp(-(t - time) / tau) over the events up to t."""
    since = t[:, None] - np.array([time for time, _ in events])
    return (np.array([size for _, size in events]) * np.where(since >= 0.0, np.exp(-since / tau), 0.0)).sum(1)


def exact_change(pairings: list[tuple[float, float]]) -> float:
    """The integral of eta D e from 0 to END: every pair of exponentials, from the later of their beginnings on."""
    total = 0.0
    for paired, size in pairings:
        for pulse, amount in DOPAMINE:
            for tau in (TAU_FAST, TAU_SLOW):
                begin, rate = max(paired, pulse), 1.0 / tau + 1.0 / TAU_DOPAMINE
                height = size * math.exp(-(begin - paired) / tau) * amount * math.exp(-(begin - pulse) / TAU_DOPAMINE)
                total += ETA * height * (1.0 - math.exp(-(END - begin) * rate)) / rate
    return total


CASES = {
    "hebbian": (None, [t for t, _ in TOGETHER], [t for t, _ in TOGETHER], TOGETHER),
    "stdp all": ("all", PRE, POST, pairings_of_all_spikes()),
    "stdp nearest": ("nearest", PRE, POST, pairings_of_nearest_spikes()),
}


def replayed(case: str, dt: float) -> dict:
    """The same trains in steps of dt: time constants in steps, the learning rate per step."""
    pairing, pre, post, _ = CASES[case]
    correlation = va.HebbianCorrelation() if pairing is None else va.STDPCorrelation(
        tau_plus=TAU_PLUS / dt, tau_minus=TAU_MINUS / dt, a_plus=A_PLUS, a_minus=A_MINUS, pairing=pairing
    )  # fmt: skip
    rule = va.Plasticity(
        correlation=correlation,
        trace=va.CompositeTrace(tau_fast=TAU_FAST / dt, tau_slow=TAU_SLOW / dt),
        modulation=va.Modulation(eta_global=ETA * dt, weights={"dopamine": 1.0}),
    )
    silent = np.zeros(round(END / dt))
    x, z = np.stack([train(pre, dt), silent], axis=1), np.stack([silent, train(post, dt)], axis=1)
    dopamine = decaying(DOPAMINE, TAU_DOPAMINE, np.arange(len(silent)) * dt)
    return va.replay(rule, nx.DiGraph([("pre", "post")]), pre=x, post=z, modulators=dopamine[:, None])


@pytest.mark.parametrize("dt", [1.0, 0.5])
@pytest.mark.parametrize("case", CASES)
def test_traces_are_those_of_continuous_time_at_every_step_whatever_the_step(case, dt):
    """Exponentials are stepped exactly: only rounding, 1e-12 after 320 steps."""
    out, pairings = replayed(case, dt), CASES[case][3]
    t = np.arange(len(out["trace"])) * dt
    fast, slow = decaying(pairings, TAU_FAST, t), decaying(pairings, TAU_SLOW, t)
    np.testing.assert_allclose(out["fast"][:, 0], fast, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(out["slow"][:, 0], slow, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(out["trace"][:, 0], fast + slow, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_the_weight_change_under_dopamine_has_an_error_that_halves_with_the_step(case):
    """A sum over steps instead of an integral is off by dt / 2 times the jumps of D e: first order."""
    wanted = exact_change(CASES[case][3])
    errors = []
    for dt in STEPS:
        weight = replayed(case, dt)["weight"][:, 0]
        errors.append(weight[-1] - weight[0] - wanted)
    ratios = [coarse / fine for coarse, fine in itertools.pairwise(errors)]
    assert all(1.8 < ratio < 2.2 for ratio in ratios), (errors, ratios)
    assert abs(errors[-1]) < 0.01 * abs(wanted)
    extrapolated = 2.0 * errors[-1] - errors[-2]  # Richardson: what is left is of second order
    assert abs(extrapolated) < 1e-5 * abs(wanted)


def test_without_dopamine_nothing_is_learned():
    rule = va.Plasticity(modulation=va.Modulation(eta_global=1.0, weights={"dopamine": 1.0}))
    ones = np.ones((20, 2))
    out = va.replay(rule, nx.DiGraph([("pre", "post")]), pre=ones, post=ones, modulators=np.zeros((20, 1)))
    assert (out["weight"] == 1.0).all()
    assert out["trace"][-1, 0] > 20.0
