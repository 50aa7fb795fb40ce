"""Lesson: a guided demonstration as data: what to read, one thing to do, one to see, and a check that it was done."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import vesicle_abm as va

from ..run.course import Model
from ..run.plan import ALONE, Plan
from ..run.session import Session
from ..run.status import FAILED, Status

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Moment:
    """What can be observed of a visitor's session, for as long as its models are at rest."""

    plan: Plan
    status: Status
    models: tuple[Model, ...] = ()  # the visitor's, and what stands beside it
    selected: str = ""  # label of the selected neuron
    answer: str = ""  # what was chosen of the step's question
    written: str = ""  # the text of one's own that is in use
    runs_text: bool = True  # whether this server runs what visitors write

    @property
    def running(self) -> va.Scenario:
        """The scenario in force."""
        return self.plan.at(self.status.step)

    @property
    def model(self) -> Model:
        """The visitor's model."""
        return self.models[0]


class Hands(Protocol):
    """What a learner can do, so that a step can be shown."""

    session: Session

    def select(self, label: str) -> None:
        """Select a neuron."""

    def answer(self, words: str) -> None:
        """Answer the step's question."""

    def use(self, text: str, to: int) -> None:
        """Write a text in the editor, check it, use it, and go to a step."""


@dataclass(frozen=True)
class Question:
    """What the learner is to foretell before looking."""

    words: str
    choices: tuple[str, ...]
    right: str


@dataclass(frozen=True)
class Step:
    """One thing to do.

    ``check(moment)``: "" once it was done, else what is missing. ``tell(moment)``: what was measured, beside what
    theory says. ``show(hands)`` does it. ``offer``: a button of the step's own, (words, what it does). ``code``: the
    same, in the notebook.
    """

    text: str
    do: str
    see: str
    check: Callable[[Moment], str]
    show: Callable[[Hands], None]
    code: str
    tell: Callable[[Moment], str] = lambda moment: ""
    question: Question | None = None
    offer: tuple[str, Callable[[Hands], None]] | None = None


@dataclass(frozen=True)
class Lesson:
    """Steps over one scenario. ``scenario``: a shipped one's name, or a file beside the lessons."""

    name: str
    title: str
    about: str
    scenario: str
    steps: tuple[Step, ...] = field(repr=False)
    writes: bool = False  # whether it has an editor

    @property
    def file(self) -> str:
        """The name of its scenario's file, by which a scenario that is open is known to be the lesson's."""
        return self.scenario if self.scenario.endswith(".toml") else f"{self.scenario}.toml"

    def load(self) -> va.Scenario:
        """Its scenario."""
        if not self.scenario.endswith(".toml"):
            return va.Scenario.load(self.scenario)
        text = (HERE / self.file).read_text(encoding="utf-8")
        return va.Scenario(tomllib.loads(text), self.file, HERE, text)

    def check(self, number: int, moment: Moment) -> str:
        """Empty once a step was done, else what is missing."""
        step = self.steps[number]
        if moment.running.source != self.file:
            return "Another scenario is open. Press “Start over” to open this lesson's."
        if moment.status.phase == FAILED:
            return "The run was stopped by an error, which is told above. Start over, or go back a few steps."
        if len(moment.models) < 1 + (moment.plan.beside != ALONE):
            return "The model is being built."
        if not isinstance(moment.model, va.VesicleModel):
            return "The density has no single vesicles: choose compiled as View, in Parameters."
        if step.question is not None and moment.answer not in step.question.choices:
            return "Answer the question first."
        return step.check(moment)
