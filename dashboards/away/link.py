"""Link: a plan and a step as a query that one can read, and back.

``scenario=worm_wireless&seed=7&set=kinds.dopamine.absorb=0.5&at=40:kinds.dopamine.absorb=1.0&step=120``

A link names a shipped scenario, the one the server was started with, or a run in its runs folder; never a path. One
that names a file leads back to it only in the browser's tab that has kept it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote

import vesicle_abm as va

from ..run.plan import BESIDE, Plan, original
from ..run.settings import Setting, settings, written

LONGEST = 6000  # characters
MOST_FIELDS = 200
SOURCES = SCENARIO, RUN, FILE = ("scenario", "run", "file")
ONCE = (*SOURCES, "seed", "view", "step", "beside")
MANY = ("set", "at")
READABLE = ":=.,'"  # left as they are
WHOLE = re.compile(r"\d{1,20}", re.ASCII)
AT = re.compile(r"(\d{1,12}):(.+)", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Request:
    """What a link asks for."""

    once: dict[str, str] = field(default_factory=dict)
    set: list[Setting] = field(default_factory=list)
    at: list[tuple[int, Setting]] = field(default_factory=list)  # by ascending step

    @property
    def source(self) -> dict[str, str]:
        """What it begins with."""
        return {name: self.once[name] for name in SOURCES if name in self.once}

    @property
    def step(self) -> int:
        """Where to stand."""
        return whole(self.once.get("step", "0"), "step")


def write(plan: Plan, source: dict[str, str]) -> str:
    """The query, but for the step; ``source``: one of SOURCES and the name there.

    Raises
    ------
    InputError
        if a change cannot be said in single settings, or all of them are too long for a link.
    """
    start = original(plan.scenario)
    fields = list(source.items())
    for key, value in settings(plan.scenario, start):
        fields.append((key, str(value)) if key in ("seed", "view") else ("set", written((key, value))))
    before = plan.scenario
    for since, scenario in plan.changes:
        fields += [("at", f"{since}:{written(setting)}") for setting in settings(scenario, before)]
        before = scenario
    fields += [("beside", plan.beside)] * bool(plan.beside)
    query = "&".join(f"{name}={quote(value, safe=READABLE)}" for name, value in fields)
    if len(query) > LONGEST or len(fields) > MOST_FIELDS:
        raise va.InputError("there are too many changes for a link; take the scenario's file instead")
    return query


def read(query: str) -> Request:
    """What a query asks for.

    Raises
    ------
    InputError
        for what is not known, given twice, or not allowed.
    """
    if len(query) > LONGEST:
        raise va.InputError(f"it has {len(query)} characters; {LONGEST} are allowed")
    try:
        fields = parse_qsl(
            query, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise va.InputError(f"it is not a query: {error}") from None
    once: dict[str, str] = {}
    for name, value in fields:
        if name not in (*ONCE, *MANY):
            raise va.InputError(f"{name[:40]!r} is not known; {', '.join((*ONCE, *MANY))} are allowed")
        if name in once:
            raise va.InputError("it is given twice", name)
        if name in ONCE:
            once[name] = value
    changes = [at(value) for name, value in fields if name == "at"]
    if [step for step, _ in changes] != sorted(step for step, _ in changes):
        raise va.InputError("the steps of changes must ascend", "at")
    return Request(once, [va.parse_setting(value) for name, value in fields if name == "set"], changes)


def at(value: str) -> tuple[int, Setting]:
    """STEP:KEY=VALUE.

    >>> at("40:kinds.walker.absorb=0.5")
    (40, ('kinds.walker.absorb', 0.5))
    """
    found = AT.fullmatch(value)
    if found is None or int(found[1]) == 0:
        raise va.InputError(f"got {value[:60]!r}; STEP:KEY=VALUE is allowed, with a step from 1 on", "at")
    return int(found[1]), va.parse_setting(found[2])


def whole(text: str, key: str) -> int:
    """A whole number."""
    if not WHOLE.fullmatch(text):
        raise va.InputError(f"got {text[:40]!r}; a whole number is allowed", key)
    return int(text)


def anything(data: dict) -> None:
    """Refuse nothing."""


def follow(request: Request, start: va.Scenario, admit: Callable[[dict], None] = anything) -> Plan:
    """The plan that a link asks for, from the scenario that it names; ``admit(data)`` refuses what is too large.

    Raises
    ------
    InputError
        for a setting that does not fit, or might have the server read a file.
    """
    own = [("seed", whole(request.once["seed"], "seed"))] if "seed" in request.once else []
    own += [("view", request.once["view"])] if "view" in request.once else []
    scenario = overridden(start, [*request.set, *own], admit)
    changes: list[tuple[int, va.Scenario]] = []
    reached = scenario
    for step in dict.fromkeys(step for step, _ in request.at):
        reached = overridden(reached, (setting for since, setting in request.at if since == step), admit)
        changes.append((step, reached))
    beside = request.once.get("beside", "")
    if beside not in BESIDE:
        raise va.InputError(f"got {beside[:40]!r}; {', '.join(filter(None, BESIDE))} are allowed", "beside")
    return Plan(scenario, tuple(changes), beside)


def overridden(scenario: va.Scenario, changes: Iterable[Setting], admit: Callable[[dict], None]) -> va.Scenario:
    """The scenario with these settings."""
    for key, value in changes:
        if key == "graph" or key.startswith("graph.file"):
            raise va.InputError(
                "a link cannot replace the graph, nor name a file; numbers of the graph are allowed", key
            )
        scenario = scenario.override(key, value)
        admit(scenario.data)  # before the next: what is wrong with that one is told of a graph that was built
    return scenario


def opened(
    request: Request, known: dict[str, Callable[[str], va.Scenario]], admit: Callable[[dict], None] = anything
) -> tuple[Plan, int]:
    """The plan and the step; ``known``: what gives the scenario that a link names, for each of SOURCES that it may.

    Raises
    ------
    InputError
        in words for whoever followed the link.
    """
    named = list(request.source.items())
    if len(named) != 1:
        raise va.InputError("either scenario=NAME or run=NAME is needed")
    [(where, name)] = named
    return follow(request, known[where](name), admit), request.step
