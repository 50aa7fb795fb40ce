"""VesicleModel: a mesa.Model of vesicles over a graph of neurons. ``step()`` is the kernel K of S_{t+1} ~ K(S_t)."""

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import networkx as nx
import numpy as np

from vesicle_abm.agents import VERBS, HMNNeuron, Vesicle
from vesicle_abm.agentset import RowSet
from vesicle_abm.core import state as state_file
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import Rule
from vesicle_abm.core.plain import graph_from_plain, plain_graph, plain_rule, rule_from_plain
from vesicle_abm.core.stages import STAGES
from vesicle_abm.core.state import State
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.recorder import FATES, Recorder
from vesicle_abm.rows import Objects, RowAgent, give_back
from vesicle_abm.sources import NeuronSource, RegisteredSource, Source, VesicleSource
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
    >>> reward = Kind(emission=ConstantEmission(rate=1.0), lifetime=5)
    >>> model = VesicleModel(nx.path_graph(4), {"reward": reward}, seed=7)
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
        self.docked_now = np.zeros(len(self.kinds), np.int64)  # (K,) dockings of the step just done
        self._shuffles = 0
        self.objects = Objects()
        for name, kind in world.kinds.items():
            self._take_overrides(name, kind.agent)
        self.registered = RegisteredSource(first_id=world.graph.size + 1)
        vesicles = [VesicleSource(self, kind) for kind in self.kinds]
        self.sources: list[Source] = [NeuronSource(self), *vesicles, self.registered]
        self.steps = world.state.step

    @staticmethod
    def _bound(neurons: HMNNeurons, graph: NeuralGraph) -> HMNNeurons:
        try:
            bound = neurons.bind(graph)
            graph.in_layers(bound.layers)
        except InputError as error:
            raise error.inside("neurons") from None
        return bound

    def _take_overrides(self, kind: str, agent: type | None) -> None:
        if agent is None:
            return
        if not (isinstance(agent, type) and issubclass(agent, Vesicle)):
            raise InputError(f"got {agent!r}; a subclass of Vesicle is allowed", f"kinds.{kind}.agent")
        self.world.actors[kind] = functools.partial(self.vesicle, kind)
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
        before = self._begin_stage(stage)
        run_stage(self.world, stage, self._view, self.order)
        self._end_stage(stage, before)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator["VesicleModel"]:
        """One stage by hand: agents act inside the ``with`` block, in any order, and the stage settles at its end.

        A step is all of ``STAGES`` in order; going through them by hand gives the same bits as ``step()``:

        ``with model.stage("migrate"): model.vesicles.shuffle_do("migrate")``
        """
        before = self._begin_stage(name)
        self.world.stage = name
        try:
            yield self
            commit.settle(self.world, name, particles.bear)
        except BaseException:
            self.world.proposals.forget()
            raise
        finally:
            self.world.stage = None
        self._end_stage(name, before)

    def _begin_stage(self, name: str) -> np.ndarray:
        if name not in STAGES:
            raise InputError(f"got {name!r}; {nearest(name, STAGES)}", "stage")
        if self.world.stage is not None:
            raise InputError(f"{name!r} cannot begin inside the stage {self.world.stage!r}", "stage")
        return self.state.docked.sum(axis=1)

    def _end_stage(self, name: str, docked_before: np.ndarray) -> None:
        if name == "dock":
            self.docked_now = self.state.docked.sum(axis=1) - docked_before
        elif name != "release" and self.world.proposals.modulator.any():  # given by a user's verb outside ``release``
            commit.settle_effects(self.world)
        if name == "decay":
            self._forget_ended()
        if name == "record":
            self.steps = self.time  # Mesa's own counter, right also for steps taken stage by stage
            self._shuffles = 0
            if self.recorder.every and self.time % self.recorder.every == 0:
                self.recorder.collect(self)

    # Agents

    @property
    def kinds(self) -> list[str]:
        """Names of the kinds, in order."""
        return self.world.lifecycle.names

    @property
    def vesicles(self) -> RowSet:
        """All living vesicles, by birth: a live AgentSet."""
        return RowSet(self, live=range(1, 1 + len(self.kinds)))

    @property
    def neurons(self) -> RowSet:
        """All neurons, by index: a live AgentSet."""
        return RowSet(self, live=[0])

    @property
    def agents(self) -> RowSet:
        """Neurons, vesicles, and whatever agents a user registered: a live AgentSet."""
        return RowSet(self, live=range(len(self.sources)))

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
        own = {kind: RowSet(self, live=which) for kind, which in codes.items()}
        return {**own, **super().agents_by_type}

    def agent_type(self, kind: str) -> type[Vesicle]:
        """The class of a kind's vesicles."""
        if kind not in self.kinds:
            raise InputError(f"got {kind!r}; {nearest(kind, self.kinds)}", "kind")
        return self.world.kinds[kind].agent or Vesicle

    def expect(self, kind: str, agent_type: type) -> None:
        """Refuse a class that is not the one of the kind's vesicles: the model would not call its verbs."""
        expected = self.agent_type(kind)
        if agent_type is not expected:
            raise InputError(
                f"vesicles of kind {kind!r} are {expected.__name__}, not {agent_type.__name__}; "
                f"write Kind(agent={agent_type.__name__}, ...)",
                f"kinds.{kind}.agent",
            )

    def vesicle(self, kind: str, id_: int) -> Vesicle:
        """The agent of one vesicle."""
        return self.agent_type(kind).at(self, kind, id_)

    def neuron(self, label) -> HMNNeuron:
        """The neuron with this label."""
        return HMNNeuron.at(self, self.graph.node(label))

    def place(self, kind: str, node, count: int = 1) -> RowSet:
        """Put new vesicles of a kind at the node with this label, outside a stage; they count as born there."""
        ids = self.bring(kind, node, count)
        return RowSet(self, members=(np.full(len(ids), 1 + self.kinds.index(kind), np.int16), ids))

    def bring(self, kind: str, node, count: int = 1, first: Vesicle | None = None) -> np.ndarray:
        """``place``, giving the ids; the first vesicle's object is ``first``."""
        self.agent_type(kind)  # refuses an unknown kind
        index, number, world = self.graph.node(node), self.kinds.index(kind), self.world
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 0:
            raise InputError(f"got {count!r}; a whole number >= 0 is allowed", "count")
        if world.stage is not None:
            raise InputError(f"inside the stage {world.stage!r}; vesicles are placed between stages", "place")
        ids = np.zeros(0, np.int64)

        def bear(world: World, born: dict[str, slice]) -> None:
            nonlocal ids
            ids = self.state.vesicles[kind]["id"][born[kind]].copy()
            if first is not None:
                first.become(self, int(ids[0]), kind=kind, _version=-1)
            compiled.bear(world, born)

        try:
            world.proposals.births[number, index] = count
            commit.settle(world, "emit", bear)
        finally:
            world.proposals.births[:] = 0
        return ids

    def member(self, agent) -> int:
        """Which source an agent belongs to; -1 if it is not of this model."""
        if not isinstance(agent, mesa.Agent) or agent.model is not self:
            return -1
        if isinstance(agent, HMNNeuron):
            return 0
        if isinstance(agent, Vesicle):
            return 1 + self.kinds.index(agent.kind)
        return len(self.sources) - 1

    def register_agent(self, agent) -> None:
        """Register an agent that a user made the ordinary way; its ``unique_id`` is made unique in this model."""
        if isinstance(agent, RowAgent):
            raise InputError(f"{agent!r} is a row of this model; write Vesicle(model, kind=..., node=...)", "agent")
        if agent in self._agents:
            return
        getattr(mesa.Agent, "_ids", {}).pop(self, None)  # Mesa's own counter would hold the model for good
        self.registered.add(agent)
        super().register_agent(agent)

    def deregister_agent(self, agent) -> None:
        """Take an agent out; a vesicle's life ends, counted as cleared.

        Raises
        ------
        KeyError
            if it is not in the model.
        """
        if isinstance(agent, HMNNeuron):
            agent.remove()
        elif isinstance(agent, Vesicle):
            if self.member(agent) < 0 or not agent.alive:
                raise KeyError(agent)
            self.end(agent.kind, np.array([agent.unique_id]))
        else:
            super().deregister_agent(agent)
            self.registered.drop(agent)

    def end(self, kind: str, ids: np.ndarray) -> None:
        """End the lives of these living vesicles of a kind; they count as cleared."""
        commit.remove(self.world, self.kinds.index(kind), kind, self.state.vesicles[kind].find(ids))
        self.objects.forget(ids.tolist())

    def remove_all_agents(self) -> None:
        """Clear all vesicles and registered agents; neurons, being the graph, stay."""
        for name, columns in self.state.vesicles.items():
            self.end(name, columns["id"].copy())
        super().remove_all_agents()

    def next_shuffle(self) -> int:
        """A new number for each shuffle within a step, so that no two are alike."""
        self._shuffles = (self._shuffles + 1) % 2**16
        return self._shuffles

    def _forget_ended(self) -> None:
        ids = np.fromiter(self.objects.kept, np.int64)
        alive = ids <= self.graph.size
        if not alive.all():
            for columns in self.state.vesicles.values():
                alive |= columns.find(ids) >= 0
        self.objects.forget(ids[~alive].tolist())

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
        if self.world.stage is not None:
            raise InputError(f"inside the stage {self.world.stage!r}; save between stages", "save")
        arrays: dict[str, np.ndarray] = {"record": self.recorder.table, "docked_now": self.docked_now}
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
            "shuffles": self._shuffles,
            "own": self.objects.plain(arrays),
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
        neurons: Any = header["neurons"] and rule_from_plain(header["neurons"], HMNNeurons, arrays)
        model = cls.__new__(cls)
        world = World(graph, Lifecycle(kinds, graph), neurons, state, threads=usable_threads(threads))
        model._begin(world, header["view"], header["record_every"])
        model.recorder.restore(arrays["record"], arrays["presence"])
        model.docked_now, model._shuffles = arrays["docked_now"], header["shuffles"]
        for agent in model.agents.with_ids([int(id_) for id_ in header["own"]]):
            give_back(agent, header["own"][str(agent.unique_id)], arrays)
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
