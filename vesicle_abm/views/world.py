"""World: what a view works on: graph, kinds, neurons, state, and what a stage has proposed but not yet settled."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import parent_process
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import MAX_STEPS
from vesicle_abm.core.state import State
from vesicle_abm.neurons.astrocyte import territories
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.neurons.network import Wiring
from vesicle_abm.neurons.neuron import NeuronModel
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.tasks.task import Scene, Task
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.lifecycle import Lifecycle
from vesicle_abm.vesicles.memory import Memory
from vesicle_abm.vesicles.release import ACTIVATION, MEMORY
from vesicle_abm.views.tables import KindTables
from vesicle_abm.views.undo import asked_in_the_midst

THREADS = "VESICLE_ABM_THREADS"  # of the environment: the most threads of models that are not given a number


@dataclass
class Proposals:
    """What the agents of a stage have proposed: settled together when the stage ends."""

    activation: np.ndarray  # (N,)
    births: np.ndarray  # (K, N) int64
    modulator: np.ndarray  # (N, K) int64 fixed point
    gain: np.ndarray  # (N,) int64 fixed point
    cells: dict[str, np.ndarray] = field(default_factory=dict)  # what neurons keep, by name, (N,)
    sums: dict[str, np.ndarray] = field(default_factory=dict)  # what further targets are given, by the target's name
    given: bool = False  # a user's verb has given to a level, perhaps in another stage than ``release``

    def forget(self) -> None:
        """As if nothing had been proposed."""
        for proposed in (self.activation, self.births, self.modulator, self.gain, *self.sums.values()):
            proposed[:] = 0
        self.given = False

    @classmethod
    def none(cls, nodes: int, lifecycle: Lifecycle, memory: Memory | None) -> "Proposals":
        """Nothing proposed yet."""
        kinds = len(lifecycle.names)
        targets = {getattr(rule, "target", None) for kind in lifecycle.kinds.values() for rule in kind.release}
        shapes = {name: (nodes, change_width(lifecycle.kinds[kind], rule)) for name, kind, rule in lifecycle.changes}
        if ACTIVATION in targets:
            shapes[ACTIVATION] = (nodes, 2)
        if MEMORY in targets and memory is not None:
            shapes[MEMORY] = (nodes * memory.slots, 1 + memory.width)
        return cls(
            np.zeros(nodes),
            np.zeros((kinds, nodes), np.int64),
            np.zeros((nodes, kinds), np.int64),
            np.zeros(nodes, np.int64),
            sums={name: np.zeros(shape, np.int64) for name, shape in shapes.items()},
        )


def change_width(kind: Kind, rule) -> int:
    """How many numbers per node a release that changes a parameter sums."""
    return max(1, rule.width(kind.content_width))


@dataclass
class World:
    """A model without its agents.

    ``actors`` (kind -> function from a vesicle's id to its agent) and ``overrides`` (kind -> verbs) name the verbs that
    a user's Vesicle subclass has taken over; every view calls those agent by agent.
    """

    graph: NeuralGraph
    lifecycle: Lifecycle
    neurons: NeuronModel | None
    state: State
    signals: dict[str, Any] = field(default_factory=dict)
    threads: int = 1
    actors: dict[str, Callable] = field(default_factory=dict)
    overrides: dict[str, frozenset] = field(default_factory=dict)
    plasticity: Plasticity | None = None
    task: Task | None = None
    memory: Memory | None = None
    estimators: dict[str, Estimator] = field(default_factory=dict)

    def __post_init__(self):
        self.stage: str | None = None
        self.imposed: np.ndarray | None = None  # (N,) activation that something else computes, in place of equation (1)
        self.proposals = Proposals.none(self.graph.size, self.lifecycle, self.memory)
        self.proposals.cells = {name: values.copy() for name, values in self.state.cells.items()}
        films = ACTIVATION in self.proposals.sums
        self.film = np.zeros(
            (self.graph.size if films else 0, 2)
        )  # gamma and beta that vesicles have given in this step
        self.docked_now = np.zeros(len(self.kinds), np.int64)  # (K,) dockings of the step just done
        self.asked = asked_in_the_midst(self.kinds.values())
        self.passing: dict[str, Any] = {}  # what follows from the state as the stage began, computed once
        self.tables = {name: KindTables(self, k, kind) for k, (name, kind) in enumerate(self.lifecycle.kinds.items())}
        self.synapses = self.neurons.synapses(self.graph) if self.neurons else None
        self.outward = self.graph.ways(self.neurons.layers) if self.neurons and self.neurons.spikes else None
        self.lesson: Any = None  # while the learn stage runs
        self.wiring: Wiring | None = None
        self.places: Any = None  # of the synapses, for learning by events; put together once
        self.stretches: bool | None = None  # whether there can be stretches of steps at one go, once it was asked
        self.territory: np.ndarray | None = None
        if self.neurons is not None and self.plasticity is not None:
            self.wiring = wiring_of(self.graph, self.neurons, self.plasticity)
            if self.plasticity.astrocyte is not None:
                self.territory = territories(self.plasticity.astrocyte, self.graph)

    @property
    def kinds(self) -> dict[str, Kind]:
        """The kinds by name."""
        return self.lifecycle.kinds

    def scene(self) -> Scene:
        """What the task may look at and change as a step begins."""
        state = self.state
        return Scene(
            self.graph,
            state.seed,
            state.step,
            state.activation,
            state.drive,
            state.eta,
            self.signals,
            state.task,
            state.memory,
            state.trails,
            state.traversals(),
            dict(zip(self.kinds, state.emitted, strict=True)),
            dict(zip(self.kinds, state.docked, strict=True)),
            self.neurons,
            state.weight,
            state.bias,
            state.cells,
        )

    def overridden(self, kind: str, verb: str) -> bool:
        """Whether a user's subclass has taken over this verb of this kind."""
        return verb in self.overrides.get(kind, ())

    def act(self, kind: str, id_: int, verb: str) -> None:
        """Let the agent of one vesicle act, if it still lives."""
        if int(self.state.vesicles[kind].find(id_)) >= 0:
            getattr(self.actors[kind](id_), verb)()

    def forget_changing_tables(self) -> None:
        """Whatever depends on the state is computed anew when it is next needed."""
        self.passing.clear()
        for tables in self.tables.values():
            tables.forget_changing()

    def once(self, name: str, compute: Callable[[], Any]) -> Any:
        """What ``compute`` gives, until the state changes."""
        if name not in self.passing:
            self.passing[name] = compute()
        return self.passing[name]


def wiring_of(graph: NeuralGraph, neurons: NeuronModel, plasticity: Plasticity) -> Wiring:
    """The synapses that learn."""
    layers = learning_layers(neurons, plasticity)
    preferred = getattr(plasticity.phase, "preferred", None)
    return Wiring.of(graph, layers, neurons.initial_weight(graph), preferred)


def learning_layers(neurons: NeuronModel, plasticity: Plasticity) -> list[str] | None:
    """The edge layers whose synapses learn; None for all."""
    return neurons.layers if plasticity.layers is None else plasticity.layers


def usable_threads(threads: int | None) -> int:
    """The number of threads asked for; else what the environment's ``VESICLE_ABM_THREADS`` says; else 1 in a process
    that Python's multiprocessing started, whose siblings have the other cores; else as many as this process may use.
    """
    given: Any = threads
    if threads is None and THREADS in os.environ:
        text = os.environ[THREADS]
        given = int(text) if text.isdecimal() else text
    elif threads is None:
        return 1 if parent_process() is not None else cores()
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        key = THREADS if threads is None else "threads"
        raise InputError(f"got {given!r}; a whole number >= 1 is allowed", key)
    return given


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_step(step: int) -> None:
    """Refuse to run past what an id can hold."""
    if step >= MAX_STEPS:
        raise InputError(f"step {step} is the last that a vesicle's id can hold", "steps")
