"""What a visitor writes: refused with its line, tried in a process that can be ended; names can be given again."""

import time

import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.classroom import workshop
from vesicle_abm.dashboards.classroom.beginnings import RULE, VESICLE
from vesicle_abm.dashboards.classroom.trial import answer, tried
from vesicle_abm.dashboards.classroom.written import Fault, define, place, used
from vesicle_abm.dashboards.lessons.own import LESSON
from vesicle_abm.dashboards.run.plan import Plan
from vesicle_abm.dashboards.run.session import Session
from vesicle_abm.dashboards.run.status import FAILED, PAUSED
from vesicle_abm.dashboards.server import start

FAMILIES = (va.Vesicle, *va.FAMILIES.values())


@pytest.fixture(autouse=True)
def _own_classes_go_when_the_test_ends(monkeypatch):
    for family in FAMILIES:
        monkeypatch.setattr(family, "known", dict(family.known))


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def known():
    return [dict(family.known) for family in FAMILIES]


def refused(text):
    with pytest.raises(Fault) as caught:
        define(text)
    return caught.value


@pytest.mark.parametrize("text", [VESICLE, RULE])
def test_a_text_to_begin_with_is_good_and_can_be_used(text):
    told = answer(text)
    assert told == {"classes": [define(text)[0].__name__]}
    model = used(define(text), LESSON.load()).build()
    plain = LESSON.load().build()
    model.run_for(20)
    plain.run_for(20)
    assert model.state.digest() != plain.state.digest()


def test_an_agent_of_a_scenario_is_the_class_of_that_name():
    (lazy,) = define(VESICLE)
    model = used([lazy], LESSON.load()).build()
    model.step()
    assert type(model.vesicles[0]) is lazy
    copied = model.copy()
    copied.run_for(3)
    model.run_for(3)
    assert copied.state.digest() == model.state.digest()


def test_a_class_can_be_written_anew_and_a_model_that_runs_keeps_the_old_one():
    (first,) = define(VESICLE)
    model = used([first], LESSON.load()).build()
    (second,) = define(VESICLE.replace("0.1", "0.9"))
    model.step()
    assert type(model.vesicles[0]) is first
    assert used([second], LESSON.load()).table.kinds["messenger"].agent is second


def test_a_rule_can_be_written_anew_under_its_name_or_its_name_given_to_another_class():
    define(RULE)
    (again,) = define(RULE.replace("class Eastward", "class Elsewhere"))
    assert va.Migration.known["eastward"] is again


def test_what_others_wrote_under_other_names_stays_known():
    define(RULE)
    define(RULE.replace("Eastward", "Westward").replace('"eastward"', '"westward"'))
    assert {"eastward", "westward"} <= va.Migration.known.keys()


def test_a_shipped_name_cannot_be_taken_and_a_text_that_fails_leaves_nothing_known():
    before = known()
    assert "is called 'weighted' already" in str(refused(RULE.replace('name="eastward"', 'name="weighted"')))
    assert "division" in str(refused(RULE + "\n1 / 0\n"))
    assert "no subclass" in str(refused("x = 1"))
    assert known() == before


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("class A(:\n    pass", 1, "Python cannot read this line"),
        ("import vesicle_abm as va\n\nclass A(va.Vesicl):\n    pass", 3, "Vesicl"),
        ("import vesicle_abm as va\nclass A(va.Vesicle):\n  def dock(self):\n   x\n      y", 5, "set in"),
        ("y = 1\nnp.zeros(3)", 2, "import numpy as np"),
    ],
)
def test_an_error_is_told_with_its_line_and_what_to_do(text, line, words):
    fault = refused(text)
    assert fault.line == line
    assert words in fault.words


def test_an_error_in_a_verb_is_found_by_running_it_and_told_with_its_line():
    told = answer(VESICLE.replace("self.uniform()", "self.unifrom()"))
    assert told["line"] == 8
    assert "unifrom" in told["words"]


def test_a_rule_that_breaks_its_contract_is_told_at_its_class():
    told = answer(RULE.replace("self.pull, 1.0", "-self.pull, 1.0"))
    assert told["line"] == 4
    assert "check_rule: Eastward: weights gave -5; finite numbers from 0" in told["words"]


def test_an_endless_loop_is_ended_and_a_process_that_ends_itself_is_no_success():
    with pytest.raises(Fault, match="loop that never ends"):
        tried("while True:\n    pass", limit=8.0)
    with pytest.raises(Fault, match="ended the process"):
        tried("import os\nos._exit(0)")


def test_what_a_text_prints_does_not_disturb():
    assert tried(VESICLE + "\nprint('grüß')\n") == ["Lazy"]


def test_a_verb_that_fails_in_a_run_is_told_and_the_session_lives_on():
    late = VESICLE.replace("self.uniform() < 0.1", "self.model.time < 33 or self.no_such_thing")
    session = Session()
    session.begin()
    try:
        session.open(Plan(used(define(late), LESSON.load())), 60)
        until(lambda: session.status.phase == FAILED)
        assert session.status.step == 33
        assert "no_such_thing" in session.status.message
        session.open(Plan(LESSON.load()), 40)
        until(lambda: session.status.phase == PAUSED and session.status.step == 40)
    finally:
        session.close()


def test_a_rule_stands_in_the_table_of_its_family():
    assert {place(rule) for family in va.FAMILIES.values() for rule in family.known.values()} == set(va.FAMILIES)


def test_text_is_run_only_with_the_token_and_where_the_server_allows_it(monkeypatch):
    monkeypatch.setattr(start, "token", "a secret")
    monkeypatch.setattr(start, "editor", True)
    assert workshop.allowed("token=a%20secret")
    for search in (None, "", "token=", "token=another", "other=a%20secret", "token=ü"):
        assert not workshop.allowed(search)
    monkeypatch.setattr(start, "editor", False)
    assert not workshop.allowed("token=a%20secret")
    monkeypatch.setattr(start, "editor", True)
    monkeypatch.setattr(start, "token", "")
    assert not workshop.allowed("token=")


@pytest.mark.parametrize("mine", [False, True])
def test_a_button_that_a_script_presses_all_the_same_runs_nothing_without_permission(mine, monkeypatch):
    solara = pytest.importorskip("solara", reason="the extra 'dashboard' is not installed")
    import ipyvuetify

    from vesicle_abm.dashboards.run.status import Status

    ran = []
    monkeypatch.setattr(workshop, "tried", lambda text: ran.append(text) or ["Lazy"])
    monkeypatch.setattr(workshop, "define", lambda text: ran.append("used") or [])

    class NoDesk:
        class session:
            open = staticmethod(lambda plan: None)

    @solara.component
    def Page():
        workshop.Workshop(NoDesk, VESICLE, lambda text: None, lambda text: None, Status(), mine)

    _, rendering = solara.render(Page(), handle_error=False)
    try:

        def press(name):
            (button,) = [found for found in rendering.find(ipyvuetify.Btn).widgets if name in found.children]
            button.click()
            return len(ran)

        press("Check")
        until(lambda: press("Use it") == (2 if mine else 0))
        assert ran == ([VESICLE, "used"] if mine else [])
    finally:
        rendering.close()
