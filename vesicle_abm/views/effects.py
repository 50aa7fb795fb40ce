"""What docked vesicles give, summed exactly per target, and what the sums make of the state: one text for all views."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.columns import Columns
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.fixedpoint import add_at, add_rows_at, check_sums, pour, to_float
from vesicle_abm.vesicles.change import BIAS, WEIGHT
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.memory import OVERWRITES
from vesicle_abm.vesicles.parameter_release import IN
from vesicle_abm.vesicles.release import ACTIVATION, GAIN, MEMORY, MODULATOR

if TYPE_CHECKING:
    from vesicle_abm.views.world import World

NO_TRACE = OVERWRITES - 1.0  # from here on, nothing of what a slot held is left


@dataclass
class Effect:
    """What vesicles give to a target: ``amounts`` (n,) or (n, W); ``name`` of the sum, ``level`` of the modulator, and
    ``key`` of the rule.
    """

    target: str
    name: str
    level: int
    amounts: np.ndarray
    key: str


def give(world: "World", effect: Effect, nodes: np.ndarray) -> None:
    """Add what vesicles at ``nodes`` (n,) give to the proposals of the stage.

    Raises
    ------
    InputError
        if a sum becomes too large to be exact.
    """
    proposals, amounts, slots = world.proposals, effect.amounts, 1
    if effect.target == MODULATOR:
        row = add_at(proposals.modulator[:, effect.level], nodes, amounts)
    elif effect.target == GAIN:
        row = add_at(proposals.gain, nodes, amounts)
    elif effect.target == MEMORY:
        slots = world.memory.slots if world.memory is not None else 1
        places = nodes * slots + amounts[:, 0].astype(np.int64)
        row = add_rows_at(proposals.sums[MEMORY], places, summed(MEMORY, amounts))
    else:
        row = add_rows_at(proposals.sums[effect.name], nodes, amounts.reshape(len(nodes), -1))
    check_sums(row, lambda found: f"node {world.graph.nodes[found // slots]!r}", effect.key)


def summed(target: str, amounts: np.ndarray) -> np.ndarray:
    """What is added up of the amounts: these themselves; of writes to memory, strength and strength times content."""
    if target != MEMORY:
        return amounts
    strength = amounts[:, 1:2]
    return np.hstack([strength, strength * amounts[:, 2:]])


def count_off(columns: Columns, rows, kind: Kind) -> None:
    """Vesicles have released: what they have spent of their payload is gone, and one of their releases."""
    if kind.spend is not None:
        columns["payload"][rows] *= 1.0 - kind.spend
    if kind.releases is not None:
        columns["left"][rows] -= 1


def settle_effects(world: "World") -> None:
    """Add the released sums to what they are given to."""
    state, proposals = world.state, world.proposals
    weight = weight_for_good(world)
    pour(proposals.modulator, state.modulator)
    pour(proposals.gain[:, None], state.gain[:, None])
    if ACTIVATION in proposals.sums:
        settle_activation_effects(world)
    if MEMORY in proposals.sums:
        settle_memory(world)
    for name, _, rule in world.lifecycle.changes:
        sums = proposals.sums[name]
        if not sums.any():
            continue
        if rule.lasts:
            state.changes[name] += to_float(sums)
        elif rule.changes == BIAS:
            state.bias += to_float(sums)[:, 0]
    if weight is not state.weight:
        state.weight[:] = weight
    for sums in proposals.sums.values():
        sums[:] = 0
    proposals.given = False


def settle_activation_effects(world: "World") -> None:
    """h <- (1 + gamma) h + beta, where vesicles have given gamma or beta."""
    state, sums = world.state, world.proposals.sums[ACTIVATION]
    where = np.flatnonzero(sums.any(axis=1))
    given = to_float(sums[where])
    state.activation[where] = (1.0 + given[:, 0]) * state.activation[where] + given[:, 1]
    world.film[where] = given + (1.0 + given[:, :1]) * world.film[where]
    state.history[state.step % len(state.history), where] = state.activation[where]


def settle_memory(world: "World") -> None:
    """M_s <- prod(1 - g) M_s + (1 - prod(1 - g)) (weighted mean of what is written)."""
    sums = world.proposals.sums[MEMORY]
    where = np.flatnonzero(sums[:, 0])
    if not len(where):
        return
    written = to_float(sums[where])
    strength = written[:, :1]
    keep = np.where(strength >= NO_TRACE, 0.0, functions.exp(-strength))
    flat = world.state.memory.reshape(-1, written.shape[1] - 1)  # type: ignore[union-attr]
    flat[where] = keep * flat[where] + (1.0 - keep) * (written[:, 1:] / strength)


def weight_for_good(world: "World") -> np.ndarray:
    """(E,) the weights as releases that change them for good make them."""
    found = world.state.weight
    for name, _, rule in world.lifecycle.changes:
        if rule.changes == WEIGHT and not rule.lasts and world.proposals.sums[name].any():
            given = to_float(world.proposals.sums[name])
            found = with_change(world, name, rule, found.astype(np.float64), given)
            with np.errstate(over="ignore"):
                found = found.astype(world.state.weight.dtype)
            if not np.isfinite(found).all():
                words = f"makes weights too large for {found.dtype}; smaller amounts are needed"
                raise InputError(words, key_of(world, name))
    return found


def with_change(world: "World", name: str, rule, weight: np.ndarray, given: np.ndarray) -> np.ndarray:
    """(E,) the weights with what a weight release, ``name`` of its sum, has been given, C (N, W).

    Raises
    ------
    InputError
        if they are not finite numbers, one of each edge.
    """
    graph = world.graph
    here, there = (graph.target, graph.source) if rule.synapses == IN else (graph.source, graph.target)
    formula = f"{type(rule).__qualname__}.changed"
    key = key_of(world, name)
    try:
        found = np.asarray(rule.changed(weight, given[here], there, functions), dtype=np.float64)
    except Exception as error:  # a user's formula may raise anything
        raise InputError(f"{formula} raised {type(error).__name__}: {error}", key) from error
    if found.shape != weight.shape:
        raise InputError(f"{formula} gave an answer of shape {found.shape}; shape {weight.shape} is needed", key)
    if not np.isfinite(found).all():
        wrong = found[~np.isfinite(found)][0]
        raise InputError(f"{formula} gave {wrong:g}; finite weights are needed, so smaller amounts", key)
    return found


def key_of(world: "World", name: str) -> str:
    """The key of the release of which a change is, by the name of the change."""
    kind, _, place = name.rpartition(".")
    return f"kinds.{kind}.{world.kinds[kind].release_key(int(place))}"


def check_writes(amounts: np.ndarray, slots: int, key: str) -> None:
    """Refuse writes to memory, (n, 2 + D), whose slot is none of the node's, or whose strength is below 0."""
    slot, strength = amounts[:, 0], amounts[:, 1]
    if not ((slot >= 0) & (slot < slots) & (slot == np.floor(slot))).all():
        raise InputError(f"gave a slot that is none; whole numbers from 0 to {slots - 1} are allowed", key)
    if not (strength >= 0.0).all():
        raise InputError(f"gave a strength of {strength.min():g}; numbers >= 0 are allowed", key)
