"""Lessons: what one is asked to do passes the check, and nothing else does; what is told is what theory says."""

import contextlib
import re
import time

import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.classroom.written import define, used
from vesicle_abm.dashboards.lessons import LESSONS
from vesicle_abm.dashboards.lessons.lesson import Moment
from vesicle_abm.dashboards.lessons.own import LESSON as OWN
from vesicle_abm.dashboards.lessons.own import REFUSED
from vesicle_abm.dashboards.run.plan import Plan
from vesicle_abm.dashboards.run.session import Session
from vesicle_abm.dashboards.run.status import FAILED, PAUSED

EVERY_STEP = [(lesson, number) for lesson in LESSONS for number in range(len(lesson.steps))]
TO_RUN_IS_ENOUGH = {"vesicle/1", "broadcast/1", "traces/1", "ablation/1"}


class Learner:
    """Hands without a browser."""

    def __init__(self, lesson):
        self.lesson, self.session = lesson, Session()
        self.selected = self.answered = self.written = ""
        self.session.aim_for(1000)
        self.session.begin()
        self.session.open(Plan(lesson.load()))
        until(lambda: self.session.status.run == 1)

    def select(self, label):
        self.selected = label

    def answer(self, words):
        self.answered = words

    def use(self, text, to):
        self.session.open(Plan(used(define(text), OWN.load())), to)
        self.written = text

    @contextlib.contextmanager
    def moment(self, **facts):
        session, known = self.session, {"selected": self.selected, "answer": self.answered, "written": self.written}
        with session.at_rest(0) as first, session.at_rest(1) as second:
            models = tuple(model for model in (first, second) if model is not None)
            yield Moment(session.plan, session.status, models, **{**known, **facts})

    def missing(self, number, **facts):
        with self.moment(**facts) as moment:
            return self.lesson.check(number, moment)

    def show(self, number):
        self.lesson.steps[number].show(self)
        until(lambda: self.session.status.phase != FAILED and not self.missing(number))

    def told(self, number):
        with self.moment() as moment:
            return self.lesson.steps[number].tell(moment)

    def rest(self):
        until(lambda: self.session.status.phase == PAUSED)


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@contextlib.contextmanager
def learner(lesson):
    made = Learner(lesson)
    try:
        yield made
    finally:
        made.session.close()


@pytest.fixture(autouse=True)
def _own_classes_go_when_the_test_ends(monkeypatch):
    for family in (va.Vesicle, *va.FAMILIES.values()):
        monkeypatch.setattr(family, "known", dict(family.known))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_the_scenario_of_a_lesson_is_good_and_small(lesson):
    scenario = lesson.load()
    scenario.check()
    assert scenario.build().graph.size <= 200
    assert scenario.source == lesson.file


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_step_is_not_done_by_itself_and_what_it_says_does_it(lesson):
    with learner(lesson) as hands:
        for number in range(len(lesson.steps)):
            hands.rest()
            hands.answered = ""
            assert hands.missing(number)
            hands.show(number)
            assert hands.told(number)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_to_let_the_scenario_run_is_enough_where_a_step_asks_for_no_more(lesson):
    with learner(lesson) as hands:
        hands.session.run_to(450)
        until(lambda: hands.session.status.step == 450)
        hands.rest()
        done = {f"{lesson.name}/{number + 1}" for number in range(len(lesson.steps)) if not hands.missing(number)}
        assert done == {name for name in TO_RUN_IS_ENOUGH if name.startswith(f"{lesson.name}/")}


def test_another_scenario_is_not_the_lessons():
    lesson = LESSONS[0]
    with learner(lesson) as hands:
        hands.session.open(Plan(va.Scenario.load("random_walk")), 10)
        until(lambda: hands.session.status.step == 10)
        assert "Another scenario" in hands.missing(0)


def test_a_question_must_be_answered_and_a_wrong_answer_is_an_answer():
    lesson = next(lesson for lesson in LESSONS if lesson.name == "traces")
    with learner(lesson) as hands:
        hands.session.run_to(55)
        until(lambda: hands.session.status.step == 55)
        hands.rest()
        assert hands.missing(1) == "Answer the question first."
        hands.answered = "fast"
        assert hands.missing(1) == ""
        assert hands.told(1) == (
            "You said fast. The synapse grew by 0.04497. Equation (3): 0.1 * (exp(-8) + exp(-0.8)) = 0.04497."
        )


def test_rules_that_changed_on_the_way_do_not_count_where_a_whole_run_is_asked_for():
    lesson = next(lesson for lesson in LESSONS if lesson.name == "docking")
    with learner(lesson) as hands:
        hands.session.run_to(50)
        until(lambda: hands.session.status.step == 50)
        hands.rest()
        hands.session.take(hands.session.plan.scenario.override("kinds.messenger.docking.probability", 1.0))
        hands.session.run_to(120)
        until(lambda: hands.session.status.step == 120)
        assert "Reset" in hands.missing(1)


def test_what_is_told_of_the_random_walk_is_near_the_closed_form():
    """The population varies by 9.95, and is correlated over some 50 steps: the mean of 200 by some 5."""
    lesson = next(lesson for lesson in LESSONS if lesson.name == "random_walk")
    with learner(lesson) as hands:
        hands.show(0)
        hands.rest()
        counted, theory = re.findall(r"\d+\.\d", hands.told(0))
        assert theory == "196.0"
        assert abs(float(counted) - 196.0) < 4 * 5


def test_on_a_server_that_runs_no_text_the_steps_of_writing_say_so():
    with learner(OWN) as hands:
        for number in range(len(OWN.steps)):
            assert hands.missing(number, runs_text=False) == REFUSED


def test_names_of_lessons_and_answers_are_right():
    assert len(LESSONS) >= 8
    assert len({lesson.name for lesson in LESSONS}) == len(LESSONS)
    for lesson, number in EVERY_STEP:
        question = lesson.steps[number].question
        assert question is None or question.right in question.choices
