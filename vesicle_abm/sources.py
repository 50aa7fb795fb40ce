# ruff: noqa: D102 - a source's methods say what ``Source`` says
"""Sources: where the agents of a model live, each sort behind the same few questions.

The neurons are one source, each kind of vesicles one, and the agents that a user registered the ordinary way the last.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import mesa
import numpy as np

from vesicle_abm.agents import Vesicle
from vesicle_abm.neuronagents import HMNNeuron, set_number
from vesicle_abm.setting import set_docked, set_node, set_ttl
from vesicle_abm.views.population import DOCKED

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel


class Source(ABC):
    """Where agents of one sort live. Ids are unique over all sources of a model."""

    agent_type: type[mesa.Agent]
    mixed = False  # whether its agents may be of several subclasses of ``agent_type``
    turns = False  # whether its agents may go on as agents of another source

    @property
    @abstractmethod
    def version(self) -> int:
        """Changes with every birth and death."""

    @abstractmethod
    def ids(self) -> np.ndarray:
        """Ids of the living, in the order of creation."""

    @abstractmethod
    def alive(self, ids: np.ndarray) -> np.ndarray:
        """Which of these ids live."""

    @abstractmethod
    def agent(self, id_: int) -> mesa.Agent:
        """The agent with this id."""

    @abstractmethod
    def column(self, name: str, ids: np.ndarray) -> list | None:
        """An attribute of these living agents at once, or None if it has to be asked one by one."""

    @abstractmethod
    def assign(self, name: str, ids: np.ndarray, value) -> bool:
        """Set an attribute of these living agents at once; False if it has to be set one by one."""

    def end(self, ids: np.ndarray) -> bool:
        """Remove these living agents at once; False if they have to be removed one by one."""
        return False


class VesicleSource(Source):
    """The vesicles of one kind."""

    GETTERS: ClassVar[dict[str, Callable]] = {
        "unique_id": lambda self, ids, rows: ids.tolist(),
        "kind": lambda self, ids, rows: [self.kind] * len(ids),
        "node": lambda self, ids, rows: self.columns["node"][rows].tolist(),
        "label": lambda self, ids, rows: self.labels(rows),
        "pos": lambda self, ids, rows: self.labels(rows),
        "ttl": lambda self, ids, rows: self.columns["ttl"][rows].tolist(),
        "content": lambda self, ids, rows: list(self.columns["content"][rows]),
        "docked": lambda self, ids, rows: (self.columns["status"][rows] == DOCKED).tolist(),
        "edge": lambda self, ids, rows: self.edges(rows),
        "remembered": lambda self, ids, rows: self.remembered(rows),
        "payload": lambda self, ids, rows: self.own("payload", rows, 1.0),
        "releases_left": lambda self, ids, rows: self.own("left", rows, None),
    }
    SETTERS: ClassVar[dict[str, Callable]] = {"node": set_node, "ttl": set_ttl, "docked": set_docked}

    def __init__(self, model: VesicleModel, kind: str):
        self.model, self.kind = model, kind
        self.agent_type = model.world.kinds[kind].agent or Vesicle
        self.turns = model.world.kinds[kind].turn is not None

    @property
    def columns(self):
        """The kind's columns."""
        return self.model.state.vesicles[self.kind]

    @property
    def version(self):
        """Of the columns."""
        return self.columns.version

    def ids(self):
        return np.sort(self.columns["id"])

    def alive(self, ids):
        return self.columns.find(ids) >= 0

    def agent(self, id_):
        return self.model.vesicle(self.kind, id_)

    def column(self, name, ids):
        if name not in self.GETTERS or self._taken_over(name):
            return None
        return self.GETTERS[name](self, ids, self.columns.find(ids))

    def assign(self, name, ids, value):
        if name not in self.SETTERS or self._taken_over(name):
            return False
        self.SETTERS[name](self.model, self.kind, self.columns.find(ids), value)
        return True

    def end(self, ids):
        if self._taken_over("remove"):
            return False
        self.model.end(self.kind, ids)
        return True

    def labels(self, rows) -> list:
        """Labels of the nodes where these rows are."""
        nodes = self.model.graph.nodes
        return [nodes[index] for index in self.columns["node"][rows].tolist()]

    def own(self, name: str, rows, otherwise) -> list:
        """A column of the internal state, or what stands for it where the kind has none."""
        return self.columns[name][rows].tolist() if name in self.columns else [otherwise] * len(rows)

    def remembered(self, rows) -> list[np.ndarray]:
        """The nodes that these rows left last."""
        none = np.zeros((len(rows), 0), np.int32)
        return list(self.columns["remembered"][rows] if "remembered" in self.columns else none)

    def edges(self, rows) -> list[int]:
        """The edges on which these rows travel, -1 for none."""
        return self.columns["edge"][rows].tolist() if "edge" in self.columns else [-1] * len(rows)

    def _taken_over(self, name):
        return getattr(self.agent_type, name, None) is not getattr(Vesicle, name, None)


class NeuronSource(Source):
    """The neurons; an id is the index plus one."""

    agent_type = HMNNeuron
    version = 0
    NUMBERS = ("activation", "bias", "gain", "drive")

    def __init__(self, model: VesicleModel):
        self.model = model

    def ids(self):
        return np.arange(1, self.model.graph.size + 1)

    def alive(self, ids):
        return np.ones(len(ids), dtype=bool)

    def agent(self, id_):
        return HMNNeuron.at(self.model, id_ - 1)

    def column(self, name, ids):
        if name in self.NUMBERS:
            return getattr(self.model.state, name)[ids - 1].tolist()
        if name in ("label", "pos"):
            return [self.model.graph.nodes[i - 1] for i in ids.tolist()]
        if name in ("eta_local", "eta_global"):
            return self.model.state.eta[ids - 1, ("eta_local", "eta_global").index(name)].tolist()
        return {"unique_id": ids, "index": ids - 1}[name].tolist() if name in ("unique_id", "index") else None

    def assign(self, name, ids, value):
        if name not in self.NUMBERS:
            return False
        set_number(self.model, name, ids - 1, value)
        return True


class RegisteredSource(Source):
    """Agents that a user made and Mesa registered in the ordinary way. No id is given twice."""

    agent_type = mesa.Agent
    mixed = True

    def __init__(self, first_id: int):
        self.agents: dict[int, mesa.Agent] = {}
        self.next_id, self._version = first_id, 0

    @property
    def version(self):
        """Grows with every registration."""
        return self._version

    def add(self, agent: mesa.Agent) -> None:
        """Take an agent in, under an id of this model."""
        agent.unique_id = self.next_id
        self.agents[self.next_id] = agent
        self.next_id += 1
        self._version += 1

    def drop(self, agent: mesa.Agent) -> None:
        """Let an agent go."""
        del self.agents[agent.unique_id]
        self._version += 1

    def ids(self):
        return np.array(list(self.agents), dtype=np.int64)

    def alive(self, ids):
        return np.array([id_ in self.agents for id_ in ids.tolist()], dtype=bool)

    def agent(self, id_):
        return self.agents[id_]

    def column(self, name, ids):
        return None

    def assign(self, name, ids, value):
        return False
