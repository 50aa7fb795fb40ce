"""RowModel: the side of a model that Mesa knows: its agents are rows, and sets of them are live."""

import functools
from typing import Any

import mesa
import numpy as np

from vesicle_abm.agents import VERBS, Vesicle
from vesicle_abm.agentset import RowSet
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import MAX_BIRTHS
from vesicle_abm.core.state import State
from vesicle_abm.neuronagents import HMNNeuron
from vesicle_abm.rows import Objects, RowAgent
from vesicle_abm.sources import NeuronSource, RegisteredSource, Source, VesicleSource
from vesicle_abm.views import commit, compiled
from vesicle_abm.views.births import Newborns
from vesicle_abm.views.world import World


class RowModel(mesa.Model):
    """A Mesa model over a World: neurons, vesicles, and agents that a user adds. Abstract: see VesicleModel."""

    world: World

    @property
    def graph(self) -> NeuralGraph:
        """The graph."""
        return self.world.graph

    @property
    def state(self) -> State:
        """The whole state, as arrays."""
        return self.world.state

    def _begin_agents(self, world: World) -> None:
        super().__init__(seed=world.state.seed)
        self.world = world
        self.shuffles = 0
        self.objects = Objects()
        for name, kind in world.kinds.items():
            self._take_overrides(name, kind.agent)
        self.registered = RegisteredSource(first_id=world.graph.size + 1)
        vesicles = [VesicleSource(self, kind) for kind in self.kinds]
        self.sources: list[Source] = [NeuronSource(self), *vesicles, self.registered]
        self.steps = world.state.step

    def _take_overrides(self, kind: str, agent: type | None) -> None:
        if agent is None:
            return
        if not (isinstance(agent, type) and issubclass(agent, Vesicle)):
            raise InputError(f"got {agent!r}; a subclass of Vesicle is allowed", f"kinds.{kind}.agent")
        self.world.actors[kind] = functools.partial(self.vesicle, kind)
        self.world.overrides[kind] = frozenset(
            verb for verb in VERBS if getattr(agent, verb) is not getattr(Vesicle, verb)
        )

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
        cap, alive = world.kinds[kind].cap, self.state.vesicles[kind].size
        if cap is not None and alive + count > cap:
            words = f"got {count}; {alive} of at most {cap} vesicles live already"
            raise InputError(words, "count")
        if int(self.state.born_now[number, index]) + count > MAX_BIRTHS:
            raise InputError(f"got {count}; at most {MAX_BIRTHS} births at a node fit the ids of one step", "count")
        ids = np.zeros(0, np.int64)

        def bear(world: World, born: dict[str, Newborns]) -> None:
            nonlocal ids
            ids = born[kind].ids
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
        self.shuffles = (self.shuffles + 1) % 2**16
        return self.shuffles

    def forget_ended(self) -> None:
        """Drop the objects of vesicles that have ended."""
        ids = np.fromiter(self.objects.kept, np.int64)
        alive = ids <= self.graph.size
        if not alive.all():
            for columns in self.state.vesicles.values():
                alive |= columns.find(ids) >= 0
        self.objects.forget(ids[~alive].tolist())
