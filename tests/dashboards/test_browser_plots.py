"""Plots and the log in a real browser: what a visitor sees, chooses, and takes away."""

import io
import re

import pandas as pd
import pytest

import vesicle_abm as va

from .test_browser import button, choose, ready, step, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page, server):
    return ready(open_page(server))


def open_scenario(page, name):
    choose(page, "Scenario", name.replace("_", " "))
    page.get_by_role("heading", name=va.Scenario.load(name).question).wait_for()
    return ready(page)


def open_tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


def run(page, steps):
    page.get_by_label("steps at once").fill(str(steps))
    wanted = step(page) + steps
    button(page, "Step").click()
    wait_until(page, lambda: step(page) == wanted, f"step {wanted}")
    ready(page)


def plot(page, title):
    return page.get_by_role("region", name=title, exact=True)


def says(page, title) -> str:
    """What a plot says of itself to those who do not see it."""
    return plot(page, title).get_by_role("img").first.get_attribute("aria-label")


def saved(page, what, title):
    """A file that a plot's menu gives: its name and its bytes."""
    plot(page, title).get_by_label(f"menu of {title}").click()
    with page.expect_download() as download:
        plot(page, title).get_by_role("button", name=what).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_plots_follow_the_run_and_tell_the_latest_numbers(page):
    run(page, 12)
    wait_until(page, lambda: "steps 0 to 12" in says(page, "Population"), "twelve steps drawn")

    def the_stage_agrees() -> bool:  # its words change a few times a second
        told = page.get_by_role("group", name="kinds of vesicles shown").first.inner_text()
        alive = int(told.split("neuropeptide")[1].replace(",", "").split()[0])
        return f"neuropeptide {alive:,}" in says(page, "Population")

    wait_until(page, the_stage_agrees, "the same number on stage and in the plot")
    plot(page, "Modulator levels").get_by_label("menu of Modulator levels").click()
    plot(page, "Modulator levels").get_by_role("button", name="Table of numbers").click()
    assert plot(page, "Modulator levels").get_by_role("row").count() == 6  # a head, and five kinds


def test_plots_are_added_and_removed_and_lines_hidden_by_key(page):
    page.get_by_label("Add a plot").select_option("Births, by kind")
    plot(page, "Births, by kind").wait_for()
    line = plot(page, "Births, by kind").get_by_role("button", name=re.compile("^serotonin"))
    line.focus()
    line.press("Enter")
    assert line.get_attribute("aria-pressed") == "false"
    plot(page, "Births, by kind").get_by_label("menu of Births, by kind").click()
    plot(page, "Births, by kind").get_by_role("button", name="Remove from view").click()
    wait_until(page, lambda: plot(page, "Births, by kind").count() == 0, "gone")


def test_one_range_of_steps_and_one_cursor_serve_all_plots(page):
    run(page, 20)
    page.get_by_label("from step", exact=True).first.fill("5")
    page.get_by_label("to step", exact=True).first.fill("10")
    page.get_by_label("to step", exact=True).first.press("Enter")
    for title in ("Population", "Modulator levels"):
        wait_until(page, lambda title=title: "steps 5 to 10" in says(page, title), f"{title} zoomed")
    over = plot(page, "Population").locator(".u-over")
    over.dblclick(position={"x": 40, "y": 40})
    wait_until(page, lambda: "steps 0 to 20" in says(page, "Modulator levels"), "all steps again")
    level = plot(page, "Modulator levels").get_by_role("button", name=re.compile("^dopamine"))
    latest = re.search(r"dopamine (\S+),", says(page, "Modulator levels"))[1]
    over.hover(position={"x": 1, "y": 40})  # step 0
    wait_until(
        page, lambda: level.inner_text().split() == ["dopamine", "0"], "the number at the cursor of another plot"
    )
    page.mouse.move(0, 0)
    wait_until(page, lambda: level.inner_text().split()[1] == latest, "the latest number again")


def test_a_range_is_dragged_and_lines_get_a_logarithmic_scale(page):
    run(page, 20)
    box = plot(page, "Population").locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 40, steps=4)
    page.mouse.up()
    wait_until(page, lambda: re.search("steps [45] to 1[01]", says(page, "Modulator levels")), "a quarter of the steps")
    button(page, "All steps").click()
    plot(page, "Population").get_by_label("menu of Population").click()
    scale = plot(page, "Population").get_by_role("button", name="Logarithmic scale")
    scale.click()
    plot(page, "Population").get_by_label("menu of Population").click()
    assert scale.get_attribute("aria-pressed") == "true"


def test_a_plot_is_saved_as_picture_and_as_numbers(page):
    run(page, 10)
    seed = va.Scenario.load("worm_wireless").seed
    name, made = saved(page, "Save SVG", "Population")
    assert name == f"worm_wireless-seed{seed}-population.svg"
    assert b">neuropeptide<" in made
    name, made = saved(page, "Save PNG", "Population")
    assert name.endswith("-population.png")
    assert made.startswith(b"\x89PNG")
    name, made = saved(page, "Save CSV", "Population")
    assert name.endswith("-population.csv")
    assert pd.read_csv(io.BytesIO(made))["step"].tolist() == list(range(11))


def test_all_recorded_rows_are_downloaded(page):
    run(page, 10)
    with page.expect_download() as download:
        button(page, "Download Parquet").click()
    frame = pd.read_parquet(io.BytesIO(download.value.path().read_bytes()))
    assert frame.index.tolist() == list(range(1, 11))
    assert "dopamine.level" in frame


def test_a_synapse_is_chosen_by_its_neurons_and_drawn_from_there(page):
    open_scenario(page, "contextual_bandit")
    run(page, 5)
    page.get_by_label("from neuron").fill("input0")
    page.get_by_label("to neuron").fill("input1")
    button(page, "Show").click()
    page.get_by_text("no synapse that learns leads from input0 to input1").wait_for()
    page.get_by_label("to neuron").fill("act")
    wait_until(page, lambda: page.locator("datalist option[value=action2]").count() == 1, "action2 is offered")
    page.get_by_label("to neuron").fill("action1")
    button(page, "Show").click()
    plot(page, "Synapse: traces (2)").get_by_text("input0 → action1").wait_for()
    run(page, 3)
    plot(page, "Synapse: traces (2)").scroll_into_view_if_needed()
    wait_until(page, lambda: re.search(r"fast \d.*slow \d.*sum \d", says(page, "Synapse: traces (2)")), "its traces")


def test_weights_over_time_are_a_map_in_colours(page):
    open_scenario(page, "norepinephrine_astrocyte")
    run(page, 20)
    canvas = plot(page, "Weights over time").locator(".u-wrap canvas")
    canvas.scroll_into_view_if_needed()
    distinct = (
        "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
    )
    wait_until(page, lambda: canvas.evaluate(distinct) > 20, "many colours")
    plot(page, "Weights over time").locator(".u-over").hover(position={"x": 60, "y": 60})
    plot(page, "Weights over time").get_by_text(re.compile(r"step \d+, weight .* synapses")).wait_for()


def test_rows_stay_after_a_step_back(page):
    run(page, 8)
    button(page, "Back").click()
    wait_until(page, lambda: step(page) == 7, "step 7")
    assert "steps 0 to 8" in says(page, "Population")
    run(page, 2)
    wait_until(page, lambda: "steps 0 to 9" in says(page, "Population"), "nine steps")


def test_the_log_tells_what_happened_and_is_filtered(page):
    run(page, 10)
    open_tab(page, "Log")
    log = page.get_by_role("region", name="event log")
    wait_until(page, lambda: log.get_by_role("row").count() > 50, "a page of events")
    page.get_by_text("at step 10").wait_for()
    events = page.get_by_role("group", name="events")
    events.get_by_role("button", name="born").click()
    page.get_by_role("group", name="kinds", exact=True).get_by_role("button", name="dopamine").click()
    rows = log.get_by_role("row")
    wait_until(page, lambda: rows.count() > 1 and "born" in rows.nth(1).inner_text(), "births only")
    words = [row.split() for row in rows.all_inner_texts()[1:]]
    assert {(row[1], row[2]) for row in words} == {("born", "dopamine")}
    neuron = words[0][3]
    page.get_by_label("neuron", exact=True).fill(neuron)
    wait_until(page, lambda: all(neuron in row for row in rows.all_inner_texts()[1:]), "one neuron")
    with page.expect_download() as download:
        button(page, "Save CSV").click()
    table = pd.read_csv(io.BytesIO(download.value.path().read_bytes()))
    assert set(table["neuron"]) == {neuron}
    log.get_by_role("button", name=neuron, exact=True).first.click()
    page.locator(".va-card").get_by_text(neuron, exact=True).wait_for()
    button(page, "Clear filters").click()
    wait_until(page, lambda: rows.count() == 101, "all events again")


def test_plots_and_log_fit_a_narrow_dark_page(open_page, server):
    page = ready(open_page(server, width=390, height=844, color_scheme="dark"))
    run(page, 3)
    for tab, seen in (("Plots", "Population"), ("Log", "event log")):
        open_tab(page, tab)
        page.get_by_role("region", name=seen, exact=True).scroll_into_view_if_needed()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
