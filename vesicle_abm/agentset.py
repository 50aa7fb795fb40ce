"""AgentSets over rows: Mesa's whole AgentSet interface, without an object per agent.

A member is a pair (source, id); a source is the neurons, one kind of vesicles, or the agents that a user registered the
ordinary way. Sets that the model gives out are live: they follow births and deaths. Sets made from them (``select``,
``shuffle``, …) keep their members, less those that have ended, as in Mesa.

Every public method of ``mesa.agent.AgentSet`` is written anew, because an inherited one would look into an empty store.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from mesa.agent import AgentSet, GroupBy

from vesicle_abm.agents import HMNNeuron, Vesicle
from vesicle_abm.core.random import uniform
from vesicle_abm.core.stages import USER
from vesicle_abm.views.world import DOCKED

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel

SHUFFLES = 2**16  # draws from here on of the user stream order shuffles


class Source(ABC):
    """Where agents of one sort live."""

    agent_type: type[mesa.Agent]

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


class VesicleSource(Source):
    """The vesicles of one kind."""

    def __init__(self, model: VesicleModel, kind: str):
        self.model, self.kind = model, kind
        self.agent_type = model.world.kinds[kind].agent or Vesicle

    @property
    def columns(self):
        """The kind's columns."""
        return self.model.state.vesicles[self.kind]

    def ids(self):
        return np.sort(self.columns["id"])

    def alive(self, ids):
        return self.columns.find(ids) >= 0

    def agent(self, id_):
        return self.model.vesicle(self.kind, id_)

    def column(self, name, ids):
        if self._own(name):
            return None
        rows = self.columns.find(ids)
        if name in ("node", "ttl"):
            return self.columns[name][rows].tolist()
        if name == "unique_id":
            return ids.tolist()
        if name == "kind":
            return [self.kind] * len(ids)
        if name == "docked":
            return (self.columns["status"][rows] == DOCKED).tolist()
        return None

    def assign(self, name, ids, value):
        if name != "docked" or self._own(name):
            return False
        self.columns["status"][self.columns.find(ids)] = DOCKED if value else 0
        return True

    def _own(self, name):
        return getattr(self.agent_type, name, None) is not getattr(Vesicle, name, None)


class NeuronSource(Source):
    """The neurons; an id is the index plus one."""

    agent_type = HMNNeuron
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
        if name == "label":
            return [self.model.graph.nodes[i - 1] for i in ids.tolist()]
        return {"unique_id": ids.tolist(), "index": (ids - 1).tolist()}.get(name)

    def assign(self, name, ids, value):
        if name not in self.NUMBERS or np.ndim(value):
            return False
        getattr(self.model.state, name)[ids - 1] = value
        return True


class RegisteredSource(Source):
    """Agents that a user made and Mesa registered in the ordinary way."""

    agent_type = mesa.Agent

    def __init__(self, agents: Callable[[], dict[int, mesa.Agent]]):
        self.agents = agents

    def ids(self):
        return np.array(list(self.agents()), dtype=np.int64)

    def alive(self, ids):
        return np.isin(ids, self.ids())

    def agent(self, id_):
        return self.agents()[id_]

    def column(self, name, ids):
        return None

    def assign(self, name, ids, value):
        return False


class RowSet(AgentSet):
    """An ordered set of agents that are rows.

    ``get``, ``set``, ``agg``, ``groupby`` and ``sort`` by name run on columns where they can. Shuffles draw from the addressed
    stream, not from ``model.random``. Changing a live set in place (``inplace=True``, ``add``, ``discard``) makes this object
    keep its members from then on; the model is untouched.
    """

    def __init__(
        self, model: VesicleModel, live: Callable[[], tuple[np.ndarray, np.ndarray]] | None = None, members=None
    ):
        self.model, self._live = model, live
        self._codes, self._ids = members if members is not None else (np.zeros(0, np.int16), np.zeros(0, np.int64))

    @property
    def random(self):
        """Mesa's generator of the model: for users; nothing in this package draws from it."""
        return self.model.random

    @property
    def sources(self) -> list[Source]:
        """Where members live; a member's code is an index into this."""
        return self.model.sources

    # Members

    def members(self) -> tuple[np.ndarray, np.ndarray]:
        """(codes, ids) of the living members, in order."""
        if self._live is not None:
            return self._live()
        keep = np.ones(len(self._ids), dtype=bool)
        for code in np.unique(self._codes):
            of = self._codes == code
            keep[of] = self.sources[code].alive(self._ids[of])
        return self._codes[keep], self._ids[keep]

    def member(self, agent) -> tuple[int, int]:
        """(code, id) of an agent of this model; code -1 if it is none."""
        return self.model.member(agent), getattr(agent, "unique_id", -1)

    def _made(self, codes, ids) -> RowSet:
        return RowSet(self.model, members=(codes, ids))

    def _of(self, agents: Iterable) -> RowSet:
        pairs = list(dict.fromkeys(self.member(agent) for agent in agents))
        return self._made(np.array([c for c, _ in pairs], np.int16), np.array([i for _, i in pairs], np.int64))

    def _become(self, other: RowSet) -> RowSet:
        self._live, (self._codes, self._ids) = None, other.members()
        return self

    def _from_iterable(self, agents):
        return self._of(agents)

    def _result(self, chosen: np.ndarray, inplace: bool) -> RowSet:
        codes, ids = self.members()
        other = self._made(codes[chosen], ids[chosen])
        return self._become(other) if inplace else other

    def _update(self, agents):
        return self._become(self._of(agents))

    # Looking

    def __len__(self) -> int:
        return len(self.members()[1])

    def __iter__(self) -> Iterator[mesa.Agent]:
        sources = self.sources
        for code, id_ in zip(*(part.tolist() for part in self.members()), strict=True):
            source = sources[code]
            if source.alive(np.array([id_]))[0]:  # it may have ended since the iteration began
                yield source.agent(id_)

    def __contains__(self, agent) -> bool:
        code, id_ = self.member(agent)
        codes, ids = self.members()
        return code >= 0 and bool(((codes == code) & (ids == id_)).any())

    def __getitem__(self, item):
        codes, ids = self.members()
        if isinstance(item, slice):
            return [self.sources[c].agent(i) for c, i in zip(codes[item].tolist(), ids[item].tolist(), strict=True)]
        return self.sources[int(codes[item])].agent(int(ids[item]))

    def __reversed__(self):
        return iter(self[::-1])

    def index(self, agent, start=0, stop=None):
        """Position of a member, as of a list."""
        return self.to_list().index(agent, start, len(self) if stop is None else stop)

    def count(self, agent) -> int:
        """1 if it is a member, else 0."""
        return int(agent in self)

    def to_list(self) -> list:
        """The members as a list of agents."""
        return list(self)

    def __repr__(self):
        return f"<RowSet of {len(self)} agents>"

    # Columns

    def _column(self, name: str) -> list | None:
        codes, ids = self.members()
        result = np.empty(len(ids), dtype=object)
        for code in np.unique(codes):
            of = np.flatnonzero(codes == code)
            values = self.sources[code].column(name, ids[of])
            if values is None:
                return None
            for at, value in zip(of.tolist(), values, strict=True):
                result[at] = value
        return result.tolist()

    def get(self, attr_names, handle_missing="error", default_value=None):
        """Attribute values of the members: a list, or a list of lists for several names."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"Unknown handle_missing option: {handle_missing}, should be one of 'error' or 'default'")
        if not isinstance(attr_names, str):
            columns = [self.get(name, handle_missing, default_value) for name in attr_names]
            return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(len(self))]
        values = self._column(attr_names)
        if values is not None:
            return values
        if handle_missing == "default":
            return [getattr(agent, attr_names, default_value) for agent in self]
        return [getattr(agent, attr_names) for agent in self]

    def set(self, attr_name: str, value: Any) -> RowSet:
        """Set an attribute of every member to one value."""
        codes, ids = self.members()
        for code in np.unique(codes):
            source, of = self.sources[code], ids[codes == code]
            if not source.assign(attr_name, of, value):
                for id_ in of.tolist():
                    setattr(source.agent(id_), attr_name, value)
        return self

    def agg(self, attribute: str, func):
        """A function, or several, of the list of an attribute's values."""
        values = self.get(attribute)
        return func(values) if callable(func) else [f(values) for f in func]

    def where(self, mask) -> RowSet:
        """The members at which a boolean array, in order, is true."""
        return self._result(np.flatnonzero(np.asarray(mask, dtype=bool)), inplace=False)

    def where_equal(self, name: str, value) -> RowSet:
        """The members with this value of an attribute."""
        return self.where([found == value for found in self.get(name)])

    # Choosing and ordering

    def select(self, filter_func=None, at_most=float("inf"), inplace=False, agent_type=None):
        """The members that pass a filter and are of a type, at most so many (or, as a float up to 1, that fraction)."""
        codes, ids = self.members()
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(ids) * at_most)
        chosen: list[int] = []
        for at, (code, id_) in enumerate(zip(codes.tolist(), ids.tolist(), strict=True)):
            if len(chosen) >= at_most:
                break
            source = self.sources[code]
            if filter_func is None and (agent_type is None or issubclass(source.agent_type, agent_type)):
                chosen.append(at)
                continue
            agent = source.agent(id_)
            if (not filter_func or filter_func(agent)) and (not agent_type or isinstance(agent, agent_type)):
                chosen.append(at)
        return self._result(np.array(chosen, dtype=np.int64), inplace)

    def shuffle(self, inplace: bool = False):
        """The members in an order drawn from the addressed stream."""
        codes, ids = self.members()
        draw = SHUFFLES + self.model.next_shuffle()
        keys = uniform(self.model.state.seed, ids, self.model.state.step, USER, draw) if len(ids) else np.zeros(0)
        return self._result(np.lexsort((ids, codes, keys)), inplace)

    def sort(self, key, ascending: bool = False, inplace: bool = False):
        """The members sorted by an attribute or a function; largest first unless ``ascending``."""
        values = self.get(key) if isinstance(key, str) else [key(agent) for agent in self]
        order = sorted(range(len(values)), key=values.__getitem__, reverse=not ascending)
        return self._result(np.array(order, dtype=np.int64), inplace)

    def groupby(self, by, result_type: str = "agentset") -> GroupBy:
        """Groups of members with equal attribute or function value."""
        codes, ids = self.members()
        values = [by(agent) for agent in self] if callable(by) else self.get(by)
        places: dict = {}
        for at, value in enumerate(values):
            places.setdefault(value, []).append(at)
        groups = {value: self._made(codes[at], ids[at]) for value, at in places.items()}
        return GroupBy(groups if result_type == "agentset" else {value: list(group) for value, group in groups.items()})

    # Acting

    def do(self, method, *args, **kwargs):
        """Call a method, by name, or a function on each member that still lives when its turn comes."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method, *args, **kwargs):
        """``do`` in a shuffled order."""
        self.shuffle().map(method, *args, **kwargs)
        return self

    def map(self, method, *args, **kwargs) -> list:
        """Call a method, by name, or a function on each member; the list of results."""
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in self]
        return [method(agent, *args, **kwargs) for agent in self]

    # Changing this set

    def add(self, agent) -> None:
        """Make an agent of this model a member."""
        if agent in self:
            return
        code, id_ = self.member(agent)
        if code < 0:
            raise ValueError(f"{agent!r} is not an agent of this model")
        codes, ids = self.members()
        self._become(self._made(np.append(codes, np.int16(code)), np.append(ids, np.int64(id_))))

    def discard(self, agent) -> None:
        """Drop a member, if it is one; the agent lives on."""
        code, id_ = self.member(agent)
        codes, ids = self.members()
        self._become(self._made(*(part[(codes != code) | (ids != id_)] for part in (codes, ids))))

    def remove(self, agent) -> None:
        """Drop a member; KeyError if it is none."""
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)

    def __copy__(self):
        return self._made(*self.members())

    def __getstate__(self):
        return {"model": self.model, "members": self.members()}

    def __setstate__(self, state):
        self.__init__(state["model"], members=state["members"])
