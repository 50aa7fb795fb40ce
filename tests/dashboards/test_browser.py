"""The dashboard in a real browser: what a visitor sees and does."""

import io
import re
import time

import pytest

import vesicle_abm as va

pytestmark = pytest.mark.browser

READY = re.compile("^Paused$")
SLOW_START = 60_000  # ms; a cold cache compiles on the first step


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def step(page) -> int:
    return int(page.get_by_label("step counter").inner_text().split()[1])


def wait_until(page, condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        page.wait_for_timeout(100)


def ready(page):
    """A page whose model is built and at rest."""
    page.get_by_text(READY).wait_for(timeout=SLOW_START)
    return page


def press_at_rest(page, key: str) -> None:
    """Press a key once the bar takes it: while a step runs its buttons, and so their keys, do nothing."""
    wait_until(page, button(page, "Step").is_enabled, f"a bar that takes {key}")
    page.locator("body").press(key)


def choose(page, label, value):
    page.get_by_label(label, exact=True).select_option(value)


def open_tab(page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def enter(page, label: str, value: str, taken) -> None:
    """Type into a field until ``taken()``: a page that is still being drawn anew drops what was typed."""
    box = page.get_by_label(re.compile(f"^{label}"))

    def done() -> bool:
        if not taken():
            box.fill("")
            box.fill(value)
            box.press("Enter")
            page.wait_for_timeout(1000)
        return taken()

    wait_until(page, done, f"{label} = {value}")


def colours(page) -> int:
    """How many colours the network's canvas shows."""
    import matplotlib.image

    page.wait_for_timeout(300)
    pixels = matplotlib.image.imread(io.BytesIO(page.locator("canvas.va-canvas").screenshot()))
    return len({tuple(pixel) for pixel in (pixels[::2, ::2, :3] * 15).astype(int).reshape(-1, 3).tolist()})


@pytest.fixture
def page(open_page, server):
    return ready(open_page(server))


def test_the_page_shows_the_question_and_draws_the_network(page):
    assert page.get_by_role("heading", name=va.Scenario.load("worm_wireless").question).is_visible()
    assert colours(page) > 5
    assert page.title() == "vesicle-abm"


def test_play_advances_pause_stops_step_adds_one_and_reset_returns_to_zero(page):
    assert step(page) == 0
    button(page, "Play").click()
    wait_until(page, lambda: step(page) > 5, "five steps")
    button(page, "Pause").click()
    page.get_by_text(READY).wait_for()
    stopped = step(page)
    page.wait_for_timeout(1000)
    assert step(page) == stopped
    button(page, "Step").click()
    wait_until(page, lambda: step(page) == stopped + 1, "one step more")
    button(page, "Reset").click()
    wait_until(page, lambda: step(page) == 0, "step 0")


def test_vesicles_are_drawn_while_they_move_and_their_numbers_are_told(page):
    before = colours(page)
    button(page, "Play").click()
    wait_until(page, lambda: step(page) > 15, "fifteen steps")
    assert colours(page) > before
    told = page.get_by_role("group", name="kinds of vesicles shown").inner_text()
    assert int(told.split("neuropeptide")[1].replace(",", "").split()[0]) > 100


def test_another_scenario_brings_its_question_and_starts_at_zero(page):
    choose(page, "Scenario", "random walk")
    page.get_by_role("heading", name=va.Scenario.load("random_walk").question).wait_for()
    ready(page)
    assert step(page) == 0
    assert page.get_by_role("group", name="kinds of vesicles shown").inner_text().startswith("walker")


def test_a_new_seed_waits_until_it_is_applied_and_then_restarts(page):
    choose(page, "Scenario", "random walk")
    page.get_by_role("heading", name=va.Scenario.load("random_walk").question).wait_for()
    ready(page)
    button(page, "Step").click()
    wait_until(page, lambda: step(page) == 1, "a step")
    open_tab(page, "Parameters")
    enter(page, "seed", "77", button(page, "Apply and restart").is_enabled)
    page.get_by_text("1 change not applied").wait_for()
    assert step(page) == 1
    button(page, "Apply and restart").click()
    page.get_by_text("No pending changes").wait_for()
    wait_until(page, lambda: step(page) == 0, "step 0")
    assert page.get_by_label(re.compile("^seed")).input_value() == "77"


def test_an_invalid_parameter_is_refused_with_words_and_the_page_lives_on(page):
    choose(page, "Scenario", "random walk")
    page.get_by_role("heading", name=va.Scenario.load("random_walk").question).wait_for()
    ready(page)
    open_tab(page, "Parameters")
    enter(page, "hazard", "1.5", page.get_by_text("a number >= 0 and <= 1 is allowed").first.is_visible)
    page.get_by_text("1 change not applied").wait_for()
    button(page, "Discard").click()
    button(page, "Step").click()
    wait_until(page, lambda: step(page) == 1, "a step")


def walker(page):
    """The random walk, at rest after 30 steps."""
    choose(page, "Scenario", "random walk")
    page.get_by_role("heading", name=va.Scenario.load("random_walk").question).wait_for()
    ready(page)
    page.get_by_label("go to step", exact=True).fill("30")
    button(page, "Go").click()
    wait_until(page, lambda: step(page) == 30, "step 30")
    note = page.locator(".va-note").first
    wait_until(page, lambda: "step 30" in note.inner_text(), "the stage at step 30")
    return ready(page)


def alive(page) -> int:
    told = page.get_by_role("group", name="kinds of vesicles shown").first.inner_text()
    return int(told.split()[-1].replace(",", ""))


def right_of(element) -> float:
    box = element.bounding_box()
    return box["x"] + box["width"]


def test_a_run_goes_to_a_step_back_by_one_and_back_by_the_slider(page):
    walker(page)
    at_30 = alive(page)
    button(page, "Back").click()
    wait_until(page, lambda: step(page) == 29, "step 29")
    page.get_by_label("rewind").fill("3")
    wait_until(page, lambda: step(page) == 3 and alive(page) <= 12, "step 3")
    assert right_of(button(page, "Go")) <= page.locator(".va-speed").bounding_box()["x"]  # the bar has no overlaps
    page.get_by_label("rewind").fill("30")
    wait_until(page, lambda: step(page) == 30 and alive(page) == at_30, "the same step 30")


def test_keys_play_pause_step_and_go_back(page):
    press_at_rest(page, "ArrowRight")
    wait_until(page, lambda: step(page) == 1, "step 1")
    press_at_rest(page, ".")
    wait_until(page, lambda: step(page) == 2, "step 2")
    press_at_rest(page, "ArrowLeft")
    wait_until(page, lambda: step(page) == 1, "step 1 again")
    press_at_rest(page, " ")
    wait_until(page, lambda: step(page) > 5, "five steps")
    page.locator("body").press(" ")
    page.get_by_text(READY).wait_for()
    for number in ("7", "9"):  # the second takes the place of the first
        page.locator("body").press("g")
        page.keyboard.type(number)
        assert page.get_by_label("go to step").input_value() == number
        page.locator("h1").click()
    page.locator("body").press("?")
    page.get_by_role("dialog", name="keys").wait_for()


def test_a_number_changes_the_running_model_at_once_and_the_step_stays(page):
    walker(page)
    open_tab(page, "Parameters")
    assert alive(page) > 20
    enter(
        page,
        "hazard",
        "1",
        lambda: (
            page.get_by_text("No pending changes").is_visible()
            and page.get_by_label(re.compile("^hazard")).input_value() == "1"
        ),
    )
    page.get_by_text("No pending changes").wait_for()
    assert step(page) == 30
    button(page, "Step").click()
    wait_until(page, lambda: step(page) == 31 and alive(page) == 0, "all vesicles gone")


def test_a_slider_changes_the_running_model(page):
    walker(page)
    open_tab(page, "Parameters")
    thumb = page.get_by_role("slider", name="slider of hazard")
    thumb.focus()
    thumb.press("End")
    wait_until(page, lambda: page.get_by_label(re.compile("^hazard")).input_value() in ("1", "1.0"), "hazard 1")
    button(page, "Step").click()
    wait_until(page, lambda: step(page) == 31 and alive(page) == 0, "all vesicles gone")


def test_density_runs_beside_the_agents_at_the_same_step(page):
    walker(page)
    open_tab(page, "Parameters")
    choose(page, "Side by side with", "density")
    wait_until(page, lambda: page.locator(".va-canvas").count() == 2, "two canvases")
    wait_until(page, lambda: step(page) == 30, "step 30")
    button(page, "Step").click()
    wait_until(page, lambda: step(page) == 31, "step 31")
    notes = page.locator(".va-note")
    wait_until(page, lambda: all("step 31" in text for text in notes.all_inner_texts()), "both at step 31")


def test_dark_is_dark_and_a_narrow_page_does_not_scroll_sideways(open_page, server):
    page = ready(open_page(server, width=390, height=844, color_scheme="dark"))
    page.locator("#app.theme--dark").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert button(page, "Play").is_visible()
    assert button(page, "Light theme").is_visible()


def test_two_visitors_have_two_models(open_page, server):
    first, second = ready(open_page(server)), ready(open_page(server))
    button(first, "Step").click()
    wait_until(first, lambda: step(first) == 1, "a step")
    assert step(second) == 0


def test_a_scenario_that_cannot_be_built_is_a_message_and_another_can_be_chosen(open_page, tmp_path):
    pytest.importorskip("solara", reason="the extra 'dashboard' is not installed")
    from .conftest import Server

    bad = tmp_path / "bad.toml"
    bad.write_text(
        'question = "?"\nexpect = "!"\n[graph]\ngenerator = "path_graph"\narguments = { n = 4 }\n'
        '[kinds.a]\nemission = { rule = "constant", rate = "no_such_attribute" }\n'
    )
    own = Server(str(bad))
    try:
        page = open_page(own)
        page.get_by_text("no_such_attribute").wait_for(timeout=SLOW_START)
        choose(page, "Scenario", "random walk")
        ready(page)
    finally:
        own.close()


def test_each_part_of_a_learning_rule_is_shown_with_its_support_and_citations(open_page, tmp_path):
    pytest.importorskip("solara", reason="the extra 'dashboard' is not installed")
    from .conftest import Server

    learning = tmp_path / "learning.toml"
    learning.write_text(
        'question = "?"\nexpect = "!"\n[graph]\ngenerator = "path_graph"\narguments = { n = 4 }\n[neurons]\n'
        '[kinds.norepinephrine]\n[plasticity]\nmodulation = { rule = "modulation", weights = {} }\n'
        'astrocyte = { rule = "astrocyte" }\n'
    )
    own = Server(str(learning))
    try:
        page = ready(open_page(own))
        open_tab(page, "Parameters")
        button(page, "plasticity").click()
        astrocyte = page.get_by_role("group", name="astrocyte", exact=True)
        mark = astrocyte.get_by_text("Growing · Plausible")
        mark.wait_for()
        assert "Lefton" in mark.get_attribute("title")
        assert astrocyte.get_by_role("textbox", name=re.compile("^threshold")).is_visible()
    finally:
        own.close()
