"""Layered: a network of neurons in layers as tables of its synapses; what it answers, and what exact errors teach it.

    z_l = f(W_l z_(l - 1) + b_l),    d_l = f'(u_l) (W_(l + 1)^T d_(l + 1)),    dW_l = eta_l d_l z_(l - 1)

with d of the readout the error that it is told: back-propagation (Rumelhart, Hinton and Williams 1986), sample by
sample. With other weights than W on the way back it is feedback alignment (Lillicrap, Cownden, Tweed and Akerman 2016).
Sums are added in the order of the synapses, so what it answers has the bits of the model's own steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.scalar import kernel

Function = Callable[[np.ndarray], np.ndarray]
NONE = -1  # in place of an edge
POPULATION = "population"  # the node attribute that names it


@dataclass(frozen=True, eq=False)
class Layered:
    """``neurons``: the nodes of each layer, inputs first; ``synapses``: from each layer to the next, (n, m) int, the
    edge from neuron i to neuron j, or -1; ``delays``: of all edges of each of these.
    """

    neurons: tuple[np.ndarray, ...]
    synapses: tuple[np.ndarray, ...]
    delays: tuple[int, ...]

    @classmethod
    def of(cls, graph: NeuralGraph, inputs: np.ndarray, outputs: np.ndarray, layers: list | None = None) -> Self:
        """The layers of a graph between inputs and outputs, by the edges of the named edge layers.

        Raises
        ------
        InputError
            naming an edge that leads elsewhere than from a layer to the next, or is slower than others beside it.
        """
        chosen = graph.in_layers(layers)
        found, wanted, used = [inputs], set(outputs.tolist()), 0
        while not wanted <= set(found[-1].tolist()):
            ahead = np.flatnonzero(chosen & np.isin(graph.source, found[-1]))
            after, used = np.unique(graph.target[ahead]), used + len(ahead)
            back = ahead[np.isin(graph.target[ahead], np.concatenate(found))]
            if len(back):
                raise InputError(f"the edge {graph.edges[back[0]]!r} leads back; each must lead to the next layer")
            if not len(after):
                raise InputError("no way leads from the inputs to all outputs, layer by layer")
            found.append(after)
        if len(found[-1]) != len(outputs):
            raise InputError(f"the layer of the {len(outputs)} outputs has {len(found[-1])} neurons; name them all")
        found[-1] = outputs
        tables = tuple(_table(graph, chosen, a, b) for a, b in pairwise(found))
        lost = np.setdiff1d(np.flatnonzero(chosen), np.concatenate([table.ravel() for table in tables]))
        if len(lost):
            raise InputError(f"the edge {graph.edges[lost[0]]!r} does not lead from a layer to the next")
        edges = [table[table >= 0] for table in tables]
        for own in edges:
            slower = own[graph.delay[own] != graph.delay[own[0]]]
            if len(slower):
                words = f"the edge {graph.edges[slower[0]]!r} has another delay than {graph.edges[own[0]]!r}"
                raise InputError(f"{words}; between two layers all need the same")
        return cls(tuple(found), tables, tuple(int(graph.delay[own[0]]) for own in edges))

    @property
    def depth(self) -> int:
        """D, how many layers of synapses there are."""
        return len(self.synapses)

    @property
    def lag(self) -> int:
        """Steps from the one in which an input begins to be driven to the one in which the answer can be seen."""
        return self.depth + sum(self.delays) + 1

    @property
    def back(self) -> int:
        """Steps from the one in which an error is told to the one in which it comes to the first hidden layer."""
        return self.depth - 2 + sum(self.delays[1:])

    def answers(self, weight: np.ndarray, bias: np.ndarray, shown: np.ndarray, function: Function) -> list[np.ndarray]:
        """(n,) the activation of each layer; ``weight`` (E,), ``bias`` (N,), ``shown`` (n,) what drives the inputs."""
        found = [function(bias[self.neurons[0]] + shown)]
        for synapses, neurons in zip(self.synapses, self.neurons[1:], strict=True):
            total = np.zeros(len(neurons))
            bring(synapses, weight, found[-1], total)
            found.append(function(total + bias[neurons]))
        return found

    def teach(
        self,
        weight: np.ndarray,
        answers: list[np.ndarray],
        error: np.ndarray,
        rate: np.ndarray,
        slope: Function,
        back: np.ndarray,
        layers: int,
    ) -> None:
        """Change ``weight`` (E,) by what the ``error`` (m,) of the readout asks of it.

        ``rate`` (N,) of each neuron's synapses; ``slope`` f' by f; ``back`` (E,) the weights of the way back, for
        back-propagation the same; ``layers``: how many of the last learn.
        """
        least = self.depth - layers
        delta = error * slope(answers[-1])
        for depth in range(self.depth - 1, least - 1, -1):
            synapses, x = self.synapses[depth], answers[depth]
            below = np.zeros(len(x))
            if depth > least:
                carry_back(synapses, back, delta, below)
            change(synapses, rate[self.neurons[depth + 1]] * delta, x, weight)
            delta = below * slope(x)


def members(graph: NeuralGraph, given: Any, key: str) -> np.ndarray:
    """(n,) the nodes of a population by its name, or those of a list of labels."""
    if isinstance(given, list | tuple) and given:
        found = [graph.node(label) for label in given]
        if len(set(found)) < len(found):
            raise InputError("a neuron is named twice", key)
        return np.array(found)
    names = list(graph.node_data.get(POPULATION, ()))
    if not isinstance(given, str) or given not in names:
        words = f"got {given!r}; the name of a population is allowed, or a list of labels"
        raise InputError(f"{words}; {nearest(given, dict.fromkeys(names))}", key)
    return np.flatnonzero([name == given for name in names])


def _table(graph: NeuralGraph, chosen: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """(n, m) the edge from each neuron before to each after, or -1."""
    places = np.full((2, graph.size), NONE)
    places[0, before], places[1, after] = np.arange(len(before)), np.arange(len(after))
    rows, columns = places[0, graph.source], places[1, graph.target]
    table, here = np.full((len(before), len(after)), NONE), np.flatnonzero(chosen & (rows >= 0) & (columns >= 0))
    table[rows[here], columns[here]] = here
    return table


@kernel
def bring(synapses, weight, x, total):
    """``total[j] += sum_i w_ij x_i``; what is silent brings nothing."""
    for i in range(len(x)):
        if x[i] != 0.0:
            for j in range(len(total)):
                e = synapses[i, j]
                total[j] += weight[e] * x[i] if e >= 0 else 0.0


@kernel
def carry_back(synapses, weight, delta, below):
    """``below[i] += sum_j w_ij d_j``."""
    for i in range(len(below)):
        for j in range(len(delta)):
            e = synapses[i, j]
            below[i] += weight[e] * delta[j] if e >= 0 else 0.0


@kernel
def change(synapses, step, x, weight):
    """``w_ij += step_j x_i``."""
    for i in range(len(x)):
        if x[i] != 0.0:
            for j in range(len(step)):
                e = synapses[i, j]
                if e >= 0:
                    weight[e] += step[j] * x[i]
