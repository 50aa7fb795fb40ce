"""What can be learned of a model: every number that a rule of a kind declares, by its dotted key in scenarios."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import EDGE, FEATURES, NODE, SCALAR, VECTOR, declaration, is_numeric, public_name
from vesicle_abm.vesicles.kind import FAMILIES, Kind

PER = {
    SCALAR: (SCALAR,),
    NODE: (NODE, SCALAR),
    EDGE: (EDGE, SCALAR),
    VECTOR: (NODE, SCALAR),
    FEATURES: (NODE, SCALAR),
    None: (SCALAR, NODE, EDGE),
}

OF_CHOICES = "is a choice and no number, so it cannot be learned"
OF_LIFETIMES = "makes lifetimes, by which the field sorts vesicles; it cannot be learned, but a hazard can"
OF_THE_KIND = "belongs to the kind itself, which the field takes as it is; only numbers of its rules can be learned"
OWN = {item.name for item in dataclasses.fields(Kind)} - set(FAMILIES)
LOOKED_AT = ("features",)  # attributes of nodes that policies weigh
TIMES = ("tau", "recovery")  # by which trails and changes fade, outside of the rules' formulas


@dataclass(frozen=True)
class Place:
    """One declared number: a field of a rule, called as in ``Kind.keyed_rules``, of a kind."""

    kind: str
    rule: str
    field: str
    about: dict
    value: Any  # of the rule as bound to the graph
    name: str  # of the rule, as scenarios write it
    content_width: int  # of the kind

    @property
    def key(self) -> str:
        """The dotted key."""
        return f"kinds.{self.kind}.{self.rule}.{self.field.rstrip('_')}"

    @property
    def inner(self) -> tuple[int, ...]:
        """The shape of one value: (D,) of a vector, else (); one number for all features of a policy is no vector."""
        if self.about["per"] == FEATURES:
            return np.shape(self.value)[-1:]
        return (self.content_width,) if self.about["per"] == VECTOR else ()

    @property
    def allowed(self) -> tuple[str, ...]:
        """For what it can be learned, the finest first but for fields that declare nothing."""
        one_for_all = self.about["per"] == FEATURES and not self.inner
        return (SCALAR,) if one_for_all else PER[self.about["per"]]

    def start(self, per: str | None, graph: NeuralGraph) -> np.ndarray:
        """Its present value, in the shape in which it is to be learned: (), (N,) or (E,), of a vector (D,) or (N, D).

        ``per``: "scalar", "node" or "edge"; none for what the declaration allows: a value for each edge or node.

        Raises
        ------
        InputError
            if the declaration does not allow it, one number is to stand for what differs, or there is no edge.
        """
        allowed = self.allowed
        per = self._finest(graph) if per is None else per
        if per not in allowed:
            raise InputError(f"is to be learned per {per!r}; {nearest(per, allowed)}", self.key)
        if per == EDGE and not graph.edge_count:
            raise InputError("is to be learned per edge; the graph has none", self.key)
        value = np.asarray(self.value, dtype=np.float64)
        shape: tuple[int, ...] = {SCALAR: (), NODE: (graph.size,), EDGE: (graph.edge_count,)}[per]
        shape += self.inner
        if value.ndim > len(shape) or (value.ndim and value.shape[-1] not in (1, shape[-1])):
            finer = " or ".join(repr(each) for each in allowed if each != SCALAR)
            words = f"differs from place to place; learn it per {finer}"
            raise InputError(words if per == SCALAR else f"has the shape {value.shape}, not {shape}", self.key)
        return np.array(np.broadcast_to(value, shape), order="C")

    def _finest(self, graph: NeuralGraph) -> str:
        """What the declaration allows beyond one number; of a field that declares nothing, what its value is."""
        if self.about["per"] is not None:
            return self.allowed[0]
        return SCALAR if np.ndim(self.value) == 0 else NODE if len(self.value) == graph.size else EDGE


def places(kinds: dict[str, Kind]) -> Iterator[Place]:
    """Every number that the rules of bound kinds declare."""
    for name, kind in kinds.items():
        for key, rule in kind.keyed_rules():
            for item in dataclasses.fields(rule):
                if is_numeric(item):
                    value, width = getattr(rule, item.name), kind.content_width
                    yield Place(name, key, item.name, declaration(item), value, rule.name, width)


def find(key: str, kinds: dict[str, Kind]) -> Place:
    """The place of a dotted key; a kind's only release may be called ``release.0`` too.

    Raises
    ------
    InputError
        if there is no such number, naming the nearest, or if it cannot be learned, saying why.
    """
    known = {place.key: place for place in places(kinds)}
    key = key if not isinstance(key, str) or key in known else key.replace(".release.0.", ".release.", 1)
    learnable = [each for each, place in known.items() if not obstacle(place)]
    if key not in known:
        words = other_reasons(kinds).get(key, "no such number to learn")
        raise InputError(f"{words}; {nearest(key, learnable)}", str(key))
    if obstacle(known[key]):
        raise InputError(obstacle(known[key]), key)
    return known[key]


def obstacle(place: Place) -> str:
    """Why a number cannot be learned, or ""."""
    if place.about["whole"]:
        return "is a whole number, which has no gradient; it cannot be learned"
    if place.field in LOOKED_AT:
        return "is what the policy looks at; it cannot be learned, but its weights can"
    if place.about["per"] == VECTOR and not place.content_width:
        return "there is no content to learn with; content_width is 0"
    if place.rule == "lifetime":
        return OF_LIFETIMES
    if place.field in TIMES:
        return "is a time constant, which the field takes as a plain number; it cannot be learned"
    return "is none; give it a number from which to start" if place.value is None else ""


def other_reasons(kinds: dict[str, Kind]) -> dict[str, str]:
    """Why what a kind has by these dotted keys cannot be learned, though it is no number of a rule."""
    found = {f"kinds.{name}.{own}": OF_THE_KIND for name in kinds for own in OWN}
    for name, kind in kinds.items():
        found[f"kinds.{name}.lifetime"] = OF_LIFETIMES
        for key, rule in kind.keyed_rules():
            choices = (public_name(item) for item in dataclasses.fields(rule) if not is_numeric(item))
            found |= {f"kinds.{name}.{key}.{each}": OF_CHOICES for each in choices}
    return found
