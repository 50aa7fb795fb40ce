"""The network as one step's learning finds it: which synapses learn, what they have in common, and its neurons."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import BACKWARD, NeuralGraph
from vesicle_abm.core.ways import runs


@dataclass(frozen=True)
class Wiring:
    """The synapses that learn, by postsynaptic neuron: rows ``indptr[j] … indptr[j + 1]`` lead to neuron j.

    ``edge``, ``pre`` (S,) int; ``delay`` (S,) further steps, or none where no synapse has any; ``sign`` (S,) +1 or -1,
    of Dale's principle; ``phase`` (S,) preferred phases, or none where they are the same for all.
    """

    indptr: np.ndarray
    edge: np.ndarray
    pre: np.ndarray
    delay: np.ndarray
    sign: np.ndarray
    phase: np.ndarray

    @classmethod
    def of(cls, graph: NeuralGraph, layers, weight: np.ndarray, preferred=None) -> "Wiring":
        """Of the edges in the named layers; ``weight`` (E,) at the start decides a synapse's sign, 0 counts as +1."""
        ways = graph.ways(layers, BACKWARD)
        run = run_of(ways.edge)
        rows = ways.edge if run is None else run  # a run is looked at, not copied
        delay = graph.delay[rows] if graph.delayed else np.zeros(0, np.int32)
        sign = np.where(weight[rows] < 0.0, -1, 1).astype(np.int8)
        phase = preferred[rows] if np.ndim(preferred) else np.zeros(0)
        return cls(*map(read_only, (ways.indptr, ways.edge, ways.end, delay, sign, phase)))

    @cached_property
    def run(self) -> slice | None:
        """The edges, where they stand in the order of the rows, as in a graph whose edges are listed by target."""
        return run_of(self.edge)

    @property
    def size(self) -> int:
        """S, how many synapses learn."""
        return len(self.edge)

    def blocks(self, most: int) -> list[tuple[int, int]]:
        """Runs of neurons (first, last) with about ``most`` synapses each."""
        return runs(self.indptr, most)


def read_only(array: np.ndarray) -> np.ndarray:
    """The same numbers, not to be written to: some are the graph's own."""
    seen = array.view()
    seen.setflags(write=False)
    return seen


def run_of(edge: np.ndarray) -> slice | None:
    """The slice that these edges are, if each follows the one before."""
    first = int(edge[0]) if len(edge) else 0
    return slice(first, first + len(edge)) if (edge == np.arange(first, first + len(edge))).all() else None


@dataclass
class Moment:
    """The network as one step's learning finds it: what all its synapses have in common.

    ``activation`` (N,) z(t); ``history`` (L, N), row ``(step - 1 - tau) % L`` is x(t - tau); ``levels`` (N, K) of
    modulators by ``names``, of which ``direct`` act on neurons themselves and ``further`` (name -> weight) through
    astrocytes; ``eta`` (N, 2); ``astrocyte`` (N,) what it adds to G, ``efficacy`` (N,) of its inputs, or None;
    ``signals`` from outside; ``kept`` what stages keep.
    """

    graph: NeuralGraph
    wiring: Wiring
    step: int
    activation: np.ndarray
    history: np.ndarray
    weight: np.ndarray
    eta: np.ndarray
    levels: np.ndarray
    names: list[str]
    kept: dict[str, np.ndarray]
    signals: dict[str, Any]
    astrocyte: np.ndarray | None = None
    efficacy: np.ndarray | None = None
    direct: list[str] = field(default_factory=list)
    further: dict[str, float] = field(default_factory=dict)

    def __post_init__(self):
        self._once: dict[Any, Any] = {}

    def signal(self, name: str, default: float = 0.0) -> np.ndarray:
        """A signal from outside, by name: a number or an array, finite."""
        try:
            value = np.asarray(self.signals.get(name, default), dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(f"got {self.signals[name]!r}; numbers are allowed", f"signals.{name}") from None
        if not np.isfinite(value).all():
            raise InputError("has NaN or infinite numbers; finite ones are allowed", f"signals.{name}")
        return value

    def once(self, key: Any, compute: Callable[[], Any]) -> Any:
        """An answer about the whole network, computed when first asked for."""
        if key not in self._once:
            self._once[key] = compute()
        return self._once[key]


class Neurons:
    """The postsynaptic neurons of a block, a row each: ``index``, ``activation`` (n,), ``eta`` (n, 2), ``level``."""

    def __init__(self, moment: Moment, first: int, last: int):
        self.moment, self.first, self.last = moment, first, last

    def _pick(self, column: np.ndarray) -> np.ndarray:
        return column[self.first : self.last]

    @property
    def index(self) -> np.ndarray:
        """(n,) int."""
        return np.arange(self.first, self.last)

    @property
    def size(self) -> int:
        """n, how many neurons."""
        return self.last - self.first

    def name_of(self, row: int) -> str:
        """A neuron in words."""
        return f"the neuron {self.moment.graph.nodes[self.first + row]!r}"

    @property
    def activation(self) -> np.ndarray:
        """(n,) z_j of this step."""
        return self._pick(self.moment.activation)

    @property
    def activation_before(self) -> np.ndarray:
        """(n,) z_j of the step before."""
        moment = self.moment
        return self._pick(moment.history[(moment.step - 1) % len(moment.history)])

    @property
    def eta(self) -> np.ndarray:
        """(n, 2) eta_local and eta_global."""
        return self._pick(self.moment.eta)

    @property
    def names(self) -> list[str]:
        """The modulators' names."""
        return self.moment.names

    @property
    def direct(self) -> list[str]:
        """The modulators that act on neurons themselves, not through an astrocyte."""
        return self.moment.direct

    @property
    def astrocyte(self) -> np.ndarray | None:
        """(n,) lambda M_astro, what an astrocyte adds to G, or None."""
        return None if self.moment.astrocyte is None else self._pick(self.moment.astrocyte)

    @property
    def step(self) -> int:
        """The step now running, from 0."""
        return self.moment.step

    def level(self, name: str) -> np.ndarray:
        """(n,) E_kj, the level of a modulator."""
        return self._pick(self.moment.levels)[:, self.moment.names.index(name)]

    def signal(self, name: str) -> np.ndarray:
        """A signal from outside: one number, or these neurons' rows of an (N,) array."""
        value = self.moment.signal(name)
        if value.ndim and value.shape != self.moment.activation.shape:
            words = f"has shape {value.shape}; one number, or {self.moment.activation.shape}, is allowed"
            raise InputError(words, f"signals.{name}")
        return self._pick(value) if value.ndim else value

    def all(self) -> "Neurons":
        """The neurons of the whole network."""
        return Neurons(self.moment, 0, len(self.moment.activation))
