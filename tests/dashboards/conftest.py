"""A real server in a process of its own, and a page in the system's Chromium that watches what the page does."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
SERVE = (
    "import json, sys; from vesicle_abm.dashboards.launch import serve; "
    "serve(sys.argv[1] or None, 0, **json.loads(sys.argv[2]))"
)
START_LIMIT = 90  # s


class Server:
    """``serve`` in a process of its own."""

    def __init__(self, scenario: str = "", **options):
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, scenario, json.dumps(options)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
        self.lines: list[str] = []
        self.url = self.secret = ""  # where it is, and the query that lets a page have text run
        self._up = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._up.wait(START_LIMIT):
            self.close()
            raise RuntimeError("the server did not start:\n" + "".join(self.lines))

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if not self.url and (found := re.search(r"(http://[^/\s]+)/?(\S*)", line)):
                self.url, self.secret = found[1], found[2]
                self._up.set()
        self._up.set()

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def close(self):
        self.process.kill()
        self.process.wait(10)


@pytest.fixture(scope="session")
def server():
    pytest.importorskip("solara", reason="the extra 'dashboard' is not installed")
    pytest.importorskip("anywidget", reason="the extra 'dashboard' is not installed")
    running = Server()
    yield running
    running.close()


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Opens a page of a server; at the end, nothing may have gone wrong in it, nor left this machine."""
    contexts, faults = [], []

    def watch_request(request):
        host = re.match(r"(?:http|ws)s?://([^/:]+)", request.url)
        if host and host[1] != "127.0.0.1":
            faults.append(f"asked another host: {request.url}")

    def watch_console(message):
        if "INVALID_" in message.text:
            faults.append(f"the canvas: {message.text}")

    def opened(server, width=1280, height=800, query="", **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
        page.on("console", watch_console)
        page.on("request", watch_request)
        page.on("websocket", watch_request)
        page.goto(f"{server.url}/{query}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
