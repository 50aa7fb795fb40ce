"""Modulation, gates, bounds and homeostasis at three synapses, with the working."""

import math

import numpy as np
import pytest
from three_synapses import Itself, at_once, only, softmax, three

import vesicle_abm as va
from vesicle_abm.core.random import uniform

CLOSE = pytest.approx
ONES = np.ones((4, 3))


def by(modulation: va.Modulation, **given) -> dict:
    """A replay of four steps of x = z = 1, without a trace: dw* = eta_local + eta_global G."""
    steps = {"pre": ONES, "post": ONES, "graph": at_once()} | given
    return va.replay(only(modulation=modulation), **steps)


# Modulation, (6), (7), (3)


def test_two_modulators_without_a_context_are_averaged():
    """gamma = 1/2 each: G = (3 * 2 - 1 * 4) / 2 = 1; dw* = 0.5 + 0.25 * 1."""
    rule = va.Modulation(eta_local=0.5, eta_global=0.25, weights={"reward": 3.0, "threat": -1.0})
    out = by(rule, modulators=np.tile([2.0, 4.0], (4, 1)))
    assert (out["relevance"] == 0.5).all() and (out["modulation"] == 1.0).all()
    assert (out["factor"] == 0.75).all() and (out["preliminary"] == 0.75).all()


def test_a_context_number_favours_the_modulator_of_high_level():
    """h = E_k C: 2 * 0.5 and 4 * 0.5, beta 0.3."""
    rule = va.Modulation(weights={"reward": 3.0, "threat": -1.0}, beta=0.3)
    out = by(rule, modulators=np.tile([2.0, 4.0], (4, 1)), context=np.full(4, 0.5))
    gamma = softmax(0.3, 0.6)
    assert out["relevance"][0, 0] == CLOSE(gamma, rel=1e-14)
    assert out["modulation"][3] == CLOSE(np.full(3, gamma[0] * 3.0 * 2.0 - gamma[1] * 4.0), rel=1e-14)


def test_keys_say_in_which_context_a_modulator_matters():
    """Keys (1, 0) and (0, 2), C = (3, -1), E = (2, 4): messages (2, 0) and (0, 8).

    Dot: 6 / sqrt(2) and -8 / sqrt(2). Cosine: 3 / sqrt(10) and -1 / sqrt(10).
    """
    keys = {"reward": [1.0, 0.0], "threat": [0.0, 2.0]}
    for kind, scores in (("dot", (6.0, -8.0)), ("cosine", (3.0, -1.0))):
        rule = va.Modulation(weights={"reward": 1.0, "threat": 1.0}, keys=keys, similarity=kind)
        out = by(rule, modulators=np.tile([2.0, 4.0], (4, 1)), context=np.tile([3.0, -1.0], (4, 1)))
        size = math.sqrt(2.0 if kind == "dot" else 10.0)
        assert out["relevance"][0, 0] == CLOSE(softmax(*(score / size for score in scores)), rel=1e-13)


def test_a_modulator_of_level_0_has_cosine_0_not_nan():
    rule = va.Modulation(weights={"reward": 1.0, "threat": 1.0}, similarity="cosine")
    out = by(rule, modulators=np.tile([0.0, 4.0], (4, 1)), context=np.full(4, -1.0))
    assert out["relevance"][0, 0] == CLOSE(softmax(0.0, -1.0), rel=1e-14)


def test_levels_and_rates_are_each_neurons_own():
    """Synapses lead to c, c, a; eta_global = (1, 0, 2), E at a 5, at c 7."""
    rule = va.Modulation(eta_local=0.0, eta_global=np.array([1.0, 0.0, 2.0]), weights={"reward": 1.0})
    levels = np.tile(np.array([[5.0], [6.0], [7.0]]), (4, 1, 1))
    assert by(rule, modulators=levels)["update"][0].tolist() == [14.0, 14.0, 5.0]


# Gates, (4), (5)


def gate_of(graph=None, phase=None, **numbers) -> np.ndarray:
    return va.replay(only(phase=va.PhaseGate(**numbers)), graph or at_once(), pre=ONES, post=ONES, phase=phase)["gate"]


def test_one_rhythm_opens_all_synapses_together():
    """frequency 1/8: Phi = 0, 45, 90, 135 degrees."""
    wanted = np.repeat([[1.0], [math.sqrt(0.5)], [0.0], [0.0]], 3, axis=1)
    assert gate_of(frequency=0.125) == CLOSE(wanted, abs=1e-15)


def test_regions_have_their_own_rhythm_and_phase():
    """Of a: 1/8 a step from 0; of c: 1/4 a step from -90 degrees. Synapses lead to c, c, a."""
    found = gate_of(frequency=np.array([0.125, 0.0, 0.25]), offset=np.array([0.0, 0.0, -math.pi / 2]))
    assert found[:, 0] == CLOSE([0.0, 1.0, 0.0, 0.0], abs=1e-15)
    assert found[:, 2] == CLOSE([1.0, math.sqrt(0.5), 0.0, 0.0], abs=1e-15)


def test_each_synapse_prefers_a_phase_given_on_its_edge():
    """At step 0, Phi = 0: cos(0 - phi)."""
    graph = at_once(preferred_phase=[0.0, math.pi / 3, -math.pi])
    assert gate_of(graph)[0] == CLOSE([1.0, 0.5, 0.0], abs=1e-15)
    assert gate_of(graph, preferred=math.pi / 3)[0] == CLOSE([0.5, 0.5, 0.5], abs=1e-15)  # the rule's own comes first


def test_a_given_phase_takes_the_oscillators_place():
    one_for_all = gate_of(phase=np.full(4, math.pi / 3), frequency=0.3, offset=1.0)
    assert one_for_all == CLOSE(np.full((4, 3), 0.5), rel=1e-14)
    each = gate_of(phase=np.tile([0.0, 9.0, math.pi / 3], (4, 1)))
    assert each[0] == CLOSE([0.5, 0.5, 1.0], rel=1e-14)


def test_updates_pass_with_a_probability_that_grows_with_their_size():
    """x = (3, 1, -1), z = 1, eta 0.01: dw dagger = 0.03, 0.01, -0.01; at beta 50, theta 0.01 sigmoid(1), 1/2, 1/2."""
    x, z = np.tile([3.0, 1.0, -1.0], (4, 1)), np.ones((4, 3))
    rule = only(trace=Itself(), modulation=va.Modulation(eta_local=0.01), chance=va.ProbabilisticGate())
    out = va.replay(rule, at_once(), pre=x, post=z, seed=11)
    assert out["gated"][0] == CLOSE([0.03, 0.01, -0.01], rel=1e-14)
    assert out["probability"][0] == CLOSE([1.0 / (1.0 + math.exp(-1.0)), 0.5, 0.5], rel=1e-14)
    for t in range(4):
        for e in range(3):
            passes = uniform(11, e, t, "update") < out["probability"][t, e]
            assert out["applied"][t, e] == passes
            assert out["update"][t, e] == (out["gated"][t, e] if passes else 0.0)


# Bounds


def weights_after(bounds, x, start, steps=3, **options) -> list[float]:
    """The weights after steps of dw = x."""
    rule = only(trace=Itself(), bounds=bounds, **options)
    given = {"pre": np.tile(x, (steps, 1)), "post": np.ones((steps, 3)), "weight": np.array(start)}
    return va.replay(rule, at_once(), **given)["weight"][-1].tolist()


def test_weights_stop_at_their_bounds():
    """Updates a step: 1, -1, 0.25. Bounds -1 and 2, or of each edge."""
    x = [1.0, -1.0, 0.25]
    assert weights_after(None, x, [0.0, 0.0, 0.0]) == [3.0, -3.0, 0.75]
    assert weights_after(va.WeightBounds(low=-1.0, high=2.0), x, [0.0, 0.0, 0.0]) == [2.0, -1.0, 0.75]
    each = va.WeightBounds(low=np.array([0.0, -2.0, 0.0]), high=np.array([1.5, 9.0, 0.5]))
    assert weights_after(each, x, [0.0, 0.0, 0.0]) == [1.5, -2.0, 0.5]


def test_dales_principle_keeps_the_sign_of_the_start():
    """0 counts as positive; a synapse that reached 0 may come back on its own side only."""
    dale = va.WeightBounds(dale=True)
    assert weights_after(dale, [-1.0, 1.0, -1.0], [2.5, -2.5, 0.0], steps=4) == [0.0, 0.0, 0.0]
    assert weights_after(dale, [1.0, -1.0, 1.0], [2.5, -2.5, 0.0], steps=4) == [6.5, -6.5, 4.0]


def test_float32_weights_lose_what_is_too_small_for_them():
    """1 + 2**-25 rounds to 1 in float32, and stays there."""
    tiny = [2.0**-25, 2.0**-23, 1.0]
    assert weights_after(None, tiny, [1.0, 1.0, 1.0], precision="float32") == [1.0, 1.0 + 3 * 2.0**-23, 4.0]
    assert weights_after(None, tiny, [1.0, 1.0, 1.0]) == [1.0 + 3 * 2.0**-25, 1.0 + 3 * 2.0**-23, 4.0]


# Homeostasis


def test_a_bias_drifts_towards_the_target_and_moves_the_activation():
    """relu, no input: z(0) = b = 1. b <- b + 0.5 (0.2 - z): 0.6, 0.4, 0.3, so z = 1, 0.6, 0.4, 0.3."""
    still = va.Modulation(eta_local=0.0, eta_global=0.0)
    rule = only(modulation=still, homeostasis=va.HomeostaticBias(target=0.2, rate=0.5))
    for view in ("particles", "compiled"):
        neurons = va.HMNNeurons(bias=1.0, weight_scale=0.0)
        model = va.VesicleModel(three(), {}, neurons=neurons, plasticity=rule, view=view)
        for wanted in (1.0, 0.6, 0.4, 0.3):
            model.step()
            assert model.state.activation == CLOSE(np.full(3, wanted), rel=1e-14)
