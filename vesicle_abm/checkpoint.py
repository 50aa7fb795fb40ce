"""A model as one file, and back, without pickle: state, graph, kinds with their rules, record."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.agents import Vesicle
from vesicle_abm.core import state as state_file
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.parameters import Rule
from vesicle_abm.core.plain import graph_from_plain, plain_graph, plain_rule, rule_from_plain
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.neurons.neuron import NeuronModel
from vesicle_abm.neurons.plasticity import PARTS, Plasticity
from vesicle_abm.tasks.task import Task
from vesicle_abm.vesicles.kind import FAMILIES, Kind
from vesicle_abm.vesicles.lifecycle import Lifecycle
from vesicle_abm.vesicles.memory import Memory
from vesicle_abm.views.world import World, usable_threads

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel

PLAIN_FIELDS = (
    "absorb", "content_width", "clearance", "delivery", "releases", "spend", "remembers", "cap"
)  # fmt: skip
RULE_FIELDS = ("ablated", "layers", "precision")


def write(model: "VesicleModel", path) -> None:
    """Write a model; Mesa's own agents are not in it, nor are signals, but for those of estimators. Recorded rows that
    are streamed away are made to last where they are; only their mark is in the file.
    """
    if model.world.stage is not None:
        raise InputError(f"inside the stage {model.world.stage!r}; save between stages", "save")
    mark = model.recorder.settle()
    arrays: dict[str, np.ndarray] = {"record": model.recorder.table, "docked_now": model.docked_now}
    raster = model.recorder.raster
    spike_mark = None if raster is None else raster.settle()
    if raster is not None:
        arrays["spikes"] = raster.table
    arrays["presence"] = np.zeros((0, 0)) if model.recorder.presence is None else model.recorder.presence
    header = {
        **_plain_world(model.world, arrays),
        "view": model.view,
        "record_every": model.recorder.every,
        "stream": mark,
        "spike_stream": spike_mark,
        "shuffles": model.shuffles,
        "own": model.objects.plain(arrays),
    }
    state_file.save(Path(path), model.state, header, arrays)


def read(path, threads: int | None) -> tuple[World, dict, dict[str, np.ndarray]]:
    """The world that ``write`` wrote, the header, and the further arrays.

    Raises
    ------
    InputError
        if the file is missing or damaged, or a user's rule or Vesicle class has not been imported.
    """
    state, header, arrays = state_file.load(Path(path))
    graph = graph_from_plain(header["graph"], arrays)
    kinds = {name: _kind_from_plain(plain, arrays) for name, plain in header["kinds"].items()}
    neurons: Any = header["neurons"] and rule_from_plain(header["neurons"], NeuronModel, arrays)
    lifecycle, plasticity = Lifecycle(kinds, graph), _plasticity_from_plain(header["plasticity"], arrays)
    if plasticity is not None:
        plasticity = plasticity.bind(graph, lifecycle.names)
    task: Any = header["task"] and rule_from_plain(header["task"], Task, arrays).bind(graph)
    memory: Any = header.get("memory") and rule_from_plain(header["memory"], Memory, arrays)
    estimators: Any = {
        name: rule_from_plain(plain, Estimator, arrays) for name, plain in header.get("estimators", {}).items()
    }
    world = World(
        graph,
        lifecycle,
        neurons,
        state,
        signals={name: given[()] for name, given in state.estimates.items() if name in estimators},
        threads=usable_threads(threads),
        plasticity=plasticity,
        task=task,
        memory=memory,
        estimators=estimators,
    )
    return world, header, arrays


def model_digest(model: "VesicleModel") -> str:
    """SHA-256 over the state, graph, rules and signals of a model, as hex: what its next steps follow from."""
    arrays = {f"signals/{name}": np.asarray(value) for name, value in model.signals.items()}
    told = json.dumps(_plain_world(model.world, arrays), default=lambda value: value.tolist())
    hasher = hashlib.sha256(f"{model.state.digest()} {told}".encode())
    for name in sorted(arrays):
        hasher.update(state_file.about(name, arrays[name].dtype, arrays[name].shape))
        hasher.update(np.ascontiguousarray(arrays[name]).tobytes())
    return hasher.hexdigest()


def _plain_world(world: World, arrays: dict[str, np.ndarray]) -> dict:
    """The graph and the rules as JSON; their arrays go to ``arrays``."""
    return {
        "graph": plain_graph(world.graph, arrays),
        "kinds": {name: _plain_kind(name, kind, arrays) for name, kind in world.kinds.items()},
        "neurons": None if world.neurons is None else plain_rule(world.neurons, "neurons", arrays),
        "plasticity": _plain_plasticity(world.plasticity, arrays),
        "task": None if world.task is None else plain_rule(world.task, "task", arrays),
        "memory": None if world.memory is None else plain_rule(world.memory, "memory", arrays),
        "estimators": {name: plain_rule(rule, f"estimators/{name}", arrays) for name, rule in world.estimators.items()},
    }


def _plain_kind(name: str, kind: Kind, arrays: dict[str, np.ndarray]) -> dict:
    rules = [[key, plain_rule(rule, f"kinds/{name}/{i}", arrays)] for i, (key, rule) in enumerate(kind.rules())]
    agent = kind.agent.__name__ if kind.agent else None
    return {"rules": rules, "agent": agent, **{key: getattr(kind, key) for key in PLAIN_FIELDS}}


def _plain_plasticity(rule: Plasticity | None, arrays: dict[str, np.ndarray]) -> dict | None:
    if rule is None:
        return None
    parts = {name: plain_rule(part, f"plasticity/{name}", arrays) for name, part in rule.parts()}
    return {"parts": parts, **{key: getattr(rule, key) for key in RULE_FIELDS}}


def _plasticity_from_plain(plain: dict | None, arrays: dict[str, np.ndarray]) -> Plasticity | None:
    if plain is None:
        return None
    parts: dict[str, Any] = dict.fromkeys(PARTS)
    parts |= {name: rule_from_plain(part, PARTS[name], arrays) for name, part in plain["parts"].items()}
    return Plasticity(**parts, **{key: plain[key] for key in RULE_FIELDS})


def _kind_from_plain(plain: dict, arrays: dict[str, np.ndarray]) -> Kind:
    values: dict[str, Any] = {"release": ()}
    for key, rule in plain["rules"]:
        made: Rule = rule_from_plain(rule, FAMILIES[key], arrays)
        values[key] = (*values["release"], made) if key == "release" else made
    agent = plain["agent"]
    if agent is not None and agent not in Vesicle.known:
        raise InputError(
            f"no Vesicle class {agent!r} is known; import it first; {nearest(agent, Vesicle.known)}", "agent"
        )
    return Kind(
        **values,
        agent=Vesicle.known[agent] if agent else None,
        **{key: plain[key] for key in PLAIN_FIELDS if key in plain},
    )
