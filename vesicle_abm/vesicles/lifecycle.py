"""Lifecycle: the kinds of a model by name, bound to its graph and to one another."""

import dataclasses
from collections.abc import Iterator

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import check_limits
from vesicle_abm.core.parameters import Rule, public_name
from vesicle_abm.vesicles.change import BIAS, LEARNING, WEIGHT, ChangeRelease
from vesicle_abm.vesicles.emission import CascadeEmission
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.memory import Memory
from vesicle_abm.vesicles.migration import TrailMigration
from vesicle_abm.vesicles.release import ACTIVATION
from vesicle_abm.vesicles.trail import Trail


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
        for problem in kind_problems(self.kinds):
            raise problem

    @property
    def names(self) -> list[str]:
        """The kinds' names, in order: axis K of every array."""
        return list(self.kinds)

    @property
    def trails(self) -> list[str]:
        """The kinds that have a trail of their own."""
        return [name for name, kind in self.kinds.items() if kind.trail is not None and kind.trail.onto is None]

    @property
    def triggers(self) -> list[str]:
        """The kinds whose dockings bear others."""
        cascades = [kind.emission for kind in self.kinds.values() if isinstance(kind.emission, CascadeEmission)]
        return [name for name in self.kinds if any(name in emission.of for emission in cascades)]

    def changes(self) -> Iterator[tuple[str, str, ChangeRelease]]:
        """(name of its array, kind, rule) of every release that changes a parameter."""
        for name, kind in self.kinds.items():
            for number, rule in enumerate(kind.release):
                if isinstance(rule, ChangeRelease):
                    yield f"{name}.{number}", name, rule

    def needs(self) -> Iterator[tuple[str, str]]:
        """(what a model must have, key of the rule that needs it): "neurons", "plasticity", "memory"."""
        for name, kind in self.kinds.items():
            for key, rule in kind.keyed_rules():
                target = getattr(rule, "target", None)
                changes = getattr(rule, "changes", None)
                if target == ACTIVATION or changes in (BIAS, WEIGHT):
                    yield "neurons", f"kinds.{name}.{key}"
                if changes == LEARNING:
                    yield "plasticity", f"kinds.{name}.{key}"
                if getattr(rule, "uses_memory", False):
                    yield "memory", f"kinds.{name}.{key}"

    def check_memory(self, memory: Memory | None) -> None:
        """Refuse contents that do not fit the memory that they are written to."""
        for name, kind in self.kinds.items():
            for key, rule in kind.keyed_rules():
                uses = getattr(rule, "uses_memory", False)
                if memory is not None and uses and kind.content_width != memory.width:
                    words = f"uses memory by contents of {kind.content_width} numbers; memory.width is {memory.width}"
                    raise InputError(words, f"kinds.{name}.{key}")


def kind_problems(kinds: dict[str, Kind]) -> Iterator[InputError]:
    """What is wrong between kinds: names that none bears, and what two of them have to agree on."""
    for name, kind in kinds.items():
        for key, rule in kind.keyed_rules():
            place = f"kinds.{name}.{key}"
            unknown = list(unknown_kinds(rule, kinds))
            yield from (problem.inside(place) for problem in unknown)
            if not unknown:
                yield from (problem.inside(place) for problem in disagreements(name, rule, kinds))
        if isinstance(kind.emission, CascadeEmission) and kind.cap is None:
            words = "is missing; a cascade needs one, the most vesicles that may live at once, say 100000"
            yield InputError(words, f"kinds.{name}.cap")


def unknown_kinds(rule: Rule, kinds: dict[str, Kind]) -> Iterator[InputError]:
    """Names in a rule that no kind bears."""
    for item in dataclasses.fields(rule):
        if not item.metadata.get("option", {}).get("kinds"):
            continue
        value, key = getattr(rule, item.name), public_name(item)
        for name in value if isinstance(value, list | tuple) else [value]:
            if name is not None and name not in kinds:
                yield InputError(f"no kind {name!r}; {nearest(name, kinds)}", key)


def disagreements(name: str, rule: Rule, kinds: dict[str, Kind]) -> Iterator[InputError]:
    """What a rule of one kind asks of another and does not get."""
    kind, into = kinds[name], getattr(rule, "into", None)
    if rule is kind.turn:
        if into is None:
            yield InputError(f"is missing; {nearest('', [other for other in kinds if other != name])}", "into")
            return
        width = rule.width(kind.content_width)
        if width is not None and width != kinds[into].content_width:
            words = f"content_width of {into!r} is {kinds[into].content_width}, what turns carries {width} numbers"
            yield InputError(words, "into")
        if kinds[into].agent is not kind.agent:
            yield InputError(f"{into!r} has another class of agents; kinds that turn share theirs", "into")
    owners = [other for other, each in kinds.items() if each.trail is not None and each.trail.onto is None]
    if isinstance(rule, Trail) and rule.onto is not None and rule.onto not in owners:
        yield InputError(f"{rule.onto!r} has no trail of its own; {nearest(rule.onto, owners)}", "onto")
    if isinstance(rule, TrailMigration) and (rule.follow or name) not in owners:
        words = f"{rule.follow or name!r} has no trail of its own; {nearest(rule.follow or name, owners)}"
        yield InputError(words, "follow")
