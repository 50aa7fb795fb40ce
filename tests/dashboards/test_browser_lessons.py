"""Lessons in a real browser: one is taken by clicking, and a vesicle of one's own is written, checked and used."""

import re

import pytest

from .test_browser import READY, SLOW_START, button, ready, step, wait_until
from .test_browser_stage import find

pytestmark = pytest.mark.browser
BROKEN = "import vesicle_abm as va\n\n\nclass Mine(va.Vesicle):\n    def migrate(self):\n        slef.node\n"
GOOD = BROKEN.replace("slef.node", "return None")


def lessons(page):
    """The page with its tab of lessons open."""
    ready(page)
    page.get_by_role("tab", name="Lessons").click()
    page.get_by_role("list", name="lessons").wait_for()
    return page


def take(page, title: str):
    """Begin a lesson; its outcome so far."""
    page.get_by_role("button", name=re.compile(title)).click()
    page.get_by_role("region", name=title).wait_for()
    return page.get_by_role("region", name=title).get_by_role("status").first


def go_to(page, number: int) -> None:
    page.get_by_label("go to step").fill(str(number))
    button(page, "Go").click()


def write(page, text: str) -> None:
    """Write into the editor, and have it checked."""
    page.get_by_label("your vesicle, in Python").fill(text)
    page.get_by_label("your vesicle, in Python").blur()
    wait_until(page, lambda: button(page, "Check").is_enabled(), "it can be checked")
    button(page, "Check").click()


def test_a_lesson_is_taken_by_clicking_and_what_was_done_outlasts_a_reload(open_page, server):
    page = lessons(open_page(server))
    outcome = take(page, "What a vesicle is")
    outcome.get_by_text("The run stands at step 0; let it go on to step 1.").wait_for()
    page.get_by_text(READY).wait_for(timeout=SLOW_START)
    button(page, "Step").click()
    outcome.get_by_text("Done. Born so far: 1; alive: 1.").wait_for()
    button(page, "step 1, done").wait_for()
    button(page, "Next").click()
    outcome.get_by_text("let it go on to step 5").wait_for()
    go_to(page, 5)
    outcome.get_by_text("Select neuron5").wait_for()
    find(page, "neuron5")
    outcome.get_by_text("Done. Level at neuron5: 1; absorbed: 1.").wait_for()
    button(page, "Next").click()
    outcome.get_by_text("The lifetime is 9; make it 3.").wait_for()
    button(page, "Show me").click()
    outcome.get_by_text("Done. Expired: 1; level at neuron5: 0.").wait_for()
    assert step(page) == 6
    button(page, "Start over").click()
    outcome.get_by_text("The run stands at step 0; let it go on to step 1.").wait_for()
    button(page, "All lessons").first.click()
    page.get_by_text("✓ 3 of 3").wait_for()
    page.reload()
    lessons(page)
    page.get_by_text("✓ 3 of 3").wait_for()
    assert page.get_by_text("0 of 3").count() > 0


def test_a_question_is_answered_before_looking(open_page, server):
    page = lessons(open_page(server))
    outcome = take(page, "Cascades")
    outcome.get_by_text("Answer the question first.").wait_for()
    page.get_by_text(READY).wait_for(timeout=SLOW_START)
    page.get_by_role("radio", name="no end").check(force=True)
    outcome.get_by_text("let it go on to step 400").wait_for()
    go_to(page, 400)
    outcome.get_by_text("You said no end. Born: 1,775. Theory").wait_for()


def test_a_stage_is_ablated_by_hand_and_the_lesson_sees_it(open_page, server):
    page = lessons(open_page(server))
    take(page, "Eligibility traces")
    button(page, "step 3").click()
    outcome = page.get_by_role("region", name="Eligibility traces").get_by_role("status").first
    outcome.get_by_text("Under Ablate, set trace to none").wait_for()
    page.get_by_text(READY).wait_for(timeout=SLOW_START)
    page.get_by_role("tab", name="Parameters").click()
    button(page, "plasticity").click()
    trace = page.get_by_role("group", name="ablation").get_by_label("trace")
    for _ in range(10):  # a page that is still being drawn anew drops what was chosen
        trace.select_option("none")
        page.wait_for_timeout(1000)
        if trace.input_value() == "none":
            break
    page.get_by_text(READY).wait_for()
    go_to(page, 55)
    page.get_by_role("tab", name="Lessons").click()
    outcome.get_by_text("Done. The synapse grew by 0.").wait_for()


def test_a_vesicle_is_written_checked_and_used(open_page, server):
    page = lessons(open_page(server, query=server.secret))
    outcome = take(page, "Write your own vesicle")
    page.get_by_text(READY).wait_for(timeout=SLOW_START)
    assert button(page, "Use it").is_disabled()
    write(page, BROKEN)
    page.get_by_text(re.compile("Line 6: NameError: name 'slef' is not defined")).wait_for()
    assert page.locator(".va-editor-wrong").inner_text().strip() == "▶6"
    assert button(page, "Use it").is_disabled()
    write(page, GOOD)
    page.get_by_text("Mine: good.").wait_for()
    button(page, "Use it").click()
    outcome.get_by_text("let it go on to step 30").wait_for()
    go_to(page, 30)
    outcome.get_by_text("in the mean 0.0 synapses from where they were born").wait_for()


def test_tab_indents_and_escape_then_tab_leaves_the_field(open_page, server):
    page = lessons(open_page(server, query=server.secret))
    take(page, "Write your own vesicle")
    field = page.get_by_label("your vesicle, in Python")
    field.fill("")
    field.press("Tab")
    field.press_sequentially("if x:")
    field.press("Enter")
    assert field.input_value() == "    if x:\n        "
    field.press("Escape")
    field.press("Tab")
    assert not field.evaluate("element => element === document.activeElement")


def test_without_the_token_nothing_that_is_written_is_run(open_page, server):
    page = lessons(open_page(server, width=390, height=844))
    outcome = take(page, "Write your own vesicle")
    outcome.get_by_text("This server does not run what visitors write").wait_for()
    assert button(page, "Check").is_disabled()
    assert button(page, "Use it").is_disabled()
    assert page.get_by_label("your vesicle, in Python").evaluate("element => element.readOnly")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
