"""Take away: all that a visitor can take along: a link, pictures, numbers, the scenario, the code; and what to open."""

from collections.abc import Callable

import solara

import vesicle_abm as va

from ..desk import Desk
from ..run.plan import Plan
from ..run.status import FAILED, Status
from . import link
from .arrivals import Arrival
from .clipboard import Copied
from .data_out import Data
from .download import Download
from .opening import Opening
from .part import Part
from .pictures_out import Film, Picture
from .recipe import command, python
from .scenario_file import as_toml


@solara.component
def TakeAway(
    desk: Desk,
    plan: Plan | None,
    running: va.Scenario | None,
    status: Status,
    address: str,
    source: dict,
    arrive: Callable[[Arrival], None],
):
    """``address``: the link's query, empty where there is none; ``arrive(arrival)`` opens something else."""
    stood = solara.use_ref(0)
    if not status.going:
        stood.current = status.step
    with solara.Div(classes=["va-take"]):
        if plan is None or running is None or status.run == 0 or status.phase == FAILED:
            solara.Text("There is nothing to take away until a scenario runs.")
        else:
            Link("" if link.FILE in source else address)
            Picture(desk, running.name)
            Film(desk, plan)
            Data(desk, running.name)
            Code(plan, stood.current)
        Opening(desk, plan, source, status.step, stood.current, arrive)


@solara.component
def Link(address: str):
    """A link that brings anyone here, if there is one."""
    with Part("Link"):
        if address:
            Copied(address, "Copy link", link=True)
        else:
            solara.Text(
                "No link can tell others of this: a file of yours, or too many changes. Take the scenario's file along."
            )


@solara.component
def Code(plan: Plan, step: int):
    """The scenario as a file, and what gives this run elsewhere."""
    with Part("Scenario"):
        Download("Scenario, TOML", f"{plan.scenario.name}.toml", lambda: as_toml(plan, step).encode())
    with Part(f"Code that gives step {step}"):
        Recipe("Copy command", command, plan, step)
        Recipe("Copy Python", python, plan, step)


@solara.component
def Recipe(label: str, write: Callable[[Plan, int], str], plan: Plan, step: int):
    """What is written for a step, or why it cannot be."""
    text, problem = solara.use_memo(lambda: tried(write, plan, step), [plan, step])
    if text:
        Copied(text, label)
    else:
        solara.Text(f"{label.removeprefix('Copy ').capitalize()}: {problem}.", classes=["va-note-line"])


def tried(write: Callable[[Plan, int], str], plan: Plan, step: int) -> tuple[str, str]:
    """What is written, or why it cannot be."""
    try:
        return write(plan, step), ""
    except va.InputError as error:
        return "", str(error)
