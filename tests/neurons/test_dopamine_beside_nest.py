"""NEST's stdp_dopamine_synapse with the same trains, weight for weight; skipped where no interpreter has it.

``VESICLE_ABM_NEST`` names an interpreter that has NEST. Both solve dw/dt = c (n - b): c gains A_plus p at a
postsynaptic spike, loses A_minus q at a presynaptic one, and decays with tau_c; n gains 1 / tau_n at each spike of
dopamine, and decays with tau_n (Izhikevich 2007; Potjans, Morrison and Diesmann 2010). NEST goes from event to event,
and is exact; we take steps. The trains are those that the synapse sees: NEST's delay is the dendrite's, so its neuron
fires ``DENDRITE`` before that; ours is the axon's, so the presynaptic neuron fires a step and its delay before.
"""

import itertools
import json
import math
import os
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from sys import executable

import numpy as np
import pytest

import vesicle_abm as va

PYTHON = os.environ.get("VESICLE_ABM_NEST") or (executable if find_spec("nest") else None)
WORKER = Path(__file__).parents[1] / "nest_synapse.py"
missing = pytest.mark.skipif(PYTHON is None, reason="no NEST here; VESICLE_ABM_NEST names an interpreter that has it")
CLOSE = pytest.approx
UNTIL, DENDRITE, VOLUME = 1200.0, 3.0, 2.0  # ms
STEPS = (1.0, 0.5, 0.25)  # ms
NEVER, EACH_MS = 10**6, 1  # how often NEST brings weights up to date between presynaptic spikes
NARROW = {"Wmin": 0.95, "Wmax": 1.1}  # bounds that all three weights run into
AXONS = (1.0, 4.0, 9.0)  # ms, of our three synapses
SYNAPSE = {
    "A_plus": 0.1, "A_minus": 0.05, "tau_plus": 17.0, "tau_minus": 34.0, "tau_c": 200.0, "tau_n": 80.0, "b": 0.004,
    "Wmin": 0.0, "Wmax": 100.0,
}  # fmt: skip
WEIGHT = 1.0


def train(number: int, spikes: int) -> list[float]:
    """Times in whole ms, no two the same."""
    places = va.uniform(number, np.arange(spikes), 0, "user") * (UNTIL - 100.0)
    return sorted({20.0 + float(place) for place in np.floor(places)})


PRE, POST, DOPAMINE = [train(1, 40), train(2, 60), train(3, 25)], train(4, 50), train(5, 12)


@cache
def nest_weights(dt: float = 1.0, deliver_interval: int = NEVER, **other: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """(times in ms, weights) at each presynaptic spike, of each synapse in NEST."""
    given = {
        "dt_ms": dt,
        "pre": PRE,
        "post": [t - DENDRITE for t in POST],
        "dopamine": [t - VOLUME for t in DOPAMINE],
        "delay_ms": DENDRITE,
        "dopamine_delay_ms": VOLUME,
        "deliver_interval": deliver_interval,
        "synapse": SYNAPSE | other,
        "weight": WEIGHT,
        "until_ms": UNTIL + 100.0,
    }
    told = subprocess.run([PYTHON, WORKER], input=json.dumps(given), capture_output=True, text=True, check=True)
    synapses = json.loads(told.stdout.splitlines()[-1])["synapses"]  # NEST greets
    return [(np.array(synapse["times"]), np.array(synapse["weights"])) for synapse in synapses]


def exact(pre: list[float], **other: float) -> np.ndarray:
    """The weight at each of these spikes, from event to event: c and n decay, so the integral is of exponentials."""
    s = SYNAPSE | other
    tau = 1.0 / (1.0 / s["tau_c"] + 1.0 / s["tau_n"])
    events = sorted([(t, 1, "pre") for t in pre] + [(t, 0, "post") for t in POST] + [(t, 0, "n") for t in DOPAMINE])
    c, n, p, q, w, now, found = 0.0, 0.0, 0.0, 0.0, WEIGHT, 0.0, []
    for when, _, what in events:
        passed, now = when - now, when
        w += c * (s["b"] * s["tau_c"] * math.expm1(-passed / s["tau_c"]) - n * tau * math.expm1(-passed / tau))
        w = min(max(w, s["Wmin"]), s["Wmax"])
        c, n = c * math.exp(-passed / s["tau_c"]), n * math.exp(-passed / s["tau_n"])
        p, q = p * math.exp(-passed / s["tau_plus"]), q * math.exp(-passed / s["tau_minus"])
        if what == "pre":
            c, p = c - s["A_minus"] * (q - (when in POST)), p + 1.0  # both at once: no pair
            found.append(w)
        elif what == "post":
            c, q = c + s["A_plus"] * p, q + 1.0
        else:
            n += 1.0 / s["tau_n"]
    return np.array(found)


def rule(dt: float, **other: float) -> va.Plasticity:
    """The same in steps; what each neuron is told is -b, so that G = n - b."""
    s = SYNAPSE | other
    return va.Plasticity(
        correlation=va.STDPCorrelation(
            tau_plus=s["tau_plus"] / dt, tau_minus=s["tau_minus"] / dt, a_plus=s["A_plus"], a_minus=s["A_minus"]
        ),
        trace=va.ExponentialTrace(tau=s["tau_c"] / dt),
        modulation=va.Modulation(eta_local=0.0, eta_global=dt, weights={"dopamine": 1.0}, told="baseline"),
        bounds=va.WeightBounds(low=s["Wmin"], high=s["Wmax"]),
        layers=["synaptic"],
    )


@cache
def our_weights(dt: float, **other: float) -> list[np.ndarray]:
    """The weights at each presynaptic spike, of a model: neurons are driven to fire, and a neuron of dopamine sends a
    vesicle at each of its spikes, which docks at the postsynaptic neuron at once.
    """
    s = SYNAPSE | other
    names = [f"pre{k}" for k in range(len(PRE))]
    way = {"layer": "synaptic", "weight": WEIGHT}
    graph = va.NeuralGraph.from_edges(
        [(name, "post", way | {"delay": round(late / dt)}) for name, late in zip(names, AXONS, strict=True)]
        + [("source", "post", {"layer": "volume"})],
        [(name, {"births": float(name == "source")}) for name in (*names, "post", "source")],
    )
    dopamine = va.Kind(
        emission=va.ThresholdEmission(count="births"),
        migration=va.WeightedMigration(stay=0.0, layers=["volume"]),
        docking=va.ConstantDocking(probability=1.0),
        release=va.ModulatorRelease(amount=1.0 / s["tau_n"]),
        clearance=s["tau_n"] / dt,
    )
    neurons = va.LIFNeurons(dt_ms=dt, layers=["synaptic"])
    model = va.VesicleModel(
        graph, {"dopamine": dopamine}, neurons=neurons, plasticity=rule(dt, **other), record_every=0
    )
    model.signals["baseline"] = -s["b"]
    leads = [late + dt for late in AXONS]
    fires = dict(zip(names, ([t - lead for t in times] for times, lead in zip(PRE, leads, strict=True)), strict=True))
    fires |= {"post": POST, "source": DOPAMINE}
    steps = round(UNTIL / dt)
    drive = np.zeros((steps, graph.size))
    for node, label in enumerate(graph.nodes):
        drive[np.round(np.array(fires[label]) / dt).astype(int), node] = 1e6
    course = np.empty((steps, len(PRE)))
    for step in range(steps):
        course[step] = model.state.weight[: len(PRE)]  # as it is before the step
        model.state.drive[:] = drive[step]
        model.step()
    assert model.state.cells["fired"].tolist() == [len(fires[label]) for label in graph.nodes]
    return [course[np.round(np.array(times) / dt).astype(int), k] for k, times in enumerate(PRE)]


def errors(wanted: list[np.ndarray], dt: float, **other: float) -> list[float]:
    """How far each synapse's weights are from those wanted, at most."""
    found = our_weights(dt, **other)
    return [float(np.abs(ours - theirs).max()) for ours, theirs in zip(found, wanted, strict=True)]


def check_halving(wanted: list[np.ndarray], **other: float) -> None:
    """Each synapse's error is small, and halves with the step."""
    found = [errors(wanted, dt, **other) for dt in STEPS]
    assert max(found[-1]) < 0.001
    for long, short in itertools.pairwise(np.array(found)):
        assert long / short == CLOSE(2.0, rel=0.03)


def test_weights_that_vesicles_of_dopamine_move_come_to_the_exact_solution_and_errors_halve_with_the_step():
    weights = [exact(times) for times in PRE]
    assert min(np.ptp(course) for course in weights) > 0.2
    check_halving(weights)


@missing
@pytest.mark.peers
@pytest.mark.parametrize("interval", [NEVER, EACH_MS])
@pytest.mark.parametrize("dt", [1.0, 0.25])
def test_nest_is_the_exact_solution_whatever_its_step_and_however_often_it_delivers(dt, interval):
    for times, (theirs, weights) in zip(PRE, nest_weights(dt, interval), strict=True):
        assert theirs.tolist() == times
        assert weights == CLOSE(exact(times), abs=1e-12)


@missing
@pytest.mark.peers
@pytest.mark.parametrize("bounds", [{}, NARROW])
def test_our_weights_come_to_nests_and_errors_halve_with_the_step(bounds):
    check_halving([weights for _, weights in nest_weights(deliver_interval=EACH_MS, **bounds)], **bounds)


@missing
@pytest.mark.peers
def test_nest_keeps_weights_within_bounds_at_events_alone():
    """Between two events n - b may change its sign: what w has meanwhile gone beyond a bound, it then takes back."""
    seldom = [weights for _, weights in nest_weights(deliver_interval=NEVER, **NARROW)]
    for times, weights in zip(PRE, seldom, strict=True):
        assert weights == CLOSE(exact(times, **NARROW), abs=1e-12)
    assert max(errors(seldom, STEPS[-1], **NARROW)) > 0.005
