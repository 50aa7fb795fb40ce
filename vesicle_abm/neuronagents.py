"""HMNNeuron: a real ``mesa.Agent`` that is a view of one neuron's rows: its activity, its inputs, how it learns."""

from collections.abc import MutableMapping
from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.inputs import SynapsesOf, numbers
from vesicle_abm.neurons.astrocyte import ACTIVATION
from vesicle_abm.rows import RowAgent
from vesicle_abm.views import particles
from vesicle_abm.views.commit import settle
from vesicle_abm.views.learning import Lesson
from vesicle_abm.views.world import World

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel

AFTER_ACTIVATE = stages.STAGES[stages.STAGES.index("activate") :]


class StateNumber:
    """A neuron's number in a column of the state, readable and settable."""

    def __init__(self, doc: str):
        self.__doc__ = doc

    def __set_name__(self, owner, name: str):
        self.name = name

    def __get__(self, neuron, owner=None):
        return self if neuron is None else float(getattr(neuron.model.state, self.name)[neuron.index])

    def __set__(self, neuron, value: float):
        set_number(neuron.model, self.name, neuron.index, value)


class CellNumber:
    """A number that a neuron keeps beside its activation, readable and settable; refused where its model keeps none."""

    def __init__(self, doc: str):
        self.__doc__ = doc

    def __set_name__(self, owner, name: str):
        self.name = name

    def _column(self, neuron) -> np.ndarray:
        cells = neuron.model.state.cells
        if self.name not in cells:
            words = nearest(self.name, cells) if cells else "LIFNeurons and IzhikevichNeurons have potentials"
            raise InputError(f"these neurons keep no {self.name}; {words}", "neurons")
        return cells[self.name]

    def __get__(self, neuron, owner=None):
        return self if neuron is None else float(self._column(neuron)[neuron.index])

    def __set__(self, neuron, value: float):
        self._column(neuron)[neuron.index] = numbers(value, None, self.name)


class Levels(MutableMapping):
    """The modulator levels at one neuron, by kind."""

    def __init__(self, model: "VesicleModel", neuron: int):
        self._model, self._neuron = model, neuron

    def _column(self, kind: str) -> int:
        if kind not in self._model.kinds:
            raise InputError(f"got {kind!r}; {nearest(kind, self._model.kinds)}", "modulators")
        return self._model.kinds.index(kind)

    def __getitem__(self, kind: str) -> float:
        return float(self._model.state.modulator[self._neuron, self._column(kind)])

    def __setitem__(self, kind: str, level: float) -> None:
        self._model.state.modulator[self._neuron, self._column(kind)] = numbers(level, None, f"modulators.{kind}")
        self._model.world.forget_changing_tables()

    def __delitem__(self, kind: str) -> None:
        raise InputError("the kinds of a model are fixed; set the level to 0 instead", "modulators")

    def __iter__(self):
        return iter(self._model.kinds)

    def __len__(self):
        return len(self._model.kinds)

    def __repr__(self):
        return repr(dict(self))


class HMNNeuron(RowAgent):
    """One neuron of the graph: activation, bias, gain, drive, and the modulator levels that vesicles have left.

    Of a model that learns also its synapses with their traces and attention, its context and its learning rates.
    """

    activation = StateNumber("z, equation (1).")
    bias = StateNumber("b, its input at rest.")
    gain = StateNumber("Gain of its activation function; 1 at rest.")
    drive = StateNumber("Input from outside, until it is set anew.")
    v = CellNumber("Membrane potential in mV, of a spiking neuron.")
    u = CellNumber("Recovery variable of an Izhikevich neuron.")
    exc = CellNumber("Excitatory synaptic current or conductance, of a spiking neuron that has one.")
    inh = CellNumber("Inhibitory synaptic current or conductance, of a spiking neuron that has one.")
    fired = CellNumber("How often it has fired so far, of a spiking neuron.")
    refractory = CellNumber("What is left of the refractory time in ms, of an integrate-and-fire neuron.")

    def __init__(self, model: "VesicleModel", index: int = 0):
        raise InputError("neurons are the nodes of the graph; put them there, or look at model.neurons", "HMNNeuron")

    @classmethod
    def at(cls, model: "VesicleModel", index: int) -> "HMNNeuron":
        """The view of the neuron with this index; its ``unique_id`` is one more."""
        return cls.seen(model, int(index) + 1, index=int(index))

    @classmethod
    def create_agents(cls, model, n, *args, **kwargs):
        """Neurons cannot be added to a frozen graph."""
        return cls(model)

    @property
    def label(self):
        """Its label in the graph."""
        return self.model.graph.nodes[self.index]

    @property
    def pos(self):
        """Mesa's word for where an agent is: its label."""
        return self.label

    @property
    def modulators(self) -> "Levels":
        """Modulator level by kind, E_kj; an item can be set: ``neuron.modulators["reward"] = 1.0``."""
        return Levels(self.model, self.index)

    @property
    def synapses(self) -> SynapsesOf:
        """The synapses that lead here: weights, traces, attention."""
        return SynapsesOf(self.model, self.index)

    @property
    def context(self) -> float:
        """c_j, the running average of its activation that local attention compares with; settable."""
        return float(self._kept("attention.context")[self.index])

    @context.setter
    def context(self, value: float):
        self._kept("attention.context")[self.index] = numbers(value, None, "context")

    @property
    def memory(self) -> np.ndarray:
        """(slots, width) what vesicles have written here, a copy; assign to change it."""
        return self._memory()[self.index].copy()

    @memory.setter
    def memory(self, value):
        own = self._memory()[self.index]
        try:
            given = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            given = np.array(np.nan)
        if given.shape not in ((), own.shape) or not np.isfinite(given).all():
            raise InputError(f"got {value!r}; finite numbers of shape {own.shape} are allowed", "memory")
        own[...] = given
        self.model.world.forget_changing_tables()

    def _memory(self) -> np.ndarray:
        if self.model.state.memory is None:
            raise InputError("the model has no memory; give memory=Memory(...)", "memory")
        return self.model.state.memory

    @property
    def astrocyte(self) -> float:
        """A_j, the activation of its astrocyte."""
        return float(self._kept(ACTIVATION)[self.index])

    @property
    def eta_local(self) -> float:
        """Its local learning rate; settable."""
        return float(self.model.state.eta[self.index, 0])

    @eta_local.setter
    def eta_local(self, value: float):
        self.model.state.eta[self.index, 0] = numbers(value, None, "eta_local")

    @property
    def eta_global(self) -> float:
        """Its global learning rate; settable."""
        return float(self.model.state.eta[self.index, 1])

    @eta_global.setter
    def eta_global(self, value: float):
        self.model.state.eta[self.index, 1] = numbers(value, None, "eta_global")

    def _kept(self, name: str) -> np.ndarray:
        kept = self.model.state.kept
        if name not in kept:
            raise InputError(f"the learning rule keeps no {name}; {nearest(name, kept)}", "HMNNeuron")
        return kept[name]

    @property
    def vesicles(self):
        """The vesicles here."""
        return self.model.vesicles.where_equal("node", self.index)

    def attribute(self, name: str) -> float:
        """A numeric node attribute of the graph."""
        return float(self.model.graph.attribute(name, "node")[self.index])

    def sense(self) -> None:
        """Let modulator levels clear and the gain relax."""
        particles.sense(self.model.world, self.index)
        if self.model.world.stage is None:
            self.model.world.forget_changing_tables()

    def activate(self) -> None:
        """Equation (1). By hand, outside a step, only a step's own ``activate`` stage makes it the activation."""
        particles.activate(self.model.world, self.index)
        if self.model.world.stage is None:
            self.model.world.forget_changing_tables()

    def learn(self) -> None:
        """Equations (2)-(7), (10), (11), for the synapses that lead here; by hand, outside a step, at once."""
        world = self.model.world
        check_stage(world, "learn")
        if world.plasticity is None:
            raise InputError("the model does not learn; give plasticity=Plasticity()", "learn")
        if world.stage is None:
            lesson = Lesson.of(world, world.plasticity)
            lesson.learn(self.index, self.index + 1)
            lesson.end()
            world.forget_changing_tables()
        else:
            particles.learn(world, self.index)

    def emit(self) -> None:
        """Propose how many vesicles are born here; by hand, outside a step, they are born at once."""
        world = self.model.world
        check_stage(world, "emit")
        particles.emit(world, self.index)
        if world.stage is None:
            settle(world, "emit", particles.bear)

    def remove(self) -> None:
        """Refused: a neuron is a node of the frozen graph."""
        raise InputError("neurons are the nodes of the graph and cannot be removed", "HMNNeuron")

    def __eq__(self, other):
        return isinstance(other, HMNNeuron) and other.model is self.model and other.index == self.index

    def __hash__(self):
        return hash(self.unique_id)

    def __repr__(self):
        return f"<HMNNeuron {self.label!r}>"


def check_stage(world: World, stage: str) -> None:
    """Refuse a verb inside another verb's stage, which would leave its proposal unsettled."""
    if world.stage not in (None, stage):
        raise InputError(
            f"{stage!r} was called inside the stage {world.stage!r}; call it in its own, or outside", "stage"
        )


def set_number(model: "VesicleModel", name: str, indices, value) -> None:
    """Set a number of neurons. An activation is what the others receive next, so it enters the history too."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not np.isfinite(value):
        raise InputError(f"got {value!r}; a finite number is allowed", name)
    state = model.state
    getattr(state, name)[indices] = value
    if name == "activation":
        when = state.step if model.world.stage in AFTER_ACTIVATE else state.step - 1
        state.history[when % len(state.history), indices] = value
