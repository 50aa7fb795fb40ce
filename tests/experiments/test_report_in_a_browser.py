"""A report in the system's Chromium, from the disk: light and dark, and on a telephone."""

import shutil

import pytest

import vesicle_abm as va

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
PHONE, DESK = {"width": 390, "height": 800}, {"width": 1200, "height": 900}
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The report of a small ablation."""
    folder = tmp_path_factory.mktemp("report") / "study"
    va.ablate("random_walk", replicates=3, steps=12, workers=1, out=folder)
    return va.report(folder)


@pytest.fixture(scope="module")
def look(report):
    """Opens it, and gives the page and what it has asked for."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])

        def open_it(size, scheme="light"):
            page, asked = chromium.new_context(viewport=size, color_scheme=scheme, offline=True).new_page(), []
            page.on("request", lambda request: asked.append(request.url))
            page.goto(report.as_uri())
            return page, asked

        yield open_it
        chromium.close()


def test_it_opens_without_a_network_and_asks_for_itself_alone(look, report):
    page, asked = look(DESK)
    assert asked == [report.as_uri()]
    assert page.locator("svg[role=img][aria-label]").count() >= 3


def test_on_a_telephone_only_tables_are_wider_than_the_page_and_they_scroll(look):
    page, _ = look(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    wide = page.evaluate("[...document.querySelectorAll('.scroll')].filter(d => d.scrollWidth > d.clientWidth).length")
    assert wide >= 1
    sizes = "[...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().height)"
    assert min(page.evaluate(sizes)) >= 8.0  # px: letters that can be read


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_numbers_and_figures_stand_out_from_the_page(look, scheme):
    """Contrast of 4.5 and more for text, 3 for lines (WCAG 2.2, 1.4.3 and 1.4.11)."""
    page, _ = look(DESK, scheme)
    paper = luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (paper > 0.8) == (scheme == "light")
    for selector, key, least in [
        *((words, "color", 4.5) for words in ("p", "dt", "a", "th", "caption")),
        ("svg text", "fill", 4.5),
        ("svg use", "fill", 3.0),
    ]:
        get = f"[...document.querySelectorAll('{selector}')].map(e => getComputedStyle(e).{key})"
        for colour in set(page.evaluate(get)):
            light, dark = sorted((paper, luminance(colour)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, (selector, colour)


def luminance(colour: str) -> float:
    """Relative luminance of ``rgb(r, g, b)`` (WCAG 2.2)."""
    parts = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
