"""A server of ``dashboard_frames``, in a process of its own: the dashboard, or Mesa's SolaraViz with the same model.

    python benchmarks/dashboard_server.py dashboard|solaraviz SCENARIO STEPS

The model of SolaraViz has made so many steps before it is shown.

It writes the address that it serves to standard output, then twice a second a line of JSON: all counts since it began.
"""

import itertools
import json
import os
import socket
import sys
import threading
import time
from pathlib import Path

INTERVAL = 0.5  # s
DASHBOARD, SOLARAVIZ = "dashboard", "solaraviz"


class Counts:
    """What the server has done so far."""

    def __init__(self):
        self.bytes = self.frames = 0
        self.show_s = self.step_s = 0.0  # CPU of the session's thread within the screens' ``show``, and the steps

    def tell(self) -> None:
        """Write all counts now and again."""
        while True:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            layouts = sum(thread.name == "layout" for thread in threading.enumerate())
            now = {"wall_s": time.monotonic(), "cpu_s": time.process_time(), "rss": pages * os.sysconf("SC_PAGESIZE")}
            print(json.dumps({**vars(self), **now, "layouts": layouts}), flush=True)
            time.sleep(INTERVAL)

    def watch(self, app):
        """An ASGI application whose websockets' bytes are counted."""

        async def counted(scope, receive, send):
            async def send_on(message):
                if message["type"] == "websocket.send":
                    self.bytes += len(message.get("bytes") or message.get("text") or "")
                await send(message)

            await app(scope, receive, send_on)

        return counted

    def timed(self, work, name: str):
        """A function, the CPU time of its thread added to the count of this name."""

        def taken(*given):
            began = time.thread_time()
            work(*given)
            setattr(self, name, getattr(self, name) + time.thread_time() - began)

        return taken


def dashboard(scenario: str, counts: Counts):
    """Our application."""
    from vesicle_abm.dashboards.launch import application
    from vesicle_abm.dashboards.server import start

    start.scenario = scenario
    app = application()
    from vesicle_abm.dashboards.run.course import Course
    from vesicle_abm.dashboards.run.session import Session
    from vesicle_abm.dashboards.stage.canvas import NetworkWidget

    begin, send = Session.begin, NetworkWidget.send

    def begin_timed(session):
        for screen in itertools.chain(*session.lanes):
            screen.show = counts.timed(screen.show, "show_s")
        begin(session)

    def send_counted(widget, content, buffers=None):
        counts.frames += content.get("what") == "frame"
        counts.bytes += sum(memoryview(buffer).nbytes for buffer in buffers or ())  # written beside the application
        send(widget, content, buffers)

    Session.begin, NetworkWidget.send = begin_timed, send_counted
    Course.step = counts.timed(Course.step, "step_s")
    return app


def solaraviz(scenario: str, steps: str):
    """Mesa's: its page is the file beside this one."""
    os.environ["SOLARA_APP"] = str(Path(__file__).with_name("dashboard_solaraviz.py"))
    os.environ.update(BENCHMARK_SCENARIO=scenario, BENCHMARK_WARM_UP=steps)
    from vesicle_abm.dashboards.launch import SETTINGS

    os.environ.update(SETTINGS)
    from solara.server.starlette import app

    return app


def main() -> None:
    """Serve until killed."""
    which, scenario, steps = sys.argv[1:]
    counts = Counts()
    app = dashboard(scenario, counts) if which == DASHBOARD else counts.watch(solaraviz(scenario, steps))
    import uvicorn

    listening = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    threading.Thread(target=counts.tell, daemon=True).start()
    options = {"ws_max_size": 2**24, "ws_per_message_deflate": False}
    uvicorn.Server(uvicorn.Config(app, log_level="error", **options)).run(sockets=[listening])


if __name__ == "__main__":
    main()
