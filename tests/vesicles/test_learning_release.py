"""Releases onto learning rules: the network learns as by a rule that had the changed numbers from the start. Seed 63.

The oracle is a second model whose rule is given those numbers directly, per neuron or per edge. Amounts are multiples
of 2**-32, the unit of the sums, so that both have the same bits.
"""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core import functions
from vesicle_abm.views.changes import rates_of
from vesicle_abm.views.step import VIEWS

SEED, STEPS = 63, 12
DOCK = va.ConstantDocking(probability=1.0)
GRAPH = va.NeuralGraph.from_edges([(0, 1), (1, 2), (2, 0), (0, 2), (2, 1)])
CHANGED = [0, 2]  # the nodes where vesicles dock


def full_rule(**parts) -> va.Plasticity:
    """Trace, phase gate and probabilistic gate at work."""
    usual = {
        "trace": va.CompositeTrace(tau_fast=4.0, tau_slow=20.0),
        "modulation": va.Modulation(eta_local=0.02, eta_global=0.03, weights={"m": 1.0}),
        "phase": va.PhaseGate(frequency=0.07),
        "chance": va.ProbabilisticGate(beta=30.0, theta=0.02),
    }
    return va.Plasticity(**(usual | parts))


def model_with(rule: va.Plasticity, release=None, view="compiled") -> va.VesicleModel:
    """A noisy network that learns; with a release, two vesicles dock at nodes 0 and 2 in step 0."""
    level = va.ModulatorRelease(amount=1.5)
    kinds = {"m": va.Kind(emission=va.ConstantEmission(rate=1.0), release=level, delivery="broadcast", clearance=3.0)}
    kinds["v"] = va.Kind(
        emission=va.PulseEmission(count=2, at=0, nodes=CHANGED),
        docking=DOCK,
        release=() if release is None else release,
        migration=va.WeightedMigration(layers=[]),
    )
    neurons = va.HMNNeurons(activation="sigmoid", noise=0.6, weight_scale=0.4)
    return va.VesicleModel(GRAPH, kinds, neurons=neurons, plasticity=rule, seed=SEED, view=view)


def factor(amount: float) -> np.ndarray:
    """(N,) exp(two vesicles of this amount) where they dock."""
    return np.where(np.isin(np.arange(3), CHANGED), functions.exp(2.0 * amount), 1.0)


def at_edges(values: np.ndarray) -> np.ndarray:
    """(E,) of each synapse's postsynaptic neuron."""
    return values[GRAPH.target]


CASES = {
    "eta_global": (
        va.RateRelease(amount=0.375, rate="eta_global"),
        {"modulation": va.Modulation(eta_local=0.02, eta_global=0.03 * factor(0.375), weights={"m": 1.0})},
    ),
    "both rates": (
        va.RateRelease(amount=-0.25, rate="both"),
        {
            "modulation": va.Modulation(
                eta_local=0.02 * factor(-0.25), eta_global=0.03 * factor(-0.25), weights={"m": 1.0}
            )
        },
    ),
    "tau_fast": (
        va.TraceRelease(amount=0.5, time="tau_fast"),
        {"trace": va.CompositeTrace(tau_fast=4.0 * at_edges(factor(0.5)), tau_slow=20.0)},
    ),
    "both times": (
        va.TraceRelease(amount=-0.25),
        {"trace": va.CompositeTrace(tau_fast=4 * at_edges(factor(-0.25)), tau_slow=20 * at_edges(factor(-0.25)))},
    ),
    "beta": (
        va.GateRelease(amount=0.625, number="beta"),
        {"chance": va.ProbabilisticGate(beta=30.0 * at_edges(factor(0.625)), theta=0.02)},
    ),
    "theta": (
        va.GateRelease(amount=0.75, number="theta"),
        {"chance": va.ProbabilisticGate(beta=30.0, theta=0.02 * at_edges(factor(0.75)))},
    ),
    "phase": (
        va.PhaseRelease(amount=0.5),
        {"phase": va.PhaseGate(frequency=0.07, shift=np.where(np.isin(np.arange(3), CHANGED), 1.0, 0.0))},
    ),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", CASES)
def test_the_network_learns_as_by_a_rule_with_these_numbers_to_the_bit(name, view):
    """Vesicles dock before the first learn stage, and what they changed stays."""
    release, parts = CASES[name]
    model, oracle, plain = (
        model_with(full_rule(), release, view),
        model_with(full_rule(**parts), view=view),
        model_with(full_rule(), view=view),
    )
    for each in (model, oracle, plain):
        each.run_for(STEPS)
    assert model.state.weight.tobytes() == oracle.state.weight.tobytes()
    assert model.state.weight.tobytes() != plain.state.weight.tobytes()
    for kept, values in oracle.state.kept.items():
        assert model.state.kept[kept].tobytes() == values.tobytes(), kept


@pytest.mark.parametrize("name", CASES)
def test_the_rule_itself_and_the_neurons_own_rates_stay_as_they_are(name):
    release, _ = CASES[name]
    model = model_with(full_rule(), release)
    model.run_for(3)
    assert model.state.eta.tolist() == [[0.02, 0.03]] * 3
    rule = model.world.plasticity
    assert (rule.trace.tau_fast, rule.chance.theta, rule.phase.shift) == (4.0, 0.02, 0.0)


def test_a_change_of_the_rate_fades_with_its_recovery():
    """eta_global exp(2 * 0.375 exp(-t / 5)) at node 0, t steps after the release."""
    model = model_with(full_rule(), va.RateRelease(amount=0.375, recovery=5.0))
    for t in range(9):
        model.step()
        eta = rates_of(model.world)
        assert eta[0, 1] == pytest.approx(0.03 * np.exp(0.75 * np.exp(-t / 5.0)), rel=1e-13)
        assert eta[1, 1] == 0.03


def test_a_shift_of_half_a_turn_closes_a_gate_that_is_open():
    """Phi = 0 by a still oscillator: cos(0) = 1 lets all through, cos(pi) < 0 nothing."""
    still = full_rule(phase=va.PhaseGate(frequency=0.0), chance=None)
    release = va.PhaseRelease(amount=np.pi / 2.0)  # by each of two vesicles
    model = model_with(still, release)
    before = model.state.weight.copy()
    model.run_for(STEPS)
    learned = model.state.weight != before
    assert learned.tolist() == (~np.isin(GRAPH.target, CHANGED)).tolist()


def test_a_phase_that_is_given_from_outside_is_shifted_too():
    model = model_with(full_rule(chance=None), va.PhaseRelease(amount=np.pi / 2.0))
    model.signals["phase"] = 0.0
    before = model.state.weight.copy()
    model.run_for(STEPS)
    assert (model.state.weight != before).tolist() == (~np.isin(GRAPH.target, CHANGED)).tolist()


def test_content_scales_how_far_a_number_moves():
    """One component of 0.5: exp(2 * 0.375 * 0.5)."""
    release = va.RateRelease(amount=0.375, component=0)
    kind = va.Kind(
        emission=va.PulseEmission(count=2, at=0, nodes=[0]), docking=DOCK, release=release, content_width=1,
        content=[0.5], migration=va.WeightedMigration(layers=[]),
    )  # fmt: skip
    neurons = va.HMNNeurons(activation="sigmoid")
    model = va.VesicleModel(GRAPH, {"v": kind}, neurons=neurons, plasticity=va.Plasticity(), seed=SEED)
    model.step()
    eta = rates_of(model.world)
    assert eta[0, 1] == pytest.approx(0.01 * np.exp(0.375), rel=1e-15)
