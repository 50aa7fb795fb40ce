"""Astrocytes (HMN 7.4): every coupling, attended or not, territories, in replay and in both views, with the working."""

import math

import numpy as np
import pytest
from three_synapses import Itself, at_once, only, softmax, three

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

CLOSE = pytest.approx
D = math.exp(-1.0 / 2.0)  # tau 2
ONES = np.ones((3, 3))
NE = "norepinephrine"


def driven(astrocyte: va.Astrocyte, modulation=None, graph=None, level=1.0, **parts) -> dict:
    """Three steps of x = z = 1 under a constant level of norepinephrine (after those of the other modulators)."""
    modulation = modulation or va.Modulation(eta_local=0.5, eta_global=0.25, weights={"reward": 2.0})
    names = [*modulation.weights, *([NE] if NE not in modulation.weights else [])]
    columns = np.tile([level if name == NE else 3.0 for name in names], (3, 1))
    rule = only(modulation=modulation, astrocyte=astrocyte, **parts)
    return va.replay(rule, graph or at_once(), pre=ONES, post=ONES, modulators=columns)


def test_an_astrocyte_integrates_slowly_what_its_receptors_let_through():
    """E = 3, half 1: 3/4 of sensitivity 2 = 1.5. A = 0, 1.5 (1 - d), 1.5 (1 - d^2) in steps 0, 1, 2; M = A - 0.25."""
    out = driven(va.Astrocyte(tau=2.0, sensitivity=2.0, threshold=0.25), level=3.0)
    A = [0.0, 1.5 * (1.0 - D), 1.5 * (1.0 - D * D)]
    assert out["astrocyte_activation"] == CLOSE(np.repeat(np.array(A)[:, None], 3, axis=1), rel=1e-14)
    assert out["astrocyte"][:, 0] == CLOSE([0.0, A[1] - 0.25, A[2] - 0.25], rel=1e-14)


def test_a_level_below_zero_does_not_act():
    assert not driven(va.Astrocyte(tau=2.0), level=-5.0)["astrocyte_activation"].any()


def test_coupled_to_the_rate_it_adds_to_the_signal():
    """G = 2 * 3 = 6 of reward; norepinephrine acts through its astrocyte alone.

    factor = 0.5 + 0.25 (6 - 4 M), M = 0, (1 - d) / 2, (1 - d^2) / 2.
    """
    out = driven(va.Astrocyte(tau=2.0, strength=-4.0))
    M = np.array([0.0, 0.5 * (1.0 - D), 0.5 * (1.0 - D * D)])
    assert (out["modulation"] == 6.0).all()
    assert out["factor"] == CLOSE(np.repeat((0.5 + 0.25 * (6.0 - 4.0 * M))[:, None], 3, axis=1), rel=1e-14)
    assert out["update"][2] == CLOSE(np.full(3, 0.5 + 0.25 * (6.0 - 4.0 * M[2])), rel=1e-14)


def test_a_modulator_that_weights_name_acts_directly_as_well():
    """gamma = 1/2 each: G = (2 * 3 + 1 * 1) / 2."""
    both = va.Modulation(weights={"reward": 2.0, NE: 1.0})
    assert (driven(va.Astrocyte(tau=2.0), both)["modulation"] == 3.5).all()


def test_attended_its_output_competes_with_the_modulators():
    """Two of them now, gamma = 1/2 without a context: G = (2 * 3 - 4 M) / 2; nothing is added further."""
    out = driven(va.Astrocyte(tau=2.0, strength=-4.0, attended=True))
    M = 0.5 * (1.0 - D * D)
    assert out["relevance"].shape == (3, 3, 2)
    assert out["modulation"][2] == CLOSE(np.full(3, 3.0 - 2.0 * M), rel=1e-14)
    assert out["factor"][2] == CLOSE(np.full(3, 0.5 + 0.25 * (3.0 - 2.0 * M)), rel=1e-14)


def test_attended_in_a_context_the_output_itself_is_compared():
    """C = 2: scores 3 * 2 and M * 2."""
    modulation = va.Modulation(weights={"reward": 2.0})
    rule = only(modulation=modulation, astrocyte=va.Astrocyte(tau=2.0, strength=-4.0, attended=True))
    levels = np.tile([3.0, 1.0], (3, 1))
    out = va.replay(rule, at_once(), pre=ONES, post=ONES, modulators=levels, context=np.full(3, 2.0))
    assert out["relevance"][2, 0] == CLOSE(softmax(6.0, 1.0 - D * D), rel=1e-13)


def test_coupled_to_the_efficacy_it_scales_what_arrives_and_nothing_else():
    """x = 1 becomes max(0, 1 - 1.5 M); with strength -9 nothing arrives from step 1 on (M = 0.197)."""
    for strength in (-1.5, -9.0):
        out = driven(va.Astrocyte(tau=2.0, strength=strength, coupling="efficacy"), trace=Itself())
        M = np.array([0.0, 0.5 * (1.0 - D), 0.5 * (1.0 - D * D)])
        scale = np.maximum(0.0, 1.0 + strength * M)
        assert out["correlation"] == CLOSE(np.repeat(scale[:, None], 3, axis=1), rel=1e-14)
        assert (out["modulation"] == 6.0).all() and (out["factor"] == 2.0).all()


def test_one_astrocyte_answers_to_the_mean_of_its_territory():
    """a and c share astrocyte 7, b has 3. E = 1, 5, 3: means 2, 5, 2; A after a step (1 - d) E / (E + 1)."""
    graph = at_once().to_networkx()
    for node, number in zip("abc", (7, 3, 7), strict=True):
        graph.nodes[node]["cell"] = number
    levels = np.tile(np.array([[1.0], [5.0], [3.0]]), (3, 1, 1))
    rule = only(modulation=None, astrocyte=va.Astrocyte(tau=2.0, territory="cell"))
    out = va.replay(rule, graph, pre=ONES, post=ONES, modulators=levels)
    wanted = (1.0 - D) * np.array([2.0 / 3.0, 5.0 / 6.0, 2.0 / 3.0])
    assert out["astrocyte_activation"][1] == CLOSE(wanted, rel=1e-14)


@pytest.mark.parametrize("view", VIEWS)
def test_in_a_model_the_efficacy_acts_on_the_activation_too(view):
    """relu, bias 1, weights 1 -> c gets x_a(t) + x_b(t - 1), times max(0, 1 - M).

    Level 1 all along: A(0) = 0, A(1) = (1 - d) / 2. Step 0: z = 1 everywhere. Step 1: c = 1 + (1 + 0)(1 - A(1)).
    a gets c after 2 further steps: 1 still.
    """
    still = va.Modulation(eta_local=0.0, eta_global=0.0)
    rule = only(modulation=still, astrocyte=va.Astrocyte(tau=2.0, coupling="efficacy"))
    kinds = {NE: va.Kind()}
    model = va.VesicleModel(three(), kinds, neurons=va.HMNNeurons(bias=1.0), plasticity=rule, view=view)
    model.state.modulator[:] = 1.0
    model.step()
    assert model.state.activation.tolist() == [1.0, 1.0, 1.0]
    assert model.state.kept["astrocyte.activation"] == CLOSE(np.full(3, 0.5 * (1.0 - D)), rel=1e-14)
    model.step()
    assert model.state.activation == CLOSE([1.0, 1.0, 1.0 + (1.0 - 0.5 * (1.0 - D))], rel=1e-14)


def test_under_a_constant_level_it_settles_at_the_response_of_its_receptors():
    """After 60 tau: sensitivity E / (E + half) = 0.8 * 3 / 5, to rounding."""
    rule = only(astrocyte=va.Astrocyte(tau=2.0, sensitivity=0.8, half=2.0))
    out = va.replay(rule, at_once(), pre=np.ones((120, 3)), post=np.ones((120, 3)), modulators=np.full((120, 1), 3.0))
    assert out["astrocyte"][-1] == CLOSE(np.full(3, 0.48), rel=1e-13)


def test_a_silenced_astrocyte_leaves_the_network_as_without_one():
    silent = va.Astrocyte(sensitivity=0.0, strength=-4.0)
    levels = np.tile([3.0, 1.0], (3, 1))
    modulation = va.Modulation(weights={"reward": 2.0})
    with_it = va.replay(only(modulation=modulation, astrocyte=silent), at_once(), ONES, ONES, levels)
    without = va.replay(only(modulation=modulation), at_once(), ONES, ONES, levels[:, :1])
    assert with_it["weight"].tolist() == without["weight"].tolist()


@pytest.mark.parametrize("name", ["reward", "astrocyte"])
def test_the_name_of_a_modulator_does_not_matter(name):
    """G = (2 * 3 - 4 M) / 2, whatever it is called."""
    out = driven(va.Astrocyte(tau=2.0, strength=-4.0, attended=True), va.Modulation(weights={name: 2.0}))
    assert out["modulation"][2] == CLOSE(np.full(3, 3.0 - 2.0 * 0.5 * (1.0 - D * D)), rel=1e-14)
