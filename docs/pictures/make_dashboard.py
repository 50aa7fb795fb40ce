"""Make dashboard.png: the dashboard with worm_wireless in motion, 1280 x 800, in headless Chromium.

    python docs/pictures/make_dashboard.py [STEP]

Needs the extras ``dashboard`` and ``test``, and a Chromium on the PATH.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).with_name("dashboard.png")
SERVE = "from vesicle_abm.dashboards.launch import serve; serve('worm_wireless', 0)"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
FLAGS += ["--disable-background-networking", "--no-first-run", "--disable-component-update", "--disable-sync"]
STEP_REACHED = "step => Number(document.querySelector('.va-step').textContent.split(' ')[1]) >= step"


def picture(url: str, step: int) -> None:
    """Play to a step and take the picture, a neuron chosen."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        page.get_by_text(re.compile("^Paused$")).wait_for(timeout=60_000)
        page.get_by_role("button", name="Play", exact=True).click()
        page.get_by_label("Find a neuron").fill("RIML")
        page.get_by_role("option", name="RIML", exact=True).click()
        page.wait_for_function(STEP_REACHED, arg=step, timeout=120_000)
        page.screenshot(path=PICTURE)
        browser.close()


def main() -> None:
    """Serve, take the picture, end the server."""
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    server = subprocess.Popen([sys.executable, "-u", "-c", SERVE], stdout=subprocess.PIPE, text=True)
    try:
        for line in server.stdout:
            if found := re.search(r"http://\S+", line):
                picture(found[0], step)
                break
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main()
