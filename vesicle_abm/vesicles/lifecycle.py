"""Lifecycle: the kinds of a model by name, bound to its graph and to one another."""

import dataclasses
from collections.abc import Collection, Iterator

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import check_limits
from vesicle_abm.core.parameters import Rule, public_name
from vesicle_abm.vesicles.change import ChangeRelease
from vesicle_abm.vesicles.emission import CascadeEmission
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.migration import TrailMigration
from vesicle_abm.vesicles.trail import Trail


class Lifecycle:
    """The kinds of a model by name, bound to its graph. K kinds, in the order given.

    ``names`` (K,), axis K of every array; of these ``trails``, that have a trail of their own, ``triggers``, whose
    dockings bear others, ``turners``, that become others; ``changes``, (name of its array, kind, rule) of every release
    that changes a parameter.
    """

    def __init__(self, kinds: dict[str, Kind], graph: NeuralGraph):
        check_limits(graph.size, len(kinds))
        self.kinds: dict[str, Kind] = {}
        for name, kind in kinds.items():
            if not isinstance(name, str) or not name.isprintable() or not name:
                raise InputError(f"got {name!r} as a kind's name; text is allowed", "kinds")
            if not isinstance(kind, Kind):
                raise InputError(f"got {type(kind).__name__}; a Kind is allowed", f"kinds.{name}")
            try:
                self.kinds[name] = kind.bind(graph)
            except InputError as error:
                raise error.inside(f"kinds.{name}") from None
        for problem in kind_problems(self.kinds):
            raise problem
        self.names = list(self.kinds)
        self.trails = [name for name, kind in self.kinds.items() if kind.trail is not None and kind.trail.onto is None]
        self.triggers = triggers_of(self.kinds)
        self.turners = [name for name, kind in self.kinds.items() if kind.turn is not None]
        self.changes = changes_of(self.kinds)


def triggers_of(kinds: dict[str, Kind]) -> list[str]:
    """The kinds whose dockings bear others."""
    cascades = [kind.emission for kind in kinds.values() if isinstance(kind.emission, CascadeEmission)]
    return [name for name in kinds if any(name in emission.of for emission in cascades)]


def changes_of(kinds: dict[str, Kind]) -> list[tuple[str, str, ChangeRelease]]:
    """(name of its array, kind, rule) of every release that changes a parameter."""
    return [
        (f"{name}.{number}", name, rule)
        for name, kind in kinds.items()
        for number, rule in enumerate(kind.release)
        if isinstance(rule, ChangeRelease)
    ]


def kind_problems(kinds: dict[str, Kind], names: Collection[str] = ()) -> Iterator[InputError]:
    """What is wrong between kinds: names that none bears, and what two of them have to agree on.

    ``names`` of all kinds, if there are more than those that are right so far.
    """
    for name, kind in kinds.items():
        for key, rule in kind.keyed_rules():
            place = f"kinds.{name}.{key}"
            unknown = list(unknown_kinds(rule, names or kinds))
            yield from (problem.inside(place) for problem in unknown)
            if not unknown:
                yield from (problem.inside(place) for problem in disagreements(name, rule, kinds))
        if isinstance(kind.emission, CascadeEmission) and kind.cap is None:
            words = "is missing; a cascade needs one, the most vesicles that may live at once, say 100000"
            yield InputError(words, f"kinds.{name}.cap")


def unknown_kinds(rule: Rule, kinds: Collection[str]) -> Iterator[InputError]:
    """Names in a rule that no kind bears."""
    for item in dataclasses.fields(rule):
        if not item.metadata.get("option", {}).get("kinds"):
            continue
        value, key = getattr(rule, item.name), public_name(item)
        several = isinstance(value, list | tuple)
        if several and item.type not in (list, "list", list | None):
            meant = nearest(value[0] if value else "", kinds)
            yield InputError(f"got {value!r}; the name of one kind is allowed, no list; {meant}", key)
            continue
        for name in value if several else [value]:
            if name is not None and not (isinstance(name, str) and name in kinds):
                yield InputError(f"no kind {name!r}; {nearest(name, kinds)}", key)


def disagreements(name: str, rule: Rule, kinds: dict[str, Kind]) -> Iterator[InputError]:
    """What a rule of one kind asks of another and does not get."""
    kind, into = kinds[name], getattr(rule, "into", None)
    if rule is kind.turn:
        if into is None:
            others = [other for other in kinds if other != name]
            yield InputError(f"is missing; it is the kind that vesicles become; {nearest('', [*others, name])}", "into")
            return
        if into not in kinds:  # told of by itself
            return
        width = rule.width(kind.content_width)
        if width is not None and width != kinds[into].content_width:
            words = f"content_width of {into!r} is {kinds[into].content_width}, what turns carries {width} numbers"
            yield InputError(words, "into")
        if kinds[into].agent is not kind.agent:
            yield InputError(f"{into!r} has another class of agents; kinds that turn share theirs", "into")
    owners = [other for other, each in kinds.items() if each.trail is not None and each.trail.onto is None]
    if isinstance(rule, Trail) and rule.onto in kinds and rule.onto not in owners:
        yield InputError(lacks_trail(rule.onto, owners), "onto")
    if isinstance(rule, TrailMigration) and (rule.follow or name) in kinds and (rule.follow or name) not in owners:
        yield InputError(lacks_trail(rule.follow or name, owners), "follow")


def lacks_trail(name: str, owners: list[str]) -> str:
    """That a kind leaves no trail of its own, and what to do about it."""
    give = 'give it one, trail=ConstantTrail(), in a scenario trail = { rule = "constant" }'
    return f"{name!r} has no trail of its own; {give}; {nearest(name, owners)}"
