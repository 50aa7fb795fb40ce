"""Arrivals: what a visitor gets to see first, or having chosen a scenario."""

from dataclasses import dataclass, field

import vesicle_abm as va

from ..run.plan import Plan
from ..server import start
from ..server.asked import refuse_too_much
from . import library, link
from .kept import NOTHING


@dataclass(frozen=True)
class Arrival:
    """A plan to open at a step, if there is one; where it comes from, as a link tells it; what went wrong."""

    plan: Plan | None
    step: int = 0
    source: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def first(query: str, kept: tuple[str, str] | None = None) -> Arrival | None:
    """As the address asks; without a query, the scenario that the server was started with, or the favourite.

    ``kept``: name and text of the visitor's own file that the browser's tab has. None is returned where the address
    asks for one, and what the tab has is not known yet.
    """
    query = "&".join(field for field in query.split("&") if not field.startswith("token="))  # of no run
    if not query:
        return chosen(start.first())

    def file(name: str) -> va.Scenario:
        return library.kept(name, *(kept or NOTHING))

    try:
        request = link.read(query)
        if link.FILE in request.source and kept is None:
            return None
        known = {link.SCENARIO: library.scenario, link.RUN: library.run, link.FILE: file}
        plan, step = link.opened(request, known, admit)
    except va.InputError as error:
        instead = chosen(start.FAVOURITE)
        words = f"This link cannot be followed: {error}. Here is {start.FAVOURITE.replace('_', ' ')} instead."
        return Arrival(instead.plan, 0, instead.source, words)
    return Arrival(plan, step, request.source)


def admit(data: dict) -> None:
    """Refuse what is too large for this server."""
    refuse_too_much(data, start.limits)


def chosen(name: str) -> Arrival:
    """A scenario from its first step."""
    source = {link.SCENARIO: library.label(name)}
    try:
        return Arrival(Plan(library.scenario(source[link.SCENARIO])), 0, source)
    except va.InputError as error:
        words = f"This scenario cannot be opened. {error} Choose another, or correct the file and try again."
        return Arrival(None, 0, source, words)
