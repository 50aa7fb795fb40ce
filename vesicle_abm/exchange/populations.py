"""Populations and projections: a network of spiking neurons as the Neural Intermediate Representation sees it.

Pedersen et al. (2024), "Neuromorphic intermediate representation: a unified instruction set for interoperable
brain-inspired computing", Nature Communications 15, 8122. NIR's nodes are whole populations, each of one equation in
continuous time; their times are in seconds here, as in most libraries that speak it. A population of ours keeps its own
numbers, in ms and mV; ``arrays_of`` makes NIR's of them, ``values_of`` ours of NIR's.
"""

from dataclasses import dataclass, field

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError
from vesicle_abm.neurons.spiking import CURRENT, EULER

INPUT, LIF, CUBA_LIF, IF, LI, THRESHOLD = "Input", "LIF", "CubaLIF", "IF", "LI", "Threshold"
NEURONS = (LIF, CUBA_LIF, IF, LI, THRESHOLD)  # NIR's nodes that become neurons of ours
NEVER = float(np.finfo(np.float64).max)  # a threshold that is not reached: NIR's LI does not fire
HALF = 0.5  # the threshold of neurons that stand for an input: it is 0 or 1
AT_ONCE = 1e-3  # of a step: the membrane time constant of what has no memory, where a step is solved exactly
MS = 1000.0  # in a second
VALUES = ("tau_ms", "leak", "rest", "threshold", "reset", "resistance", "bias", "tau_exc_ms")  # per neuron


@dataclass
class Population:
    """Neurons of one node of NIR's: ``node`` its type, ``values`` name -> (n,) in our units, ``index`` (n,) their
    places in the graph, and ``latency``: by how many steps they fire later here than there.
    """

    name: str
    node: str
    size: int
    values: dict[str, np.ndarray] = field(default_factory=dict)
    index: np.ndarray | None = None
    latency: int | None = None


@dataclass
class Projection:
    """Synapses from one population to another: ``weight`` (post, pre), and ``delay`` (post, pre) or one for all, in
    steps as NIR has it.
    """

    source: str
    target: str
    weight: np.ndarray
    delay: np.ndarray


@dataclass(frozen=True)
class Timing:
    """A step in ms, how it is solved, and how synapses work, of all neurons of a model."""

    dt_ms: float
    integration: str = EULER
    synapse: str = "pulse"

    @property
    def at_once_ms(self) -> float:
        """The membrane time constant of what has no memory."""
        return self.dt_ms if self.integration == EULER else AT_ONCE * self.dt_ms

    def steps(self, seconds: np.ndarray, name: str) -> np.ndarray:
        """A delay in whole steps.

        Raises
        ------
        InputError
            if it is none.
        """
        steps = np.asarray(seconds, np.float64) * MS / self.dt_ms
        whole = np.rint(steps)
        if not np.allclose(steps, whole, rtol=1e-6, atol=1e-6) or (whole < 0.0).any():
            wrong = float(np.ravel(seconds)[~np.isclose(np.ravel(steps), np.ravel(whole), rtol=1e-6, atol=1e-6)][0])
            words = f"a delay of {wrong:.6g} s is no whole number of steps of {self.dt_ms:g} ms; give another dt_ms"
            raise InputError(words, name)
        return whole.astype(np.int64)


def above(threshold: np.ndarray) -> np.ndarray:
    """The least number above: NIR's neurons fire where v > threshold, ours where v >= threshold."""
    return np.nextafter(threshold, np.inf)


def below(threshold: np.ndarray) -> np.ndarray:
    """The inverse of ``above``."""
    return np.nextafter(threshold, -np.inf)


def arrays_of(node: str, values: dict[str, np.ndarray], timing: Timing) -> dict[str, np.ndarray]:
    """NIR's parameters of a population with these values: potentials count from rest, so that v_leak = 0."""
    if node == THRESHOLD:
        return {"threshold": below(values["threshold"])}
    fires = {
        "v_threshold": below(values["threshold"] - values["rest"]),
        "v_reset": values["reset"] - values["rest"],
    }
    if node == IF:
        return {"r": values["resistance"] * (MS / values["tau_ms"]), **fires}
    leak = values["leak"]
    membrane = {
        "tau": values["tau_ms"] / leak / MS,
        "r": values["resistance"] / leak,
        "v_leak": np.zeros_like(leak),
    }
    if node == LI:
        return membrane
    if node == LIF:
        return membrane | fires
    syn_ms = tau_syn_ms(values["tau_exc_ms"], timing)
    tau = membrane.pop("tau")
    return {"tau_mem": tau, "tau_syn": syn_ms / MS, "w_in": syn_ms / timing.dt_ms, **membrane, **fires}


def values_of(node: str, arrays: dict[str, np.ndarray], timing: Timing) -> dict[str, np.ndarray]:
    """A population's values of NIR's parameters, which all are (n,)."""
    zero = np.zeros_like(next(iter(arrays.values())))
    if node in (INPUT, THRESHOLD):
        return {
            "tau_ms": zero + timing.at_once_ms,
            "leak": zero + 1.0,
            "rest": zero,
            "threshold": zero + HALF if node == INPUT else above(arrays["threshold"]),
            "reset": zero,
            "resistance": zero + 1.0,
            "tau_exc_ms": zero + AT_ONCE * timing.dt_ms,
        }
    leaks = node != IF
    return {
        "tau_ms": arrays["tau_mem" if node == CUBA_LIF else "tau"] * MS if leaks else zero + MS,
        "leak": zero + leaks,
        "rest": arrays["v_leak"] if leaks else zero,
        "threshold": zero + NEVER if node == LI else above(arrays["v_threshold"]),
        "reset": arrays["v_leak"] if node == LI else arrays["v_reset"],
        "resistance": arrays["r"],
        "tau_exc_ms": decay_ms(arrays["tau_syn"] * MS, timing) if node == CUBA_LIF else zero + AT_ONCE * timing.dt_ms,
    }


def tau_syn_ms(tau_ms: np.ndarray, timing: Timing) -> np.ndarray:
    """NIR's time constant of a current that decays here with this one: its Euler steps leave 1 - dt / tau_syn of it,
    ours exp(-dt / tau).
    """
    return timing.dt_ms / (1.0 - functions.exp(-timing.dt_ms / tau_ms)) if timing.integration == EULER else tau_ms


def decay_ms(tau_syn: np.ndarray, timing: Timing) -> np.ndarray:
    """The inverse of ``tau_syn_ms``; what is left of nothing is nothing."""
    if timing.integration != EULER:
        return tau_syn
    left = 1.0 - timing.dt_ms / tau_syn
    nothing = left < functions.exp(-1.0 / AT_ONCE)
    return np.where(nothing, AT_ONCE * timing.dt_ms, -timing.dt_ms / functions.log(np.where(nothing, HALF, left)))


def factor_of(arrays: dict[str, np.ndarray], timing: Timing) -> np.ndarray:
    """(n,) what a spike of one step and weight 1 adds to the current of a CubaLIF: w_in dt / tau_syn."""
    return arrays["w_in"] * (timing.dt_ms / (arrays["tau_syn"] * MS))


def node_of(values: dict[str, np.ndarray], timing: Timing, alone: bool) -> str:
    """The type of the node of NIR's for neurons with these values, which are the same for all; ``alone``: nothing
    leads to them.
    """
    first = {name: array[0] for name, array in values.items()}
    plain = first["rest"] == first["reset"] == 0.0 and first["resistance"] == 1.0
    if first["threshold"] == NEVER:
        return LI
    if first["leak"] == 0.0:
        return IF
    if plain and first["leak"] == 1.0 and first["tau_ms"] == timing.at_once_ms:
        return INPUT if alone and first["threshold"] == HALF else THRESHOLD
    return CUBA_LIF if timing.synapse == CURRENT and first["tau_exc_ms"] > AT_ONCE * timing.dt_ms else LIF
