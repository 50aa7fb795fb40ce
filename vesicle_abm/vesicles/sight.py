"""What a rule may look at: nodes, vesicles and signals, read-only, as rows.

The same formula is evaluated on one row in the agent-by-agent view and on all rows in the compiled one. ``Nodes`` and
``Signals`` note which changing quantities were read, so that an answer that read none is computed once and kept.
"""

from functools import cached_property

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import unpack
from vesicle_abm.core.state import DOCKINGS, State


class Nodes:
    """Rows of nodes: ``index`` (n,), the state that changes, and every numeric node attribute by name.

    ``activation`` (n,) of this step, ``activation_before`` (n,) of the last, ``gain`` (n,), ``drive`` (n,);
    ``level("kind")`` (n,), the modulator level that vesicles of a kind have left; ``among(labels)`` (n,), 1.0 or 0.0;
    ``docked("kind")`` (n,), how many docked in the last step; ``memory`` (n, slots, width). ``trail("kind")`` (E,),
    what travellers have left on each edge; ``weight`` (E,), its present synaptic weight; ``signal("name")`` (n,), a
    signal. ``kind`` is the name of the kind whose rule looks.
    """

    def __init__(
        self,
        graph: NeuralGraph,
        state: State,
        rows: np.ndarray | None = None,
        reads: set | None = None,
        kind: str = "",
        signals: dict | None = None,
    ):
        self._graph, self._state, self._rows, self.kind = graph, state, rows, kind
        self._signals = {} if signals is None else signals
        self._reads = set() if reads is None else reads

    def _pick(self, column: np.ndarray) -> np.ndarray:
        return column if self._rows is None else column[self._rows]

    def _changing(self, name: str) -> np.ndarray:
        self._reads.add(name)
        return self._pick(getattr(self._state, name))

    @property
    def index(self) -> np.ndarray:
        """(n,) int, the nodes' indices."""
        return np.arange(self._graph.size) if self._rows is None else np.asarray(self._rows)

    @property
    def activation(self) -> np.ndarray:
        """(n,) z of this step, once the neurons have been activated."""
        return self._changing("activation")

    @property
    def activation_before(self) -> np.ndarray:
        """(n,) z of the step before."""
        self._reads.add("history")
        history = self._state.history
        return self._pick(history[(self._state.step - 1) % len(history)])

    @property
    def gain(self) -> np.ndarray:
        """(n,) gain of the activation function, 1 at rest."""
        return self._changing("gain")

    @property
    def drive(self) -> np.ndarray:
        """(n,) input from outside."""
        return self._changing("drive")

    @property
    def weight(self) -> np.ndarray:
        """(E,) the synaptic weights as they have been learned, without what vesicles have made of them for a time."""
        self._reads.add("weight")
        return self._state.weight

    def level(self, kind: str) -> np.ndarray:
        """(n,) the modulator level of a kind."""
        kinds = list(self._state.vesicles)
        if kind not in kinds:
            raise AttributeError(f"no kind {kind!r}; {nearest(kind, kinds)}")
        return self._changing("modulator")[:, kinds.index(kind)]

    def docked(self, kind: str) -> np.ndarray:
        """(n,) how many vesicles of a kind docked in the step before; kept for the kinds that a cascade names."""
        self._reads.add("docked")
        return self._pick(self._state.tallies[DOCKINGS + kind])

    @property
    def memory(self) -> np.ndarray:
        """(n, slots, width) what vesicles have written here.

        Raises
        ------
        InputError
            if the model has no memory.
        """
        if self._state.memory is None:
            raise InputError("the model has no memory; give memory=Memory(...), in a scenario the table [memory]")
        return self._changing("memory")

    def trail(self, kind: str | None = None) -> np.ndarray:
        """(E,) the trail of a kind (none: of the rule's own) on every edge.

        Raises
        ------
        InputError
            if the kind leaves none.
        """
        name, trails = self.kind if kind is None else kind, self._state.trails
        if name not in trails:
            raise InputError(f"{name!r} leaves no trail; {nearest(name, trails)}")
        self._reads.add("trail")
        return trails[name]

    def signal(self, name: str, default: float = 0.0) -> np.ndarray:
        """(n,), or one number for all: the signal of this name, or the default where none is given."""
        self._reads.add(name)
        return self.of_each(self._signals.get(name, default))

    def among(self, labels) -> np.ndarray:
        """(n,) 1.0 for the nodes with these labels, else 0.0."""
        chosen = np.zeros(self._graph.size)
        chosen[[self._graph.node(label) for label in labels]] = 1.0
        return self._pick(chosen)

    def of_each(self, values) -> np.ndarray:
        """One number for all, or these nodes' rows of an (N,) array."""
        array = np.asarray(values, dtype=np.float64)
        return self._pick(array) if array.ndim else array

    def attribute(self, name: str) -> np.ndarray:
        """(n,) a numeric node attribute."""
        return self._pick(self._graph.attribute(name, "node"))

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("_") or name not in self._graph.node_data:
            own = [key for key in dir(type(self)) if not key.startswith("_")]
            raise AttributeError(f"nodes have no {name!r}; {nearest(name, [*own, *self._graph.node_data])}")
        return self.attribute(name)


NEVER = -1  # a place in the memory of nodes left that is still empty
INTERNAL = ("remembered", "payload", "left")  # the columns of the internal state s of a vesicle


class Vesicles:
    """Rows of vesicles: ``content`` (n, D) float64, ``node`` (n,), ``ttl`` (n,) steps left, ``home`` (n,) where each
    was born; of the internal state what the kind has: ``remembered`` (n, R) the last nodes that each has left, the
    latest first, -1 for none; ``payload`` (n,) the part that is not spent; ``left`` (n,) how many releases it has left.
    """

    def __init__(self, content: np.ndarray, node: np.ndarray, ttl: np.ndarray, ids: np.ndarray, **own: np.ndarray):
        self.content, self.node, self.ttl, self.ids = content, node, ttl, ids
        self._own = own

    @property
    def home(self) -> np.ndarray:
        """(n,) the node where each was born."""
        return unpack(self.ids)[1]

    @property
    def remembered(self) -> np.ndarray:
        """(n, R) the last nodes that each has left."""
        return self._own["remembered"] if "remembered" in self._own else np.zeros((len(self.node), 0), np.int32)

    @property
    def payload(self) -> np.ndarray:
        """(n,) the part of its payload that each has not spent; 1 where the kind does not spend."""
        return self._own["payload"] if "payload" in self._own else np.ones(len(self.node))

    @property
    def left(self) -> np.ndarray:
        """(n,) how many releases each has left; infinitely many where that is not limited."""
        return self._own["left"] if "left" in self._own else np.full(len(self.node), np.inf)

    def repeated(self, counts: np.ndarray) -> "Vesicles":
        """Each vesicle so many times: a row for each way that it might take."""
        every = {"content": self.content, "node": self.node, "ttl": self.ttl, "ids": self.ids, **self._own}
        return Vesicles(**{name: np.repeat(values, counts, axis=0) for name, values in every.items()})


class VesiclesIn(Vesicles):
    """The vesicles in some rows of a kind's columns. What no rule asks for is not fetched."""

    def __init__(self, columns, rows):
        self._columns, self._rows = columns, rows

    @cached_property
    def content(self) -> np.ndarray:  # type: ignore[override]
        """(n, D) float64."""
        content = self._columns["content"]
        found = content[self._rows] if isinstance(self._rows, slice) else content.take(self._rows, axis=0)
        return found.astype(np.float64)

    @cached_property
    def node(self) -> np.ndarray:  # type: ignore[override]
        """(n,) int."""
        return self._columns["node"][self._rows]

    @cached_property
    def ttl(self) -> np.ndarray:  # type: ignore[override]
        """(n,) steps left."""
        return self._columns["ttl"][self._rows]

    @cached_property
    def ids(self) -> np.ndarray:  # type: ignore[override]
        """(n,) int64."""
        return self._columns["id"][self._rows]

    @cached_property
    def _own(self) -> dict[str, np.ndarray]:  # type: ignore[override]
        return {name: self._columns[name][self._rows] for name in INTERNAL if name in self._columns}


class Signals:
    """What an emission may answer to beside its node: ``step``, and any signal that the model was given, by name."""

    def __init__(self, state: State, given: dict, reads: set):
        self._state, self._given, self._reads = state, given, reads

    @property
    def step(self) -> int:
        """The step now running, from 0."""
        self._reads.add("step")
        return self._state.step

    def get(self, name: str, default: float = 0.0):
        """The signal of this name, or the default where none is given."""
        self._reads.add(name)
        return self._given.get(name, default)

    def __getattr__(self, name: str):
        if name.startswith("_") or name not in self._given:
            raise AttributeError(f"no signal {name!r}; {nearest(name, ['step', *self._given])}")
        self._reads.add(name)
        return self._given[name]
