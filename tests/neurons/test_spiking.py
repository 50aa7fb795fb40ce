"""Spiking neurons against closed forms, a fine integration, and themselves in the other view."""

from functools import cache

import networkx as nx
import numpy as np
import pytest
from scipy.integrate import solve_ivp

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import BACKWARD
from vesicle_abm.neurons.activation import sum_inputs
from vesicle_abm.neurons.arrivals import add_arrivals, arriving

ALONE = nx.empty_graph(1, create_using=nx.DiGraph)


def spike_times(neurons: va.NeuronModel, steps: int) -> np.ndarray:
    """Steps in which one neuron, left to itself, fires."""
    model = va.VesicleModel(ALONE, {}, neurons=neurons, record_every=0)
    fired = []
    for step in range(steps):
        model.step()
        if model.state.activation[0]:
            fired.append(step)
    return np.array(fired)


# Integrate and fire


@pytest.mark.parametrize("dt", [1.0, 0.1])
@pytest.mark.parametrize("refractory", [0.0, 3.0])
def test_integrate_and_fire_under_a_constant_current_fires_when_the_closed_form_says(dt, refractory):
    """From rest, v reaches rest + 15 under R I = 20 after tau ln(20 / 5) = 27.726 ms: in the first step that ends then.

    Each later spike comes as long after the one before, and the refractory time.
    """
    neurons = va.LIFNeurons(dt_ms=dt, bias=20.0, refractory_ms=refractory)
    steps = int(np.ceil(20.0 * np.log(20.0 / 5.0) / dt))
    wait = round(refractory / dt)
    fired = spike_times(neurons, 5 * (steps + wait))
    assert fired.tolist() == [steps - 1 + k * (steps + wait) for k in range(len(fired))]
    assert len(fired) >= 4


def test_integrate_and_fire_stays_silent_below_the_rheobase():
    assert len(spike_times(va.LIFNeurons(bias=15.0), 500)) == 0
    assert len(spike_times(va.LIFNeurons(bias=15.1), 500)) > 0


def test_euler_steps_miss_the_exact_potential_by_half_as_much_where_they_are_half_as_long():
    errors = []
    for dt in (1.0, 0.5):
        model = va.VesicleModel(ALONE, {}, neurons=va.LIFNeurons(dt_ms=dt, bias=10.0, integration="euler"))
        model.run_for(int(20.0 / dt))
        errors.append(abs(model.neurons[0].v - (-65.0 + 10.0 * (1.0 - np.exp(-1.0)))))
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.03)


# Izhikevich


@cache
def integrated(current: float, until: float) -> np.ndarray:
    """Spike times in ms by an adaptive integration of the equations, to 1e-10."""
    peak = lambda t, y: y[0] - 30.0  # noqa: E731
    peak.terminal, peak.direction = True, 1.0
    times, start, y = [], 0.0, np.array([-65.0, -13.0])
    slope = lambda t, y: (  # noqa: E731
        0.04 * y[0] ** 2 + 5.0 * y[0] + 140.0 - y[1] + current,
        0.02 * (0.2 * y[0] - y[1]),
    )
    while start < until:
        found = solve_ivp(slope, (start, until), y, events=peak, rtol=1e-10, atol=1e-10)
        start = found.t[-1]
        if not len(found.t_events[0]):
            break
        times.append(start)
        y = np.array([-65.0, found.y[1, -1] + 8.0])
    return np.array(times)


def test_izhikevich_spikes_come_when_a_fine_integration_says_and_nearer_the_shorter_the_step():
    """Regular spiking under I = 10: the error of the fifth spike halves with the step, to 0.12 ms at 0.005."""
    expected = integrated(10.0, 300.0)[:5]
    errors = []
    for dt in (0.02, 0.01, 0.005):
        fired = spike_times(va.IzhikevichNeurons(dt_ms=dt, substeps=1, bias=10.0), int(300.0 / dt))[:5]
        errors.append(np.abs((fired + 1) * dt - expected).max())
    assert errors[2] < 0.12
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.15)
    assert errors[1] / errors[2] == pytest.approx(2.0, rel=0.15)


def test_one_step_of_izhikevichs_own_program_by_hand():
    """v = -65, u = -13, I = 10: two half steps 0.5 ((0.04 v + 5) v + 140 - u + I), then u by 0.02 (0.2 v - u)."""
    model = va.VesicleModel(ALONE, {}, neurons=va.IzhikevichNeurons(bias=10.0))
    model.step()
    v = -65.0 + 0.5 * ((0.04 * -65.0 + 5.0) * -65.0 + 140.0 + 13.0 + 10.0)  # -61.5
    v = v + 0.5 * ((0.04 * v + 5.0) * v + 140.0 + 13.0 + 10.0)
    assert v == pytest.approx(-58.105)
    assert model.neurons[0].v == v
    assert model.neurons[0].u == -13.0 + 0.02 * (0.2 * v + 13.0)


# Synapses


def pair(neurons: va.NeuronModel, weight: float, sign: int = 1) -> va.VesicleModel:
    """A neuron that fires in step 0, and its target, which does not."""
    graph = nx.DiGraph()
    graph.add_edge("a", "b", weight=weight, sign=sign)
    model = va.VesicleModel(graph, {}, neurons=neurons, record_every=0)
    model.neuron("a").activation = 1.0
    return model


def test_a_current_decays_with_its_time_constant_and_moves_v_as_the_closed_form_says():
    """Steps of 0.01 ms: v(t) = R w tau_s / (tau_s - tau) (exp(-t / tau_s) - exp(-t / tau)), to the step's length."""
    neurons = va.LIFNeurons(dt_ms=0.01, synapse="current", tau_exc_ms=5.0)
    model = pair(neurons, weight=3.0)
    model.run_for(1000)
    t = 10.0
    expected = 3.0 * 5.0 / (5.0 - 20.0) * (np.exp(-t / 5.0) - np.exp(-t / 20.0))
    assert model.neuron("b").exc == pytest.approx(3.0 * np.exp(-(t - 0.01) / 5.0))
    assert model.neuron("b").v + 65.0 == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(("sign", "kept", "reversal"), [(1, "exc", 0.0), (-1, "inh", -80.0)])
def test_a_conductance_pulls_towards_its_reversal_potential_by_hand(sign, kept, reversal):
    """One step of 1 ms with g = 0.5: tau_eff = 20 / 1.5, v_inf = (-65 + 0.5 E) / 1.5."""
    model = pair(va.LIFNeurons(synapse="conductance"), weight=0.5, sign=sign)
    model.step()
    aim = (-65.0 + 0.5 * reversal) / 1.5
    assert getattr(model.neuron("b"), kept) == 0.5
    assert model.neuron("b").v == pytest.approx(aim + (-65.0 - aim) * np.exp(-1.5 / 20.0))


def test_an_izhikevich_conductance_draws_current_by_hand():
    """dv = (0.04 v + 5) v + 140 - u + g (0 - v) in one substep of 1 ms: -3 + 0.1 * 65 = 3.5 at v = -65, u = -13."""
    model = pair(va.IzhikevichNeurons(synapse="conductance", substeps=1), weight=0.1)
    model.step()
    assert model.neuron("b").v == pytest.approx(-65.0 - 3.0 + 6.5)


def test_a_pulse_comes_one_step_and_its_delay_after_the_spike():
    graph = nx.DiGraph()
    graph.add_edge("a", "b", weight=100.0, delay=2)
    model = va.VesicleModel(graph, {}, neurons=va.IzhikevichNeurons(), record_every=0)
    model.neuron("a").activation = 1.0  # as if it had fired in the step before the first
    fired = []
    for _ in range(5):
        model.step()
        fired.append(model.neuron("b").activation)
    assert fired == [0.0, 0.0, 1.0, 0.0, 0.0]


# Both views, all stages


def network(seed: int, delayed: bool) -> va.NeuralGraph:
    """30 neurons whose edges are listed in no order; a third inhibit."""
    drawn = nx.gnp_random_graph(30, 0.25, seed=seed, directed=True)
    edges = [
        (a, b, {"weight": 1.0 + n % 5, "sign": -1 if a % 3 == 0 else 1, "delay": n % 4 if delayed else 0})
        for n, (a, b) in enumerate(sorted(drawn.edges, key=lambda e: (e[0] * 7 + e[1] * 11) % 31))
    ]
    return va.NeuralGraph.from_edges(edges, [(n, {}) for n in range(30)])


@pytest.mark.parametrize("delayed", [False, True])
def test_following_the_edges_of_active_neurons_gives_the_sums_of_all_edges_to_the_bit(delayed):
    graph = network(3, delayed)
    weight = np.sin(1.0 + np.arange(graph.edge_count))
    history = np.where(np.cos(np.arange(5 * 30)) > 0.4, np.arange(150) % 3 / 2.0, 0.0).reshape(5, 30)
    delay = graph.delay if delayed else np.zeros(0, np.int32)
    inward, outward = graph.ways(None, BACKWARD), graph.ways(None)
    dense, sparse, inhibited = np.empty(30), np.zeros(30), np.zeros(30)
    sum_inputs(inward.indptr, inward.edge, inward.end, weight, delay, history, 7, 0, 30, dense)
    edges = arriving(outward.indptr, outward.edge, delay, history, 7)
    assert 0 < len(edges) < graph.edge_count
    add_arrivals(edges, graph.source, graph.target, weight, delay, history, 7, False, sparse, inhibited)
    assert dense.tobytes() == sparse.tobytes()
    excited = np.zeros(30)
    add_arrivals(edges, graph.source, graph.target, weight, delay, history, 7, True, excited, inhibited)
    assert np.allclose(excited - inhibited, dense)
    assert (excited >= 0.0).all() and (inhibited >= 0.0).all() and inhibited.any()


MODELS = {
    "izhikevich": va.IzhikevichNeurons(noise=2.0, jitter=25.0, bias=3.0),
    "izhikevich, conductances": va.IzhikevichNeurons(synapse="conductance", weight_scale=0.02, jitter=40.0),
    "integrate and fire": va.LIFNeurons(bias=20.0, jitter=60.0, refractory_ms=2.0, gain_recovery=5.0),
    "integrate and fire, currents": va.LIFNeurons(synapse="current", bias=19.0, noise=5.0),
    "integrate and fire, conductances": va.LIFNeurons(synapse="conductance", weight_scale=0.1, bias=19.0, noise=5.0),
}
EVERY_STAGE = va.Plasticity(
    correlation=va.STDPCorrelation(pairing="nearest"),
    attention=va.LocalAttention(),
    modulation=va.Modulation(eta_global=0.05),
    astrocyte=va.Astrocyte(modulator="noradrenaline"),
    phase=va.PhaseGate(),
    chance=va.ProbabilisticGate(),
    homeostasis=va.HomeostaticBias(target=0.05),
)


def everything(neurons: va.NeuronModel, view: str, delayed: bool = True) -> va.VesicleModel:
    """A model at whose spikes every stage of learning works, and whose vesicles give to gain, bias, film and levels."""
    release = (va.ModulatorRelease(), va.GainRelease(amount=0.05), va.BiasRelease(amount=0.1))
    common = {"docking": va.ConstantDocking(probability=0.5), "lifetime": 10, "clearance": 20.0}
    kinds = {
        "dopamine": va.Kind(emission=va.ThresholdEmission(count=2.0), release=release, **common),
        "noradrenaline": va.Kind(emission=va.ConstantEmission(rate=0.1), release=va.ModulatorRelease(), **common),
    }
    parts = {"neurons": neurons, "plasticity": EVERY_STAGE, "seed": 5, "view": view}
    return va.VesicleModel(network(4, delayed), kinds, **parts)


@pytest.mark.parametrize("name", MODELS)
def test_both_views_give_the_same_bits_with_every_stage_of_learning_and_vesicles_at_work(name):
    fast, slow = (everything(MODELS[name], view) for view in ("compiled", "particles"))
    before, spikes = fast.state.weight.copy(), 0
    for _ in range(40):
        fast.step()
        slow.step()
        spikes += int(fast.state.activation.sum())
        assert set(np.unique(fast.state.activation)) <= {0.0, 1.0}
    assert spikes > 20
    assert fast.state.digest() == slow.state.digest()
    assert fast.counts["absorbed"] > 0 and (fast.state.weight != before).any() and (fast.state.gain != 1.0).any()


def test_a_copy_and_a_checkpoint_go_on_with_the_same_bits(tmp_path):
    model = everything(MODELS["integrate and fire, conductances"], "compiled")
    model.run_for(20)
    model.save(tmp_path / "model.npz")
    others = model.copy(), va.VesicleModel.load(tmp_path / "model.npz")
    for each in (model, *others):
        each.run_for(15)
    assert {each.state.digest() for each in others} == {model.state.digest()}


def test_a_potential_that_is_set_shows_in_the_digest():
    model = everything(MODELS["izhikevich"], "compiled")
    before = model.state.digest()
    model.neurons[3].v = -50.0
    assert model.neurons[3].v == model.state.cells["v"][3] == -50.0
    assert model.state.digest() != before
    assert model.neurons.get("v")[3] == -50.0


def test_a_number_that_these_neurons_do_not_keep_is_refused():
    with pytest.raises(InputError, match="keep no u"):
        _ = va.VesicleModel(ALONE, {}, neurons=va.LIFNeurons()).neurons[0].u
    with pytest.raises(InputError, match="LIFNeurons and IzhikevichNeurons have potentials"):
        _ = va.VesicleModel(ALONE, {}, neurons=va.HMNNeurons()).neurons[0].v


def test_a_membrane_that_runs_away_is_refused_with_what_helps():
    graph = nx.DiGraph([(0, 1)])
    model = va.VesicleModel(graph, {}, neurons=va.IzhikevichNeurons(dt_ms=1.0, bias=-1e160, substeps=5))
    with pytest.raises(InputError, match="smaller dt_ms"):  # and no warning of numpy's beside it
        model.run_for(50)


# Scenarios


def scenario(neurons: dict) -> va.Scenario:
    graph = {"populations": {"a": {"size": 2, "attributes": {"rate": [0.02, 0.1]}}}}
    return va.Scenario({"question": "Do they fire?", "expect": "Yes.", "graph": graph, "kinds": {}, "neurons": neurons})


def test_a_scenario_names_its_neurons_and_has_those_of_hmn_where_it_does_not():
    assert isinstance(scenario({"rule": "izhikevich", "a": "rate"}).table.neurons, va.IzhikevichNeurons)
    assert scenario({"rule": "izhikevich", "a": "rate"}).build().world.neurons.a.tolist() == [0.02, 0.1]
    assert isinstance(scenario({"bias": 1.0}).table.neurons, va.HMNNeurons)


@pytest.mark.parametrize(
    ("neurons", "words"),
    [
        ({"rule": "izikevich"}, "izhikevich"),
        ({"rule": "lif", "tau": 3.0}, "tau_ms"),
        ({"rule": "lif", "synapse": "currant"}, "current"),
        ({"rule": "lif", "dt_ms": 0.0}, "> 0"),
    ],
)
def test_a_misspelt_rule_or_parameter_is_refused_with_the_nearest(neurons, words):
    with pytest.raises(InputError, match=words):
        scenario(neurons)


@pytest.mark.parametrize("integration", ["exact", "euler"])
def test_without_a_leak_a_constant_current_adds_up(integration):
    """v gains R I dt / tau = 2 * 3 * 0.5 / 4 = 0.75 mV a step: at 15 mV above reset in every 20th."""
    given = {"leak": 0.0, "tau_ms": 4.0, "resistance": 2.0, "bias": 3.0, "dt_ms": 0.5}
    neurons = va.LIFNeurons(integration=integration, **given)
    model = va.VesicleModel(ALONE, {}, neurons=neurons, record_spikes=True)
    model.run_for(100)
    assert model.spikes[:, 0].tolist() == [20, 40, 60, 80, 100]
