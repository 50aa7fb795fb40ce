"""Crowd: an ASGI wrapper that bounds how many websockets are open at once; who is too many is told so."""

WORDS = b"This server is full: as many pages are open as it allows. Try again in some minutes.\n"
TRY_AGAIN_LATER = 1013


class Crowd:
    """Lets ``most`` websockets through; None: any number."""

    def __init__(self, app, most: int | None):
        self.app, self.most = app, most
        self.open = 0

    @property
    def full(self) -> bool:
        """Whether there is no room for another."""
        return self.most is not None and self.open >= self.most

    async def __call__(self, scope, receive, send):
        """Pass on, or refuse in words."""
        if scope["type"] == "websocket":
            if self.full:
                await receive()
                await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
                return
            self.open += 1
            try:
                await self.app(scope, receive, send)
            finally:
                self.open -= 1
        elif scope["type"] == "http" and scope["path"] == "/" and self.full:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"60")]
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            await send({"type": "http.response.body", "body": WORDS})
        else:
            await self.app(scope, receive, send)
