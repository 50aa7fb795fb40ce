"""Make the pictures of the dashboard, in headless Chromium: light, dark, on a phone, a lesson, two views side by side.

    python docs/pictures/make_dashboard.py [NAME...]

Needs the extras ``dashboard`` and ``test``, and a Chromium on the PATH.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
SERVE = "from vesicle_abm.dashboards.launch import serve; serve(None, 0)"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
FLAGS += ["--disable-background-networking", "--no-first-run", "--disable-component-update", "--disable-sync"]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PATIENCE_MS = 120_000


def stand(page: Page, step: int) -> None:
    """Go to a step, and wait until the page has come to rest there."""
    page.get_by_label("go to step", exact=True).fill(str(step))
    page.get_by_role("button", name="Go", exact=True).click()
    page.wait_for_function(f"document.querySelector('output.va-step').textContent === 'Step {step}'")
    page.wait_for_timeout(2500)


def tab(page: Page, name: str) -> None:
    """Show a tab."""
    page.get_by_role("tab", name=name, exact=True).click()
    page.wait_for_timeout(1500)


def worm(page: Page) -> None:
    """The worm, a neuron chosen."""
    stand(page, 120)
    page.get_by_label("Find a neuron").first.fill("RIML")
    page.wait_for_timeout(1500)


def learning(page: Page) -> None:
    """Synapses that learn, coloured by what they have become."""
    stand(page, 260)
    page.get_by_label("Colour neurons by", exact=True).select_option("weight change")
    page.wait_for_timeout(2000)


def narrow(page: Page) -> None:
    """A wave on a phone."""
    stand(page, 60)


def lesson(page: Page) -> None:
    """The second lesson."""
    tab(page, "Lessons")
    page.get_by_role("button", name=re.compile("Random walk and density")).click()
    page.wait_for_timeout(3000)
    stand(page, 40)


def beside(page: Page) -> None:
    """Agents, and what the density view expects of them."""
    stand(page, 40)
    tab(page, "Parameters")
    page.get_by_label("Side by side with", exact=True).select_option("density")
    page.wait_for_function("document.querySelectorAll('canvas.va-canvas').length === 2")
    page.wait_for_timeout(4000)
    tab(page, "Plots")


def errors(page: Page) -> None:
    """Errors on their way back from the outputs, in the first trial."""
    page.get_by_label("Places", exact=True).select_option("as placed")
    stand(page, 5)


PICTURES = {
    "dashboard": ("worm_wireless", WIDE, "light", worm),
    "dashboard_dark": ("vesicles_or_broadcast", WIDE, "dark", learning),
    "dashboard_phone": ("reward_wave", PHONE, "light", narrow),
    "dashboard_lesson": ("random_walk", WIDE, "light", lesson),
    "dashboard_credit": ("credit_by_vesicles", WIDE, "light", errors),
    "dashboard_beside": ("random_walk", WIDE, "light", beside),
}


def take(browser, url: str, name: str) -> None:
    """One picture."""
    scenario, size, scheme, prepare = PICTURES[name]
    page = browser.new_page(viewport=size, color_scheme=scheme)
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{url.split('?', maxsplit=1)[0]}?scenario={scenario}")
    page.get_by_text(re.compile("^Paused$")).wait_for()
    prepare(page)
    page.screenshot(path=HERE / f"{name}.png")
    page.close()


def main() -> None:
    """Serve, take the pictures, end the server."""
    names = sys.argv[1:] or list(PICTURES)
    server = subprocess.Popen([sys.executable, "-u", "-c", SERVE], stdout=subprocess.PIPE, text=True)
    try:
        url = next(found[0] for line in server.stdout if (found := re.search(r"http://\S+", line)))
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name in names:
                take(browser, url, name)
            browser.close()
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main()
