"""A model in another's state: a copy that goes its own way, or the same vesicles and neurons under changed rules."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.state import TABLES, State
from vesicle_abm.rows import give_back
from vesicle_abm.views.world import World

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel

GRAPH_ARRAYS = ("source", "target", "weight", "delay", "layer")


def copied(model: "VesicleModel") -> "VesicleModel":
    """A model of the same rules in a copy of the state; Mesa's own agents are not in it, nor are reporters."""
    refuse_midst(model, "copy")
    signals = {name: np.copy(value)[()] for name, value in model.signals.items()}
    world = dataclasses.replace(model.world, state=model.state.copy(), signals=signals, actors={}, overrides={})
    return _with_the_rest(model, _made(model, world), model.objects.plain)


def taken_over(model: "VesicleModel", before: "VesicleModel") -> "VesicleModel":
    """``model``, which has not begun, in a copy of the state of ``before``, whose rules may be others.

    What its rules keep and those before did not begins as in a new model; what only those before kept is dropped.

    Raises
    ------
    InputError
        naming what of the state does not fit: another graph, other kinds, other columns of vesicles.
    """
    refuse_midst(before, "go on")
    refuse_other_graph(model, before)
    state = fitted(model.state, before.state)
    estimated = {name: given[()] for name, given in state.estimates.items() if name in model.world.estimators}
    signals = {name: np.copy(value)[()] for name, value in before.signals.items()} | estimated
    world = dataclasses.replace(model.world, state=state, signals=signals, actors={}, overrides={})
    return _with_the_rest(before, _made(model, world), before.objects.plain)


def refuse_midst(model: "VesicleModel", what: str) -> None:
    """Refuse a model that is inside a stage."""
    if model.world.stage is not None:
        raise InputError(f"inside the stage {model.world.stage!r}; {what} between stages", what)


def refuse_other_graph(model: "VesicleModel", before: "VesicleModel") -> None:
    """Refuse another graph, or other kinds."""
    one, other = model.graph, before.graph
    same = one.nodes == other.nodes and one.layer_names == other.layer_names
    same = same and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in GRAPH_ARRAYS)
    if not same:
        raise InputError("the graph is another than that of the running model; start anew", "graph")
    if model.kinds != before.kinds:
        raise InputError(f"has {', '.join(model.kinds)}; the running model has {', '.join(before.kinds)}", "kinds")


def fitted(first: State, now: State) -> State:
    """A copy of the state ``now`` in the layout of a model's ``first`` state."""
    for kind, columns in first.vesicles.items():
        if columns.layout != now.vesicles[kind].layout:
            words = "its vesicles carry other numbers than those that are alive; start anew"
            raise InputError(words, f"kinds.{kind}")
    state = now.copy()
    for item in dataclasses.fields(State):
        mine, theirs = getattr(first, item.name), getattr(state, item.name)
        if item.name in TABLES:
            setattr(state, item.name, {name: _fitting(theirs.get(name), start) for name, start in mine.items()})
        elif item.name == "memory":
            state.memory = None if mine is None else _fitting(theirs, mine)
        elif isinstance(mine, np.ndarray) and not _alike(theirs, mine):
            raise InputError(f"the state's {item.name} has another shape or precision; start anew", item.name)
    return state


def _fitting(there: np.ndarray | None, start: np.ndarray) -> np.ndarray:
    """What is there, if it fits: what is empty at the start, and first axes of what grows, may have any length."""
    if there is None or there.dtype != start.dtype or (start.size and there.shape[1:] != start.shape[1:]):
        return start
    return there if not start.size or there.ndim == 0 or len(there) >= len(start) else start


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and one.dtype == other.dtype


def _made(model: "VesicleModel", world: World) -> "VesicleModel":
    made = type(model).__new__(type(model))
    made._begin(world, model.view, model.recorder.every, model.recorder.raster is not None)
    return made


def _with_the_rest(before: "VesicleModel", made: "VesicleModel", own) -> "VesicleModel":
    """What is of the running model, but neither rule nor state."""
    arrays: dict[str, np.ndarray] = {}
    plain = own(arrays)
    made.recorder.go_on(before.recorder)
    made.world.docked_now[:] = before.world.docked_now
    made.shuffles, made.order = before.shuffles, before.order
    for agent in made.agents.with_ids([int(id_) for id_ in plain]) if plain else ():
        give_back(agent, plain[str(agent.unique_id)], arrays)
    return made
