"""Lessons: the list of guided demonstrations, and the one that is being taken."""

from collections.abc import Callable
from pathlib import Path

import solara

from ..away.library import of_lesson
from ..desk import Desk
from ..lessons import LESSONS
from ..lessons.lesson import Lesson
from ..run.plan import Plan
from ..run.status import Status
from .beginnings import VESICLE
from .guide import Guide
from .progress import ProgressWidget, name_of
from .workshop import use_permission

STYLE = Path(__file__).with_name("lessons.css")


@solara.component
def Lessons(desk: Desk, plan: Plan | None, status: Status, open_scenario: Callable[[str], None]):
    """What the tab shows; what was done is kept from visit to visit. ``open_scenario(label)`` opens a lesson's."""
    taken, set_taken = solara.use_state(("", 0))  # the lesson, and the run before the one that it opened
    text, set_text = solara.use_state(VESICLE)
    done, set_done = solara.use_state(frozenset())
    runs_text = use_permission()

    def take(lesson: Lesson):
        set_taken((lesson.name, desk.session.status.run))
        open_scenario(of_lesson(lesson))

    solara.Style(STYLE)
    ProgressWidget.element(done=sorted(done), on_done=lambda names: set_done(lambda known: known | frozenset(names)))
    lesson = next((each for each in LESSONS if each.name == taken[0]), None)
    with solara.Div(classes=["va-lessons"]):
        if lesson is None:
            Contents(done, take, status)
        else:
            Guide(
                desk,
                lesson,
                taken[1],
                plan,
                status,
                done,
                mark=lambda step: set_done(lambda known: known | {name_of(lesson.name, step)}),
                leave=lambda: set_taken(("", 0)),
                start_over=lambda: take(lesson),
                text=text,
                set_text=set_text,
                runs_text=runs_text,
            ).key("/".join(map(str, taken)))


@solara.component
def Contents(done: frozenset[str], take, status: Status):
    """All lessons, and how far one has come in each."""
    solara.Text("Each takes some minutes: a thing to do, a thing to see, and a check. A lesson opens its own scenario.")
    with solara.Div(classes=["va-lesson-list"], attributes={"role": "list", "aria-label": "lessons"}):
        for number, lesson in enumerate(LESSONS, 1):
            count = sum(name_of(lesson.name, step) in done for step in range(len(lesson.steps)))
            with solara.Div(classes=["va-lesson"], attributes={"role": "listitem"}, key=lesson.name):
                solara.Button(
                    f"{number}. {lesson.title}",
                    on_click=lambda lesson=lesson: take(lesson),
                    disabled=status.busy,
                    text=True,
                    classes=["va-lesson-title"],
                )
                mark = "✓ " if count == len(lesson.steps) else ""
                solara.Text(f"{mark}{count} of {len(lesson.steps)}", classes=["va-lesson-count"])
