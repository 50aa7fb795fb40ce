"""Vesicle: a real ``mesa.Agent`` that is a view of one row.

What Mesa stores as an object per agent is stored here as a row of columns; the object is made when it is touched. A
verb called inside a step proposes, and the stage settles it; called by hand, outside a step, it takes effect at once.
"""

import warnings
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.fixedpoint import check_amounts
from vesicle_abm.core.identity import unpack
from vesicle_abm.core.random import uniform
from vesicle_abm.core.state import DOCKINGS
from vesicle_abm.inputs import numbers
from vesicle_abm.neuronagents import HMNNeuron, check_stage
from vesicle_abm.rows import GoneError, RowAgent
from vesicle_abm.setting import set_content, set_docked, set_node, set_ttl
from vesicle_abm.vesicles.release import MODULATOR
from vesicle_abm.views import particles
from vesicle_abm.views.commit import settle
from vesicle_abm.views.effects import Effect, give
from vesicle_abm.views.population import DOCKED
from vesicle_abm.views.undo import undone_if_refused

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel

__all__ = ["VERBS", "GoneError", "Vesicle"]

VERBS = ("emit", "migrate", "dock", "release", "decay")


class Vesicle(RowAgent):
    """One vesicle, v = (content, kind, node, ttl, state).

    ``Vesicle(model, kind="reward", node=3)`` puts a new one at a node. To change how a kind behaves, subclass and
    override one verb in plain Python, and name the class in the kind: ``Kind(agent=MyVesicle, …)``; the model calls
    that verb agent by agent and keeps the compiled path for the others. Attributes of its own last while it lives.

    ``emit`` draws content and ttl at birth, ``migrate`` moves, ``dock`` sets ``docked``, ``release`` gives to the node,
    ``decay`` ends or ages the vesicle.
    """

    known: ClassVar[dict[str, type["Vesicle"]]] = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        Vesicle.known[cls.__name__] = cls
        if "step" in vars(cls):
            text = f"{cls.__name__}.step is for your own use: a model's step calls the verbs {', '.join(VERBS)}"
            warnings.warn(text, stacklevel=2)

    def __init__(self, model: "VesicleModel", kind: str, node=0):
        model.expect(kind, type(self))
        model.bring(kind, node, first=self)

    @classmethod
    def at(cls, model: "VesicleModel", kind: str, id_: int) -> "Vesicle":
        """The view of an existing vesicle."""
        return cls.seen(model, int(id_), kind=kind, _version=-1)

    @classmethod
    def create_agents(cls, model, n, *args, **kwargs):
        """Put ``n`` vesicles into the model; returns them as a set, in the order of creation.

        As in Mesa, an argument that is a sequence of length ``n`` gives each agent its own; a label is one value.
        """

        def shared(value):
            return not isinstance(value, list | tuple | np.ndarray) or len(value) != n or value in model.graph.nodes

        def together(kind, node=0):
            model.expect(kind, cls)
            return model.place(kind, node, n)

        def one(i):
            ours = {name: value if shared(value) else value[i] for name, value in kwargs.items()}
            return cls(model, *(value if shared(value) else value[i] for value in args), **ours)

        if cls.__init__ is Vesicle.__init__ and all(map(shared, [*args, *kwargs.values()])):
            return together(*args, **kwargs)
        return model.vesicles.of([one(i) for i in range(n)])

    @property
    def kind(self) -> str:
        """The name of its kind: of another than at its birth, once it has turned."""
        self._found()
        return self.__dict__["kind"]

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
        row = self._found()
        if row < 0:
            raise GoneError(f"vesicle {self.unique_id} of kind {self.kind!r} has ended")
        return row

    def _found(self) -> int:
        about = self.__dict__
        columns = self.model.state.vesicles[about["kind"]]
        if about["_version"] != columns.version:
            about["_row"], about["_version"] = int(columns.find(self.unique_id)), columns.version
            if about["_row"] < 0:
                self._look_among_others()
        return about["_row"]

    def _look_among_others(self) -> None:
        """It may have become one of another kind."""
        if self.model.world.kinds[self.__dict__["kind"]].turn is None:
            return
        for kind, columns in self.model.state.vesicles.items():
            row = int(columns.find(self.unique_id))
            if row >= 0:
                self.__dict__.update(kind=kind, _row=row, _version=columns.version)

    @property
    def alive(self) -> bool:
        """Whether its life goes on."""
        return self._found() >= 0

    @property
    def node(self) -> int:
        """Index of the node where it is, or which it left if it is under way."""
        return int(self._columns["node"][self.row])

    @node.setter
    def node(self, value: int):
        set_node(self.model, self.kind, self.row, value)

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
        set_ttl(self.model, self.kind, self.row, value)

    @property
    def content(self) -> np.ndarray:
        """(D,) float32, what it carries: a copy; assign to change it."""
        return self._columns["content"][self.row].copy()

    @content.setter
    def content(self, value):
        set_content(self.model, self.kind, self.row, value)

    @property
    def docked(self) -> bool:
        """Whether it docked in the last step."""
        return bool(self._columns["status"][self.row] == DOCKED)

    @docked.setter
    def docked(self, value: bool):
        set_docked(self.model, self.kind, self.row, value)

    @property
    def edge(self) -> int:
        """Index of the edge it is travelling on, -1 if it is at a node."""
        row = self.row
        return int(self._columns["edge"][row]) if "edge" in self._columns else -1

    @property
    def remembered(self) -> np.ndarray:
        """(R,) indices of the nodes that it left last, the latest first, -1 for none; R of its kind's ``remembers``."""
        row = self.row
        return self._columns["remembered"][row].copy() if "remembered" in self._columns else np.zeros(0, np.int32)

    @property
    def payload(self) -> float:
        """The part of its payload that is not spent; 1 where the kind does not spend."""
        row = self.row
        return float(self._columns["payload"][row]) if "payload" in self._columns else 1.0

    @property
    def releases_left(self) -> int | None:
        """How many more times it can release; None where that is not limited."""
        row = self.row
        return int(self._columns["left"][row]) if "left" in self._columns else None

    @property
    def birth(self) -> tuple[int, int]:
        """(step, node index) of its birth."""
        return unpack(self.unique_id)[:2]

    def uniform(self, draw: int = 0) -> float:
        """A draw in (0, 1) for a user's own verb: a pure function of seed, vesicle, step and ``draw``."""
        return uniform(self.model.state.seed, self.unique_id, self.model.state.step, stages.USER, draw)

    def give(self, amount: float, level: str | None = None) -> None:
        """Add to the node's level of this kind, or of another, when the stage ends: for a user's own ``release``."""
        level, world = level or self.kind, self.model.world
        if level not in self.model.kinds:
            raise InputError(f"got {level!r}; {nearest(level, self.model.kinds)}", "level")
        amounts = np.array([numbers(amount, None, "give")], np.float64)
        check_amounts(amounts, "give")
        effect = Effect(MODULATOR, MODULATOR, self.model.kinds.index(level), amounts, "give")
        if world.stage is not None:
            give(world, effect, np.array([self.node]))
            world.proposals.given = True
            return
        with undone_if_refused(world, "release"):
            give(world, effect, np.array([self.node]))
            settle(world, "release", particles.bear)

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
        check_stage(world, stage)
        if world.stage is not None:
            verb(world, self.kind, self.row)
            return
        with undone_if_refused(world, stage):
            verb(world, self.kind, self.row)
            if stage == "dock":
                self._settle_docking()
            else:
                settle(world, stage, particles.bear)

    def _settle_docking(self) -> None:
        """One docking by hand: a node that is full keeps those whom it has."""
        world, columns, node = self.model.world, self._columns, self.node
        if self.docked:
            capacity = world.kinds[self.kind].docking.capacity
            here = np.count_nonzero((columns["status"] == DOCKED) & (columns["node"] == node))
            if capacity is not None and here > capacity:
                self.docked = False
            else:
                world.state.docked[self.model.kinds.index(self.kind), node] += 1
                if DOCKINGS + self.kind in world.state.tallies:
                    world.state.tallies[DOCKINGS + self.kind][node] += 1
        world.forget_changing_tables()

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
