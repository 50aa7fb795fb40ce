"""Guide: one lesson, step by step: what to read, to do and to see, and whether it was done."""

import contextlib
from collections.abc import Callable, Iterator
from html import escape

import solara

from ..desk import Desk
from ..lessons.lesson import Lesson, Moment, Question, Step
from ..run.plan import Plan
from ..run.session import Session
from ..run.status import Status
from .progress import name_of
from .workshop import Workshop, opened


class Helper:
    """What the guide does in the learner's place: the ``Hands`` of a lesson."""

    def __init__(self, desk: Desk, answer: Callable[[str], None], wrote: Callable[[str], None]):
        self.desk, self.answer, self._wrote = desk, answer, wrote

    @property
    def session(self) -> Session:
        """The visitor's."""
        return self.desk.session

    def select(self, label: str) -> None:
        """Select a neuron."""
        screen = self.desk.networks[0]
        screen.select(list(screen.widget.names).index(label))

    def use(self, text: str, to: int) -> None:
        """Use a text of the lesson's own, which needs no trial."""
        self.session.open(Plan(opened(text)), to)
        self._wrote(text)


@contextlib.contextmanager
def observed(session: Session, **facts) -> Iterator[Moment]:
    """The moment, its models at rest for as long as the block lasts."""
    with session.at_rest(0) as first, session.at_rest(1) as second:
        models = tuple(model for model in (first, second) if model is not None)
        yield Moment(session.plan, session.status, models, **facts)


@solara.component
def Guide(
    desk: Desk,
    lesson: Lesson,
    since: int,
    plan: Plan | None,
    status: Status,
    done: frozenset[str],
    mark: Callable[[int], None],
    leave: Callable[[], None],
    start_over: Callable[[], None],
    text: str,
    set_text: Callable[[str], None],
    runs_text: bool,
):
    """``since``: the run before the one that the lesson opened; ``mark(step)``: that a step was done; ``leave()``: back
    to all lessons; ``text``: what stands in the editor, which this page may have run or not.
    """
    at, set_at = solara.use_state(0)
    answers, set_answers = solara.use_state({})
    told, set_told = solara.use_state({})  # step -> what was measured when it was done, in this visit
    missing, set_missing = solara.use_state("")
    written, set_written = solara.use_state("")
    selected = use_selected(desk)
    step, last = lesson.steps[at], at == len(lesson.steps) - 1
    helper = Helper(desk, lambda words: set_answers(lambda known: {**known, at: words}), set_written)

    def look():
        if at in told or desk.session.status.run <= since:
            return
        facts = {"selected": selected, "answer": answers.get(at, ""), "written": written, "runs_text": runs_text}
        with observed(desk.session, **facts) as moment:
            still = lesson.check(at, moment)
            found = "" if still else step.tell(moment)
        set_missing(still)
        if not still:
            set_told(lambda known: {**known, at: found})
            mark(at)

    solara.use_effect(look, [at, plan, status, selected, answers, written, told])
    with solara.Div(classes=["va-guide"], attributes={"role": "region", "aria-label": lesson.title}):
        with solara.Div(classes=["va-guide-head"]):
            solara.Button("All lessons", icon_name="mdi-arrow-left", on_click=leave, text=True, small=True)
            solara.Button("Start over", on_click=start_over, text=True, small=True, disabled=status.busy)
        solara.HTML(tag="h2", unsafe_innerHTML=escape(lesson.title), classes=["va-h2"])
        Words("p", lesson.about)
        Ways(lesson, at, done, set_at)
        Words("p", step.text)
        if step.question is not None:
            Ask(step.question, answers.get(at, ""), helper.answer)
        Words("p", step.do, "Do")
        if step.offer is not None:
            solara.Button(step.offer[0], on_click=lambda: step.offer[1](helper), disabled=status.busy, outlined=True)
        Words("p", step.see, "See")
        Outcome(step, told.get(at), missing)
        with solara.Div(classes=["va-guide-head"]):
            solara.Button(
                "Show me",
                on_click=lambda: step.show(helper),
                text=True,
                disabled=status.busy or at in told or (lesson.writes and not runs_text),
            )
            solara.Button("Back", on_click=lambda: set_at(at - 1), text=True, disabled=at == 0)
            solara.Button(
                "All lessons" if last else "Next",
                on_click=leave if last else lambda: set_at(at + 1),
                color="primary" if at in told else None,
            )
        if lesson.writes:
            Workshop(desk, text, set_text, set_written, status, runs_text)


@solara.component
def Ways(lesson: Lesson, at: int, done: frozenset[str], go: Callable[[int], None]):
    """The steps, those that were done marked; any can be gone to."""
    with solara.Div(classes=["va-ways"], attributes={"role": "group", "aria-label": "steps of the lesson"}):
        for number in range(len(lesson.steps)):
            was = name_of(lesson.name, number) in done
            solara.Button(
                f"{'✓ ' if was else ''}{number + 1}",
                on_click=lambda number=number: go(number),
                small=True,
                outlined=True,
                color="primary" if number == at else None,
                attributes={
                    "aria-label": f"step {number + 1}{', done' if was else ''}",
                    "aria-current": "step" if number == at else "false",
                },
            )


@solara.component
def Ask(question: Question, answer: str, choose: Callable[[str], None]):
    """What is to be foretold, and the choices."""
    with solara.v.RadioGroup(
        label=question.words,
        v_model=answer or None,
        on_v_model=choose,
        dense=True,
        hide_details=True,
        class_="va-ask-group",
    ):
        for choice in question.choices:
            solara.v.Radio(label=choice, value=choice)


@solara.component
def Outcome(step: Step, told: str | None, missing: str):
    """Whether it was done: what is missing, or what was measured."""
    done = told is not None
    words = f"Done. {told}" if done else missing or "…"
    with solara.Div(classes=["va-outcome", *(["va-outcome-done"] if done else [])], attributes={"role": "status"}):
        solara.Text(f"{'✓' if done else '○'} {words}")


@solara.component
def Words(tag: str, text: str, title: str = ""):
    """A paragraph; what stands between backticks is code."""
    parts = [f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(escape(text).split("`"))]
    before = f"<strong>{escape(title)}:</strong> " if title else ""
    solara.HTML(tag=tag, unsafe_innerHTML=before + "".join(parts))


def use_selected(desk: Desk) -> str:
    """The label of the neuron that is selected on the stage; "" for none."""
    widget = desk.networks[0].widget
    node, set_node = solara.use_state(widget.selected)

    def follow():
        def on_selected(change):
            set_node(change["new"])

        set_node(widget.selected)
        widget.observe(on_selected, "selected")
        return lambda: widget.unobserve(on_selected, "selected")

    solara.use_effect(follow, [])
    return widget.names[node] if 0 <= node < len(widget.names) else ""
