"""The stage in a real browser: neurons, edges and vesicles that one can find, choose, follow and hide."""

import re

import pytest

from .test_browser import button, choose, ready, step, wait_until

pytestmark = pytest.mark.browser

WITHOUT_GRAPHICS = """
const own = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind === "webgl2" ? null : own.call(this, kind, ...rest);
};
"""
CROWD = """
question = "?"
expect = "!"
[graph]
generator = "path_graph"
arguments = { n = 4 }
[kinds.walker]
emission = { rule = "pulse", count = 15000, at = 0, nodes = [0] }
migration = { rule = "weighted", stay = 1.0 }
"""


@pytest.fixture
def page(open_page, server):
    return ready(open_page(server))


@pytest.fixture
def served(open_page, tmp_path):
    """Serves a scenario that is written out, and opens it."""
    pytest.importorskip("solara", reason="the extra 'dashboard' is not installed")
    from .conftest import Server

    servers = []

    def opened(text, **options):
        file = tmp_path / "own.toml"
        file.write_text(text)
        servers.append(Server(str(file)))
        return ready(open_page(servers[-1], **options))

    yield opened
    for server in servers:
        server.close()


def steps(page, count):
    """So many single steps."""
    for _ in range(count):
        before = step(page)
        button(page, "Step").click()
        wait_until(page, lambda before=before: step(page) == before + 1, "a step")


def find(page, name):
    """Type a neuron's name, and see its card."""
    page.get_by_label("Find a neuron").fill(name)
    return card_of(page, "chosen neuron", name)


def card_of(page, region, title):
    """A card, once it has this title."""
    card = page.get_by_role("region", name=region)
    card.locator(".va-name").filter(has_text=re.compile(f"^{title}$")).wait_for()
    return card


def painted(page) -> int:
    return int(page.locator("canvas.va-canvas").first.get_attribute("data-painted"))


def test_a_neuron_is_found_by_name_and_its_numbers_are_shown(page):
    words = find(page, "AVAL").inner_text()
    for what in ("dopamine", "activation", "bias, gain", "edges in, out"):
        assert what in words


def test_a_name_can_be_typed_letter_by_letter_while_the_model_runs(page):
    button(page, "Play").click()
    wait_until(page, lambda: step(page) > 3, "three steps")
    field = page.get_by_label("Find a neuron")
    field.click()
    field.press_sequentially("AVA", delay=300)
    assert field.input_value() == "AVA"
    field.press("Enter")  # the first that begins so
    card_of(page, "chosen neuron", "AVAL")


def test_a_card_is_renewed_as_the_model_runs_and_can_be_closed(page):
    card = find(page, "AVAL")
    before = card.inner_text()
    steps(page, 3)
    wait_until(page, lambda: card.inner_text() != before, "other numbers")
    card.get_by_role("button", name="choose none").click()
    card.wait_for(state="hidden")


def test_a_vesicle_is_followed_from_a_neurons_card_and_let_go(page):
    choose(page, "Scenario", "random walk")
    ready(page)
    steps(page, 3)
    find(page, "0")
    button(page, "follow a vesicle here (V)").click()
    card = card_of(page, "followed vesicle", "walker")
    assert "born" in card.inner_text() and "steps to live" in card.inner_text()
    age = re.search(r"age\s+(\d+)", card.inner_text())[1]
    steps(page, 1)
    wait_until(page, lambda: f"{int(age) + 1} step" in card.inner_text() or "ended" in card.inner_text(), "older")
    page.locator("canvas.va-canvas").press("Escape")
    card.wait_for(state="hidden")


def test_the_keyboard_chooses_a_neuron_and_follows_a_vesicle_there(page):
    choose(page, "Scenario", "random walk")
    ready(page)
    steps(page, 2)
    canvas = page.locator("canvas.va-canvas")
    canvas.press("v")
    page.get_by_text("Choose a neuron first.").wait_for()
    canvas.press("n")
    card_of(page, "chosen neuron", "0")
    canvas.press("v")
    page.get_by_role("region", name="followed vesicle").wait_for()


def test_a_click_on_a_dot_follows_that_vesicle(page):
    choose(page, "Scenario", "random walk")
    ready(page)
    steps(page, 4)
    find(page, "0")
    canvas = page.locator("canvas.va-canvas")
    canvas.press("v")  # the view is centred on neuron 0, whose vesicles stand around it
    followed = page.get_by_role("region", name="followed vesicle")
    followed.wait_for()
    for region in ("follow none", "choose none"):
        button(page, region).click()
    followed.wait_for(state="hidden")
    box = canvas.bounding_box()
    middle = box["width"] / 2 - 125, box["height"] / 2  # cards covered the right while it was centred
    ring = [(x, y) for y in range(-24, 25, 4) for x in range(-24, 25, 4) if 10 <= (x * x + y * y) ** 0.5 <= 24]

    def hit() -> bool:
        x, y = ring.pop()
        canvas.click(position={"x": middle[0] + x, "y": middle[1] + y})
        page.wait_for_timeout(250)
        return followed.is_visible()

    wait_until(page, hit, "a vesicle below the pointer")
    assert "walker" in followed.inner_text()


def test_kinds_and_layers_are_hidden_and_shown_by_their_buttons(page):
    for group, name in (("kinds of vesicles shown", "neuropeptide"), ("layers of edges shown", "gap")):
        mark = page.get_by_role("group", name=group).get_by_role("button", name=name)
        assert mark.get_attribute("aria-pressed") == "true"
        mark.click()
        wait_until(page, lambda mark=mark: mark.get_attribute("aria-pressed") == "false", f"{name} is hidden")
    title = page.get_by_role("group", name="layers of edges shown").get_by_role("button", name="chemical")
    assert "lines, the thickest |weight|" in title.get_attribute("title")


@pytest.mark.parametrize(
    ("drawn", "legend"), [("paths", "vesicles a step between two neurons"), ("heat", "vesicles around a place")]
)
def test_paths_and_heat_have_legends_with_numbers(page, drawn, legend):
    steps(page, 6)
    choose(page, "Draw", drawn)
    scale = page.locator(".va-scale").filter(has_text=legend)
    scale.wait_for()
    low, middle, high = (float(text) for text in scale.locator(".va-ticks span").all_inner_texts())
    assert low == 0.0 < middle < high


def test_too_many_vesicles_are_drawn_as_groups_and_one_can_still_be_followed(served):
    page = served(CROWD)
    steps(page, 2)
    page.get_by_text(re.compile(r"a dot is a group, the largest of [\d,]+ vesicles")).wait_for()
    find(page, "1")
    button(page, "follow a vesicle here (V)").click()
    card_of(page, "followed vesicle", "walker")


def test_a_jump_back_is_shown(page):
    steps(page, 3)
    button(page, "Back").click()
    page.locator(".va-note").get_by_text("step 2").wait_for()


def test_where_motion_is_not_wanted_a_step_is_one_still_picture(open_page, server):
    page = ready(open_page(server, reduced_motion="reduce"))
    steps(page, 12)
    page.wait_for_timeout(500)
    before = painted(page)
    page.wait_for_timeout(700)
    assert painted(page) == before


def test_a_browser_without_graphics_gets_words_and_the_model_still_runs(open_page, server):
    page = open_page(server)
    page.add_init_script(WITHOUT_GRAPHICS)
    page.reload()
    ready(page)
    alert = page.get_by_role("alert").filter(has_text="The network cannot be drawn")
    alert.wait_for()
    assert "no WebGL 2" in alert.inner_text()
    steps(page, 4)


def test_dark_and_narrow_the_cards_stand_below_the_canvas(open_page, server):
    page = ready(open_page(server, width=390, height=844, color_scheme="dark"))
    card = find(page, "AVAL")
    canvas = page.locator("canvas.va-canvas").bounding_box()
    assert card.bounding_box()["y"] >= canvas["y"] + canvas["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
