"""Reading: a NIR graph made anywhere, as populations of ours and the projections between them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.exchange.paths import AFFINE, OUTPUT, Opened, Way, opened, ways_from
from vesicle_abm.exchange.populations import (
    CUBA_LIF,
    IF,
    INPUT,
    LI,
    LIF,
    MS,
    NEURONS,
    THRESHOLD,
    Population,
    Projection,
    Timing,
    factor_of,
    values_of,
)
from vesicle_abm.neurons.spiking import CURRENT, EULER, PULSE

PARAMETERS = {
    LIF: ("tau", "r", "v_leak", "v_threshold", "v_reset"),
    CUBA_LIF: ("tau_mem", "tau_syn", "r", "v_leak", "v_threshold", "v_reset", "w_in"),
    IF: ("r", "v_threshold", "v_reset"),
    LI: ("tau", "r", "v_leak"),
    THRESHOLD: ("threshold",),
    INPUT: (),
}
SHORT = 1.0  # of a step: the least membrane time constant that Euler steps can follow


@dataclass
class Read:
    """What a NIR graph is made of; ``outputs``: the populations that lead to its Output."""

    timing: Timing
    populations: dict[str, Population]
    projections: list[Projection] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


def read(graph: Any, dt_ms: float, integration: str = EULER) -> Read:
    """The populations and projections of a NIR graph.

    Raises
    ------
    InputError
        naming the node that cannot be had here, and why.
    """
    flat = opened(graph)
    cuba = [name for name, kind in flat.kinds.items() if kind == CUBA_LIF]
    found = Read(Timing(dt_ms, integration, CURRENT if cuba else PULSE), {})
    arrays = {}
    for name, kind in flat.kinds.items():
        if kind in PARAMETERS:
            arrays[name] = arrays_at(flat, name, kind)
            size = width_of(flat, name, kind)
            wide = {key: np.broadcast_to(value, size) for key, value in arrays[name].items()}
            found.populations[name] = Population(name, kind, size)
            found.populations[name].values = values_of(kind, wide or {"": np.zeros(size)}, found.timing)
            found.populations[name].values["bias"] = np.zeros(size)
            check_tau(name, found.populations[name], found.timing)
            arrays[name] = wide
    if not any(population.node in NEURONS for population in found.populations.values()):
        raise InputError(f"has no neurons; at least one node of {', '.join(NEURONS)} is needed", "nir")
    for name in found.populations:
        for target, way in ways_from(flat, name, found.timing, Way()):
            join(found, arrays, name, target, way)
    add_biases(flat, found, arrays)
    return found


def arrays_at(flat: Opened, name: str, kind: str) -> dict[str, np.ndarray]:
    """A node's parameters, flat, float64."""
    return {key: np.ravel(np.asarray(getattr(flat.nodes[name], key), np.float64)) for key in PARAMETERS[kind]}


def width_of(flat: Opened, name: str, kind: str) -> int:
    """How many neurons a node has: as its parameters say, or where each is one number, as a matrix before it says.

    Raises
    ------
    InputError
        if nothing says so.
    """
    if kind == INPUT:
        return int(np.prod(flat.nodes[name].input_type["input"]))
    most = max((array.size for array in arrays_at(flat, name, kind).values()), default=1)
    if most > 1:
        return most
    before = [a for a, after in flat.after.items() if name in after and hasattr(flat.nodes[a], "weight")]
    return int(np.shape(flat.nodes[before[0]].weight)[0]) if before else most


def check_tau(name: str, population: Population, timing: Timing) -> None:
    """Refuse membranes that are faster than Euler steps can follow; mostly their unit is another than thought."""
    least = population.values["tau_ms"].min()
    if timing.integration == EULER and least < SHORT * timing.dt_ms * (1.0 - 1e-6):
        words = (
            f"tau is {least / MS:.6g} s, less than a step of {timing.dt_ms / MS:g} s; give dt_ms as its maker had it"
        )
        raise InputError(words, name)


def join(found: Read, arrays: dict, name: str, target: str, way: Way) -> None:
    """Add a projection; what leads to an Output as it is makes a population one of the outputs."""
    source = found.populations[name]
    if target not in found.populations:
        weight, delay = way.settled(source.size, len(way.weight) if way.weight is not None else source.size)
        if source.node == INPUT or delay.any() or not np.array_equal(weight, np.eye(source.size)):
            words = f"is given more than spikes or potentials of neurons, by {name!r}; put an LI before it"
            raise InputError(words, target)
        found.outputs.append(name)
        return
    there = found.populations[target]
    weight, delay = way.settled(source.size, there.size)
    if weight.shape != (there.size, source.size):
        words = f"is given {weight.shape[0]} numbers from {weight.shape[1]} neurons of {name!r}"
        raise InputError(f"{words}; it has {there.size} neurons, and those are {source.size}", target)
    if there.node == CUBA_LIF:
        weight = weight * factor_of(arrays[target], found.timing)[:, None]
    found.projections.append(Projection(name, target, weight, delay))


def add_biases(flat: Opened, found: Read, arrays: dict) -> None:
    """Every Affine's bias, led to the populations behind it, once."""
    for name, kind in flat.kinds.items():
        bias = np.ravel(np.asarray(flat.nodes[name].bias, np.float64)) if kind == AFFINE else np.zeros(0)
        if not bias.any():
            continue
        for target, way in ways_from(flat, name, found.timing, Way()):
            if flat.kinds[target] == OUTPUT:
                raise InputError(f"adds a bias to the output {target!r}; put an LI between them", name)
            there = found.populations[target]
            if there.node == CUBA_LIF:
                raise InputError(
                    "adds a bias to the current of a CubaLIF, which has none here; a bias of 0 is allowed", name
                )
            brought = way.scale * bias if way.weight is None else way.weight @ bias
            there.values["bias"] = there.values["bias"] + brought
