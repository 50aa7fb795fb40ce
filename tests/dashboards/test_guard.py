"""Guard: only this server's own pages are answered."""

import asyncio

import pytest

from vesicle_abm.dashboards.server.guard import Guard, host_name

HERE = "127.0.0.1:8765"


async def inner(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
        await send({"type": "http.response.body", "body": b"page"})
    else:
        await send({"type": "websocket.accept"})


def ask(kind="http", method="GET", **headers):
    """What the guarded application sends for a request with these headers."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "websocket.connect"}

    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(Guard(inner)({"type": kind, "method": method, "path": "/", "headers": listed}, receive, send))
    return sent


@pytest.mark.parametrize("host", [HERE, "localhost:8765", "LOCALHOST", "[::1]:8765"])
def test_own_hosts_are_answered_with_a_content_security_policy(host):
    start, body = ask(host=host)
    assert start["status"] == 200
    assert body["body"] == b"page"
    names = [name for name, _ in start["headers"]]
    assert b"content-security-policy" in names
    assert b"x-own" in names


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8765", "", "localhost.evil.example"])
def test_a_foreign_host_is_refused(host):
    assert ask(host=host)[0]["status"] == 403
    assert ask("websocket", host=host, origin=f"http://{host}")[-1] == {"type": "websocket.close", "code": 1008}


def test_no_host_is_refused():
    assert ask()[0]["status"] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1"])
def test_a_foreign_origin_is_refused(origin):
    assert ask(host=HERE, origin=origin)[0]["status"] == 403
    assert ask("websocket", host=HERE, origin=origin)[-1]["type"] == "websocket.close"


def test_a_websocket_and_a_post_must_say_where_they_come_from():
    assert ask("websocket", host=HERE)[-1]["type"] == "websocket.close"
    assert ask(method="POST", host=HERE)[0]["status"] == 403
    assert ask("websocket", host=HERE, origin=f"http://{HERE}")[-1]["type"] == "websocket.accept"
    assert ask(method="POST", host=HERE, origin=f"http://{HERE}")[0]["status"] == 200


def test_a_host_without_a_port_keeps_its_name():
    assert host_name("localhost") == "localhost"
    assert host_name("[::1]") == "[::1]"


def test_what_a_visitor_says_of_the_host_elsewhere_is_not_passed_on():
    seen = []

    async def app(scope, receive, send):
        seen.extend(scope["headers"])
        await inner(scope, receive, send)

    told = [(b"host", HERE.encode()), (b"x-script-name", b"/evil"), (b"x-forwarded-host", b"evil.example")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": told}
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(app)(scope, None, send))
    assert seen == [(b"host", HERE.encode())]


def test_the_real_server_refuses_foreign_hosts_and_origins(server):
    import http.client

    def status(**headers):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", "/", headers=headers)
        return connection.getresponse().status

    assert status() == 200
    assert status(Host="evil.example") == 403
    assert status(Origin="http://evil.example") == 403
