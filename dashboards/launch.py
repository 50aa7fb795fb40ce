"""serve: start the dashboard's server, on this machine only, with nothing fetched from anywhere else."""

import importlib.util
import os
import secrets
import threading
import warnings
from pathlib import Path

import vesicle_abm as va

from . import start
from .graphs import warm
from .guard import LOOPBACK

NEEDED = ("solara", "anywidget", "uvicorn", "ipyvuetify")
EXTRA = 'pip install "vesicle-abm[dashboard]"'
SETTINGS = {
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_THEME_VARIANT": "light",  # then theme.py asks the browser; "auto" renders an empty page in 1.64
    "SOLARA_THEME_TITLE": "vesicle-abm",
    "SOLARA_KERNEL_CULL_TIMEOUT": "2m",
    "SOLARA_KERNEL_MAX_COUNT": "64",
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",  # nothing is fetched: solara-assets holds it all
    "SOLARA_ASSETS_EXTRA_LOCATIONS": str(Path(__file__).with_name("assets")),
    "SOLARA_MODE": "production",
}
WILDCARDS = ("0.0.0.0", "::")


def serve(scenario: str | None, port: int, host: str = "127.0.0.1") -> None:
    """Serve the dashboard until interrupted.

    Parameters
    ----------
    scenario : a shipped scenario's name, or a TOML file, to open first; None for the first shipped one
    port : on which to listen; 0 for a free one
    host : address to listen on; only requests that name it, or this machine, are answered

    Raises
    ------
    InputError
        if the scenario is not there or wrong, or what the dashboard needs is not installed.
    """
    if host in WILDCARDS:
        raise va.InputError(f"got {host!r}; name the one address at which browsers will ask", "host")
    if scenario is not None:
        va.Scenario.load(scenario)
        start.scenario = str(scenario)
    name = f"[{host}]" if ":" in host else host
    start.token = token_for(name)
    start.editor = start.token != ""
    app = application((*LOOPBACK, name))
    threading.Thread(target=warm, args=(va.Scenario.load(start.first()),), daemon=True, name="warm").start()
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning", ws_max_size=2**24))
    _announce(server, host)
    server.run()


def token_for(name: str) -> str:
    """A new secret, by which pages may have text of their own run; "" where others than this machine can ask."""
    return secrets.token_urlsafe(16) if name in LOOPBACK else ""


def application(hosts=LOOPBACK):
    """The guarded ASGI application.

    Raises
    ------
    InputError
        naming the extra to install, if something is missing.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise va.InputError(f"the dashboard needs {', '.join(missing)}: {EXTRA}")
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # a note for pages inside other pages
    os.environ["SOLARA_APP"] = f"{__package__}.page"
    from solara.server.starlette import app

    from .guard import Guard

    return Guard(app, hosts)


def _announce(server, host: str) -> None:
    """Say where the page is, once the server listens."""
    begin = server.startup

    async def startup(sockets=None):
        await begin(sockets=sockets)
        for listening in server.servers:
            for socket in listening.sockets:
                shown = f"[{host}]" if ":" in host else host
                token = f"/?token={start.token}" if start.editor else ""
                address = f"http://{shown}:{socket.getsockname()[1]}{token}"
                print(f"Dashboard: {address}  (Ctrl+C ends it)", flush=True)  # noqa: T201
                return

    server.startup = startup
