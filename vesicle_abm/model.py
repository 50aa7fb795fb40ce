"""VesicleModel: a mesa.Model of vesicles over a graph of neurons. ``step()`` is the kernel K of S_{t+1} ~ K(S_t)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import networkx as nx
import numpy as np

from vesicle_abm.agents import VERBS, HMNNeuron, Vesicle
from vesicle_abm.agentset import NeuronSource, RegisteredSource, RowSet, Source, VesicleSource
from vesicle_abm.core import state as state_file
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import Rule
from vesicle_abm.core.plain import graph_from_plain, plain_graph, plain_rule, rule_from_plain
from vesicle_abm.core.stages import STAGES
from vesicle_abm.core.state import State
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.recorder import FATES, Recorder
from vesicle_abm.vesicles.lifecycle import FAMILIES, Kind, Lifecycle
from vesicle_abm.views import commit, compiled, particles
from vesicle_abm.views.particles import Order, in_order
from vesicle_abm.views.step import COMPILED, VIEWS, run_stage
from vesicle_abm.views.world import World, first_state, usable_threads

if TYPE_CHECKING:
    import pandas as pd

PLAIN_FIELDS = ("absorb", "content_width", "clearance")


class VesicleModel(mesa.Model):
    """Vesicles of several kinds over a graph of neurons.

    Parameters
    ----------
    graph : NeuralGraph, or a networkx graph
    kinds : name -> Kind
    neurons : HMNNeurons, or None for nodes without activity
    seed : whole number below 2**64; the same seed gives the same bits, for every view and number of threads
    view : "compiled" or "particles", the same step fast or agent by agent
    threads : most threads of the compiled view; None for as many as the process may use
    record_every : record each so many steps; 0 for never

    Raises
    ------
    InputError
        for anything that does not fit, naming it.

    >>> import networkx as nx
    >>> from vesicle_abm.vesicles.emission import ConstantEmission
    >>> model = VesicleModel(nx.path_graph(4), {"reward": Kind(emission=ConstantEmission(rate=1.0), lifetime=5)}, seed=7)
    >>> model.run_for(10)
    >>> model.time, model.counts["born"] == model.counts["alive"] + model.counts["expired"]
    (10, True)
    """

    def __init__(
        self,
        graph: NeuralGraph | nx.Graph,
        kinds: dict[str, Kind],
        *,
        neurons: HMNNeurons | None = None,
        seed: int = 0,
        view: str = COMPILED,
        threads: int | None = None,
        record_every: int = 1,
    ):
        graph = graph if isinstance(graph, NeuralGraph) else NeuralGraph.from_networkx(graph)
        lifecycle = Lifecycle(kinds, graph)
        if neurons is not None:
            neurons = self._bound(neurons, graph)
        state = first_state(graph, lifecycle, neurons, seed)
        self._begin(World(graph, lifecycle, neurons, state, threads=usable_threads(threads)), view, record_every)

    def _begin(self, world: World, view: str, record_every: int) -> None:
        super().__init__(seed=world.state.seed)
        self.world = world
        self.view = view
        self.order: Order = in_order
        self.recorder = Recorder(self.kinds, record_every)
        self.absorbed_now = np.zeros(len(self.kinds), np.int64)
        self._shuffles = 0
        self._kept: dict[str, dict[int, Vesicle]] = {}
        for name, kind in world.kinds.items():
            self._take_overrides(name, kind.agent)
        vesicles: list[Source] = [VesicleSource(self, kind) for kind in self.kinds]
        self.sources: list[Source] = [NeuronSource(self), *vesicles, RegisteredSource(self._registered)]
        self.steps = world.state.step

    @staticmethod
    def _bound(neurons: HMNNeurons, graph: NeuralGraph) -> HMNNeurons:
        try:
            bound = neurons.bind(graph)
            graph.in_layers(bound.layers)
        except InputError as error:
            raise error.inside("neurons") from None
        return bound  # type: ignore[return-value]

    def _take_overrides(self, kind: str, agent: type | None) -> None:
        if agent is None:
            return
        if not (isinstance(agent, type) and issubclass(agent, Vesicle)):
            raise InputError(f"got {agent!r}; a subclass of Vesicle is allowed", f"kinds.{kind}.agent")
        self._kept[kind] = {}
        self.world.actors[kind] = lambda id_: self.vesicle(kind, id_)
        self.world.overrides[kind] = frozenset(
            verb for verb in VERBS if getattr(agent, verb) is not getattr(Vesicle, verb)
        )

    # Time

    @property
    def time(self) -> int:
        """Steps done."""
        return self.world.state.step

    @property
    def view(self) -> str:
        """The view, "compiled" or "particles"; may be changed at any time, the bits stay the same."""
        return self._view

    @view.setter
    def view(self, name: str) -> None:
        if name not in VIEWS:
            raise InputError(f"got {name!r}; {nearest(name, VIEWS)}", "view")
        self._view = name

    def step(self) -> None:
        """One step: every stage in order, then a recorded row."""
        for stage in STAGES:
            self._run(stage)

    def run_for(self, steps: int) -> None:
        """So many steps."""
        for _ in range(steps):
            self.step()

    def _run(self, stage: str) -> None:
        before = self.state.fates[:, 0].copy() if stage == "decay" else None
        run_stage(self.world, stage, self._view, self.order)
        self._after(stage, before)

    def _after(self, stage: str, absorbed_before: np.ndarray | None) -> None:
        if absorbed_before is not None:
            self.absorbed_now = self.state.fates[:, 0] - absorbed_before
            self._forget_ended()
        if stage == "record":
            self.steps = self.time  # Mesa's own counter, right also for steps taken stage by stage
        if stage == "record" and self.recorder.every and self.time % self.recorder.every == 0:
            self.recorder.collect(self)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator["VesicleModel"]:
        """One stage by hand: agents act inside the ``with`` block, in any order, and the stage settles at its end.

        A step is all of ``STAGES`` in order; going through them by hand gives the same bits as ``step()``:

        ``with model.stage("migrate"): model.vesicles.shuffle_do("migrate")``
        """
        if name not in STAGES:
            raise InputError(f"got {name!r}; {nearest(name, STAGES)}", "stage")
        before = self.state.fates[:, 0].copy() if name == "decay" else None
        self.world.stage = name
        try:
            yield self
            commit.settle(self.world, name, particles.bear)
        finally:
            self.world.stage = None
        self._after(name, before)

    # Agents

    @property
    def kinds(self) -> list[str]:
        """Names of the kinds, in order."""
        return self.world.lifecycle.names

    @property
    def vesicles(self) -> RowSet:
        """All living vesicles, by birth: a live AgentSet."""
        return RowSet(self, live=lambda: self._members(range(1, 1 + len(self.kinds))))

    @property
    def neurons(self) -> RowSet:
        """All neurons, by index: a live AgentSet."""
        return RowSet(self, live=lambda: self._members([0]))

    @property
    def agents(self) -> RowSet:
        """Neurons, vesicles, and whatever agents a user registered: a live AgentSet."""
        return RowSet(self, live=lambda: self._members(range(len(self.sources))))

    @property
    def agent_types(self) -> list[type]:
        """The classes of the agents."""
        return list(self.agents_by_type)

    @property
    def agents_by_type(self) -> dict[type, Any]:
        """Class -> live AgentSet of its agents."""
        codes: dict[type, list[int]] = {}
        for code, source in enumerate(self.sources[:-1]):
            codes.setdefault(source.agent_type, []).append(code)
        own = {kind: RowSet(self, live=lambda which=which: self._members(which)) for kind, which in codes.items()}
        return {**own, **super().agents_by_type}

    def vesicle(self, kind: str, id_: int) -> Vesicle:
        """The agent of one vesicle."""
        agent_type = self.world.kinds[kind].agent or Vesicle
        if kind not in self._kept:
            return agent_type.at(self, kind, id_)
        kept = self._kept[kind]
        if id_ not in kept:
            kept[id_] = agent_type.at(self, kind, id_)
        return kept[id_]

    def neuron(self, label) -> HMNNeuron:
        """The neuron with this label."""
        return HMNNeuron.at(self, self.graph.node(label))

    def place(self, kind: str, node, count: int = 1) -> RowSet:
        """Put new vesicles of a kind at the node with this label, between steps; they count as born there."""
        if kind not in self.kinds:
            raise InputError(f"got {kind!r}; {nearest(kind, self.kinds)}", "kind")
        index = self.graph.node(node)
        births = self.world.proposals.births
        births[:] = 0
        births[self.kinds.index(kind), index] = count
        born = commit.settle_births(self.world)
        compiled.bear(self.world, born)
        ids = self.state.vesicles[kind]["id"][born[kind]]
        return RowSet(self, members=(np.full(len(ids), 1 + self.kinds.index(kind), np.int16), ids.copy()))

    def member(self, agent) -> int:
        """Which source an agent belongs to; -1 if it is not of this model."""
        if getattr(agent, "model", None) is not self:
            return -1
        if isinstance(agent, HMNNeuron):
            return 0
        if isinstance(agent, Vesicle):
            return 1 + self.kinds.index(agent.kind)
        return len(self.sources) - 1

    def _members(self, codes) -> tuple[np.ndarray, np.ndarray]:
        parts = [(code, self.sources[code].ids()) for code in codes]
        which = np.repeat(np.array([code for code, _ in parts], np.int16), [len(ids) for _, ids in parts])
        ids = np.concatenate([ids for _, ids in parts]) if parts else np.zeros(0, np.int64)
        rank = np.select([which == 0, which == len(self.sources) - 1], [0, 2], 1)
        order = np.lexsort((np.where(rank == 1, ids, np.arange(len(ids))), rank))
        return which[order], ids[order]

    def _registered(self) -> dict[int, mesa.Agent]:
        return {agent.unique_id: agent for agent in self._agents}

    def register_agent(self, agent) -> None:
        """Register an agent that a user made the ordinary way; its ``unique_id`` is made unique in this model."""
        taken = self._registered()
        agent.unique_id = max(taken, default=self.graph.size) + 1
        super().register_agent(agent)

    def deregister_agent(self, agent) -> None:
        """Take an agent out; a vesicle's life ends, counted as cleared."""
        if isinstance(agent, Vesicle):
            commit.remove(self.world, self.kinds.index(agent.kind), agent.kind, np.array([agent.row]))
        else:
            super().deregister_agent(agent)

    def remove_all_agents(self) -> None:
        """Clear all vesicles and registered agents; neurons, being the graph, stay."""
        for k, (name, columns) in enumerate(self.state.vesicles.items()):
            commit.remove(self.world, k, name, np.arange(columns.size))
        super().remove_all_agents()

    def next_shuffle(self) -> int:
        """A new number for each shuffle, so that no two are alike."""
        self._shuffles = (self._shuffles + 1) % 2**16
        return self._shuffles

    def _forget_ended(self) -> None:
        for kind, kept in self._kept.items():
            columns = self.state.vesicles[kind]
            if len(kept) > 2 * columns.size + 64:
                alive = set(columns["id"].tolist())
                self._kept[kind] = {id_: agent for id_, agent in kept.items() if id_ in alive}

    # What there is

    @property
    def graph(self) -> NeuralGraph:
        """The graph."""
        return self.world.graph

    @property
    def state(self) -> State:
        """The whole state, as arrays."""
        return self.world.state

    @property
    def signals(self) -> dict[str, Any]:
        """Signals that emission rules may read, by name; set them between steps."""
        return self.world.signals

    @property
    def counts(self) -> dict[str, int]:
        """Vesicles born, alive, absorbed, expired, cleared: the first is the sum of the others, always."""
        return {name: sum(kind[name] for kind in self.counts_by_kind.values()) for name in ("born", "alive", *FATES)}

    @property
    def counts_by_kind(self) -> dict[str, dict[str, int]]:
        """``counts`` for each kind."""
        return {
            kind: {
                "born": int(self.state.emitted[k].sum()),
                "alive": columns.size,
                **dict(zip(FATES, self.state.fates[k].tolist(), strict=True)),
            }
            for k, (kind, columns) in enumerate(self.state.vesicles.items())
        }

    def occupancy(self) -> np.ndarray:
        """(K, N) vesicles of each kind at each node; those under way between nodes are in none."""
        counts = np.zeros((len(self.kinds), self.graph.size), np.int64)
        for k, columns in enumerate(self.state.vesicles.values()):
            node = columns["node"]
            here = node[columns["edge"] < 0] if "edge" in columns else node
            counts[k] = np.bincount(here, minlength=self.graph.size)
        return counts

    @property
    def record(self) -> "pd.DataFrame":
        """What was recorded, one row a recorded step."""
        return self.recorder.frame()

    @property
    def nbytes(self) -> int:
        """Bytes held by vesicles."""
        return sum(columns.nbytes for columns in self.state.vesicles.values())

    # Saving

    def save(self, path) -> None:
        """Write the whole model to one ``.npz`` file, without pickle; signals and Mesa's own agents are not in it."""
        arrays: dict[str, np.ndarray] = {"record": self.recorder.table}
        arrays["presence"] = np.zeros((0, 0)) if self.recorder.presence is None else self.recorder.presence
        kinds = {}
        for name, kind in self.world.kinds.items():
            rules = kind.rules()
            plain = [[key, plain_rule(rule, f"kinds/{name}/{i}", arrays)] for i, (key, rule) in enumerate(rules)]
            agent = kind.agent.__name__ if kind.agent else None
            kinds[name] = {"rules": plain, "agent": agent, **{key: getattr(kind, key) for key in PLAIN_FIELDS}}
        neurons = self.world.neurons
        header = {
            "graph": plain_graph(self.graph, arrays),
            "kinds": kinds,
            "neurons": None if neurons is None else plain_rule(neurons, "neurons", arrays),
            "view": self.view,
            "record_every": self.recorder.every,
        }
        state_file.save(Path(path), self.state, header, arrays)

    @classmethod
    def load(cls, path, threads: int | None = None) -> "VesicleModel":
        """The model that ``save`` wrote; it goes on with the same bits.

        Raises
        ------
        InputError
            if the file is missing or damaged, or a user's rule or Vesicle class has not been imported.
        """
        state, header, arrays = state_file.load(Path(path))
        graph = graph_from_plain(header["graph"], arrays)
        kinds = {name: _kind_from_plain(plain, arrays) for name, plain in header["kinds"].items()}
        neurons = header["neurons"] and rule_from_plain(header["neurons"], HMNNeurons, arrays)
        model = cls.__new__(cls)
        world = World(graph, Lifecycle(kinds, graph), neurons, state, threads=usable_threads(threads))
        model._begin(world, header["view"], header["record_every"])
        model.recorder.restore(arrays["record"], arrays["presence"])
        return model


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
    return Kind(**values, agent=Vesicle.known[agent] if agent else None, **{key: plain[key] for key in PLAIN_FIELDS})
