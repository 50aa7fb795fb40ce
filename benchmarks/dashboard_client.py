"""A visitor of the dashboard without a browser: speaks Solara's protocol over one websocket, and draws nothing.

It opens the page, answers every frame that the canvas would draw, and presses the buttons of the transport bar.
"""

import http.client
import json
import struct
import threading
import time
import uuid
from typing import Any

from websockets.sync.client import connect


class Visitor:
    """One visitor; ``query``: of the address."""

    def __init__(self, port: int, query: str = "", limit_s: float = 60.0):
        self.host, self.session, self.kernel = f"127.0.0.1:{port}", uuid.uuid4().hex, str(uuid.uuid4())
        self.limit_s = limit_s
        self.widgets: dict[str, dict[str, Any]] = {}  # comm -> its state
        self.frames = self.bytes = 0
        self._up = threading.Event()
        threading.Thread(target=self._live, daemon=True).start()
        if not self._up.wait(limit_s):
            raise TimeoutError("the server does not let a visitor in")
        control = uuid.uuid4().hex
        self.send("comm_open", comm_id=control, target_name="solara.control", data={})
        run = {"method": "run", "args": {"path": f"/?{query}" if query else "/", "appName": None}}
        self.send("comm_msg", comm_id=control, data=run)

    # What it sees

    def find(self, *keys: str) -> list[str]:
        """The comms of the widgets whose state has these keys."""
        return [comm for comm, state in list(self.widgets.items()) if all(key in state for key in keys)]

    @property
    def bar(self) -> str:
        """The comm of the transport bar."""
        return self.find("fastest", "status")[0]

    @property
    def status(self) -> dict[str, Any]:
        """What the bar says; empty before there is one."""
        found = self.find("fastest", "status")
        return self.widgets[found[0]]["status"] if found else {}

    @property
    def step(self) -> int:
        """The step that the bar shows."""
        return self.status.get("step", -1)

    @property
    def paused(self) -> bool:
        """Whether a model is there and stands still."""
        return bool(self.status) and not (self.status["going"] or self.status["blocked"] or self.status["busy"])

    def wait(self, condition, what: str) -> float:
        """Wait until the condition holds; seconds that it took."""
        began = time.perf_counter()
        while not condition():
            if time.perf_counter() - began > self.limit_s:
                raise TimeoutError(f"not within {self.limit_s:g} s: {what}; {self.status}")
            time.sleep(0.002)
        return time.perf_counter() - began

    # What it does

    def order(self, order: str, number: int = 0) -> None:
        """Press a button of the bar."""
        self.tell(self.bar, {"order": order, "number": number})

    def tell(self, comm: str, content: Any, buffers: tuple[bytes, ...] = ()) -> None:
        """A widget's own message."""
        self.send("comm_msg", buffers, comm_id=comm, data={"method": "custom", "content": content})

    def set(self, comm: str, **state: Any) -> None:
        """Change a widget's traits."""
        self.send("comm_msg", comm_id=comm, data={"method": "update", "state": state, "buffer_paths": []})

    def send(self, kind: str, buffers: tuple[bytes, ...] = (), **content: Any) -> None:
        """A message of the protocol."""
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "session": self.session,
            "username": "",
            "version": "5.3",
        }
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self._socket.send(packed(message, buffers) if buffers else json.dumps({**message, "buffers": []}))

    def raw(self, message: str | bytes) -> None:
        """Anything at all."""
        self._socket.send(message)

    def leave(self) -> None:
        """Vanish: the server is not told."""
        self._socket.close()

    def close(self) -> None:
        """Close the tab: the browser tells the server."""
        connection = http.client.HTTPConnection(self.host, timeout=self.limit_s)
        path = f"/_solara/api/close/{self.kernel}?session_id={self.session}"
        connection.request("POST", path, headers={"Origin": f"http://{self.host}"})
        connection.getresponse().read()
        connection.close()
        self._socket.close()

    def _live(self) -> None:
        url = f"ws://{self.host}/jupyter/api/kernels/{self.kernel}/channels?session_id={self.session}"
        cookie = {"Cookie": f"solara-session-id={self.session}"}
        with connect(url, origin=f"http://{self.host}", max_size=None, additional_headers=cookie) as self._socket:
            self._up.set()
            for raw in self._socket:
                self.bytes += len(raw)
                self._take(unpacked(raw) if isinstance(raw, bytes) else json.loads(raw))

    def _take(self, message: dict[str, Any]) -> None:
        content, kind = message["content"], message["header"]["msg_type"]
        if kind == "comm_open":
            self.widgets[content["comm_id"]] = content["data"].get("state", {})
        elif kind == "comm_msg":
            data = content["data"]
            if data.get("method") == "update":
                self.widgets.setdefault(content["comm_id"], {}).update(data["state"])
            elif data.get("method") == "custom" and data["content"].get("what") == "frame":
                self.frames += 1
                self.tell(content["comm_id"], {"what": "seen", "id": data["content"]["id"]})


def packed(message: dict[str, Any], buffers: tuple[bytes, ...]) -> bytes:
    """A message with buffers as Jupyter has it: how many parts, where each begins, the parts."""
    parts = [json.dumps(message).encode(), *buffers]
    begins = [4 * (len(parts) + 1)]
    for part in parts[:-1]:
        begins.append(begins[-1] + len(part))
    return struct.pack(f"!{len(parts) + 1}I", len(parts), *begins) + b"".join(parts)


def unpacked(raw: bytes) -> dict[str, Any]:
    """The message, without its buffers."""
    count, *begins = struct.unpack(f"!{raw[3] + 1}I", raw[: 4 * (raw[3] + 1)])
    return json.loads(raw[begins[0] : begins[1] if count > 1 else None])
