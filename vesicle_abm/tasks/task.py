"""Task: the world that a network lives in, one step at a time, as the contract that all tasks keep."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import Rule


@dataclass
class Scene:
    """What a task may look at and change as a step begins.

    To look at: ``graph``, ``seed``, ``step``, ``activation`` (N,) of the step before. To change: ``drive`` (N,) input
    from outside, ``eta`` (N, 2) learning rates, ``signals`` by name, which emission rules and modulation read, the
    task's own arrays ``kept``, part of the state, and ``memory`` (N, slots, width), None where there is none. A
    signal of an estimator is that of the step before. ``trails``, kind -> (E,), may be changed too; ``traversals``,
    kind -> (E,), says how often vesicles of the kinds that leave trails have come along each edge so far; ``born``
    and ``docked``, kind -> (N,), how many have been born, and have docked, at each node so far. ``weight`` (E,) are the
    synaptic weights, which may be changed; to look at also ``neurons``, their ``bias`` (N,), and ``cells``, name ->
    (N,), what they keep.
    """

    graph: NeuralGraph
    seed: int
    step: int
    activation: np.ndarray
    drive: np.ndarray
    eta: np.ndarray
    signals: dict[str, Any]
    kept: dict[str, np.ndarray]
    memory: np.ndarray | None = None
    trails: dict[str, np.ndarray] = field(default_factory=dict)
    traversals: dict[str, np.ndarray] = field(default_factory=dict)
    born: dict[str, np.ndarray] = field(default_factory=dict)
    docked: dict[str, np.ndarray] = field(default_factory=dict)
    neurons: Any = None
    weight: np.ndarray = field(default_factory=lambda: np.zeros(0))
    bias: np.ndarray = field(default_factory=lambda: np.zeros(0))
    cells: dict[str, np.ndarray] = field(default_factory=dict)


class Task(Rule):
    """Contract: ``sense`` is called once as each step begins, before anything else happens in it.

    What it needs from step to step stands in ``kept``, and every draw has its address in the stream "task", so that a
    restart goes on with the same bits. Its signals are not saved: a task sets them in every step.
    """

    tells: ClassVar[tuple[str, ...] | None] = None  # the fields that name the signals it gives; None: it does not say
    recorded: ClassVar[tuple[str, ...]] = ()  # names in ``kept``, single numbers, that are recorded with each row
    measures: ClassVar[tuple[str, ...] | None] = None  # the names that ``metrics`` may give; None: it does not say

    @abstractmethod
    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """What it keeps, at the start; ``eta`` (N, 2) are the first learning rates.

        Raises
        ------
        InputError
            if the graph is not one that the task can use.
        """

    @abstractmethod
    def sense(self, scene: Scene) -> None:
        """One step."""

    @abstractmethod
    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """How well the network has done, by stable names."""


class PatientTask(Task, contract=True):
    """Contract of a task that says how long it can be left alone, so that quiet steps can be taken at one go."""

    @abstractmethod
    def watched(self, graph: NeuralGraph) -> list[int]:
        """The neurons, by index, after whose activity ``sense`` must be called in the next step."""

    @abstractmethod
    def next_call(self, step: int, kept: dict[str, np.ndarray]) -> int:
        """The first step >= ``step`` in which ``sense`` would do anything, if no watched neuron is active before it."""
