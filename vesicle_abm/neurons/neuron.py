"""Neurons: what the nodes of a model answer to what reaches them in a step, as the contract that all sorts keep.

The activation z of a neuron is what it gives out, a rate or a spike; every stage of learning works on either.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from vesicle_abm.core.graph import BACKWARD, NeuralGraph, Ways
from vesicle_abm.core.parameters import SCALAR, Rule, option, parameter

SIGN = "sign"


@dataclass
class Cells:
    """What reaches neurons in a step, a row each (n,), and what they have kept of the step before.

    ``input`` sum_i w_ij x_i(t - tau_ij); or, of neurons that tell them ``apart``, ``excited`` by the weights >= 0 and
    ``inhibited`` by the others, both >= 0. ``gain``, ``bias``, ``drive`` from outside, ``noise`` of both sorts;
    ``kept`` by name.
    """

    input: np.ndarray
    excited: np.ndarray
    inhibited: np.ndarray
    gain: np.ndarray
    bias: np.ndarray
    drive: np.ndarray
    noise: np.ndarray
    kept: dict[str, np.ndarray]


class NeuronModel(Rule):
    """Contract: ``answer`` of neurons to what reaches them; a number may be given per node, or as an attribute's name.

    Synaptic weights start as ``weight_scale * weight``, times the edge attribute ``sign`` (+1 or -1) where the graph
    has it. A synapse of delay 0 brings the activation of the step before.
    """

    spikes: ClassVar[bool] = False  # whether the activation is 0 but where a neuron fires

    bias: float = parameter(0.0, "b, the input at rest", begins=True)
    noise: float = parameter(0.0, "standard deviation of the input noise eps", ge=0.0)
    jitter: float = parameter(0.0, "width of a second input noise, even: jitter (U - 1/2)", ge=0.0)
    layers: list | None = option(None, "edge layers that carry activity; none for all")
    weight_scale: float = parameter(
        1.0, "factor from a graph weight to a synaptic weight", per=SCALAR, begins=True, ge=0.0
    )
    gain_recovery: float | None = parameter(
        None,
        "time constant with which the gain relaxes to 1; none: it stays",
        per=SCALAR,
        unit="steps",
        optional=True,
        gt=0.0,
    )

    @property
    @abstractmethod
    def apart(self) -> bool:
        """Whether excitation and inhibition are summed apart."""

    @abstractmethod
    def first(self) -> dict[str, float | np.ndarray]:
        """What each neuron keeps beside its activation, at the start: name -> a number, or (N,)."""

    @abstractmethod
    def answer(self, cells: Cells, xp) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """(n,) the activation of this step; and what is kept, by name."""

    def synapses(self, graph: NeuralGraph) -> Ways:
        """The synapses of each neuron: rows by postsynaptic neuron; ``end`` is the presynaptic one."""
        return graph.ways(self.layers, BACKWARD)

    def initial_weight(self, graph: NeuralGraph) -> np.ndarray:
        """(E,) the signed weights at the start."""
        sign: np.ndarray | float = 1.0
        if SIGN in graph.edge_data:
            sign = np.array([1.0 if value is None else float(value) for value in graph.edge_data[SIGN]])
        return self.weight_scale * graph.weight * sign
