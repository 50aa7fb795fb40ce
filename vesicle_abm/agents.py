"""Vesicle and HMNNeuron: real ``mesa.Agent`` objects, each a view of one row.

What Mesa stores as an object per agent is stored here as a row of columns; the object is made when it is touched, and
two objects of the same agent are equal. A verb called inside a step proposes, and the stage settles it; called by
hand, outside a step, it takes effect at once.
"""

from typing import TYPE_CHECKING, ClassVar

import mesa
import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.fixedpoint import check_amounts, to_units
from vesicle_abm.core.identity import unpack
from vesicle_abm.core.random import uniform
from vesicle_abm.views import particles
from vesicle_abm.views.commit import settle
from vesicle_abm.views.world import DOCKED, FREE

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel

VERBS = ("emit", "migrate", "dock", "release", "decay")


class GoneError(LookupError):
    """A vesicle was asked for something after its end."""


class Vesicle(mesa.Agent):
    """One vesicle, v = (content, kind, node, ttl, state).

    ``Vesicle(model, kind="reward", node=3)`` puts a new one at a node. To change how a kind behaves, subclass and
    override one verb in plain Python, and name the class in the kind: ``Kind(agent=MyVesicle, …)``; the model calls that
    verb agent by agent and keeps the compiled path for the others. Such agents keep attributes of their own while they
    live.

    ``emit`` draws content and ttl at birth, ``migrate`` moves, ``dock`` sets ``docked``, ``release`` gives to the node,
    ``decay`` ends or ages the vesicle.
    """

    known: ClassVar[dict[str, type["Vesicle"]]] = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        Vesicle.known[cls.__name__] = cls

    def __init__(self, model: "VesicleModel", kind: str, node=0):
        new = model.place(kind, node)[0]
        self.__dict__.update(new.__dict__)

    @classmethod
    def at(cls, model: "VesicleModel", kind: str, id_: int) -> "Vesicle":
        """The view of an existing vesicle."""
        self = object.__new__(cls)
        self.model, self.unique_id, self.kind = model, int(id_), kind
        self._version = -1
        return self

    @classmethod
    def create_agents(cls, model, n, kind, node=0):
        """Put ``n`` vesicles of a kind at a node; returns them as a set."""
        return model.place(kind, node, n)

    @property
    def _columns(self):
        return self.model.state.vesicles[self.kind]

    @property
    def row(self) -> int:
        """Where the vesicle stands in its columns just now.

        Raises
        ------
        GoneError
            if its life has ended.
        """
        columns = self._columns
        if self._version != columns.version:
            self._row = int(columns.find(self.unique_id))
            self._version = columns.version
        if self._row < 0:
            raise GoneError(f"vesicle {self.unique_id} of kind {self.kind!r} has ended")
        return self._row

    @property
    def alive(self) -> bool:
        """Whether its life goes on."""
        return int(self._columns.find(self.unique_id)) >= 0

    @property
    def node(self) -> int:
        """Index of the node where it is, or which it left if it is under way."""
        return int(self._columns["node"][self.row])

    @node.setter
    def node(self, value: int):
        if not 0 <= value < self.model.graph.size:
            raise InputError(f"got {value!r}; 0 … {self.model.graph.size - 1} are allowed", "node")
        self._columns["node"][self.row] = value
        if "edge" in self._columns:
            self._columns["edge"][self.row] = -1

    @property
    def label(self):
        """Label of its node in the graph."""
        return self.model.graph.nodes[self.node]

    @property
    def pos(self):
        """Mesa's word for where an agent is: the label of its node."""
        return self.label

    @property
    def neuron(self) -> "HMNNeuron":
        """The neuron where it is."""
        return HMNNeuron.at(self.model, self.node)

    @property
    def ttl(self) -> int:
        """Steps left to live; UNLIMITED (2**31 - 1) if it never expires."""
        return int(self._columns["ttl"][self.row])

    @ttl.setter
    def ttl(self, value: int):
        if not 1 <= value < 2**31:
            raise InputError(f"got {value!r}; whole numbers from 1 to 2**31 - 1 are allowed", "ttl")
        self._columns["ttl"][self.row] = value

    @property
    def content(self) -> np.ndarray:
        """(D,) float32, what it carries: a copy; assign to change it."""
        return self._columns["content"][self.row].copy()

    @content.setter
    def content(self, value):
        self._columns["content"][self.row] = value

    @property
    def docked(self) -> bool:
        """Whether it docked in the last step."""
        return bool(self._columns["status"][self.row] == DOCKED)

    @docked.setter
    def docked(self, value: bool):
        self._columns["status"][self.row] = DOCKED if value else FREE

    @property
    def edge(self) -> int:
        """Index of the edge it is travelling on, -1 if it is at a node."""
        return int(self._columns["edge"][self.row]) if "edge" in self._columns else -1

    @property
    def birth(self) -> tuple[int, int]:
        """(step, node index) of its birth."""
        return unpack(self.unique_id)[:2]

    def uniform(self, draw: int = 0) -> float:
        """A draw in (0, 1) for a user's own verb: a pure function of seed, vesicle, step and ``draw``."""
        return uniform(self.model.state.seed, self.unique_id, self.model.state.step, stages.USER, draw)

    def give(self, amount: float, level: str | None = None) -> None:
        """Add to the modulator level of the node, this kind's or another's: for a user's own ``release``."""
        check_amounts(np.float64(amount)[None], "give")
        number = self.model.kinds.index(level or self.kind)
        self.model.world.proposals.modulator[self.node, number] += to_units(amount)

    def emit(self) -> None:
        """Draw content and ttl at birth."""
        particles.be_born(self.model.world, self.kind, self.row)

    def migrate(self) -> None:
        """Take one way out of the node, or stay."""
        self._do(particles.migrate, "migrate")

    def dock(self) -> None:
        """Dock or not."""
        self._do(particles.dock, "dock")

    def release(self) -> None:
        """If docked, give what the rules say."""
        self._do(particles.release, "release")

    def decay(self) -> None:
        """Be absorbed, expire, be cleared, or grow older."""
        self._do(particles.decay, "decay")

    def _do(self, verb, stage: str) -> None:
        world = self.model.world
        verb(world, self.kind, self.row)
        if world.stage is None:
            settle(world, stage, particles.bear)

    def remove(self) -> None:
        """End its life now; it counts as cleared. Nothing happens if it has ended already."""
        if self.alive:
            self.model.deregister_agent(self)

    def __eq__(self, other):
        return isinstance(other, Vesicle) and other.model is self.model and other.unique_id == self.unique_id

    def __hash__(self):
        return hash(self.unique_id)

    def __repr__(self):
        where = f"at {self.label!r}" if self.alive else "ended"
        return f"<{type(self).__name__} {self.unique_id} of {self.kind!r} {where}>"


class StateNumber:
    """A neuron's number in a column of the state, readable and settable."""

    def __init__(self, doc: str):
        self.__doc__ = doc

    def __set_name__(self, owner, name: str):
        self.name = name

    def __get__(self, neuron, owner=None):
        return self if neuron is None else float(getattr(neuron.model.state, self.name)[neuron.index])

    def __set__(self, neuron, value: float):
        getattr(neuron.model.state, self.name)[neuron.index] = value


class HMNNeuron(mesa.Agent):
    """One neuron of the graph: activation, bias, gain, drive, and the modulator levels that vesicles have left."""

    activation = StateNumber("z, equation (1).")
    bias = StateNumber("b, its input at rest.")
    gain = StateNumber("Gain of its activation function; 1 at rest.")
    drive = StateNumber("Input from outside, until it is set anew.")

    def __init__(self, model: "VesicleModel", index: int = 0):
        raise InputError("neurons are the nodes of the graph; put them there, or look at model.neurons", "HMNNeuron")

    @classmethod
    def at(cls, model: "VesicleModel", index: int) -> "HMNNeuron":
        """The view of the neuron with this index; its ``unique_id`` is one more."""
        self = object.__new__(cls)
        self.model, self.index, self.unique_id = model, int(index), int(index) + 1
        return self

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
    def modulators(self) -> dict[str, float]:
        """Modulator level by kind."""
        return dict(zip(self.model.kinds, self.model.state.modulator[self.index].tolist(), strict=True))

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

    def activate(self) -> None:
        """Equation (1). By hand, outside a step, only a step's own ``activate`` stage makes it the activation."""
        particles.activate(self.model.world, self.index)

    def emit(self) -> None:
        """Propose how many vesicles are born here; by hand, outside a step, they are born at once."""
        world = self.model.world
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
