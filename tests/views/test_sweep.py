"""The sweep gives the bits of the array text, for every rule that it takes; and refuses what that refuses."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.views import sweep

TRACE, CHANCE = va.CompositeTrace(tau_fast=3.0, tau_slow=30.0), va.ProbabilisticGate(beta=50.0, theta=0.01)
RULES = {
    "all stages": {
        "trace": TRACE,
        "attention": va.LocalAttention(beta=2.0),
        "modulation": va.Modulation(eta_local=0.01, eta_global=0.1),
        "phase": va.PhaseGate(frequency=0.05),
        "chance": CHANCE,
        "bounds": va.WeightBounds(low=0.0, high=2.0),
    },
    "attention that averages 1": {"attention": va.LocalAttention(beta=3.0, normalise="mean"), "chance": CHANCE},
    "no attention": {"phase": va.PhaseGate(frequency=0.1, offset=1.0), "chance": CHANCE},
    "no phase": {"attention": va.LocalAttention(), "bounds": va.WeightBounds(low=0.1)},
    "no chance": {"attention": va.LocalAttention(), "phase": va.PhaseGate(preferred=0.5)},
    "no modulation": {"modulation": None, "chance": CHANCE, "bounds": va.WeightBounds(high=2.0)},
    "homeostasis": {"homeostasis": va.HomeostaticBias(target=0.3, rate=0.1), "chance": CHANCE},
    "float32": {"precision": "float32", "attention": va.LocalAttention(), "chance": CHANCE},
}


def model(parts, threads=1, phases=True):
    graph = nx.gnp_random_graph(60, 0.2, seed=1, directed=True)
    graph.add_node(60)  # nothing leads to it
    rng = np.random.default_rng(2)
    for _, _, edge in graph.edges(data=True):
        edge.update(weight=float(rng.uniform(0, 0.3)), delay=int(rng.integers(0, 4)))
        if phases:
            edge["preferred_phase"] = float(rng.uniform(0, 6))
    kinds = {
        "reward": va.Kind(emission=va.ConstantEmission(rate=0.5), docking=va.ConstantDocking(probability=0.3),
                          release=va.ModulatorRelease(amount=1.0), lifetime=9),
    }  # fmt: skip
    neurons = va.HMNNeurons(activation="sigmoid", noise=1.0)
    return va.VesicleModel(graph, kinds, neurons=neurons, plasticity=va.Plasticity(**parts), seed=3, threads=threads)


@pytest.mark.parametrize("parts", RULES.values(), ids=RULES)
@pytest.mark.parametrize("tile", [1, 64, 1024])
def test_the_sweep_gives_the_bits_of_the_array_text(parts, tile, monkeypatch):
    plain, fast = model(parts), model(parts, threads=2)
    assert sweep.fits(fast.world.plasticity, {})
    monkeypatch.setattr("vesicle_abm.views.threads.ROWS_PER_THREAD", 200)
    monkeypatch.setattr(sweep, "TILE", tile)
    fast.run_for(15)
    monkeypatch.setattr(sweep, "fits", lambda rule, signals: False)
    plain.run_for(15)
    assert not np.array_equal(plain.state.weight, model(parts).state.weight)
    assert fast.state.digest() == plain.state.digest()


def test_the_sweep_refuses_what_the_array_text_refuses(monkeypatch):
    told = []
    for fits in (sweep.fits, lambda rule, signals: False):
        monkeypatch.setattr(sweep, "fits", fits)
        grown = model(RULES["no chance"])
        grown.step()
        grown.state.kept["trace.slow"][100] = np.inf
        with pytest.raises(InputError) as refused:
            grown.step()
        told.append(str(refused.value))
    assert told[0] == told[1]


def test_the_sweep_leaves_other_rules_to_the_array_text():
    class Own(va.LocalAttention, name="own_of_the_sweep"):
        pass

    fits = {**RULES["all stages"]}
    assert sweep.fits(va.Plasticity(**fits), {})
    for part, other in {
        "attention": va.LocalAttention(similarity="cosine"),
        "correlation": va.STDPCorrelation(),
        "bounds": va.WeightBounds(dale=True),
        "trace": None,
    }.items():
        assert not sweep.fits(va.Plasticity(**{**fits, part: other}), {}), part
    assert not sweep.fits(va.Plasticity(**{**fits, "attention": Own()}), {})
    assert not sweep.fits(va.Plasticity(**fits).without("phase"), {})
    assert not sweep.fits(va.Plasticity(**fits), {"phase": np.zeros(61)})
