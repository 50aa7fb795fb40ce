"""What a vesicle has of its own: how many releases it has left, and what it has not spent of its payload. Seed 64."""

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, isolated, model_of, multinomial_p
from scipy import stats

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

SEED = 64
COHORT = 4_000
DOCK = va.ConstantDocking(probability=1.0)


def cohort(count=4, view="compiled", **rules):
    """``count`` vesicles born at one node in step 0; they dock in every step, unless ``rules`` say otherwise."""
    usual = {"emission": va.PulseEmission(count=count), "docking": DOCK, "release": va.ModulatorRelease(amount=0.375)}
    return model_of(isolated(1), seed=SEED, view=view, neurons=va.HMNNeurons(), **(usual | rules))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("releases", [1, 3])
def test_a_vesicle_releases_exactly_so_often_and_is_then_absorbed(view, releases):
    model = cohort(4, view, releases=releases)
    for step in range(1, 6):
        model.step()
        done = min(step, releases)
        assert model.state.docked[0, 0] == 4 * done
        assert model.state.modulator[0, 0] == 4 * done * 0.375
        assert model.counts["alive"] == (4 if step < releases else 0)
        assert model.counts["absorbed"] == (0 if step < releases else 4)
        assert model.state.vesicles["v"]["left"].tolist() == ([releases - step] * 4 if step < releases else [])


def test_the_step_of_the_last_release_has_a_negative_binomial_law():
    """Docking with 0.4: absorbed in step t with probability nbinom(t + 1 - 3; 3, 0.4). Chi-square, 4000 vesicles."""
    model = cohort(COHORT, docking=va.ConstantDocking(probability=0.4), releases=3)
    absorbed = [0]
    while model.counts["alive"] or model.time == 0:
        model.step()
        absorbed.append(model.counts["absorbed"])
    found = np.diff(absorbed)
    assert found[:2].tolist() == [0, 0]
    assert multinomial_p(found, stats.nbinom.pmf(np.arange(len(found)) - 2, 3, 0.4), COHORT) > SMALLEST_P
    assert model.state.docked[0, 0] == 3 * COHORT
    assert model.state.modulator[0, 0] == 3 * COHORT * 0.375


def test_absorption_may_come_before_the_releases_are_used_up():
    """Releases are min(Geometric(a), n): P(more than k) = q^k for k < n, q = 1 - a, so the mean is (1 - q^n) / a.

    Standard error of the sum over 4000 vesicles from the second moment, sum of (2 k + 1) q^k.
    """
    a, n = 0.25, 4
    model = cohort(COHORT, releases=n, absorb=a)
    model.run_for(n)
    assert model.counts["absorbed"] == COHORT
    q = 1.0 - a
    mean = (1.0 - q**n) / a
    variance = sum((2 * k + 1) * q**k for k in range(n)) - mean**2
    assert abs(model.state.docked[0, 0] - COHORT * mean) < Z * np.sqrt(COHORT * variance)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("spend", [1.0, 0.5, 0.3])
def test_what_is_given_after_n_dockings_is_1_minus_the_power_of_what_is_kept(view, spend):
    """amount * (1 - (1 - spend)^n) for each of the four; the payload is (1 - spend)^n."""
    model = cohort(4, view, spend=spend, absorb=0.0)
    for n in range(1, 8):
        model.step()
        kept = (1.0 - spend) ** n
        assert model.state.modulator[0, 0] == pytest.approx(4 * 0.375 * (1.0 - kept), abs=4 * n * 2.0**-32)
        assert model.state.vesicles["v"]["payload"] == pytest.approx(kept, rel=1e-14, abs=0.0)


@pytest.mark.parametrize("view", VIEWS)
def test_releases_and_spending_go_together(view):
    """Three releases of half of what is left: 1/2 + 1/4 + 1/8, and an end."""
    model = cohort(1, view, release=va.ModulatorRelease(amount=16.0), releases=3, spend=0.5)
    levels = []
    for _ in range(5):
        model.step()
        levels.append(model.state.modulator[0, 0])
    assert levels == [8.0, 12.0, 14.0, 14.0, 14.0]
    assert model.counts["absorbed"] == 1


def test_spending_scales_every_effect_of_a_kind():
    """Half, then a quarter: of gain 8, of bias 4, of FiLM's beta 2; 1 + 6 is the gain, 3 the bias, 1/2 the activation
    that beta has raised in step 1 from f(bias then) = 2.
    """
    releases = [va.GainRelease(amount=8.0), va.BiasRelease(amount=4.0), va.FiLMRelease(shift=2.0)]
    model = cohort(1, release=releases, spend=0.5, absorb=0.0)
    model.step()
    assert (model.state.gain[0], model.state.bias[0], model.state.activation[0]) == (5.0, 2.0, 1.0)
    model.step()
    assert (model.state.gain[0], model.state.bias[0], model.state.activation[0]) == (7.0, 3.0, 2.0 + 0.5)


def test_of_a_write_to_memory_the_strength_is_spent():
    """keep = (1 - g)^(part given): after n dockings with s = 1/2, M = (1 - (1 - g)^(1 - 2^-n)) c."""
    kind = va.Kind(
        emission=va.PulseEmission(count=1), docking=DOCK, release=va.MemoryRelease(gate=0.75), spend=0.5, absorb=0.0,
        content_width=2, content=[2.0, -1.0],
    )  # fmt: skip
    model = va.VesicleModel(isolated(1), {"v": kind}, memory=va.Memory(width=2), seed=SEED)
    for n in range(1, 5):
        model.step()
        stored = 1.0 - 0.25 ** (1.0 - 0.5**n)
        assert model.state.memory[0, 0] == pytest.approx(stored * np.array([2.0, -1.0]), rel=1e-8)


def test_a_broadcast_gives_the_part_that_vesicles_would_spend_at_once():
    """rates 3 and 1 over 2 nodes: each level grows by 4 * 0.5 * 0.25 / 2 a step."""
    kind = va.Kind(
        emission=va.ConstantEmission(rate=np.array([3.0, 1.0])), release=va.ModulatorRelease(amount=0.5), spend=0.25,
        delivery="broadcast",
    )  # fmt: skip
    model = va.VesicleModel(isolated(2), {"v": kind}, seed=SEED)
    model.run_for(3)
    assert model.state.modulator[:, 0].tolist() == [0.75, 0.75]


@pytest.mark.parametrize("view", VIEWS)
def test_a_rule_sees_what_a_vesicle_has_left(view):
    """Each gives its payload + 16 left: (1 + 48) / 2, then (1/2 + 32) / 4, then (1/4 + 16) / 8."""

    class GiveWhatIsLeft(va.Release, name="test_give_what_is_left"):
        target = "modulator"

        def effect(self, vesicles, nodes, xp):
            return vesicles.payload + 16.0 * vesicles.left

    model = cohort(1, view, release=GiveWhatIsLeft(), releases=3, spend=0.5)
    levels = []
    for _ in range(3):
        model.step()
        levels.append(model.state.modulator[0, 0])
    assert np.diff([0.0, *levels]).tolist() == [24.5, 32.5 / 4.0, 16.25 / 8.0]


def test_a_vesicle_without_limits_has_a_whole_payload_and_no_end_of_releases():
    class GiveOneIfEndless(va.Release, name="test_give_one_if_endless"):
        target = "modulator"

        def effect(self, vesicles, nodes, xp):
            return vesicles.payload * np.isinf(vesicles.left)

    model = cohort(2, release=GiveOneIfEndless(), absorb=0.0)
    model.run_for(3)
    assert model.state.modulator[0, 0] == 6.0
    assert not {"payload", "left"} & set(model.state.vesicles["v"].layout)


def test_a_used_up_vesicle_is_absorbed_though_its_lifetime_ends_in_the_same_step():
    """Lifetime 2, two releases: in step 1 both ends fall due; absorption comes first."""
    model = cohort(3, releases=2, lifetime=2)
    model.run_for(3)
    assert model.counts_by_kind["v"]["absorbed"] == 3
    assert model.counts_by_kind["v"]["expired"] == 0
