"""Kind: how the vesicles of one kind live, their rules together."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import VECTOR, ByKeyword, Rule, declaration, public_name
from vesicle_abm.core.scalar import LARGEST
from vesicle_abm.vesicles import film, learning_release, memory_rules, parameter_release, policy, steering  # noqa: F401
from vesicle_abm.vesicles.content import Content, GaussianContent
from vesicle_abm.vesicles.decay import Decay, FixedLifetime, HazardDecay, Lifetime
from vesicle_abm.vesicles.docking import ConstantDocking, Docking
from vesicle_abm.vesicles.emission import ConstantEmission, Emission
from vesicle_abm.vesicles.migration import Migration, WeightedMigration
from vesicle_abm.vesicles.own_migration import SelfAvoidingMigration
from vesicle_abm.vesicles.passage import Passage
from vesicle_abm.vesicles.release import MEMORY, Release, check_target
from vesicle_abm.vesicles.trail import ConstantTrail, Trail
from vesicle_abm.vesicles.turn import Turn

FAMILIES: dict[str, type[Rule]] = {
    "emission": Emission,
    "migration": Migration,
    "docking": Docking,
    "release": Release,
    "decay": Decay,
    "lifetime": Lifetime,
    "content": Content,
    "turn": Turn,
    "trail": Trail,
    "passage": Passage,
}
OPTIONAL = ("lifetime", "turn", "trail", "passage")
OPERATORS = ("emission", "migration", "docking", "release", "decay", "turn", "trail", "passage")  # can be ablated
VESICLES, BROADCAST = "vesicles", "broadcast"
DELIVERIES = (VESICLES, BROADCAST)
MOST_REMEMBERED = 64  # nodes


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind(metaclass=ByKeyword):
    """How the vesicles of one kind live.

    Parameters
    ----------
    emission, migration, docking, decay : one rule each
    release : a rule, or several
    lifetime : steps until a vesicle expires: none (unlimited), a whole number, or a Lifetime rule
    absorb : probability that a docked vesicle is taken up for good; by default 1, or 0 where ``releases`` is given
    releases : how many times a vesicle can release before it is used up, and absorbed; none: any number
    spend : part of what is left of its payload that a vesicle gives at each docking: effects are multiplied by it;
        none: each docking gives the whole amount
    remembers : R, how many of the nodes that it has left last a vesicle remembers
    turn : a rule by which vesicles become another kind, or none
    trail : a rule by which they leave a trail on the edges that they take, or none
    passage : a rule by which the edges that they take change what they carry, or none
    cap : the most vesicles alive at once; births beyond are suppressed, evenly over all nodes, and counted. Vesicles
        that turn into this kind come all the same, and leave less room for births
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
    absorb: float | None = None
    releases: int | None = None
    spend: float | None = None
    remembers: int = 0
    turn: Turn | None = None
    trail: Trail | None = None
    passage: Passage | None = None
    cap: int | None = None
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
        if self.absorb is None:
            given["absorb"] = 1.0 if self.releases is None else 0.0
        for name, value in given.items():
            object.__setattr__(self, name, value)
        self._check_numbers()
        if self.delivery not in DELIVERIES:
            raise InputError(f"got {self.delivery!r}; {nearest(self.delivery, DELIVERIES)}", "delivery")
        for name, family in FAMILIES.items():
            value = getattr(self, name)
            for rule in value if name == "release" else (value,):
                if not (isinstance(rule, family) or (name in OPTIONAL and rule is None)):
                    raise InputError(f"got {rule!r}; a rule of the family {family.__name__} is allowed", name)
        self._check_rules()
        if isinstance(self.migration, SelfAvoidingMigration) and not self.remembers:
            words = "is 0; self_avoiding migration needs vesicles that remember, a whole number >= 1 of nodes"
            raise InputError(words, "remembers")
        if self.delivery == BROADCAST:
            self._check_broadcast()

    def _check_rules(self):
        """Refuse what releases, trails and passages cannot do with contents of this width."""
        for key, rule in self.keyed_rules():
            try:
                if isinstance(rule, Release):
                    check_target(rule, self.content_width)
                if isinstance(rule, Release | Trail | Passage) and hasattr(rule, "check"):
                    rule.check(self.content_width)
            except InputError as error:
                raise error.inside(key) from None

    def _check_numbers(self):
        whole = lambda low, high: lambda x: low <= x <= high and x % 1 == 0  # noqa: E731
        part, none = lambda x: 0.0 <= x <= 1.0, "or none"
        self._check_number("absorb", self.absorb, part, "a number >= 0 and <= 1")
        object.__setattr__(self, "absorb", float(self.absorb or 0.0))
        for name, allowed, words in (
            ("content_width", whole(0, 2**31 - 1), "a whole number >= 0 and < 2**31"),
            ("remembers", whole(0, MOST_REMEMBERED), f"a whole number >= 0 and <= {MOST_REMEMBERED}"),
        ):
            self._check_number(name, getattr(self, name), allowed, words)
            object.__setattr__(self, name, int(getattr(self, name)))
        for name, allowed, words, make in (
            ("clearance", lambda x: 0.0 < x <= LARGEST, "a number > 0", float),
            ("spend", lambda x: 0.0 < x <= 1.0, "a number > 0 and <= 1", float),
            ("releases", whole(1, 2**31 - 1), "a whole number >= 1", int),
            ("cap", whole(0, 2**31 - 1), "a whole number >= 0", int),
        ):
            if getattr(self, name) is not None:
                self._check_number(name, getattr(self, name), allowed, f"{words} {none}")
                object.__setattr__(self, name, make(getattr(self, name)))

    def _check_broadcast(self):
        """Refuse what needs vesicles."""
        for name in ("turn", "trail", "passage"):
            if getattr(self, name) is not None:
                raise InputError("needs vesicles; a broadcast makes none", name)
        if any(rule.target == MEMORY for rule in self.release):
            raise InputError("writes to memory, which needs vesicles; a broadcast makes none", "release")

    @staticmethod
    def _check_number(key, value, allowed, words):
        plain = value.item() if isinstance(value, np.number) else value
        if isinstance(plain, bool) or not isinstance(plain, int | float) or not allowed(plain):
            raise InputError(f"got {value!r}; {words} is allowed", key)

    def without(self, operator: str) -> "Kind":
        """The same kind with one operator ablated: its neutral element stands in its place.

        ========= =====================================================
        emission  none are born
        migration they stay where they are
        docking   none dock
        release   their dockings do nothing
        decay     none are cleared, and none expire
        turn      they stay what they are
        trail     they add nothing to it
        passage   edges change nothing of what they carry
        ========= =====================================================

        Raises
        ------
        InputError
            for an operator that is unknown.

        >>> Kind(lifetime=5).without("decay").lifetime is None
        True
        """
        if operator not in OPERATORS:
            raise InputError(f"no operator {operator!r}; {nearest(operator, OPERATORS)}", "ablated")
        unmarked = self.trail and ConstantTrail(amount=0.0, onto=self.trail.onto, tau=self.trail.tau)
        neutral: dict[str, dict[str, Any]] = {
            "emission": {"emission": ConstantEmission(rate=0.0)},
            "migration": {"migration": WeightedMigration(layers=[])},
            "docking": {"docking": ConstantDocking(probability=0.0)},
            "release": {"release": ()},
            "decay": {"decay": HazardDecay(hazard=0.0), "lifetime": None},
            "turn": {"turn": None},
            "trail": {"trail": unmarked},
            "passage": {"passage": None},
        }
        return dataclasses.replace(self, **neutral[operator])

    @property
    def turns_into(self) -> str:
        """The kind that its vesicles become; "" for none."""
        return (self.turn.into or "") if self.turn is not None else ""

    def rules(self) -> list[tuple[str, Rule]]:
        """(key, rule) for each rule of the kind."""
        single = [(name, getattr(self, name)) for name in FAMILIES if name != "release"]
        return [pair for pair in single if pair[1] is not None] + [("release", rule) for rule in self.release]

    def keyed_rules(self) -> list[tuple[str, Rule]]:
        """``rules``, each under a key of its own: where there are several releases, ``release.0`` and so on."""
        single = [pair for pair in self.rules() if pair[0] != "release"]
        return single + [(self.release_key(place), rule) for place, rule in enumerate(self.release)]

    def release_key(self, place: int) -> str:
        """The key of a release, by its place among those of the kind."""
        return f"release.{place}" if len(self.release) > 1 else "release"

    def bind(self, graph: NeuralGraph) -> "Kind":
        """The same kind with its rules bound to a graph."""
        bound: dict[str, Any] = {"release": ()}
        for key, rule in self.keyed_rules():
            name = key.partition(".")[0]
            try:
                fixed = rule.bind(graph)
                if not isinstance(fixed, Turn):  # gives the content of another kind
                    check_width(fixed, self.content_width)
                if isinstance(fixed, Migration):
                    graph.in_layers(fixed.layers)
                if isinstance(fixed, Passage):
                    fixed = fixed.along(self.migration)
            except InputError as error:
                raise error.inside(key) from None
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
