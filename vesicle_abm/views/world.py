"""World: what a view works on: graph, kinds, neurons, state, and what a stage has proposed but not yet settled."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import MAX_STEPS
from vesicle_abm.core.state import State
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.neurons.astrocyte import territories
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.neurons.network import Wiring
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.tasks.task import Scene, Task
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.lifecycle import Lifecycle
from vesicle_abm.vesicles.memory import Memory
from vesicle_abm.vesicles.release import ACTIVATION, MEMORY
from vesicle_abm.vesicles.sight import NEVER
from vesicle_abm.views.tables import KindTables

FREE, DOCKED, ABSORBED, EXPIRED, CLEARED = range(5)  # the status of a vesicle; from ABSORBED on, how it ended
TURNED = CLEARED + 1  # it goes on as one of another kind
SEED_LIMIT = 2**64


@dataclass
class Proposals:
    """What the agents of a stage have proposed: settled together when the stage ends."""

    activation: np.ndarray  # (N,)
    births: np.ndarray  # (K, N) int64
    modulator: np.ndarray  # (N, K) int64 fixed point
    gain: np.ndarray  # (N,) int64 fixed point
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
        shapes = {name: (nodes, change_width(lifecycle.kinds[kind], rule)) for name, kind, rule in lifecycle.changes()}
        if ACTIVATION in targets:
            shapes[ACTIVATION] = (nodes, 2)
        if MEMORY in targets and memory is not None:
            shapes[MEMORY] = (nodes * memory.slots, 1 + memory.width)
        return cls(
            np.zeros(nodes),
            np.zeros((kinds, nodes), np.int64),
            np.zeros((nodes, kinds), np.int64),
            np.zeros(nodes, np.int64),
            {name: np.zeros(shape, np.int64) for name, shape in shapes.items()},
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
    neurons: HMNNeurons | None
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
        self.film = np.zeros((self.graph.size, 2))  # gamma and beta that docked vesicles have given in this step
        self.proposals = Proposals.none(self.graph.size, self.lifecycle, self.memory)
        self.passing: dict[str, Any] = {}  # what follows from the state as the stage began, computed once
        self.tables = {name: KindTables(self, k, kind) for k, (name, kind) in enumerate(self.lifecycle.kinds.items())}
        self.synapses = self.neurons.synapses(self.graph) if self.neurons else None
        self.lesson: Any = None  # while the learn stage runs
        self.wiring: Wiring | None = None
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


def layout_of(graph: NeuralGraph, kind: Kind) -> dict:
    """The columns of one kind's vesicles: only those that it needs."""
    columns: dict = {
        "id": ("i8", ()),
        "node": ("i4", ()),
        "ttl": ("i4", ()),
        "status": ("u1", ()),
        "content": ("f4", (kind.content_width,)),
    }
    if travels(graph, kind):
        columns |= {"edge": ("i4", ()), "remaining": ("i4", ())}
    if kind.trail is not None:
        columns["crossed"] = ("i4", ())
    if kind.remembers:
        columns["remembered"] = ("i4", (kind.remembers,))
    if kind.spend is not None:
        columns["payload"] = ("f8", ())
    if kind.releases is not None:
        columns["left"] = ("i4", ())
    return columns


def begin_lives(columns: Columns, rows: slice, nodes: np.ndarray, kind: Kind) -> None:
    """What a vesicle has as its life begins, whether it is born or turned: no past, its whole payload."""
    columns["node"][rows] = nodes
    first = {"edge": -1, "crossed": -1, "remembered": NEVER, "payload": 1.0, "left": kind.releases}
    for name, value in first.items():
        if name in columns:
            columns[name][rows] = value


def releasing(columns: Columns, rows) -> np.ndarray:
    """(n,) which of the vesicles in these rows release: those that have docked, and are not used up."""
    docked = columns["status"][rows] == DOCKED
    return docked & (columns["left"][rows] > 0) if "left" in columns else docked


def travels(graph: NeuralGraph, kind: Kind) -> bool:
    """Whether vesicles of the kind can be under way between nodes."""
    return kind.migration.travel and bool(graph.delay[graph.in_layers(kind.migration.layers)].any())


def wiring_of(graph: NeuralGraph, neurons: HMNNeurons, plasticity: Plasticity) -> Wiring:
    """The synapses that learn."""
    layers = neurons.layers if plasticity.layers is None else plasticity.layers
    preferred = getattr(plasticity.phase, "preferred", None)
    return Wiring.of(graph, layers, neurons.initial_weight(graph), preferred)


def history_depth(graph: NeuralGraph, neurons: HMNNeurons | None, plasticity: Plasticity | None) -> int:
    """How many past activations are needed: for the longest delay, and, if synapses learn after the neurons have
    answered, one more.
    """
    if neurons is None:
        return 1
    longest = int(graph.delay[graph.in_layers(neurons.layers)].max(initial=0))
    if plasticity is None:
        return 1 + max(longest, 1)
    return 2 + max(longest, int(graph.delay[graph.in_layers(plasticity.layers or neurons.layers)].max(initial=0)))


def first_state(
    graph: NeuralGraph,
    lifecycle: Lifecycle,
    neurons: HMNNeurons | None,
    seed: int,
    plasticity: Plasticity | None = None,
    task: Task | None = None,
    memory: Memory | None = None,
    estimators: dict[str, Estimator] | None = None,
) -> State:
    """The state before the first step: no vesicles, silent neurons, gain 1, levels 0, empty memory, no trails.

    Raises
    ------
    InputError
        for a seed that is not a whole number below 2**64.
    """
    seed = checked_seed(seed)
    n, k = graph.size, len(lifecycle.names)
    depth = history_depth(graph, neurons, plasticity)
    weight = neurons.initial_weight(graph) if neurons else graph.weight.copy()
    synapses = wiring_of(graph, neurons, plasticity).size if neurons and plasticity else 0
    eta = plasticity.first_eta(graph) if plasticity else np.zeros((n, 2))
    return State(
        seed=seed,
        step=0,
        weight=weight.astype(plasticity.precision if plasticity else np.float64, copy=False),
        bias=np.array(np.broadcast_to(neurons.bias if neurons else 0.0, n), dtype=np.float64),
        eta=eta,
        activation=np.zeros(n),
        history=np.zeros((depth, n)),
        drive=np.zeros(n),
        gain=np.ones(n),
        modulator=np.zeros((n, k)),
        emitted=np.zeros((k, n), np.int64),
        docked=np.zeros((k, n), np.int64),
        born_now=np.zeros((k, n), np.int32),
        fates=np.zeros((k, 3), np.int64),
        vesicles={name: Columns(layout_of(graph, kind)) for name, kind in lifecycle.kinds.items()},
        kept=plasticity.first_kept(graph, synapses) if plasticity else {},
        task=task.first(graph, eta) if task else {},
        memory=np.zeros((n, memory.slots, memory.width)) if memory else None,
        changes={
            name: np.zeros((n, change_width(lifecycle.kinds[kind], rule)))
            for name, kind, rule in lifecycle.changes()
            if rule.lasts
        },
        trails={name: np.zeros(graph.edge_count) for name in lifecycle.trails},
        estimates={
            f"{name}.{what}": array
            for name, estimator in (estimators or {}).items()
            for what, array in estimator.first(graph).items()
        },
        tallies=first_tallies(lifecycle, graph),
    )


def first_tallies(lifecycle: Lifecycle, graph: NeuralGraph) -> dict[str, np.ndarray]:
    """The further counts that the kinds need, at the start."""
    found = {f"docked/{name}": np.zeros(graph.size, np.int32) for name in lifecycle.triggers}
    for name, kind in lifecycle.kinds.items():
        if kind.turn is not None:
            found[f"turned/{name}"] = np.zeros(len(lifecycle.names), np.int64)
        if kind.cap is not None:
            found[f"saturated/{name}"] = np.array([0, -1, 0], np.int64)
        if kind.trail is not None:
            found[f"crossed/{name}"] = np.zeros(graph.edge_count, np.int64)
    return found


def checked_seed(seed) -> int:
    """A whole number below 2**64."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < SEED_LIMIT:
        raise InputError(f"got {seed!r}; a whole number from 0 to 2**64 - 1 is allowed", "seed")
    return int(seed)


def usable_threads(threads: int | None) -> int:
    """The number of threads asked for, or that this process may use."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise InputError(f"got {threads!r}; a whole number >= 1 is allowed", "threads")
    return threads


def check_step(step: int) -> None:
    """Refuse to run past what an id can hold."""
    if step >= MAX_STEPS:
        raise InputError(f"step {step} is the last that a vesicle's id can hold", "steps")
