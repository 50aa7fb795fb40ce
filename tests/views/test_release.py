"""What the docked leave behind: exact sums, clearance and relaxation in closed form. Seed 51."""

import numpy as np
import pytest
from oracles import isolated, model_of

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

SEED = 51
ALL_DOCK = va.ConstantDocking(probability=1.0)


def released(release, view="compiled", **rules):
    neurons = rules.pop("neurons", None)
    rules = {"emission": va.PulseEmission(count=5), "docking": ALL_DOCK, "release": release, **rules}
    return model_of(isolated(3), seed=SEED, view=view, neurons=neurons, **rules)


@pytest.mark.parametrize("view", VIEWS)
def test_amounts_add_up_exactly(view):
    model = released(va.ModulatorRelease(amount=0.375), view)
    model.step()
    assert model.state.modulator[:, 0].tolist() == [5 * 0.375] * 3


@pytest.mark.parametrize("view", VIEWS)
def test_the_sum_of_contents_is_the_sum_in_units_of_two_to_the_minus_32(view):
    content = va.GaussianContent(mean=[0.0, 1.0], deviation=[1.0, 2.0])
    rules = {"content": content, "content_width": 2, "absorb": 0.0, "emission": va.ConstantEmission(rate=9.0)}
    model = released(va.ModulatorRelease(amount=-1.7, component=1), view, **rules)
    model.step()
    columns = model.state.vesicles["v"]
    wanted = [0, 0, 0]
    for node, (_, second) in zip(columns["node"].tolist(), columns["content"].tolist(), strict=True):
        wanted[node] += int(np.floor(-1.7 * second * 2.0**32 + 0.5))
    assert (model.state.modulator[:, 0] * 2.0**32).tolist() == wanted


@pytest.mark.parametrize("view", VIEWS)
def test_the_level_of_another_kind_can_be_raised(view):
    giver = va.Kind(
        emission=va.PulseEmission(count=3),
        docking=ALL_DOCK,
        release=[va.ModulatorRelease(amount=2.0, level="taker"), va.ModulatorRelease(amount=1.0)],
    )
    model = va.VesicleModel(isolated(2), {"giver": giver, "taker": va.Kind()}, seed=SEED, view=view)
    model.step()
    assert model.state.modulator.tolist() == [[3.0, 6.0]] * 2


def test_amounts_may_differ_from_node_to_node():
    model = released(va.ModulatorRelease(amount=np.array([0.0, 1.0, -2.0])))
    model.step()
    assert model.state.modulator[:, 0].tolist() == [0.0, 5.0, -10.0]


def test_the_free_give_nothing_and_the_unabsorbed_give_again():
    model = released(va.ModulatorRelease(amount=1.0), docking=va.ConstantDocking(probability=0.0))
    model.run_for(3)
    assert not model.state.modulator.any()
    model = released(va.ModulatorRelease(amount=1.0), absorb=0.0)
    model.run_for(3)
    assert model.state.modulator[:, 0].tolist() == [15.0] * 3


@pytest.mark.parametrize("view", VIEWS)
def test_a_level_clears_exponentially(view):
    """E(t) = E(0) exp(-t / tau); clearing comes first in a step, so the level after step 0 is whole."""
    model = released(va.ModulatorRelease(amount=2.0), view, clearance=7.0)
    for t in range(20):
        model.step()
        assert model.state.modulator[:, 0] == pytest.approx(10.0 * np.exp(-t / 7.0), rel=1e-13)


def test_steady_releases_reach_the_geometric_sum():
    """E(t) = a (1 - q^(t + 1)) / (1 - q), q = exp(-1 / tau), a the amount of a step."""
    emission = va.PulseEmission(count=5, every=1)
    model = released(va.ModulatorRelease(amount=0.25), emission=emission, clearance=3.0)
    q = np.exp(-1.0 / 3.0)
    for t in range(30):
        model.step()
        assert model.state.modulator[:, 0] == pytest.approx(1.25 * (1.0 - q ** (t + 1)) / (1.0 - q), rel=1e-13)


def test_without_clearance_a_level_stays():
    model = released(va.ModulatorRelease(amount=2.0))
    model.run_for(50)
    assert model.state.modulator[:, 0].tolist() == [10.0] * 3


@pytest.mark.parametrize("view", VIEWS)
def test_a_gain_relaxes_to_one(view):
    """g(t) = 1 + (g(0) - 1) exp(-t / tau)."""
    model = released(va.GainRelease(amount=-0.125), view, neurons=va.HMNNeurons(gain_recovery=4.0))
    for t in range(12):
        model.step()
        assert model.state.gain == pytest.approx(1.0 - 0.625 * np.exp(-t / 4.0), rel=1e-13)


def test_without_recovery_a_gain_stays():
    model = released(va.GainRelease(amount=0.125), neurons=va.HMNNeurons())
    model.run_for(9)
    assert model.state.gain.tolist() == [1.625] * 3


@pytest.mark.parametrize("view", VIEWS)
def test_a_release_sees_the_state_as_the_stage_began(view):
    """Five vesicles each give the gain that they find, 1: not 1, 2, 4, …"""

    class GiveTheGain(va.Release, name="test_give_the_gain"):
        target = "gain"

        def effect(self, vesicles, nodes, xp):
            return nodes.gain

    model = released(GiveTheGain(), view)
    model.step()
    assert model.state.gain.tolist() == [6.0] * 3
