"""A world put together: graph, kinds, neurons, learning rule, task, memory and estimators, each bound to the others."""

from typing import Any

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.machine import free_memory
from vesicle_abm.core.parameters import Rule
from vesicle_abm.footprint import footprint_of
from vesicle_abm.needs import estimator_problems, need_problems
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.neurons.neuron import NeuronModel
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.tasks.task import Task
from vesicle_abm.vesicles.lifecycle import Lifecycle
from vesicle_abm.vesicles.memory import Memory
from vesicle_abm.views.beginning import first_state
from vesicle_abm.views.world import World, usable_threads


def assemble(
    graph: NeuralGraph,
    lifecycle: Lifecycle,
    neurons: NeuronModel | None,
    plasticity: Plasticity | None,
    task: Task | None,
    memory: Memory | None,
    estimators: dict[str, Estimator],
    seed: int,
    threads: int | None,
    memory_limit: int | None = None,
) -> World:
    """The world before its first step.

    Raises
    ------
    InputError
        for anything that does not fit, naming it; before anything large is made, for a model that needs more memory
        than the machine has free, or than ``memory_limit`` bytes.
    """
    neurons = None if neurons is None else _neurons(neurons, graph)
    plasticity = None if plasticity is None else _plasticity(plasticity, neurons, graph, lifecycle)
    memory = None if memory is None else _bound(memory, Memory, graph, "memory")
    given = {"neurons": neurons, "plasticity": plasticity, "memory": memory}
    has = [name for name, part in given.items() if part is not None]
    for problem in need_problems(lifecycle.kinds, has, plasticity, memory):
        raise problem
    for problem in estimator_problems(estimators, graph, has):
        raise problem
    free = free_memory() if memory_limit is None else memory_limit
    footprint_of(graph, lifecycle, neurons, plasticity, memory).refuse_beyond(free)
    parts: dict[str, Any] = {
        "plasticity": plasticity,
        "task": None if task is None else _bound(task, Task, graph, "task"),
        "memory": memory,
        "estimators": {name: rule.bind(graph) for name, rule in estimators.items()},
    }
    state = first_state(graph, lifecycle, neurons, seed, **parts)
    return World(graph, lifecycle, neurons, state, threads=usable_threads(threads), **parts)


def _bound(rule: Any, family: type[Rule], graph: NeuralGraph, key: str) -> Any:
    if not isinstance(rule, family):
        raise InputError(f"got {rule!r}; a rule of the family {family.__name__} is allowed", key)
    try:
        return rule.bind(graph)
    except InputError as error:
        raise error.inside(key) from None


def _neurons(neurons: NeuronModel, graph: NeuralGraph) -> NeuronModel:
    bound = _bound(neurons, NeuronModel, graph, "neurons")
    try:
        graph.in_layers(bound.layers)
    except InputError as error:
        raise error.inside("neurons") from None
    return bound


def _plasticity(
    plasticity: Plasticity, neurons: NeuronModel | None, graph: NeuralGraph, lifecycle: Lifecycle
) -> Plasticity:
    if not isinstance(plasticity, Plasticity):
        raise InputError(f"got {plasticity!r}; a Plasticity is allowed", "plasticity")
    if neurons is None:
        raise InputError("synapses learn from the activity of neurons; give neurons=HMNNeurons() too", "plasticity")
    try:
        bound = plasticity.bind(graph, lifecycle.names)
        for layer in set(bound.layers or ()) - set(neurons.layers or graph.layer_names):
            raise InputError(f"{layer!r} carries no activity; {nearest(layer, neurons.layers or ())}", "layers")
        return bound
    except InputError as error:
        raise error.inside("plasticity") from None
