"""Delivery by broadcast: what vesicles would bring is spread evenly over all nodes, as HMN's global signals are."""

import dataclasses
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import Z, isolated, mean_z
from strategies import modest, worlds

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

SEED = 91
ROUNDED = 1e-8  # levels are summed in units of 2**-32


@pytest.fixture(autouse=True)
def every_population_is_split(monkeypatch):
    monkeypatch.setattr("vesicle_abm.views.threads.ROWS_PER_THREAD", 1)


def told(view="compiled", graph=None, steps=1, signals=None, further=None, neurons=None, **kind) -> va.VesicleModel:
    """A model of one broadcast kind, after so many steps."""
    kinds = {"reward": va.Kind(delivery="broadcast", **kind), **(further or {})}
    model = va.VesicleModel(graph or isolated(4), kinds, neurons=neurons, seed=SEED, view=view)
    model.signals.update(signals or {})
    model.run_for(steps)
    return model


def bring(amount: float, **more) -> va.ModulatorRelease:
    return va.ModulatorRelease(amount=amount, **more)


@pytest.mark.parametrize("view", VIEWS)
def test_each_step_every_level_clears_and_grows_by_births_times_amount_over_nodes(view):
    """Rates 1, 2, 0.5, 0 and amount 0.5 at 4 nodes: 3.5 * 0.5 / 4 a step; after T, times (1 - d^T) / (1 - d)."""
    rate = np.array([1.0, 2.0, 0.5, 0.0])
    model = told(view, emission=va.ConstantEmission(rate=rate), release=bring(0.5), clearance=4.0)
    step, d = 3.5 * 0.5 / 4.0, math.exp(-0.25)
    assert model.state.modulator[:, 0] == pytest.approx(np.full(4, step), abs=ROUNDED)
    model.run_for(9)
    assert model.state.modulator[:, 0] == pytest.approx(np.full(4, step * (1.0 - d**10) / (1.0 - d)), abs=ROUNDED)


@pytest.mark.parametrize("view", VIEWS)
def test_no_vesicle_is_made(view):
    model = told(view, steps=5, emission=va.ConstantEmission(rate=50.0), release=bring(1.0), lifetime=3)
    assert model.counts == {"born": 0, "alive": 0, "absorbed": 0, "expired": 0, "cleared": 0}
    assert model.state.modulator[:, 0].tolist() == [250.0] * 4
    assert len(model.vesicles) == 0 and model.docked_now.tolist() == [0]


def test_an_event_brings_its_expectation_not_a_draw():
    """2.5 births at node 0 in steps 1 and 3: 2.5 / 4 at each node, whatever the seed."""
    pulse = va.PulseEmission(count=2.5, at=1, every=2, nodes=[0])
    model = told(emission=pulse, release=bring(1.0))
    for wanted in (0.0, 0.625, 0.625, 1.25):
        assert model.state.modulator[:, 0] == pytest.approx(np.full(4, wanted), abs=ROUNDED)
        model.step()


def test_what_is_brought_follows_the_mean_content_of_those_born():
    """Rates 1 and 3, contents 1 and 3: the mean is 10 / 4 = 2.5; 4 births * 2.5 * 0.5 / 2 nodes."""
    kind = {"content_width": 1, "content": va.GaussianContent(mean=[[1.0], [3.0]], deviation=[[2.0], [0.0]])}
    rate = va.ConstantEmission(rate=np.array([1.0, 3.0]))
    model = told(graph=isolated(2), emission=rate, release=bring(0.5, component=0), **kind)
    assert model.state.modulator[:, 0] == pytest.approx(np.full(2, 2.5), abs=ROUNDED)


@pytest.mark.parametrize("view", VIEWS)
def test_it_reaches_other_levels_and_gains_too(view):
    """4 births a step: 0.25 to the level of "other" and 0.1 to the gain, over 4 nodes."""
    releases = [bring(0.25, level="other"), va.GainRelease(amount=0.1)]
    emission = va.ConstantEmission(rate=1.0)
    model = told(view, further={"other": va.Kind()}, neurons=va.HMNNeurons(), emission=emission, release=releases)
    assert model.state.modulator == pytest.approx(np.tile([0.0, 0.25], (4, 1)), abs=ROUNDED)
    assert model.state.gain == pytest.approx(np.full(4, 1.1), abs=ROUNDED)


def test_activity_of_this_step_decides_what_it_brings():
    """relu, bias 0, 1, 2, 3, one birth for each of those at 2 or above: 2 / 4 at each node."""
    emission, neurons = va.ThresholdEmission(count=1.0, threshold=2.0), va.HMNNeurons(bias=np.arange(4.0))
    assert told(emission=emission, release=bring(1.0), neurons=neurons).state.modulator[:, 0].tolist() == [0.5] * 4


@st.composite
def told_worlds(draw):
    """A world in which some kinds, or all that others do not follow, are broadcast."""
    recipe = draw(worlds())
    deliveries = {name: draw(st.sampled_from(["broadcast", "broadcast", "vesicles"])) for name in recipe.kinds}
    followed = [name for name, kind in recipe.kinds.items() if kind.trail is not None and kind.trail.onto is None]
    kinds = {
        name: as_broadcast(kind) if deliveries[name] == "broadcast" and name not in followed else kind
        for name, kind in recipe.kinds.items()
    }
    return dataclasses.replace(recipe, kinds=kinds)


def as_broadcast(kind: va.Kind) -> va.Kind:
    """The kind as a broadcast, without what needs vesicles."""
    release = [rule for rule in kind.release if rule.target != "memory"]
    return dataclasses.replace(kind, delivery="broadcast", release=release, turn=None, trail=None)


@modest(30)
@given(recipe=told_worlds(), order=st.integers(0, 2**32))
def test_views_agree_on_worlds_that_broadcast(recipe, order):
    digests = set()
    for options in ({"view": "particles", "order": order}, {"threads": 1}, {"threads": 3}):
        model = recipe.build(**options)
        model.run_for(4)
        digests.add(model.state.digest())
    assert len(digests) == 1


def test_a_file_remembers_the_delivery(tmp_path):
    model = told(emission=va.ConstantEmission(rate=1.0), release=bring(1.0), steps=2)
    model.save(tmp_path / "a.npz")
    loaded = va.VesicleModel.load(tmp_path / "a.npz")
    for each in (model, loaded):
        each.run_for(2)
    assert loaded.state.digest() == model.state.digest() and loaded.counts["born"] == 0


@pytest.mark.parametrize("rate", [50.0, 5000.0])
def test_dense_short_lived_vesicles_on_a_complete_graph_bring_the_same_in_the_mean(rate):
    """Each lives one step, goes to any of N nodes alike, docks, and brings 1 / rate: Poisson(rate / N) at each node.

    After T steps a level has the mean (1 - d^T) / (1 - d) / N, which is what broadcast brings, and the variance
    (1 - d^2T) / (1 - d^2) / (N rate), which vanishes with the rate; standard error over the N nodes. Seed 91.
    """
    n, steps, d = 40, 30, math.exp(-1.0 / 5.0)
    graph = va.NeuralGraph.from_networkx(nx.complete_graph(n, nx.DiGraph))
    source = np.where(np.arange(n) == 3, rate, 0.0)
    rules = {
        "emission": va.ConstantEmission(rate=source), "migration": va.WeightedMigration(stay=1.0), "lifetime": 1,
        "docking": va.ConstantDocking(probability=1.0), "release": bring(1.0 / rate), "clearance": 5.0,
    }  # fmt: skip
    broadcast = told(graph=graph, steps=steps, **rules).state.modulator[:, 0]
    model = va.VesicleModel(graph, {"reward": va.Kind(**rules)}, seed=SEED)
    model.run_for(steps)
    carried, variance = model.state.modulator[:, 0], (1.0 - d ** (2 * steps)) / (1.0 - d**2) / (n * rate)
    assert broadcast == pytest.approx(np.full(n, (1.0 - d**steps) / (1.0 - d) / n), abs=ROUNDED)
    assert abs(mean_z(carried, broadcast[0], variance)) < Z
    assert (np.abs(carried - broadcast) < Z * math.sqrt(variance)).all()
    assert carried.std() == pytest.approx(math.sqrt(variance), rel=Z * math.sqrt(0.5 / n))  # se of a standard deviation


# SignalEmission


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "signal, wanted",
    [(3.0, 4 * 3.0), (-3.0, 0.0), (None, 0.0), (np.array([1.0, -2.0, 0.5, 0.0]), 1.5)],
    ids=["a number", "below 0", "none", "one per node"],
)
def test_a_signal_says_how_many_are_born(view, signal, wanted):
    """scale 2; broadcast brings 2 * wanted / 4 to each node."""
    signals = {} if signal is None else {"outcome": signal}
    emission = va.SignalEmission(signal="outcome", scale=2.0)
    model = told(view, signals=signals, emission=emission, release=bring(1.0))
    assert model.state.modulator[:, 0].tolist() == [2.0 * wanted / 4.0] * 4


def test_only_the_named_nodes_emit_at_a_signal():
    emission = va.SignalEmission(nodes=[1, 3])
    assert told(signals={"reward": 3.0}, emission=emission, release=bring(1.0)).state.modulator[0, 0] == 6.0 / 4.0


def test_vesicles_too_are_born_as_a_signal_says_and_stop_when_it_stops():
    """Poisson(20) at each of 400 nodes, standard error sqrt(20 / 400); then none. Seed 91."""
    kinds = {"reward": va.Kind(emission=va.SignalEmission(scale=10.0))}
    model = va.VesicleModel(isolated(400), kinds, seed=SEED)
    model.signals["reward"] = 2.0
    model.step()
    assert abs(mean_z(model.state.emitted[0], 20.0, 20.0)) < Z
    born, model.signals["reward"] = model.counts["born"], 0.0
    model.run_for(3)
    assert model.counts["born"] == born


def test_a_signal_of_a_wrong_length_is_refused():
    with pytest.raises(va.InputError, match=r"kinds\.reward\.emission"):
        told(signals={"reward": np.ones(3)}, emission=va.SignalEmission(), release=bring(1.0))


def test_an_unknown_delivery_is_refused_with_the_nearest():
    with pytest.raises(va.InputError, match="delivery: got 'brodcast'; did you mean 'broadcast'"):
        va.Kind(delivery="brodcast")
