"""Parameters as vesicles have changed them for a time: what activation and learning compute with.

The parameters themselves stay as they are beneath the change. What nothing has changed is given as it is.
"""

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.parameters import EDGE, declaration
from vesicle_abm.vesicles.change import BIAS, WEIGHT
from vesicle_abm.vesicles.learning_release import LearningRelease
from vesicle_abm.views.effects import with_change

if TYPE_CHECKING:
    from vesicle_abm.neurons.plasticity import Plasticity
    from vesicle_abm.views.world import World

ETA = ("eta_local", "eta_global")


def weight_of(world: "World") -> np.ndarray:
    """(E,) the synaptic weights that carry activity."""
    return world.once("weight", lambda: _weight(world))


def _weight(world: "World") -> np.ndarray:
    found = world.state.weight
    for name, _, rule in world.lifecycle.changes:
        if rule.changes == WEIGHT and rule.lasts:
            found = with_change(world, name, rule, found.astype(np.float64, copy=False), world.state.changes[name])
    return found


def bias_of(world: "World") -> np.ndarray:
    """(N,) the biases of equation (1)."""
    return world.once("bias", lambda: _bias(world))


def _bias(world: "World") -> np.ndarray:
    found = world.state.bias
    for name, _, rule in world.lifecycle.changes:
        if rule.changes == BIAS and rule.lasts:
            found = found + world.state.changes[name][:, 0]
    return found


def rates_of(world: "World") -> np.ndarray:
    """(N, 2) the rates eta that synapses learn by."""
    eta = world.state.eta
    for release, given in learning_changes(world):
        if release.part == "eta":
            eta = eta.copy()
            for number in release.numbers:
                column = ETA.index(number)
                eta[:, column] = release.changed(eta[:, column], given, functions)
    return eta


def rule_of(world: "World", rule: "Plasticity") -> "Plasticity":
    """The learning rule that synapses learn by."""
    for release, given in learning_changes(world):
        if release.part != "eta":
            rule = _changed_part(world, rule, release, given)
    return rule


def learning_changes(world: "World") -> Iterator[tuple[LearningRelease, np.ndarray]]:
    """(release, C (N,)) of each that has changed something."""
    for name, _, release in world.lifecycle.changes:
        if isinstance(release, LearningRelease) and world.state.changes[name].any():
            yield release, world.state.changes[name][:, 0]


def _changed_part(world: "World", rule: "Plasticity", release, given: np.ndarray) -> "Plasticity":
    """The rule with numbers of a part per synapse, or per neuron, as vesicles have changed them."""
    part = getattr(rule, release.part)
    values: dict[str, Any] = {}
    for number in release.numbers:
        per_edge = declaration(part.__dataclass_fields__[number])["per"] == EDGE
        where = given[world.graph.target] if per_edge else given
        values[number] = release.changed(getattr(part, number), where, functions)
    return dataclasses.replace(rule, **{release.part: part.with_values(values)})


def fade(world: "World", rows) -> None:
    """Changes and memories of the nodes in ``rows`` fade as a step begins: C <- C exp(-1 / recovery)."""
    state = world.state
    for name, _, rule in world.lifecycle.changes:
        if rule.recovery is not None:
            state.changes[name][rows] *= relaxation(rule.recovery)
    if state.memory is not None and world.memory is not None and world.memory.tau is not None:
        state.memory[rows] *= relaxation(world.memory.tau)


def fade_trails(world: "World") -> None:
    """Trails fade as a step begins."""
    for name in world.lifecycle.trails:
        tau = world.kinds[name].trail.tau  # type: ignore[union-attr]
        if tau is not None:
            world.state.trails[name] *= relaxation(tau)


@cache
def relaxation(time_constant: float | None) -> float:
    """The factor exp(-1 / tau) of one step; 1 for no time constant."""
    return 1.0 if time_constant is None else float(functions.exp(-1.0 / time_constant))
