"""What a rule may look at: nodes, vesicles and signals, read-only, as rows.

The same formula is evaluated on one row in the agent-by-agent view and on all rows in the compiled one. ``Nodes`` and
``Signals`` note which changing quantities were read, so that an answer that read none is computed once and kept.
"""

import numpy as np

from vesicle_abm.core.errors import nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.state import State


class Nodes:
    """Rows of nodes: ``index`` (n,), the state that changes, and every numeric node attribute by name.

    ``activation`` (n,) of this step, ``activation_before`` (n,) of the last, ``gain`` (n,), ``drive`` (n,);
    ``level("kind")`` (n,), the modulator level that vesicles of a kind have left; ``among(labels)`` (n,), 1.0 or 0.0.
    """

    def __init__(self, graph: NeuralGraph, state: State, rows: np.ndarray | None = None, reads: set | None = None):
        self._graph, self._state, self._rows = graph, state, rows
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

    def level(self, kind: str) -> np.ndarray:
        """(n,) the modulator level of a kind."""
        kinds = list(self._state.vesicles)
        if kind not in kinds:
            raise AttributeError(f"no kind {kind!r}; {nearest(kind, kinds)}")
        return self._changing("modulator")[:, kinds.index(kind)]

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


class Vesicles:
    """Rows of vesicles: ``content`` (n, D) float64, ``node`` (n,), ``ttl`` (n,) steps left."""

    def __init__(self, content: np.ndarray, node: np.ndarray, ttl: np.ndarray):
        self.content, self.node, self.ttl = content, node, ttl

    @classmethod
    def of(cls, columns, rows) -> "Vesicles":
        """The vesicles in these rows of a kind's columns."""
        return cls(columns["content"][rows].astype(np.float64), columns["node"][rows], columns["ttl"][rows])


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
