"""A kind of vesicle, five rules together; and Lifecycle, the kinds of a model, bound to its graph."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import check_limits
from vesicle_abm.core.parameters import VECTOR, ByKeyword, Rule, declaration, public_name
from vesicle_abm.vesicles.content import Content, GaussianContent
from vesicle_abm.vesicles.decay import Decay, FixedLifetime, HazardDecay, Lifetime
from vesicle_abm.vesicles.docking import ConstantDocking, Docking
from vesicle_abm.vesicles.emission import ConstantEmission, Emission
from vesicle_abm.vesicles.migration import Migration, WeightedMigration
from vesicle_abm.vesicles.release import Release

FAMILIES: dict[str, type[Rule]] = {
    "emission": Emission,
    "migration": Migration,
    "docking": Docking,
    "release": Release,
    "decay": Decay,
    "lifetime": Lifetime,
    "content": Content,
}
VESICLES, BROADCAST = "vesicles", "broadcast"
DELIVERIES = (VESICLES, BROADCAST)


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind(metaclass=ByKeyword):
    """How the vesicles of one kind live.

    Parameters
    ----------
    emission, migration, docking, decay : one rule each
    release : a rule, or several
    lifetime : steps until a vesicle expires: none (unlimited), a whole number, or a Lifetime rule
    absorb : probability that a docked vesicle is taken up for good
    content_width : D, the length of the content vector, 0 for none
    content : a Content rule, or the mean of each component
    clearance : time constant, in steps, with which the modulator level of this kind clears; none: it stays
    delivery : "vesicles", or "broadcast": none are made, and what they would bring is spread evenly over all nodes at
        once, as HMN's global signals are: each level grows by (expected births) * amount / N a step
    agent : the Vesicle subclass of this kind, if a user overrides one of its verbs

    Raises
    ------
    InputError
        for a number out of bounds or a rule of the wrong family.
    """

    emission: Emission = dataclasses.field(default_factory=ConstantEmission)
    migration: Migration = dataclasses.field(default_factory=WeightedMigration)
    docking: Docking = dataclasses.field(default_factory=ConstantDocking)
    release: Any = ()
    decay: Decay = dataclasses.field(default_factory=HazardDecay)
    lifetime: Any = None
    absorb: float = 1.0
    content_width: int = 0
    content: Any = None
    clearance: float | None = None
    delivery: str = VESICLES
    agent: type | None = None

    def __post_init__(self):
        given: dict[str, Any] = {
            "release": tuple(self.release) if isinstance(self.release, list | tuple) else (self.release,)
        }
        if isinstance(self.lifetime, int | float | np.number) and not isinstance(self.lifetime, bool):
            given["lifetime"] = lifetime_of(self.lifetime)
        if not isinstance(self.content, Content):
            given["content"] = GaussianContent() if self.content is None else GaussianContent(mean=self.content)
        for name, value in given.items():
            object.__setattr__(self, name, value)
        self._check_number("absorb", self.absorb, lambda x: 0.0 <= x <= 1.0, "a number >= 0 and <= 1")
        self._check_number("content_width", self.content_width, lambda x: x >= 0 and x % 1 == 0, "a whole number >= 0")
        object.__setattr__(self, "content_width", int(self.content_width))
        if self.clearance is not None:
            self._check_number("clearance", self.clearance, lambda x: 0.0 < x < np.inf, "a number > 0 or none")
        if self.delivery not in DELIVERIES:
            raise InputError(f"got {self.delivery!r}; {nearest(self.delivery, DELIVERIES)}", "delivery")
        for name, family in FAMILIES.items():
            value = getattr(self, name)
            for rule in value if name == "release" else (value,):
                if not (isinstance(rule, family) or (name == "lifetime" and rule is None)):
                    raise InputError(f"got {rule!r}; a rule of the family {family.__name__} is allowed", name)
        for rule in self.release:
            component = getattr(rule, "component", None)
            if component is not None and component >= self.content_width:
                raise InputError(
                    f"got {component}; the content has {self.content_width} components, counted from 0",
                    "release.component",
                )

    @staticmethod
    def _check_number(key, value, allowed, words):
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not allowed(value):
            raise InputError(f"got {value!r}; {words} is allowed", key)

    def rules(self) -> list[tuple[str, Rule]]:
        """(key, rule) for each rule of the kind."""
        single = [(name, getattr(self, name)) for name in FAMILIES if name != "release"]
        return [pair for pair in single if pair[1] is not None] + [("release", rule) for rule in self.release]

    def bind(self, graph: NeuralGraph) -> "Kind":
        """The same kind with its rules bound to a graph."""
        bound: dict[str, Any] = {"release": ()}
        for name, rule in self.rules():
            try:
                fixed = rule.bind(graph)
                check_width(fixed, self.content_width)
                if isinstance(fixed, Migration):
                    graph.in_layers(fixed.layers)
            except InputError as error:
                raise error.inside(name) from None
            bound[name] = (*bound["release"], fixed) if name == "release" else fixed
        return dataclasses.replace(self, **bound)


def check_width(rule: Rule, width: int) -> None:
    """Refuse a vector parameter that does not fit the content's width."""
    for item in dataclasses.fields(rule):
        if declaration(item)["per"] != VECTOR:
            continue
        value = getattr(rule, item.name)
        if np.ndim(value) and np.shape(value)[-1] != width:
            raise InputError(f"got {np.shape(value)[-1]} components; content_width is {width}", public_name(item))
        if width == 0 and not isinstance(rule, Content):
            raise InputError("there is no content to compare it with; content_width is 0", public_name(item))


def lifetime_of(steps) -> FixedLifetime:
    """A plain number as a fixed lifetime."""
    try:
        return FixedLifetime(steps=steps)
    except InputError as error:
        raise InputError(error.message, "lifetime") from None


class Lifecycle:
    """The kinds of a model by name, bound to its graph. K kinds, in the order given."""

    def __init__(self, kinds: dict[str, Kind], graph: NeuralGraph):
        check_limits(graph.size, len(kinds))
        self.kinds: dict[str, Kind] = {}
        for name, kind in kinds.items():
            if not isinstance(kind, Kind):
                raise InputError(f"got {type(kind).__name__}; a Kind is allowed", f"kinds.{name}")
            try:
                self.kinds[name] = kind.bind(graph)
            except InputError as error:
                raise error.inside(f"kinds.{name}") from None
        for name, kind in self.kinds.items():
            for rule in kind.release:
                level = getattr(rule, "level", None)
                if level is not None and level not in self.kinds:
                    raise InputError(f"no kind {level!r}; {nearest(level, self.kinds)}", f"kinds.{name}.release.level")

    @property
    def names(self) -> list[str]:
        """The kinds' names, in order: axis K of every array."""
        return list(self.kinds)
