"""Pictures out: the stage as a figure, as a film that the browser records, and as an animated GIF."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

import anywidget
import solara
import traitlets

import vesicle_abm as va

from ..desk import Desk
from ..run.plan import Plan
from ..server import start
from .download import Download
from .figure import as_png, as_svg, draw
from .film import Cut, as_gif, shoot
from .part import Part

HERE = Path(__file__).parent
WORDS = {"first": "from step", "last": "to step", "every": "each so many steps", "rate": "frames a second"}
FASTEST = 50  # frames a second that a GIF can have


class RecordWidget(anywidget.AnyWidget):
    """A button that records the canvas."""

    _esm = "\n".join((HERE / name).read_text(encoding="utf-8") for name in ("../browser/element.js", "record.js"))
    name = traitlets.Unicode().tag(sync=True)


@solara.component
def Picture(desk: Desk, name: str):
    """The stage as it is, drawn anew by the server; and a recording of it."""

    def content(write):
        with desk.session.at_rest() as model:
            copied = None if model is None else model.copy()
        return b"" if copied is None else write(draw(copied, desk.look(copied), name))

    with Part("Picture"):
        with solara.Div(classes=["va-row"]):
            for words, ending, write in (
                ("PNG", "png", as_png),
                ("PNG, twice as fine", "png", lambda figure: as_png(figure, 2)),
                ("SVG", "svg", as_svg),
            ):
                Download(words, f"{name}.{ending}", lambda write=write: content(write))
        RecordWidget.element(name=name)


@dataclass(frozen=True)
class Progress:
    """Of a film: frames drawn so far, None while none is being drawn; the film; what went wrong."""

    done: int | None = None
    gif: bytes = b""
    problem: str = ""


@solara.component
def Film(desk: Desk, plan: Plan):
    """Some steps as an animated GIF, drawn by the server while the session goes on."""
    cut, set_cut = solara.use_state(Cut(0, min(50, plan.steps)))
    progress, set_progress = solara.use_state(Progress())
    stop = solara.use_ref(threading.Event())

    def leave():
        return cancelled

    def cancelled():
        stop.current.set()

    def work(stopped: threading.Event):
        def told(done: int):
            if not stopped.is_set():
                set_progress(Progress(done))

        try:
            frames = shoot(plan, cut, desk.look, told, stopped.is_set)
            found = Progress(gif=as_gif(frames, cut.rate)) if frames else Progress()
        except va.InputError as error:
            found = Progress(problem=str(error))
        if not stopped.is_set():
            set_progress(found)

    def begin():
        problem = problem_of(cut)
        if problem:
            set_progress(Progress(problem=problem))
            return
        stop.current = threading.Event()
        set_progress(Progress(0))
        threading.Thread(target=work, args=(stop.current,), daemon=True, name="film").start()

    def cancel():
        cancelled()
        set_progress(Progress())

    solara.use_effect(leave, [])

    with Part("Animation"):
        with solara.Div(classes=["va-choices"]):
            for name, words in WORDS.items():
                solara.InputInt(
                    words, getattr(cut, name), lambda number, name=name: set_cut(replace(cut, **{name: number}))
                )
        with solara.Div(classes=["va-row"]):
            if progress.done is None:
                solara.Button(f"Draw {cut.frames} frames as GIF", on_click=begin, small=True)
            else:
                solara.Button("Cancel", on_click=cancel, small=True)
            if progress.gif:
                Download("Download GIF", f"{plan.scenario.name}.gif", lambda: progress.gif)
        with solara.Div(attributes={"role": "status"}):
            if progress.done is not None:
                solara.Text(f"{progress.done} of {cut.frames} frames drawn")
            if progress.problem:
                solara.Error(progress.problem, dense=True)


def problem_of(cut: Cut) -> str:
    """What is wrong with the steps asked for; empty for nothing."""
    limits = start.limits
    if cut.first < 0 or cut.last < cut.first:
        return "The last step must not lie before the first, nor the first before 0."
    if cut.every < 1 or not 1 <= cut.rate <= FASTEST:
        return f"Each so many steps is 1 at least, frames a second from 1 to {FASTEST}."
    if limits.frames is not None and cut.frames > limits.frames:
        return f"An animation has {limits.frames} frames at most here; show fewer steps, or each so many."
    if limits.steps is not None and cut.last > limits.steps:
        return f"A run has {limits.steps:,} steps at most on this server."
    return ""
