"""What a field cannot hold, by the rule's key, with the reason and what one may do; and what it cannot be asked."""

from collections.abc import Iterator
from typing import Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.vesicles.change import BIAS
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.release import CHANGE, MEMORY
from vesicle_abm.views.field.arrays import Arrays
from vesicle_abm.views.world import World

AGENTS = "run it in the compiled view"


def world_of(model: Any) -> World:
    """The world of a model, or a world itself.

    Raises
    ------
    InputError
        if it is neither.
    """
    world = getattr(model, "world", model)
    if isinstance(world, World):
        return world
    named = isinstance(model, str)
    given, say = (repr(model), f"Scenario.load({model!r})") if named else (type(model).__name__, "scenario")
    raise InputError(f"got {given}; a VesicleModel is allowed, say {say}.build()", "model")


def check_steps(steps: Any, key: str = "steps", or_none: bool = False) -> None:
    """Refuse what is no whole number >= 0."""
    if steps is None and or_none:
        return
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise InputError(f"got {steps!r}; a whole number >= 0 is allowed{', or none' if or_none else ''}", key)


def refuse_what_has_no_mean(world: World, arrays: Arrays) -> None:
    """Refuse the first rule whose outcome hangs on single vesicles.

    Raises
    ------
    InputError
        naming it.
    """
    for problem in problems(world, arrays):
        raise problem


def problems(world: World, arrays: Arrays) -> Iterator[InputError]:
    """Whatever stands in the way, in the order of the kinds."""
    if world.stage is not None or world.state.born_now.any():
        yield InputError("the model is in the midst of a step; look ahead between steps", "density")
    for name, kind in world.kinds.items():
        key = f"kinds.{name}"
        for part, present, why in (
            ("docking", kind.docking.capacity is not None, "has a capacity, so who docks depends on who else is there"),
            ("migration", kind.migration.reads_vesicles, "gives each vesicle its own way"),
        ):
            if present:
                yield InputError(f"{why}; the density view does not hold that: {AGENTS}", f"{key}.{part}")
        yield from memory_problems(world, key, kind)
        if world.overrides.get(name):
            verbs = ", ".join(sorted(world.overrides[name]))
            yield InputError(f"has its own {verbs}, which the density view cannot see: {AGENTS}", f"{key}.agent")
    if world.neurons is not None and not isinstance(world.neurons, HMNNeurons):
        yield InputError(f"fire or do not, which a mean activation is not; {AGENTS}", "neurons")
    if not arrays.holds_all:
        yield from problems_of_tensors(world)


def memory_problems(world: World, key: str, kind: Kind) -> Iterator[InputError]:
    """Writes to memory of several slots."""
    slots = 1 if world.memory is None else world.memory.slots
    for place, rule in enumerate(kind.release):
        if rule.target == MEMORY and slots > 1:
            words = f"chooses one of {slots} slots by each vesicle's own content, and a mean content is none's"
            yield InputError(f"{words}; give one slot, or {AGENTS}", f"{key}.{kind.release_key(place)}")


def problems_of_tensors(world: World) -> Iterator[InputError]:
    """What is stepped in numpy alone."""
    words = "is stepped in numpy alone; leave it out where gradients are wanted"
    for part in ("plasticity", "memory"):
        if getattr(world, part) is not None:
            yield InputError(words, part)
    for name, _, rule in world.lifecycle.changes:
        kind, _, place = name.rpartition(".")
        if rule.target == CHANGE and rule.changes != BIAS:
            yield InputError(words, f"kinds.{kind}.{world.kinds[kind].release_key(int(place))}")
