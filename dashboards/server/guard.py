"""Guard: an ASGI wrapper that lets only this server's own pages talk to it, and only about what it has for them.

Any web site's page may open a websocket to a server on this machine, and a name server may point any name at it. So
a request must name a host that is allowed (``Host``), and come from a page of that same host (``Origin``). What a proxy
or a visitor says elsewhere of the host (``X-Forwarded-Host``, ``X-Script-Name``) is not believed, and not passed on.
"""

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
NOT_BELIEVED = (b"x-forwarded-host", b"script-name", b"x-script-name")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",  # the widgets' own loader needs both
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def anything(kind: str, method: str, path: str) -> bool:
    """Every path is answered."""
    return True


class Guard:
    """Refuses foreign hosts and origins with 403 (a websocket is closed with 1008); adds a content security policy."""

    def __init__(self, app, hosts: Iterable[str] = LOOPBACK, serves: Callable[[str, str, str], bool] = anything):
        """``app``: an ASGI application; ``hosts``: names under which it may be asked, without port;
        ``serves(type, method, path)``: whether there is an answer.
        """
        self.app, self.hosts, self.serves = app, {host.lower() for host in hosts}, serves

    def allows(self, scope: dict) -> bool:
        """Whether a request may pass: its host is allowed, and it comes from a page of that host or from no page.

        A websocket and whatever may change something must say where it comes from.
        """
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        origins = [value for name, value in scope["headers"] if name == b"origin"]
        if len(hosts) != 1 or len(origins) > 1:
            return False
        host = hosts[0].decode("latin1").lower()
        if host_name(host) not in self.hosts:
            return False
        if origins:
            return urlsplit(origins[0].decode("latin1").lower()).netloc == host
        return scope["type"] == "http" and scope["method"] in SAFE_METHODS

    async def __call__(self, scope, receive, send):
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif not self.allows(scope):
            await refuse(scope, receive, send, 403, b"refused: foreign host or origin\n")
        elif not self.serves(scope["type"], scope.get("method", ""), scope["path"]):
            await refuse(scope, receive, send, 404, b"not found\n")
        else:
            headers = [header for header in scope["headers"] if header[0] not in NOT_BELIEVED]
            more = with_headers(send) if scope["type"] == "http" else send
            await self.app({**scope, "headers": headers}, receive, more)


async def refuse(scope, receive, send, status: int, words: bytes) -> None:
    """Answer a request with a status, and a websocket with its end."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
    else:
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": words})


def host_name(host: str) -> str:
    """A Host header without its port.

    >>> host_name("localhost:8765"), host_name("[::1]:8765"), host_name("127.0.0.1")
    ('localhost', '[::1]', '127.0.0.1')
    """
    name, separator, port = host.rpartition(":")
    return name if separator and port.isdigit() else host


def with_headers(send):
    """``send``, with the security headers added to each response."""
    extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def send_more(message):
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *extra]}
        await send(message)

    return send_more
