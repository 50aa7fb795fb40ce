"""How synapses learn from spikes: windows of timing, traces by hand, and dopamine against the exact solution."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core import functions
from vesicle_abm.views import stretch

CLOSE = pytest.approx
PAIR = va.NeuralGraph.from_edges([("a", "b")])


def window(rule: va.Correlation, distance: int) -> float:
    """What a synapse gains in all where its neuron fires so many steps after the presynaptic one."""
    spikes = np.zeros((100, 2))
    spikes[50, 0] = spikes[50 + distance, 1] = 1.0
    drive = va.Plasticity(correlation=rule, trace=None, modulation=va.Modulation(eta_local=0.0))
    return float(va.replay(drive, PAIR, pre=spikes, post=spikes)["correlation"].sum())


@pytest.mark.parametrize("pairing", ["nearest", "all"])
@pytest.mark.parametrize("distance", [-30, -7, -1, 0, 1, 7, 30])
def test_the_window_of_stdp_is_two_exponentials(pairing, distance):
    rule = va.STDPCorrelation(tau_plus=15.0, tau_minus=30.0, a_plus=1.0, a_minus=0.5, pairing=pairing)
    sides = {1: math.exp(-distance / 15.0), 0: 0.0, -1: -0.5 * math.exp(distance / 30.0)}
    assert window(rule, distance) == CLOSE(sides[int(np.sign(distance))], rel=1e-12)


def fired_in(model: va.VesicleModel, times: dict[int, list[str]], steps: int) -> np.ndarray:
    """(steps,) the correlation at the only synapse, where neurons are made to fire in these steps."""
    found = []
    for step in range(steps):
        for name in ("a", "b"):
            model.neuron(name).drive = 200.0 if name in times.get(step, []) else 0.0
        model.step()
        found.append(float(model.state.kept["trace.sum"][0]))
    return np.diff(found, prepend=0.0)


def synapse(pairing: str, delay: int = 0, view: str = "compiled") -> va.VesicleModel:
    """Two neurons and a synapse too weak to make the second fire, which sums what it gains."""
    rule = va.Plasticity(
        correlation=va.IzhikevichSTDP(pairing=pairing),
        trace=va.PeriodicTrace(tau=1e12, every=1000),
        modulation=va.Modulation(eta_local=0.0),
    )
    graph = va.NeuralGraph.from_edges([("a", "b", {"weight": 1e-6, "delay": delay})])
    neurons = va.IzhikevichNeurons()
    return va.VesicleModel(graph, {}, neurons=neurons, plasticity=rule, record_every=0, view=view)


@pytest.mark.parametrize("delay", [0, 4])
@pytest.mark.parametrize("pairing", ["nearest", "all"])
@pytest.mark.parametrize("distance", [-20, -3, 0, 1, 2, 20])
def test_the_window_of_izhikevichs_stdp_on_spikes_of_real_neurons(pairing, distance, delay):
    """0.1 exp(-(dt - 1) / 20) where the neuron fires dt >= 1 steps later, else -0.15 exp(-|dt| / 20); a step late.
    With a delay dt counts from when the presynaptic spike has travelled so far.
    """
    times: dict[int, list[str]] = {30 - delay: ["a"]}
    times.setdefault(30 + distance, []).append("b")
    found = fired_in(synapse(pairing, delay), times, 60)
    wanted = 0.1 * math.exp(-(distance - 1) / 20.0) if distance >= 1 else -0.15 * math.exp(distance / 20.0)
    assert np.flatnonzero(found).tolist() == [max(30, 30 + distance) + 1]
    assert found.sum() == CLOSE(wanted, rel=1e-12)


def test_nearest_takes_the_last_spike_and_all_adds_every_one():
    """a fires at 10 and 14, b at 20: 0.1 exp(-5/20), or that and 0.1 exp(-9/20)."""
    near, far = 0.1 * math.exp(-5 / 20), 0.1 * math.exp(-9 / 20)
    for pairing, wanted in (("nearest", near), ("all", near + far)):
        assert fired_in(synapse(pairing), {10: ["a"], 14: ["a"], 20: ["b"]}, 30)[21] == CLOSE(wanted, rel=1e-12)


@pytest.mark.parametrize("view", ["compiled", "particles"])
@pytest.mark.parametrize("pairing", ["nearest", "all"])
def test_trains_over_a_delay_sum_over_their_pairs(pairing, view):
    """Spikes of a count 3 steps later than they are; "nearest" pairs a spike with the last one before it alone."""
    pre, post, delay = [10, 14, 21, 27, 40], [12, 17, 19, 24, 30, 43], 3
    times = {step: [name for name, own in (("a", pre), ("b", post)) if step in own] for step in (*pre, *post)}
    found = float(fired_in(synapse(pairing, delay, view), times, 60).sum())
    wanted, least = 0.0, (lambda gaps: gaps[:1]) if pairing == "nearest" else (lambda gaps: gaps)
    for fires in post:
        gaps = sorted(fires - (sent + delay) for sent in pre if sent + delay < fires)
        wanted += sum(0.1 * math.exp(-(gap - 1) / 20.0) for gap in least(gaps))
    for sent in pre:
        gaps = sorted(sent + delay - fires for fires in post if fires <= sent + delay)
        wanted -= sum(0.15 * math.exp(-gap / 20.0) for gap in least(gaps))
    assert found == CLOSE(wanted, rel=1e-12)


def recurrent(view: str = "compiled", pairing: str = "nearest") -> va.VesicleModel:
    """40 neurons with delays of 0 to 5 steps, whose noise makes them fire; dopamine is there, and none is born."""
    drawn = nx.gnp_random_graph(40, 0.2, seed=4, directed=True)
    for n, (a, _, about) in enumerate(drawn.edges(data=True)):
        about.update(weight=2.0, delay=n % 6, sign=-1 if a % 4 == 0 else 1)
    rule = va.Plasticity(
        correlation=va.IzhikevichSTDP(pairing=pairing),
        trace=va.PeriodicTrace(every=7),
        modulation=va.Modulation(eta_local=0.05, eta_global=1.0, weights={"dopamine": 1.0}),
        bounds=va.WeightBounds(low=-4.0, high=4.0),
    )
    parts = {"neurons": va.IzhikevichNeurons(jitter=40.0), "plasticity": rule, "seed": 2, "view": view}
    return va.VesicleModel(drawn, {"dopamine": va.Kind(clearance=50.0)}, record_every=0, **parts)


@pytest.mark.parametrize("pairing", ["nearest", "all"])
def test_events_and_stretches_over_delays_give_the_bits_of_the_pipeline(pairing, monkeypatch):
    models, taken, whole = [recurrent(view, pairing) for view in ("particles", "compiled", "compiled")], [], stretch.run
    monkeypatch.setattr(stretch, "run", lambda *given: taken.append(whole(*given)) or taken[-1])
    for model in models:
        model.state.modulator[:] = 0.1
        before = model.state.weight.copy()
        if model is models[1]:
            for _ in range(120):
                model.step()
        else:
            model.run_for(120)
    assert models[0].state.cells["fired"].sum() > 60
    assert np.abs(models[0].state.weight - before).max() > 0.05
    assert 120 in taken
    assert len({model.state.digest() for model in models}) == 1


# Traces


def replayed(trace: va.Trace, gains: list[float]) -> np.ndarray:
    """(T,) the eligibility, with these correlations."""
    x = np.zeros((len(gains), 2))
    x[:, 0], z = gains, np.ones((len(gains), 2))
    return va.replay(va.Plasticity(trace=trace), PAIR, pre=x, post=z)["trace"][:, 0]


def test_an_exponential_trace_decays_then_gains():
    keep = math.exp(-0.1)
    found = replayed(va.ExponentialTrace(tau=10.0), [1.0, 0.5, 0.0])
    assert found == CLOSE([1.0, keep + 0.5, keep * keep + 0.5 * keep], rel=1e-14)


def test_a_periodic_trace_is_used_once_in_its_period_and_decays_then():
    keep = math.exp(-3.0 / 30.0)
    found = replayed(va.PeriodicTrace(tau=30.0, every=3), [1.0, 2.0, 4.0, 8.0, 0.0, 0.0, 0.0])
    assert found == CLOSE([0.0, 0.0, 7.0, 0.0, 0.0, 7.0 * keep + 8.0, 0.0], rel=1e-14)


@pytest.mark.parametrize("trace", [va.ExponentialTrace(tau=7.0), va.PeriodicTrace(tau=7.0, every=4)])
def test_the_gain_of_a_trace_is_what_a_constant_correlation_becomes_in_the_mean(trace):
    assert replayed(trace, [1.0] * 200)[100:].mean() == CLOSE(trace.gain(functions), rel=1e-6)


@pytest.mark.parametrize("edges", [[("a", "b")], [("a", "b"), ("b", "a")]])
def test_what_a_neuron_keeps_does_not_hide_the_trace_of_synapses_in_a_replay(edges):
    """a fires in step 0, b in step 1: pre tells the spike of the step before, so the synapse gains in step 2."""
    spikes = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    pre = np.vstack([np.zeros(2), spikes[:-1]])
    rule = va.Plasticity(correlation=va.IzhikevichSTDP(tau=20.0), trace=va.ExponentialTrace(tau=10.0))
    out = va.replay(rule, va.NeuralGraph.from_edges(edges), pre=pre, post=spikes)
    assert out["trace"][:, 0] == CLOSE([0.0, 0.0, 0.1, 0.1 * math.exp(-0.1)], rel=1e-12)
    assert out["correlation.trace"][:, 0] == CLOSE([0.0, *np.exp(-np.arange(3) / 20.0)], rel=1e-12)


# Dopamine-gated learning of fixed trains, against the exact solution

PRE, POST, DOPAMINE = (8.0, 64.0, 96.0, 200.0), (16.0, 56.0, 104.0, 240.0), (120.0, 136.0, 300.0)
TAU_C, TAU_D, TAU_STDP, UNTIL = 200.0, 100.0, 20.0, 480.0


def exact() -> float:
    """The weight's change by dw/dt = c d, from event to event: c and d decay, so it is c d tau (1 - exp(-t / tau))."""
    events = sorted([(t, "pre") for t in PRE] + [(t, "post") for t in POST] + [(t, "dopamine") for t in DOPAMINE])
    tau, c, d, p, q, change, now = 1.0 / (1.0 / TAU_C + 1.0 / TAU_D), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for when, what in [*events, (UNTIL, "end")]:
        passed, now = when - now, when
        change += c * d * tau * (1.0 - math.exp(-passed / tau))
        c, d = c * math.exp(-passed / TAU_C), d * math.exp(-passed / TAU_D)
        p, q = p * math.exp(-passed / TAU_STDP), q * math.exp(-passed / TAU_STDP)
        if what == "pre":
            c, p = c - 0.5 * q, p + 1.0
        elif what == "post":
            c, q = c + p, q + 1.0
        elif what == "dopamine":
            d += 1.0
    return change


def stepped(dt: float) -> float:
    """The same by steps of ``dt`` ms."""
    steps = round(UNTIL / dt)
    spikes, level, d = np.zeros((2, steps, 2)), np.zeros((steps, 1)), 0.0
    for times, column in ((PRE, spikes[0, :, 0]), (POST, spikes[1, :, 1])):
        column[np.round(np.array(times) / dt).astype(int)] = 1.0
    given = {round(t / dt) for t in DOPAMINE}
    for step in range(steps):
        d = d * math.exp(-dt / TAU_D) + (step in given)
        level[step] = d
    rule = va.Plasticity(
        correlation=va.STDPCorrelation(tau_plus=TAU_STDP / dt, tau_minus=TAU_STDP / dt, a_minus=0.5),
        trace=va.ExponentialTrace(tau=TAU_C / dt),
        modulation=va.Modulation(eta_local=0.0, eta_global=dt, weights={"dopamine": 1.0}),
    )
    out = va.replay(rule, PAIR, pre=spikes[0], post=spikes[1], modulators=level)
    return float(out["weight"][-1, 0] - out["weight"][0, 0])


def test_dopamine_gated_learning_comes_to_the_exact_solution_and_errors_halve_with_the_step():
    errors = [abs(stepped(dt) - exact()) for dt in (2.0, 1.0, 0.5, 0.25)]
    assert errors[-1] < 0.002 * abs(exact())
    for long, short in itertools.pairwise(errors):
        assert long / short == CLOSE(2.0, rel=0.05)
