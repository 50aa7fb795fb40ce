"""What can be learned of a model: every number that a rule of a kind declares, by its dotted key in scenarios."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import EDGE, NODE, SCALAR, VECTOR, declaration, is_numeric, public_name
from vesicle_abm.vesicles.kind import Kind

PER = {
    SCALAR: (SCALAR,),
    NODE: (NODE, SCALAR),
    EDGE: (EDGE, SCALAR),
    VECTOR: (NODE, SCALAR),
    None: (SCALAR, NODE, EDGE),
}

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

    @property
    def key(self) -> str:
        """The dotted key."""
        return f"kinds.{self.kind}.{self.rule}.{self.field.rstrip('_')}"

    def start(self, per: str | None, graph: NeuralGraph, width: int) -> np.ndarray:
        """Its present value, in the shape in which it is to be learned: (), (N,) or (E,), of a vector (D,) or (N, D).

        ``per``: "scalar", "node" or "edge"; none for what the declaration allows: a value for each edge or node.
        ``width``: D.

        Raises
        ------
        InputError
            if the declaration does not allow it, or one number is to stand for what differs.
        """
        allowed = PER[self.about["per"]]
        per = self._finest(graph) if per is None else per
        if per not in allowed:
            raise InputError(f"is to be learned per {per!r}; {nearest(per, allowed)}", self.key)
        if self.about["per"] == VECTOR and not width:
            raise InputError("there is no content to learn with; content_width is 0", self.key)
        value = np.asarray(self.value, dtype=np.float64)
        shape: tuple[int, ...] = {SCALAR: (), NODE: (graph.size,), EDGE: (graph.edge_count,)}[per]
        shape += (width,) if self.about["per"] == VECTOR else ()
        if value.ndim > len(shape) or (value.ndim and value.shape[-1] not in (1, shape[-1])):
            finer = " or ".join(repr(each) for each in allowed if each != SCALAR)
            words = f"differs from place to place; learn it per {finer}"
            raise InputError(words if per == SCALAR else f"has the shape {value.shape}, not {shape}", self.key)
        return np.array(np.broadcast_to(value, shape), order="C")

    def _finest(self, graph: NeuralGraph) -> str:
        """What the declaration allows beyond one number; of a field that declares nothing, what its value is."""
        if self.about["per"] is not None:
            return PER[self.about["per"]][0]
        return SCALAR if np.ndim(self.value) == 0 else NODE if len(self.value) == graph.size else EDGE


def places(kinds: dict[str, Kind]) -> Iterator[Place]:
    """Every number that the rules of bound kinds declare."""
    for name, kind in kinds.items():
        for key, rule in kind.keyed_rules():
            for item in dataclasses.fields(rule):
                if is_numeric(item):
                    yield Place(name, key, item.name, declaration(item), getattr(rule, item.name), rule.name)


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
        chosen = key in {f"kinds.{name}.{rule}.{field}" for name, rule, field in choices(kinds)}
        words = "is a choice and no number, so it cannot be learned" if chosen else "no such number to learn"
        raise InputError(f"{words}; {nearest(key, learnable)}", str(key))
    if obstacle(known[key]):
        raise InputError(obstacle(known[key]), key)
    return known[key]


def obstacle(place: Place) -> str:
    """Why a number cannot be learned, or ""."""
    if place.about["whole"]:
        return "is a whole number, which has no gradient; it cannot be learned"
    if place.rule == "lifetime":
        return "makes lifetimes, by which the field sorts vesicles; it cannot be learned, but a hazard can"
    if place.field in TIMES:
        return "is a time constant, which the field takes as a plain number; it cannot be learned"
    return "is none; give it a number from which to start" if place.value is None else ""


def choices(kinds: dict[str, Kind]) -> Iterator[tuple[str, str, str]]:
    """(kind, rule, field) of every field of a rule that is no number."""
    for name, kind in kinds.items():
        for key, rule in kind.keyed_rules():
            yield from ((name, key, public_name(item)) for item in dataclasses.fields(rule) if not is_numeric(item))
