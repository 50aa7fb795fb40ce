"""Synapses: what a stage of plasticity may look at, read-only, for a run of neurons and all their synapses.

A synapse is a row; rows are grouped by postsynaptic neuron. The same formula is evaluated on one neuron's synapses, on
a block of them, or on all: sums over a neuron's inputs are added in their order, so the bits are the same.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from vesicle_abm.core.parameters import EDGE, SCALAR, VECTORS, Rule, declaration
from vesicle_abm.core.scalar import exp, kernel
from vesicle_abm.neurons.network import Moment, Neurons

SYNAPSE, NEURON = "synapse", "neuron"  # whose number a kept one is


class Synapses:
    """The synapses of a block of neurons, a row each.

    ``x`` (S,) x_i(t - tau_ij), ``z`` (S,) z_j(t), ``weight``, ``edge``, ``pre``, ``post``, ``sign``; ``fan_in`` (S,) of
    the neuron that it leads to; ``neurons`` the n neurons themselves. ``kept[name]`` is what the stage kept of the step
    before. Set by earlier stages: ``correlation`` (S,), ``embedding`` (S, d), ``query`` (S, d).
    """

    def __init__(self, moment: Moment, first: int, last: int):
        wiring = moment.wiring
        self.moment, self.neurons = moment, Neurons(moment, first, last)
        self.start, self.stop = int(wiring.indptr[first]), int(wiring.indptr[last])
        self.indptr = wiring.indptr[first : last + 1] - self.start
        self.kept: dict[str, np.ndarray] = {}
        self.correlation = self.embedding = self.query = np.zeros(0)

    @property
    def size(self) -> int:
        """S, how many synapses."""
        return self.stop - self.start

    def name_of(self, row: int) -> str:
        """A synapse in words."""
        nodes = self.moment.graph.nodes
        return f"the synapse {nodes[self.pre[row]]!r} -> {nodes[self.post[row]]!r}"

    def kept_by(self, part: str, stage: "Keeps") -> dict[str, np.ndarray]:
        """What a part of the rule has kept of the step before, for this block."""
        rows = {SYNAPSE: slice(self.start, self.stop)}
        own = slice(self.neurons.first, self.neurons.last)
        kept = {name: self.moment.kept[f"{part}.{name}"][rows.get(scope, own)] for name, scope in stage.keeps.items()}
        return {name: values.astype(np.float64, copy=False) for name, values in kept.items()}

    @property
    def edge(self) -> np.ndarray:
        """(S,) int, index in ``graph.edges``."""
        return self.moment.wiring.edge[self.start : self.stop]

    @property
    def pre(self) -> np.ndarray:
        """(S,) int, the presynaptic neuron."""
        return self.moment.wiring.pre[self.start : self.stop]

    @cached_property
    def post(self) -> np.ndarray:
        """(S,) int, the postsynaptic neuron."""
        return self.spread(self.neurons.index)

    @property
    def sign(self) -> np.ndarray:
        """(S,) +1 or -1, the sign of the weight at the start."""
        return self.moment.wiring.sign[self.start : self.stop]

    @cached_property
    def weight(self) -> np.ndarray:
        """(S,) float64, w_ij."""
        found = np.empty(self.size)
        gather(self.edge, self.moment.weight, found)
        return found

    @cached_property
    def x(self) -> np.ndarray:
        """(S,) x_i(t - tau_ij), times the efficacy that an astrocyte leaves it."""
        moment, found = self.moment, np.empty(self.size)
        delay = moment.wiring.delay[self.start : self.stop]
        gather_inputs(self.pre, delay, moment.history, moment.step, found)
        return found if moment.efficacy is None else found * self.spread(self.neurons._pick(moment.efficacy))

    @cached_property
    def z(self) -> np.ndarray:
        """(S,) z_j(t) of the neuron that each leads to."""
        return self.spread(self.neurons.activation)

    @cached_property
    def fan_in(self) -> np.ndarray:
        """(S,) how many synapses lead to the same neuron."""
        counts = np.diff(self.indptr)
        return np.repeat(counts.astype(np.float64), counts)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """(n, …) to (S, …): each neuron's value at each of its synapses; a single number stays one."""
        return np.repeat(values, np.diff(self.indptr), axis=0) if np.ndim(values) else values

    def sum(self, values: np.ndarray) -> np.ndarray:
        """(S,) to (n,): each neuron's sum over its synapses, in their order."""
        total = np.empty(len(self.indptr) - 1)
        sum_rows(self.indptr, np.ascontiguousarray(values), total)
        return total

    def softmax(self, score: np.ndarray) -> np.ndarray:
        """(S,) exp(score) over its sum over the synapses of the same neuron."""
        found = np.empty(self.size)
        softmax_rows(self.indptr, np.ascontiguousarray(score), found)
        return found


class Keeps:
    """A stage that keeps numbers from step to step names them in ``keeps``: name -> "synapse" or "neuron".

    Its formula then returns (answer, {name: the new numbers}). They begin at ``first``.
    """

    keeps: dict[str, str] = {}  # noqa: RUF012 - a subclass's declaration

    def first(self, name: str, size: int) -> Any:
        """What a kept number is at the start: one number, or an array with ``size`` rows."""
        return 0.0


def seen_at(rule: Rule, synapses: Synapses) -> Any:
    """The bound rule as the synapses of a block see it: (E,) arrays by edge, (N,) arrays by postsynaptic neuron."""
    return _reduced(rule, lambda per: synapses.edge if per == EDGE else synapses.post)


def seen_by(rule: Rule, neurons: Neurons) -> Any:
    """The bound rule as the neurons of a block see it."""
    return _reduced(rule, lambda per: slice(neurons.first, neurons.last))


def _reduced(rule: Rule, rows: Callable) -> Rule:
    values = {}
    for name, value in vars(rule).items():
        if isinstance(value, np.ndarray) and value.ndim:
            per = declaration(rule.__dataclass_fields__[name])["per"]
            if per not in (SCALAR, *VECTORS):
                values[name] = value[rows(per)]
    return rule.with_values(values)


def has_arrays(rule: Rule) -> bool:
    """Whether a bound rule holds numbers that differ from neuron to neuron or from edge to edge."""
    return any(isinstance(value, np.ndarray) and value.ndim for value in vars(rule).values())


@kernel
def gather(rows, values, found):
    """``found[s] = values[rows[s]]``."""
    for s in range(len(rows)):
        found[s] = values[np.uint64(rows[s])]  # unsigned: no look whether a row counts from the end


@kernel
def scatter(rows, new, values):
    """``values[rows[s]] = new[s]``."""
    for s in range(len(rows)):
        values[np.uint64(rows[s])] = new[s]


@kernel
def gather_inputs(pre, delay, history, step, found):
    """``found[s] = x_i(t - tau)`` of each synapse; no ``delay`` at all stands for none anywhere."""
    rows = len(history)
    now = (step - 1) % rows
    if not len(delay):
        gather(pre, history[now], found)
        return
    for s in range(len(pre)):
        row = now - delay[s]
        found[s] = history[row + rows if row < 0 else row, pre[s]]


@kernel
def sum_rows(indptr, values, total):
    """``total[j]``: the sum of each run of values, in order."""
    for j in range(len(total)):
        value = 0.0
        for s in range(indptr[j], indptr[j + 1]):
            value += values[s]
        total[j] = value


@kernel
def softmax_rows(indptr, score, found):
    """The softmax of each run of scores; the greatest is taken off first, so that nothing overflows."""
    for j in range(len(indptr) - 1):
        first, last = indptr[j], indptr[j + 1]
        highest = -np.inf
        for s in range(first, last):
            highest = max(highest, score[s])
        total = 0.0
        for s in range(first, last):
            found[s] = exp(score[s] - highest)
        for s in range(first, last):
            total += found[s]
        for s in range(first, last):
            found[s] = found[s] / total
