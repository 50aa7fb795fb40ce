"""Routes and crowd: what is answered, to how many; and the real server attacked from outside."""

import asyncio
import http.client

import pytest

from vesicle_abm.dashboards.server.crowd import TRY_AGAIN_LATER, Crowd
from vesicle_abm.dashboards.server.routes import Routes


@pytest.fixture
def routes(tmp_path):
    (tmp_path / "assets" / "package@1" / "dist").mkdir(parents=True)
    (tmp_path / "assets" / "package@1" / "dist" / "a.js").write_text("1")
    (tmp_path / "assets" / "alone@1").mkdir()
    (tmp_path / "assets" / "alone@1" / "__main.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    return Routes(tmp_path / "assets")


@pytest.mark.parametrize(
    "path",
    ["/", "/readyz", "/static/main.js", "/_solara/cdn/package@1/dist/a.js", "/_solara/cdn/alone@1"],
)
def test_the_page_and_its_files_are_served(routes, path):
    assert routes.serve("http", "GET", path)


@pytest.mark.parametrize(
    "path",
    [
        "/resourcez",
        "/jupyter/api/kernels/1",
        "/_solara/api/evict/1",
        "/_solara/cdn/package@1",  # Solara would delete the folder
        "/_solara/cdn/package@1/dist",
        "/_solara/cdn/package@1/dist/missing.js",  # Solara would try to fetch it
        "/_solara/cdn/../secret.txt",
        "/_solara/cdn//etc/passwd",
        "/static/../../secret.txt",
        "/static/a\\..\\b",
        "/favicon.ico",
    ],
)
def test_nothing_else_is_served(routes, path):
    assert not routes.serve("http", "GET", path)


def test_only_closing_a_page_may_be_posted_and_only_kernels_have_websockets(routes):
    assert routes.serve("http", "POST", "/_solara/api/close/1")
    assert not routes.serve("http", "POST", "/_solara/api/evict/1")
    assert not routes.serve("http", "DELETE", "/")
    assert routes.serve("websocket", "", "/jupyter/api/kernels/1/channels")
    assert not routes.serve("websocket", "", "/")


def test_one_too_many_is_told_to_come_back_and_let_in_when_there_is_room():
    async def stay(scope, receive, send):
        await send({"type": "websocket.accept"})
        if scope["type"] == "websocket":
            await left.wait()

    async def visit(kind):
        sent = []

        async def send(message):
            sent.append(message)

        async def receive():
            return {"type": "websocket.connect"}

        await crowd({"type": kind, "path": "/"}, receive, send)
        return sent

    async def story():
        first = asyncio.create_task(visit("websocket"))
        await asyncio.sleep(0)
        second, page = await visit("websocket"), await visit("http")
        left.set()
        await first
        return second, page, await visit("websocket")

    crowd, left = Crowd(stay, 1), asyncio.Event()
    second, page, third = asyncio.run(story())
    assert second[-1] == {"type": "websocket.close", "code": TRY_AGAIN_LATER}
    assert page[0]["status"] == 503
    assert b"full" in page[1]["body"]
    assert third[0]["type"] == "websocket.accept"


ATTACKS = [
    "/static/../../../../../../etc/passwd",
    "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
    "/static//etc/passwd",
    "/static/public/../../../../etc/passwd",
    "/static/assets/%2e%2e/%2e%2e/%2e%2e/%2e%2e/setup.cfg",
    "/jupyter/nbextensions/../../../../../../etc/passwd",
    "/jupyter/nbextensions/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/jupyter/nbextensions//etc/passwd",
    "/_solara/cdn/../../../../../../etc/passwd",
    "/_solara/cdn/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/_solara/cdn//etc/passwd",
    "/_solara/cdn/@widgetti",
    "/_solara/cdn/%00",
    "/runs/x/manifest.json",
    "/dashboards/page.py",
    "/resourcez?verbose=1",
    "/jupyter/api/kernels/1",
    "/..",
]


@pytest.mark.parametrize("path", ATTACKS)
def test_no_path_leaves_the_folders_that_are_served(server, path):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", f"127.0.0.1:{server.port}")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status in (400, 404)
    body = answer.read()
    assert b"root:" not in body
    assert b"[metadata]" not in body


def test_the_page_still_has_its_assets_after_the_attacks(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/")
    page = connection.getresponse().read().decode()
    assert "vesicle-abm" in page
    assert "https://" not in "".join(line for line in page.splitlines() if "<script" in line and "src=" in line)
