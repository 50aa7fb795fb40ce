"""Workshop: where a visitor writes a vesicle or a rule, has it checked, and puts it to use; on one's own machine alone.

What is written is run by this server. So it must listen on this machine only, not be there for strangers, and the page
must have been opened by the address that the server printed, with its secret.
"""

import secrets
from urllib.parse import parse_qs

import solara

import vesicle_abm as va

from . import start
from .beginnings import BEGINNINGS, VESICLE
from .desk import Desk
from .editor import EditorWidget
from .lessons.own import LESSON, REFUSED
from .plan import Plan
from .status import Status
from .trial import tried
from .written import Fault, define, used

CHECK, USE = "Check", "Use it"


def allowed(search: str | None) -> bool:
    """Whether a page with these parameters in its address may have text run."""
    given = parse_qs(search or "").get("token", [""])[0]
    return start.editor and start.token != "" and secrets.compare_digest(given.encode(), start.token.encode())


def may_run() -> bool:
    """Whether this page may; as it was opened, so that a link within it does not matter."""
    router = solara.use_router()
    return solara.use_memo(lambda: allowed(router.search), [])


def starting() -> str:
    """The text to begin with."""
    return VESICLE


def opened(text: str) -> va.Scenario:
    """The lesson's scenario with what was written in it.

    Raises
    ------
    Fault
        if something is wrong with the text.
    """
    return used(define(text), LESSON.load())


@solara.component
def Workshop(desk: Desk, text: str, set_text, set_written, status: Status):
    """The editor, and what to do with it; ``set_written(text)`` is called with what is put to use."""
    asked, set_asked = solara.use_state("")  # the text whose trial was asked for
    refused, set_refused = solara.use_state(None)
    mine = may_run()
    trial = solara.lab.use_task(lambda: outcome(asked) if asked else None, dependencies=[asked], prefer_threaded=True)
    found = trial.value if trial.finished and asked == text else None
    fault = refused if refused is not None else found if isinstance(found, Fault) else None
    good = isinstance(found, list)

    def write(typed):
        set_refused(None)
        set_text(typed)

    def use():
        try:
            scenario = opened(text)
        except (Fault, va.InputError) as error:
            set_refused(error if isinstance(error, Fault) else Fault(str(error)))
            return
        desk.session.open(Plan(scenario))
        set_written(text)

    with solara.Div(classes=["va-workshop"], attributes={"role": "group", "aria-label": "editor"}):
        if not mine:
            solara.Info(REFUSED, dense=True)
        with solara.Div(classes=["va-guide-head"]):
            for name, beginning in BEGINNINGS.items():
                solara.Button(name, on_click=lambda beginning=beginning: write(beginning), outlined=True, small=True)
        EditorWidget.element(text=text, on_text=write, line=fault.line if fault else 0, locked=not mine)
        with solara.Div(classes=["va-guide-head"]):
            solara.Button(
                CHECK,
                on_click=lambda: set_asked(text),
                color="primary",
                disabled=not mine or trial.pending or asked == text,
            )
            solara.Button(USE, on_click=use, disabled=not (mine and good) or status.busy, outlined=True)
        with solara.Div(attributes={"role": "status"}, classes=["va-found"]):
            if trial.pending and asked:
                solara.Text("Trying it, in a process of its own …")
            elif fault is not None:
                solara.Error(f"{f'Line {fault.line}: ' if fault.line else ''}{fault.words}", dense=True)
            elif good:
                solara.Success(f"{', '.join(found)}: good. “Use it” opens the lesson's scenario with it.", dense=True)


def outcome(text: str) -> list[str] | Fault:
    """The names of the classes that were found good, or what is wrong."""
    try:
        return tried(text, LESSON.source)
    except Fault as fault:
        return fault
