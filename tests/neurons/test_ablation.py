"""Stages taken away and put back: ``without``, ``replace``, None, and a user's own stages with and without memory."""

import math

import numpy as np
import pytest
from hypothesis import given
from learning_strategies import learners
from strategies import modest
from three_synapses import at_once, three

import vesicle_abm as va
from vesicle_abm.core.parameters import parameter
from vesicle_abm.neurons.plasticity import STAGES
from vesicle_abm.neurons.synapses import NEURON, SYNAPSE
from vesicle_abm.views.step import VIEWS

SEED = 23
STEPS = 40
LEVELS = np.tile(np.array([[1.0, 0.5], [2.0, 0.0], [-0.5, 1.5]]), (STEPS, 1, 1))  # (T, N, K)
COLUMN = {"trace": "trace", "attention": "attention", "modulation": "modulation", "phase": "gate"}


def everything(**parts) -> va.Plasticity:
    """A rule with all five stages."""
    defaults = {
        "trace": va.CompositeTrace(tau_fast=np.array([2.0, 3.0, 4.0]), tau_slow=10.0),
        "attention": va.LocalAttention(beta=2.0),
        "modulation": va.Modulation(eta_local=0.01, eta_global=0.02, weights={"reward": 2.0, "threat": -1.0}),
        "phase": va.PhaseGate(frequency=0.125),
        "chance": va.ProbabilisticGate(),
    }
    return va.Plasticity(**{**defaults, **parts})


def played(rule: va.Plasticity, graph=None, **given_) -> dict:
    rng = np.random.default_rng(SEED)
    x, z = rng.random((2, STEPS, 3))
    return va.replay(rule, graph or three(), **{"pre": x, "post": z, "modulators": LEVELS, "seed": SEED, **given_})


# The table of ``Plasticity.without``


@pytest.mark.parametrize("match", ["none", "mean"])
@pytest.mark.parametrize("stage", STAGES)
def test_an_ablated_stage_is_missing_among_the_names_and_the_others_are_untouched(stage, match):
    rule = everything()
    less = rule.without(stage, match)
    assert rule.names == tuple(STAGES)
    assert less.names == tuple(name for name in STAGES if name != stage)
    whole, without = played(rule), played(less)
    for other in {"trace", "modulation", "attention", "phase"} - {stage}:
        assert without[COLUMN[other]].tolist() == whole[COLUMN[other]].tolist()


def test_without_a_trace_eligibility_is_this_steps_correlation_or_its_long_time_gain():
    rule = everything()
    none, mean = played(rule.without("trace")), played(rule.without("trace", "mean"))
    assert none["trace"].tolist() == none["correlation"].tolist()
    gain = [1.0 / (1.0 - math.exp(-1.0 / fast)) + 1.0 / (1.0 - math.exp(-0.1)) for fast in (2.0, 3.0, 4.0)]
    assert mean["trace"] == pytest.approx(mean["correlation"] * gain, rel=1e-13)
    assert "fast" not in none  # it keeps nothing


@pytest.mark.parametrize("match", ["none", "mean"])
def test_without_attention_every_input_has_the_mean_weight_of_a_softmax(match):
    """Two inputs of c, one of a: 1/2, 1/2, 1; or 1 each, if the weights averaged 1."""
    rule = everything()
    assert (played(rule.without("attention", match))["attention"] == [0.5, 0.5, 1.0]).all()
    mean = rule.replace(attention=va.LocalAttention(normalise="mean"))
    assert (played(mean.without("attention", match))["attention"] == 1.0).all()


def test_without_modulation_the_signal_is_1_or_the_networks_mean():
    rule = everything()
    assert (played(rule.without("modulation"))["modulation"] == 1.0).all()
    whole, mean = played(rule), played(rule.without("modulation", "mean"))
    assert mean["modulation"] == pytest.approx(np.repeat(whole["modulation"].mean(1)[:, None], 3, axis=1), rel=1e-14)
    assert (mean["factor"] == 0.01 + 0.02 * mean["modulation"]).all()


def test_without_the_phase_gate_it_is_open_or_open_in_the_mean():
    assert (played(everything().without("phase"))["gate"] == 1.0).all()
    assert (played(everything().without("phase", "mean"))["gate"] == 1.0 / math.pi).all()


def test_without_chance_every_update_is_applied_whole_or_in_expectation():
    none, mean = played(everything().without("chance")), played(everything().without("chance", "mean"))
    assert none["update"].tolist() == none["gated"].tolist()
    assert (mean["update"] == mean["gated"] * mean["probability"]).all()


def test_several_ablations_add_up_and_a_part_that_is_put_back_is_back():
    rule = everything().without("phase").without("chance", "mean")
    assert rule.names == ("trace", "attention", "modulation") and rule.ablated == {"phase": "none", "chance": "mean"}
    assert rule.replace(phase=va.PhaseGate()).names == ("trace", "attention", "modulation", "phase")
    assert rule.replace(precision="float32").names == rule.names
    assert everything(phase=None, chance=None).names == rule.names


# match = "mean" keeps the mean size of updates


def test_the_mean_of_a_phase_gate_is_kept_over_whole_periods():
    """A period of n steps samples the half-wave at n points; n = 4000 leaves 1/pi to O(1/n^2): 1e-6."""
    n = 4000
    ones = np.ones((n, 3))
    rule = va.Plasticity(trace=None, modulation=None, phase=va.PhaseGate(frequency=1.0 / n, offset=0.3))
    whole = va.replay(rule, at_once(preferred_phase=[0.0, 1.0, -2.0]), pre=ones, post=ones)["update"].mean(0)
    mean = va.replay(rule.without("phase", "mean"), at_once(), pre=ones[:5], post=ones[:5])["update"].mean(0)
    assert whole == pytest.approx(mean, abs=1e-6)


def test_the_mean_of_a_trace_is_kept_under_constant_correlation_in_the_long_run():
    """After 40 slow time constants exp(-40) of it is missing."""
    ones = np.ones((400, 3))
    rule = va.Plasticity(trace=va.CompositeTrace(tau_fast=2.0, tau_slow=10.0), modulation=None)
    whole = va.replay(rule, at_once(), pre=ones, post=2.0 * ones)["update"][-1]
    mean = va.replay(rule.without("trace", "mean"), at_once(), pre=ones[:2], post=2.0 * ones[:2])["update"][-1]
    assert whole == pytest.approx(mean, rel=1e-13)


def test_the_mean_of_chance_is_kept_in_expectation():
    """Updates of 0.02 pass with p = sigmoid(0.5); over R = 9000 draws the standard error is 0.02 sqrt(p (1-p) / R)."""
    ones = np.ones((3000, 3))
    modulation = va.Modulation(eta_local=0.02, eta_global=0.0)
    rule = va.Plasticity(trace=None, modulation=modulation, chance=va.ProbabilisticGate())
    whole = va.replay(rule, at_once(), pre=ones, post=ones, seed=SEED)["update"]
    mean = va.replay(rule.without("chance", "mean"), at_once(), pre=ones, post=ones)["update"]
    p = 1.0 / (1.0 + math.exp(-0.5))
    assert mean == pytest.approx(np.full(mean.shape, 0.02 * p), rel=1e-13)
    error = 0.02 * math.sqrt(p * (1.0 - p) / whole.size)
    assert abs(whole.mean() - 0.02 * p) < 4.5 * error


def test_the_mean_of_modulation_is_kept_where_eligibility_is_the_same_everywhere():
    """One synapse to each neuron of a ring, e = 1: the mean of G over neurons is the mean update."""
    ring = va.NeuralGraph.from_edges([(0, 1), (1, 2), (2, 0)])
    ones = np.ones((STEPS, 3))
    modulation = va.Modulation(eta_global=1.0, weights={"reward": 2.0, "threat": -1.0})
    rule = va.Plasticity(trace=None, modulation=modulation)
    whole, mean = (
        va.replay(r, ring, pre=ones, post=ones, modulators=LEVELS)["update"]
        for r in (rule, rule.without("modulation", "mean"))
    )
    assert whole.mean(1) == pytest.approx(mean.mean(1), rel=1e-14)


# Parts of one's own


class Squared(va.Attention, name="test_squared_attention"):
    """alpha = x^2."""

    def weights(self, synapses, xp):
        return synapses.x * synapses.x


class Rising(va.Trace, name="test_rising_trace"):
    """With memory of both scopes: e = correlation + rate * (its sum so far) + how many steps the neuron has seen."""

    keeps = {"so_far": SYNAPSE, "age": NEURON}  # noqa: RUF012
    rate: float = parameter(0.5, "share of the past", ge=0.0)

    def first(self, name, size):
        return 10.0 if name == "age" else 0.0

    def eligibility(self, synapses, xp):
        so_far, age = synapses.kept["so_far"] + synapses.correlation, synapses.kept["age"] + 1.0
        return synapses.correlation + self.rate * so_far + synapses.spread(age), {"so_far": so_far, "age": age}


def test_ones_own_stages_take_the_place_of_the_shipped_ones():
    rule = everything(phase=None, chance=None).replace(
        attention=Squared(), trace=Rising(rate=np.array([0.5, 0.0, 2.0]))
    )
    x, z = np.tile([1.0, 3.0, 2.0], (STEPS, 1)), np.ones((STEPS, 3))
    out = played(rule, at_once(), pre=x, post=z)
    t = np.arange(1.0, STEPS + 1.0)
    assert (out["attention"] == [1.0, 9.0, 4.0]).all()
    assert out["age"][:, 0].tolist() == (10.0 + t).tolist()
    assert out["so_far"][:, 1].tolist() == (3.0 * t).tolist()
    rate = [2.0, 2.0, 0.5]  # given per node, seen by the postsynaptic one: c, c, a
    for e, arrived in enumerate((1.0, 3.0, 2.0)):
        assert out["trace"][:, e] == pytest.approx(arrived + rate[e] * arrived * t + 10.0 + t, rel=1e-14)


@modest(12)
@given(learner=learners(changed=False))  # vesicles cannot change numbers that one's own trace does not have
def test_ones_own_stages_give_one_digest_in_both_views(learner):
    rule = learner.plasticity.replace(attention=Squared(), trace=Rising())
    digests = set()
    for view in VIEWS:
        model = type(learner)(**{**vars(learner), "plasticity": rule}).build(view)
        model.run_for(3)
        digests.add(model.state.digest())
    assert len(digests) == 1


@modest(15)
@given(learner=learners())
def test_any_ablation_gives_one_digest_in_both_views(learner):
    for stage in learner.plasticity.names:
        for match in ("none", "mean"):
            rule, digests = learner.plasticity.without(stage, match), set()
            for view in VIEWS:
                model = type(learner)(**{**vars(learner), "plasticity": rule}).build(view)
                model.run_for(2)
                digests.add(model.state.digest())
            assert len(digests) == 1


def test_a_stage_that_is_none_is_a_factor_of_1():
    """Alone: correlation 6, its trace after one step 12; dw* = 0.5 * 12."""
    x, z = np.full((1, 3), 2.0), np.full((1, 3), 3.0)
    half = va.Modulation(eta_local=0.5)
    for rule, wanted in (
        (va.Plasticity(modulation=half), 6.0),
        (va.Plasticity(modulation=None), 12.0),
        (va.Plasticity(trace=None, modulation=half), 0.5),
    ):
        out = va.replay(rule, at_once(), pre=x, post=z)
        assert (out["update"] == wanted).all()
        for name in ("attention", "gate", "probability", "applied"):
            assert (out[name] == 1.0).all()
