"""Workshop: where a visitor writes a vesicle or a rule, has it checked, and puts it to use; on one's own machine alone.

What is written is run by this server. So it must listen on this machine only, not be there for strangers, and the page
must have been opened by the address that the server printed, with its secret.
"""

import secrets
from urllib.parse import parse_qs

import solara

import vesicle_abm as va

from ..desk import Desk
from ..lessons.own import LESSON, REFUSED
from ..run.plan import Plan
from ..run.status import Status
from ..server import start
from .beginnings import BEGINNINGS
from .editor import EditorWidget
from .trial import tried
from .written import Fault, as_fault, define, used


def allowed(search: str | None) -> bool:
    """Whether a page with these parameters in its address may have text run."""
    given = parse_qs(search or "").get("token", [""])[0]
    return start.editor and start.token != "" and secrets.compare_digest(given.encode(), start.token.encode())


def use_permission() -> bool:
    """Whether this page may, as it was opened: a link within it does not matter."""
    router = solara.use_router()
    return solara.use_memo(lambda: allowed(router.search), [])


def opened(text: str) -> va.Scenario:
    """The lesson's scenario with what was written in it.

    Raises
    ------
    Fault
        if something is wrong with the text.
    """
    return used(define(text), LESSON.load())


@solara.component
def Workshop(desk: Desk, text: str, set_text, set_written, status: Status, mine: bool):
    """The editor. ``set_written(text)``: what is put to use; ``mine``: whether this page may have text run."""
    asked, set_asked = solara.use_state(("", 0))  # the text whose trial was asked for, and how many were
    refused, set_refused = solara.use_state(None)
    trial = solara.lab.use_task(lambda: outcome(asked[0]) if asked[1] else None, dependencies=[asked])
    found = trial.value if trial.finished and asked[0] == text else None
    fault = refused if refused is not None else found if isinstance(found, Fault) else None

    usable = mine and isinstance(found, list) and fault is None

    def write(typed):
        set_refused(None)
        set_text(typed)

    def check():
        if mine:  # whatever a browser sends: a button that is shown as disabled can be pressed by a script
            set_asked((text, asked[1] + 1))

    def use():
        if not usable:
            return
        try:
            scenario = opened(text)
        except (Fault, va.InputError) as error:
            set_refused(as_fault(error))
            return
        desk.session.open(Plan(scenario))
        set_written(text)

    with solara.Div(classes=["va-workshop"], attributes={"role": "group", "aria-label": "editor"}):
        if not mine:
            solara.Text(REFUSED, classes=["va-outcome"])
        with solara.Div(classes=["va-guide-head"]):
            for name, beginning in BEGINNINGS.items():
                solara.Button(name, on_click=lambda beginning=beginning: write(beginning), outlined=True, small=True)
        EditorWidget.element(text=text, on_text=write, line=fault.line if fault else 0, locked=not mine)
        with solara.Div(classes=["va-guide-head"]):
            solara.Button("Check", on_click=check, color="primary", disabled=not mine or trial.pending)
            solara.Button("Use it", on_click=use, disabled=not usable or status.busy, outlined=True)
        Found(trial.pending and asked[1] > 0, fault, found if isinstance(found, list) else [])


@solara.component
def Found(pending: bool, fault: Fault | None, classes: list[str]):
    """What the trial said, if anything."""
    with solara.Div(attributes={"role": "status"}):
        if pending:
            solara.Text("Trying it, in a process of its own …", classes=["va-outcome"])
        elif fault is not None:
            where = f"Line {fault.line}: " if fault.line else ""
            solara.Text(f"✗ {where}{fault.words}", classes=["va-outcome", "va-outcome-wrong"])
        elif classes:
            words = f"✓ {', '.join(classes)}: good. “Use it” opens the lesson's scenario with it."
            solara.Text(words, classes=["va-outcome", "va-outcome-done"])


def outcome(text: str) -> list[str] | Fault:
    """The names of the classes that were found good, or what is wrong."""
    try:
        return tried(text)
    except Fault as fault:
        return fault
