"""The sweep gives the bits of the array text, for every rule that it takes; and refuses what that refuses."""

from itertools import product

import numpy as np
import pytest
from sweep_worlds import graph, model

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.views import sweep
from vesicle_abm.views.step import run_stage

TRACE, CHANCE = va.CompositeTrace(tau_fast=3.0, tau_slow=30.0), va.ProbabilisticGate(beta=50.0, theta=0.01)
DOPAMINE = va.Modulation(eta_local=0.0, eta_global=0.1)
ALL = {
    "trace": TRACE,
    "attention": va.LocalAttention(beta=2.0),
    "modulation": va.Modulation(eta_local=0.01, eta_global=0.1),
    "phase": va.PhaseGate(frequency=0.05),
    "chance": CHANCE,
    "bounds": va.WeightBounds(low=0.0, high=2.0),
}
THREE = {"trace": TRACE, "modulation": DOPAMINE, "bounds": va.WeightBounds(low=0.05, high=0.25)}
RULES = {
    "all stages": ALL,
    "attention that averages 1": {"attention": va.LocalAttention(beta=3.0, normalise="mean"), "chance": CHANCE},
    "no trace": {**ALL, "trace": None},
    "no trace, no attention": {**ALL, "trace": None, "attention": None},
    "no attention": {"phase": va.PhaseGate(frequency=0.1, offset=1.0), "chance": CHANCE},
    "no phase": {"attention": va.LocalAttention(), "bounds": va.WeightBounds(low=0.1)},
    "no chance": {"attention": va.LocalAttention(), "phase": va.PhaseGate(preferred=0.5)},
    "no modulation": {"modulation": None, "chance": CHANCE, "bounds": va.WeightBounds(high=2.0)},
    "nothing but what must be": {"trace": None, "modulation": None, "bounds": va.WeightBounds(low=-1.0, high=1.0)},
    "trace and dopamine": THREE,
    "trace, dopamine, no bounds": {"trace": TRACE, "modulation": DOPAMINE},
    "an idle embedding of another kind": {**THREE, "embedding": va.GivenEmbedding(vectors=np.eye(61))},
    "slopes of a sigmoid": {**ALL, "correlation": va.DeltaCorrelation(slope="sigmoid")},
    "inputs alone": {**THREE, "correlation": va.DeltaCorrelation()},
    "homeostasis": {"homeostasis": va.HomeostaticBias(target=0.3, rate=0.1), "chance": CHANCE},
    "astrocytes on inputs": {**THREE, "astrocyte": va.Astrocyte(modulator="reward", coupling="efficacy", tau=3.0)},
}
ABLATIONS = [
    (name, match) for name in ("trace", "attention", "modulation", "phase", "chance") for match in ("none", "mean")
]
AVERAGED = {**ALL, "attention": va.LocalAttention(beta=2.0, normalise="mean")}
STEPS = 12


@pytest.fixture(autouse=True)
def networks_are_split(monkeypatch):
    monkeypatch.setattr("vesicle_abm.views.threads.ROWS_PER_THREAD", 200)


def both(monkeypatch, build, threads=2, steps=STEPS):
    """The states after some steps: of the sweep, and of the array text."""
    fast = build(threads)
    assert sweep.fits(fast.world.plasticity, {})
    fast.run_for(steps)
    with monkeypatch.context() as patched:
        patched.setattr(sweep, "fits", lambda rule, signals: False)
        plain = build(1)
        plain.run_for(steps)
    return fast.state, plain.state


@pytest.mark.parametrize("parts", RULES.values(), ids=RULES)
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("by_target", [False, True], ids=["by source", "by target"])
def test_the_sweep_gives_the_bits_of_the_array_text(parts, precision, by_target, monkeypatch):
    network, parts = graph(by_target), {**parts, "precision": precision}
    fast, plain = both(monkeypatch, lambda threads: model(parts, network, threads))
    assert not np.array_equal(plain.weight, model(parts, network).state.weight)
    assert fast.digest() == plain.digest()


@pytest.mark.parametrize("parts", [ALL, AVERAGED], ids=["sum", "mean"])
@pytest.mark.parametrize("ablated", ABLATIONS, ids="-".join)
def test_what_stands_in_place_of_an_ablated_stage_has_the_bits_of_the_array_text(parts, ablated, monkeypatch):
    network = graph(by_target=True)
    fast, plain = both(monkeypatch, lambda threads: model(parts, network, threads, ablated=[ablated]))
    assert fast.digest() == plain.digest()


@pytest.mark.parametrize("parts", [ALL, THREE], ids=["all", "three factors"])
@pytest.mark.parametrize(("threads", "tile"), list(product((1, 2, 3), (1, 64, 4096))))
def test_neither_threads_nor_tiles_change_a_bit(parts, threads, tile, monkeypatch):
    monkeypatch.setattr(sweep, "TILE", tile)
    network = graph(by_target=True)
    fast, plain = both(monkeypatch, lambda threads: model(parts, network, threads), threads)
    assert fast.digest() == plain.digest()


@pytest.mark.parametrize("gate", [None, va.PhaseGate(frequency=0.1), va.PhaseGate(frequency=0.1, preferred=0.5)])
@pytest.mark.parametrize("bounds", [None, va.WeightBounds(low=0.0), va.WeightBounds(low=0.05, high=0.2)])
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("rate", [0.0, 0.02])
@pytest.mark.parametrize("by_target", [False, True], ids=["by source", "by target"])
def test_where_modulation_or_a_closed_gate_lets_nothing_through_the_bits_are_the_same(
    gate, bounds, precision, rate, by_target, monkeypatch
):
    """Neurons without reward, gates that close all at once, weights out of bounds and weights of -0.0."""
    monkeypatch.setattr(sweep, "TILE", 24)  # so that some tiles rest and others do not
    network = graph(by_target, phases=0.3)
    parts = {**ALL, "modulation": DOPAMINE, "phase": gate, "bounds": bounds, "precision": precision}
    fast, plain = both(monkeypatch, lambda threads: model(parts, network, threads, rate))
    assert fast.digest() == plain.digest()
    assert np.signbit(network.edge_data["sign"] * network.weight)[network.weight == 0.0].any()


@pytest.mark.parametrize("parts", [ALL, THREE], ids=["all", "three factors"])
def test_without_delays_the_bits_are_the_same(parts, monkeypatch):
    network = graph(by_target=True, delays=False)
    fast, plain = both(monkeypatch, lambda threads: model(parts, network, threads))
    assert fast.digest() == plain.digest()


POISON = {
    "trace.slow": np.inf,
    "trace.fast": np.nan,
    "embedding.average": np.inf,
    "attention.context": np.inf,
    "weight": np.nan,
}


@pytest.mark.parametrize("array", POISON)
@pytest.mark.parametrize("parts", [ALL, {**ALL, "modulation": DOPAMINE}, THREE], ids=["all", "at rest", "three"])
def test_the_sweep_refuses_what_the_array_text_refuses(parts, array, monkeypatch):
    told = []
    for fits in (sweep.fits, lambda rule, signals: False):
        monkeypatch.setattr(sweep, "fits", fits)
        grown = model(parts, graph(by_target=True), rate=0.0)
        grown.step()
        arrays = {"weight": grown.state.weight, **grown.state.kept}
        if array not in arrays:
            pytest.skip("the rule does not keep it")
        arrays[array][50] = POISON[array]
        with pytest.raises(InputError) as refused:
            run_stage(grown.world, "learn")
        told.append(str(refused.value))
    assert told[0] == told[1]


@pytest.mark.parametrize("parts", [ALL, THREE, {**ALL, "bounds": None}], ids=["all", "three", "no bounds"])
@pytest.mark.parametrize(("precision", "large"), [("float64", 1e308), ("float32", 3e38)])
def test_numbers_near_the_largest_end_alike(parts, precision, large, monkeypatch):
    """What is too large for the short ways of the sweep goes the long one, to the same weights or the same refusal."""
    ends = []
    for fits in (sweep.fits, lambda rule, signals: False):
        monkeypatch.setattr(sweep, "fits", fits)
        grown = model({**parts, "precision": precision}, graph(by_target=True))
        grown.run_for(3)
        for array in (grown.state.kept["trace.slow"], grown.state.weight):
            array[::7] = large
        try:
            run_stage(grown.world, "learn")
            ends.append(grown.state.digest())
        except InputError as refused:
            ends.append(str(refused))
    assert ends[0] == ends[1]


def test_the_sweep_leaves_other_rules_to_the_array_text():
    class Own(va.LocalAttention, name="own_of_the_sweep"):
        pass

    assert sweep.fits(va.Plasticity(**ALL), {})
    for part, other in {
        "attention": va.LocalAttention(similarity="cosine"),
        "correlation": va.STDPCorrelation(),
        "bounds": va.WeightBounds(dale=True),
        "trace": va.CompositeTrace(tau_fast=np.full(700, 3.0)),
    }.items():
        assert not sweep.fits(va.Plasticity(**{**ALL, part: other}), {}), part
    assert not sweep.fits(va.Plasticity(**{**ALL, "attention": Own()}), {})
    assert not sweep.fits(va.Plasticity(**ALL), {"phase": np.zeros(61)})
