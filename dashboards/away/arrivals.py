"""Arrivals: what a visitor gets to see first, or having chosen a scenario."""

from dataclasses import dataclass, field

import vesicle_abm as va

from ..run.plan import Plan
from ..server import start
from ..server.asked import refuse_too_much
from . import library, link


@dataclass(frozen=True)
class Arrival:
    """A plan to open at a step, if there is one; where it comes from, as a link tells it; what went wrong."""

    plan: Plan | None
    step: int = 0
    source: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def first(query: str) -> Arrival:
    """As the address asks; without a query, the scenario that the server was started with, or the favourite."""
    query = "&".join(field for field in query.split("&") if not field.startswith("token="))  # of no run
    if not query:
        return chosen(start.first())
    try:
        plan, step = link.opened(query, library.scenario, library.run, admit)
        once = link.read(query).once
    except va.InputError as error:
        instead = chosen(start.FAVOURITE)
        words = f"This link cannot be followed: {error}. Here is {start.FAVOURITE.replace('_', ' ')} instead."
        return Arrival(instead.plan, 0, instead.source, words)
    return Arrival(plan, step, {name: once[name] for name in ("scenario", "run") if name in once})


def admit(data: dict) -> None:
    """Refuse what is too large for this server."""
    refuse_too_much(data, start.limits)


def chosen(name: str) -> Arrival:
    """A scenario from its first step."""
    source = {"scenario": library.label(name)}
    try:
        return Arrival(Plan(library.scenario(source["scenario"])), 0, source)
    except va.InputError as error:
        words = f"This scenario cannot be opened. {error} Choose another, or correct the file and try again."
        return Arrival(None, 0, source, words)
