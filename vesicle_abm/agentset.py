"""AgentSets over rows: Mesa's whole AgentSet interface, without an object per agent.

A member is a pair (source, id). Sets that the model gives out are live: they follow births and deaths. Sets made from
them (``select``, ``shuffle``, …) keep their members, less those that have ended, as in Mesa.

Every public method of ``mesa.agent.AgentSet`` is written anew, because an inherited one would look into an empty store.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from mesa.agent import AgentSet, GroupBy

from vesicle_abm.core.random import uniform
from vesicle_abm.core.stages import USER

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel
    from vesicle_abm.sources import Source

SHUFFLES = 2**16  # draws from here on of the user stream order shuffles


class RowSet(AgentSet):
    """An ordered set of agents that are rows.

    ``get``, ``set``, ``agg``, ``groupby`` and ``sort`` by name run on columns where they can. Shuffles draw from the
    addressed stream, not from ``model.random``. Changing a live set in place (``inplace=True``, ``add``, ``discard``,
    ``|=``) makes this object keep its members from then on; the model is untouched.
    """

    def __init__(self, model: VesicleModel, live: Iterable[int] | None = None, members=None):
        """``live``: the sources whose agents it follows; or ``members``: (codes, ids) that it keeps."""
        self.model, self._live = model, None if live is None else tuple(live)
        self._codes: np.ndarray = np.zeros(0, np.int16) if members is None else members[0]
        self._ids: np.ndarray = np.zeros(0, np.int64) if members is None else members[1]
        self._seen: list[int] | None = None  # the sources' versions when the members were last looked up
        self._lookup: frozenset | None = None

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
        """(codes, ids) of the living members, in order; not to be written to."""
        versions = [source.version for source in self.sources]
        if versions != self._seen:
            self._codes, self._ids = self._kept() if self._live is None else self._followed(self._live)
            self._seen, self._lookup = versions, None
        return self._codes, self._ids

    @property
    def ids(self) -> np.ndarray:
        """(n,) ids of the living members, in order."""
        return self.members()[1]

    def _kept(self) -> tuple[np.ndarray, np.ndarray]:
        codes = self._codes.copy()
        for code in np.unique(self._codes):
            of = np.flatnonzero(self._codes == code)
            gone = of[~self.sources[code].alive(self._ids[of])]
            codes[gone] = self._elsewhere(code, self._ids[gone])
        return codes[codes >= 0], self._ids[codes >= 0]

    def _elsewhere(self, code: int, ids: np.ndarray) -> np.ndarray:
        """The codes under which agents that have left a source go on, as vesicles that turn do; -1 for the ended."""
        found = np.full(len(ids), -1, np.int16)
        if len(ids) and self.sources[code].turns:
            for other in range(1, 1 + len(self.model.kinds)):
                found[self.sources[other].alive(ids)] = other
        return found

    def _followed(self, live: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Neurons, then vesicles of all kinds by id, then registered agents."""
        parts = [self.sources[code].ids() for code in live]
        codes = np.repeat(np.array(live, np.int16), [len(part) for part in parts])
        ids = np.concatenate([np.zeros(0, np.int64), *parts])
        if len(live) > 1:
            last = codes == len(self.sources) - 1
            order = np.lexsort((ids, last))
            codes, ids = codes[order], ids[order]
        return codes, ids

    def _walk(self, codes, ids) -> Iterator[tuple[int, Any]]:
        """(position, agent) of each member that still lives when its turn comes."""
        sources = self.sources
        began = [source.version for source in sources]
        for at, (code, id_) in enumerate(zip(codes.tolist(), ids.tolist(), strict=True)):
            source = sources[code]
            if source.version == began[code] or source.alive(np.array([id_]))[0]:
                yield at, source.agent(id_)
            elif (other := int(self._elsewhere(code, np.array([id_]))[0])) >= 0:
                yield at, sources[other].agent(id_)

    def _made(self, codes, ids) -> RowSet:
        return RowSet(self.model, members=(codes, ids))

    def of(self, agents: Iterable) -> RowSet:
        """A set of these agents.

        Raises
        ------
        ValueError
            for whatever is not an agent of this model.
        """
        if self._akin(agents):
            return agents  # type: ignore[return-value]
        pairs = {}
        for agent in agents:
            code = self.model.member(agent)
            if code < 0:
                raise ValueError(f"{agent!r} is not an agent of this model")
            pairs[agent.unique_id] = code
        return self._made(np.array(list(pairs.values()), np.int16), np.array(list(pairs), np.int64))

    def with_ids(self, ids: Iterable[int]) -> RowSet:
        """The members with these ids, in the order of this set."""
        return self.where(np.isin(self.ids, np.array(list(ids), np.int64)))

    def _among(self, agents: Iterable) -> RowSet:
        """A set of those that are agents of this model."""
        return agents if self._akin(agents) else self.of(a for a in agents if self.model.member(a) >= 0)  # type: ignore[return-value]

    def _akin(self, other) -> bool:
        return isinstance(other, RowSet) and other.model is self.model

    def _become(self, other: RowSet) -> RowSet:
        self._codes, self._ids = other.members()
        self._live = self._seen = None
        return self

    def _from_iterable(self, agents):
        return self.of(agents)

    def _update(self, agents):
        return self._become(self.of(agents))

    def _chosen(self, codes, ids, positions, inplace: bool) -> RowSet:
        at = np.array(positions, dtype=np.int64)
        other = self._made(codes[at], ids[at])
        return self._become(other) if inplace else other

    # Looking

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[mesa.Agent]:
        for _, agent in self._walk(*self.members()):
            yield agent

    def __contains__(self, agent) -> bool:
        code = self.model.member(agent)
        if code < 0:
            return False
        if self._live is not None:
            return code in self._live and bool(self.sources[code].alive(np.array([agent.unique_id]))[0])
        ids = self.ids
        if self._lookup is None:
            self._lookup = frozenset(ids.tolist())
        return agent.unique_id in self._lookup

    def __getitem__(self, item):
        codes, ids = self.members()
        if isinstance(item, slice):
            return [self.sources[c].agent(i) for c, i in zip(codes[item].tolist(), ids[item].tolist(), strict=True)]
        at = operator.index(item)
        if not -len(ids) <= at < len(ids):
            raise IndexError(f"no agent number {at}; the set has {len(ids)}")
        return self.sources[int(codes[at])].agent(int(ids[at]))

    def __reversed__(self):
        return iter(self[::-1])

    def index(self, agent, start=0, stop=None):
        """Position of a member, as of a list."""
        first, last, _ = slice(start, stop).indices(len(self))
        found = np.flatnonzero(self.ids[first:last] == agent.unique_id).tolist() if agent in self else []
        if not found:
            raise ValueError(f"{agent!r} is not in the set")
        return first + found[0]

    def count(self, agent) -> int:
        """1 if it is a member, else 0."""
        return int(agent in self)

    def to_list(self) -> list:
        """The members as a list of agents."""
        return list(self)

    def __repr__(self):
        return f"<RowSet of {len(self)} agents>"

    # Columns

    def _column(self, name: str, read) -> list:
        codes, ids = self.members()
        values: list = [None] * len(ids)
        for code in np.unique(codes):
            source, of = self.sources[code], np.flatnonzero(codes == code)
            found = source.column(name, ids[of])
            if found is None:
                found = [read(source.agent(id_)) for id_ in ids[of].tolist()]
            if len(found) == len(values):
                return found
            for at, value in zip(of.tolist(), found, strict=True):
                values[at] = value
        return values

    def get(self, attr_names, handle_missing="error", default_value=None):
        """Attribute values of the members: a list, or a list of lists for several names."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"Unknown handle_missing option: {handle_missing}, should be one of 'error' or 'default'")
        if not isinstance(attr_names, str):
            columns = [self.get(name, handle_missing, default_value) for name in attr_names]
            return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(len(self))]
        default = (default_value,) if handle_missing == "default" else ()
        return self._column(attr_names, lambda agent: getattr(agent, attr_names, *default))

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
        codes, ids = self.members()
        return self._chosen(codes, ids, np.flatnonzero(np.asarray(mask, dtype=bool)), inplace=False)

    def where_equal(self, name: str, value) -> RowSet:
        """The members with this value of an attribute."""
        return self.where([found == value for found in self.get(name)])

    # Choosing and ordering

    def select(self, filter_func=None, at_most=float("inf"), inplace=False, agent_type=None):
        """The members that pass a filter and are of a type, at most so many (or, as a float up to 1, that fraction)."""
        if filter_func is None and agent_type is None and at_most == float("inf"):
            return self if inplace else self.__copy__()
        codes, ids = self.members()
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(ids) * at_most)
        chosen: list[int] = []
        for at, agent in self._of_type(codes, ids, agent_type, bool(filter_func)):
            if len(chosen) >= at_most:
                break
            if not filter_func or filter_func(agent):
                chosen.append(at)
        return self._chosen(codes, ids, chosen, inplace)

    def _of_type(self, codes, ids, agent_type, touched: bool) -> Iterator[tuple[int, Any]]:
        """(position, agent) of the members of a type; None for the agent where nobody needs to touch it."""
        types = [(source.mixed, not agent_type or issubclass(source.agent_type, agent_type)) for source in self.sources]
        if touched or any(mixed and not fits for mixed, fits in (types[code] for code in np.unique(codes))):
            for at, agent in self._walk(codes, ids):
                if not agent_type or isinstance(agent, agent_type):
                    yield at, agent
        else:
            for at in np.flatnonzero(np.array([fits for _, fits in types])[codes]).tolist():
                yield at, None

    def shuffle(self, inplace: bool = False):
        """The members in an order drawn from the addressed stream."""
        codes, ids = self.members()
        draw = SHUFFLES + self.model.next_shuffle()
        keys = uniform(self.model.state.seed, ids, self.model.state.step, USER, draw) if len(ids) else np.zeros(0)
        return self._chosen(codes, ids, np.lexsort((ids, keys)), inplace)

    def sort(self, key, ascending: bool = False, inplace: bool = False):
        """The members sorted by an attribute or a function; largest first unless ``ascending``."""
        codes, ids = self.members()
        if isinstance(key, str) and "." not in key:
            values = dict(enumerate(self.get(key)))
        else:
            key = operator.attrgetter(key) if isinstance(key, str) else key
            values = {at: key(agent) for at, agent in self._walk(codes, ids)}
        return self._chosen(codes, ids, sorted(values, key=values.__getitem__, reverse=not ascending), inplace)

    def groupby(self, by, result_type: str = "agentset") -> GroupBy:
        """Groups of members with equal attribute or function value."""
        codes, ids = self.members()
        if callable(by):
            values: Iterable[tuple[int, Any]] = ((at, by(agent)) for at, agent in self._walk(codes, ids))
        else:
            values = enumerate(self.get(by))
        places: dict = {}
        for at, value in values:
            places.setdefault(value, []).append(at)
        groups = {value: self._chosen(codes, ids, at, inplace=False) for value, at in places.items()}
        return GroupBy(groups if result_type == "agentset" else {value: list(group) for value, group in groups.items()})

    # Acting

    def do(self, method, *args, **kwargs):
        """Call a method, by name, or a function on each member that still lives when its turn comes."""
        if method == "remove" and not args and not kwargs:
            self._end_all()
        else:
            self.map(method, *args, **kwargs)
        return self

    def _end_all(self) -> None:
        codes, ids = self.members()
        for code in np.unique(codes):
            source, of = self.sources[code], ids[codes == code]
            if not source.end(of):
                self._made(codes[codes == code], of).map("remove")

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
        if agent not in self:
            self._become(self | [agent])

    def discard(self, agent) -> None:
        """Drop a member, if it is one; the agent lives on."""
        if agent in self:
            self._become(self - [agent])

    def remove(self, agent) -> None:
        """Drop a member; KeyError if it is none."""
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)

    def clear(self) -> None:
        """Drop all members; the agents live on."""
        self._become(RowSet(self.model))

    # As a set

    def __le__(self, other):
        return bool(np.isin(self.ids, other.ids).all()) if self._akin(other) else super().__le__(other)

    def __ge__(self, other):
        return bool(np.isin(other.ids, self.ids).all()) if self._akin(other) else super().__ge__(other)

    def isdisjoint(self, other) -> bool:
        """Whether no member is in the other."""
        return not np.isin(self.ids, self._among(other).ids).any()

    def __and__(self, other):
        if not isinstance(other, Iterable):
            return NotImplemented
        other = self._among(other)
        return other.where(np.isin(other.ids, self.ids))

    def __or__(self, other):
        if not isinstance(other, Iterable):
            return NotImplemented
        new = self.of(other) - self
        return self._made(*(np.concatenate(parts) for parts in zip(self.members(), new.members(), strict=True)))

    def __sub__(self, other):
        if not isinstance(other, Iterable):
            return NotImplemented
        return self.where(~np.isin(self.ids, self._among(other).ids))

    def __rsub__(self, other):
        return self.of(other) - self if isinstance(other, Iterable) else NotImplemented

    def __xor__(self, other):
        if not isinstance(other, Iterable):
            return NotImplemented
        other = self.of(other)
        return (self - other) | (other - self)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __iand__(self, other):
        return self._become(self.where(np.isin(self.ids, self._among(other).ids)))

    def __ior__(self, other):
        return self._become(self | other)

    def __isub__(self, other):
        return self._become(self - other)

    def __ixor__(self, other):
        return self._become(self ^ other)

    # Copies

    def __copy__(self):
        return self._made(*self.members())

    def __getstate__(self):
        return {"model": self.model, "live": self._live, "members": self.members()}

    def __setstate__(self, state):
        RowSet.__init__(self, state["model"], state["live"], state["members"])
