"""What a visitor takes along, comes back with, and opens; on one's own server and on one for strangers."""

import io
import re

import pandas as pd
import pytest
from PIL import Image

import vesicle_abm as va
from vesicle_abm.cli import main

from .conftest import Server
from .test_browser import SLOW_START, button, choose, ready, step, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with a finished run of 12 steps."""
    folder = tmp_path_factory.mktemp("runs")
    assert main(["run", "random_walk", "--steps", "12", "--seed", "5", "--quiet", "--out", str(folder / "walk")]) == 0
    return folder


@pytest.fixture(scope="module")
def own(runs):
    """One's own server, with runs to replay."""
    pytest.importorskip("solara", reason="the extra 'dashboard' is not installed")
    running = Server(runs=str(runs))
    yield running
    running.close()


@pytest.fixture(scope="module")
def hosted(runs):
    """A server for strangers, with room for two, and little of all else."""
    pytest.importorskip("solara", reason="the extra 'dashboard' is not installed")
    limits = ["sessions=2", "steps=25", "nodes=400", "frames=3", "upload=4"]
    running = Server(hosted=True, runs=str(runs), limits=limits)
    yield running
    running.close()


def take_away(page):
    page.get_by_role("tab", name="Take away").click()
    page.get_by_role("group", name="Link", exact=True).wait_for()
    return page


def walked(open_page, server, steps=3, query="?scenario=random_walk"):
    page = ready(open_page(server, query=f"{query}&step={steps}"))
    wait_until(page, lambda: step(page) == steps, f"step {steps}")
    return take_away(page)


def downloaded(page, name) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        button(page, name).click()
    return waiting.value.suggested_filename, open(waiting.value.path(), "rb").read()


def enter_number(page, label, number):
    field = page.get_by_role("textbox", name=label, exact=True)
    field.fill(number)
    field.press("Enter")


def told(page, name) -> str:
    return page.get_by_role("region", name=name, exact=True).inner_text()


def test_the_picture_the_tables_and_the_scenario_are_downloaded(open_page, own):
    page = walked(open_page, own)
    name, content = downloaded(page, "PNG")
    small = Image.open(io.BytesIO(content))
    assert name == "random_walk.png"
    assert len(small.getcolors(2**24)) > 50
    double = Image.open(io.BytesIO(downloaded(page, "PNG, twice as fine")[1]))
    assert abs(double.width - 2 * small.width) <= 2
    assert b"vesicles at a neuron" in downloaded(page, "SVG")[1]
    model = va.Scenario.load("random_walk").build()
    model.run_for(3)
    name, content = downloaded(page, "Download series as CSV")
    assert (name, content.decode()) == ("random_walk-series.csv", model.record.to_csv())
    choose(page, "Format", "Parquet")
    rows = pd.read_parquet(io.BytesIO(downloaded(page, "Download series as Parquet")[1])).set_index("step")
    assert (rows == model.record).all(axis=None)
    name, content = downloaded(page, "Scenario, TOML")
    assert (name, content.decode().splitlines()[1:]) == (
        "random_walk.toml",
        va.Scenario.load("random_walk").text.splitlines(),
    )


def test_the_code_on_the_page_gives_the_state_of_the_session(open_page, own):
    page = walked(open_page, own, 6, "?scenario=random_walk&seed=3&at=2:kinds.walker.absorb=0.5")
    names = {}
    exec(told(page, "Python"), names)
    start = va.Scenario.load("random_walk").override("seed", 3)
    model = start.build()
    model.run_for(2)
    model = model.with_rules_of(start.override("kinds.walker.absorb", 0.5).build())
    model.run_for(4)
    assert names["model"].state.digest() == model.state.digest()
    assert page.get_by_text("the command line cannot change a run on its way").is_visible()


def test_a_reload_resumes_where_one_was(open_page, own):
    page = walked(open_page, own, 4)
    button(page, "Step").click()
    wait_until(page, lambda: page.url.endswith("step=5"), "the address tells the step")
    page.reload()
    ready(page)
    wait_until(page, lambda: step(page) == 5, "step 5")


def test_a_link_restores_scenario_seed_numbers_changes_view_side_by_side_and_step(open_page, own):
    query = "?scenario=random_walk&set=kinds.walker.decay.hazard=0.25&seed=9&view=particles"
    query += "&at=2:kinds.walker.absorb=0.5&beside=compiled"
    page = walked(open_page, own, 4, query)
    assert told(page, "link") == f"{query}&step=4"
    assert page.locator("canvas.va-canvas").count() == 2
    assert re.search(r"override\('seed', 9\)", told(page, "Python"))


def test_a_link_that_is_wrong_is_words_and_the_page_lives_on(open_page, own):
    page = ready(open_page(own, query="?scenario=../../etc/passwd&step=3"))
    page.get_by_text("This link cannot be followed").wait_for()
    button(page, "Step").click()
    wait_until(page, lambda: step(page) == 1, "a step")
    assert "passwd" not in page.url


def test_an_animation_is_drawn_and_downloaded(open_page, own):
    page = walked(open_page, own)
    enter_number(page, "to step", "2")
    button(page, "Draw 3 frames as GIF").click()
    button(page, "Download GIF").wait_for(timeout=SLOW_START)
    name, content = downloaded(page, "Download GIF")
    film = Image.open(io.BytesIO(content))
    assert (name, film.format, film.n_frames) == ("random_walk.gif", "GIF", 3)


def test_the_stage_is_recorded_by_the_browser(open_page, own):
    page = walked(open_page, own)
    button(page, "Record the stage").click()
    page.get_by_text("recording what the stage shows").wait_for()
    button(page, "Play").click()
    wait_until(page, lambda: step(page) > 12, "some steps")
    name, content = downloaded(page, "Stop and save")
    assert name.startswith("random_walk.")
    assert len(content) > 1000


def test_a_run_is_replayed_and_compared_to_the_bit(open_page, own):
    page = take_away(ready(open_page(own)))
    choose(page, "A run to replay", "walk")
    page.get_by_text("walk: seed 5, 12 steps, compiled.").wait_for()
    button(page, "Replay to its end").click()
    page.get_by_text("All 12 rows replayed so far agree with the 12 recorded, to the bit.").wait_for()
    page.get_by_text("The final state has the recorded digest.").wait_for()


def test_a_file_is_opened_and_a_wrong_one_is_words(open_page, own, tmp_path):
    page = take_away(ready(open_page(own)))
    good, bad = tmp_path / "mine.toml", tmp_path / "bad.toml"
    good.write_text(va.Scenario.load("random_walk").text)
    bad.write_text("question = 1")
    page.get_by_label("A scenario's file").set_input_files(str(bad))
    page.get_by_text("question: got 1").first.wait_for()
    page.get_by_label("A scenario's file").set_input_files(str(good))
    page.get_by_role("heading", name=va.Scenario.load("random_walk").question).wait_for()
    page.get_by_text("No link can tell others of this").wait_for()
    button(page, "Step").click()
    wait_until(page, lambda: page.url.endswith("?file=mine.toml&step=1"), "the address tells the step")
    page.reload()
    page.get_by_role("heading", name=va.Scenario.load("random_walk").question).wait_for()
    wait_until(page, lambda: step(page) == 1, "step 1")
    elsewhere = open_page(own, query="?file=mine.toml&step=1")
    elsewhere.get_by_text("this tab of the browser does not have that file").wait_for()
    ready(elsewhere)


def test_a_hosted_server_holds_everyone_to_its_limits(open_page, hosted, tmp_path):
    page = walked(open_page, hosted)
    large = tmp_path / "large.toml"
    large.write_text("#" * 6000)
    page.get_by_label("A scenario's file").set_input_files(str(large))
    page.get_by_text("4 are allowed here").wait_for()
    enter_number(page, "to step", "20")
    button(page, "Draw 21 frames as GIF").click()
    page.get_by_text("3 frames at most here").wait_for()
    page.get_by_label("go to step").fill("40")
    button(page, "Go").click()
    page.get_by_text("25 steps at most on this server").first.wait_for()
    assert step(page) == 25
    button(page, "Back").click()
    wait_until(page, lambda: step(page) == 24, "a step back")
    page.goto(f"{hosted.url}/?scenario=cascade&set=graph.arguments.n=500&step=1")
    page.get_by_text("this server allows 400").first.wait_for()


def test_a_full_server_says_so_and_lets_one_in_when_there_is_room(open_page, hosted):
    first, second = ready(open_page(hosted)), ready(open_page(hosted))
    third = open_page(hosted)
    third.get_by_text("This server is full").wait_for()
    second.close()

    def let_in() -> bool:  # once the server has noticed that one is gone
        if button(third, "Try again").is_visible():
            button(third, "Try again").click()
            third.wait_for_timeout(1000)
        return not button(third, "Try again").is_visible()

    wait_until(first, let_in, "room for the third")
    ready(third)


def test_the_tab_fits_a_phone(open_page, own):
    page = take_away(ready(open_page(own, width=390, height=844)))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
