"""Agents that are rows: one object per agent while anyone holds it, and what an agent has of its own while it lives.

Mesa stores an object per agent. Here the object is made when it is touched, and forgotten when nobody holds it, unless
a user gave it an attribute of its own (``vesicle.colour = "red"``): then the model keeps it until the agent's end.
"""

from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

import mesa
import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.plain import decode, encode

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel

ARRAY = "__array__"


class GoneError(LookupError):
    """A vesicle was asked for something after its end."""


class RowAgent(mesa.Agent):
    """A ``mesa.Agent`` whose numbers stand in columns.

    Its properties read and write the columns. Any other attribute that a user sets is its own and lasts while it lives.
    """

    FIXED: ClassVar[tuple[str, ...]] = ("model", "unique_id", "kind", "index", "_row", "_version")

    @classmethod
    def seen(cls, model: "VesicleModel", id_: int, **identity) -> Any:
        """The object of this agent: the one that somebody holds, or a new one."""
        found = model.objects.get(id_)
        if found is None:
            found = object.__new__(cls)
            found.become(model, id_, **identity)
        return found

    def become(self, model: "VesicleModel", id_: int, **identity) -> None:
        """Be the object of the agent with this id from now on."""
        self.__dict__.update(model=model, unique_id=id_, **identity)
        model.objects.see(self)

    @property
    def alive(self) -> bool:
        """Whether its life goes on."""
        return True

    @property
    def own(self) -> dict[str, Any]:
        """The attributes that a user gave it."""
        return {name: value for name, value in self.__dict__.items() if name not in self.FIXED}

    def __setattr__(self, name: str, value) -> None:
        if name in self.FIXED:
            raise AttributeError(f"{name!r} of a {type(self).__name__} is fixed")
        super().__setattr__(name, value)
        if not hasattr(getattr(type(self), name, None), "__set__") and self.alive:
            self.model.objects.keep(self)


class Objects:
    """The objects of a model's row agents, by id."""

    def __init__(self) -> None:
        self.kept: dict[int, RowAgent] = {}
        self._held: WeakValueDictionary[int, RowAgent] = WeakValueDictionary()

    def get(self, id_: int) -> RowAgent | None:
        """The object of this agent, if there is one."""
        found = self.kept.get(id_)
        return self._held.get(id_) if found is None else found

    def see(self, agent: RowAgent) -> None:
        """Give out this object from now on, while anyone holds it."""
        self._held[agent.unique_id] = agent

    def keep(self, agent: RowAgent) -> None:
        """Hold this object until its agent's end."""
        self.kept[agent.unique_id] = agent

    def forget(self, ids) -> None:
        """Let go of the objects of these agents."""
        for id_ in ids:
            self.kept.pop(id_, None)

    def plain(self, arrays: dict[str, np.ndarray]) -> dict[str, dict]:
        """The attributes that users gave, as JSON by id; arrays and numpy's numbers go to ``arrays``.

        Raises
        ------
        InputError
            for an attribute that is no text, number, array, or list, tuple or dict of them.
        """
        found: dict[str, dict] = {}
        for id_, agent in self.kept.items():
            values = found[str(id_)] = {}
            for name, value in agent.own.items():
                values[name] = _plain(value, f"{type(agent).__name__}.{name}", f"own/{id_}/{name}", arrays)
        return found

    def __getstate__(self):
        return {"kept": self.kept}

    def __setstate__(self, state):
        self.kept, self._held = state["kept"], WeakValueDictionary()


def give_back(agent: RowAgent, plain: dict, arrays: dict[str, np.ndarray]) -> None:
    """Give an agent the attributes that ``Objects.plain`` wrote."""
    for name, value in plain.items():
        is_array = isinstance(value, dict) and ARRAY in value
        setattr(agent, name, arrays[value[ARRAY]][()] if is_array else decode(value))


def _plain(value, what: str, place: str, arrays: dict[str, np.ndarray]):
    if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
        arrays[place] = np.asarray(value)
        return {ARRAY: place}
    try:
        return encode(value, what)
    except InputError as error:
        raise InputError(error.message, what) from None
