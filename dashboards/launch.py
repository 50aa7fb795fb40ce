"""serve: start the dashboard's server, for this machine unless told otherwise, with nothing fetched from elsewhere."""

import importlib.util
import os
import secrets
import threading
import warnings
from collections.abc import Iterable
from pathlib import Path

import vesicle_abm as va

from .run.graphs import warm
from .server import start
from .server.crowd import Crowd
from .server.guard import LOOPBACK, Guard
from .server.limits import HOSTED, LOCAL
from .server.rooms import Rooms
from .server.routes import Routes

NEEDED = ("solara", "anywidget", "uvicorn", "ipyvuetify", "tomlkit")
EXTRA = 'pip install "vesicle-abm[dashboard]"'
SETTINGS = {
    # Written by the thread that sends, frames cost less; but Solara 1.64 then keeps the number of a socket, and what is
    # still on its way when that closes is written into whichever connection is given the number next.
    "SOLARA_SERVER_SYNC_WS_WRITE": "False",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_THEME_VARIANT": "light",  # then theme.py asks the browser; "auto" renders an empty page in 1.64
    "SOLARA_THEME_TITLE": "vesicle-abm",
    "SOLARA_KERNEL_CULL_TIMEOUT": "2m",
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",  # nothing is fetched: solara-assets holds it all
    "SOLARA_ASSETS_EXTRA_LOCATIONS": str(Path(__file__).with_name("assets")),
    "SOLARA_MODE": "production",
    "SOLARA_ROOT_PATH": "",  # else whoever comes first may set it for all, by a header
    "SOLARA_SESSION_HTTP_ONLY": "True",
}
PAGES_A_SESSION = 3  # websockets: those that wait to be let in, too
WS_LOCAL, WS_HOSTED = 2**24, 2**20  # bytes of a message from a browser
WILDCARDS = ("0.0.0.0", "::")


def serve(
    scenario: str | None,
    port: int,
    host: str = "127.0.0.1",
    hosted: bool = False,
    names: Iterable[str] = (),
    runs: str = "runs",
    limits: Iterable[str] = (),
) -> None:
    """Serve the dashboard until interrupted.

    Parameters
    ----------
    scenario : a shipped scenario's name, or a TOML file, to open first; None for the first shipped one
    port : on which to listen; 0 for a free one
    host : address to listen on; only requests that name it, this machine, or one of ``names``, are answered
    hosted : whether strangers may come: then each session has limits
    names : further names under which it may be asked, say those of a reverse proxy
    runs : the folder of run directories that may be opened
    limits : NAME=NUMBER, instead of the usual limits

    Raises
    ------
    InputError
        if the scenario is not there or wrong, or what the dashboard needs is not installed.
    """
    names = list(names)
    if host in WILDCARDS and not (hosted and names):
        raise va.InputError(
            f"got {host!r}; name the one address at which browsers will ask, or give --hosted and --allow-host", "host"
        )
    if scenario is not None:
        va.Scenario.load(scenario)
        start.scenario = str(scenario)
    start.hosted, start.runs = hosted, Path(runs)
    start.limits = (HOSTED if hosted else LOCAL).given(limits)
    start.rooms = Rooms(start.limits.sessions)
    name = f"[{host}]" if ":" in host else host
    start.token = "" if hosted or names else token_for(name)
    start.editor = start.token != ""
    app = application((*LOOPBACK, name, *names))
    threading.Thread(target=warm, args=(va.Scenario.load(start.first()),), daemon=True, name="warm").start()
    import uvicorn

    largest = WS_HOSTED if hosted else WS_LOCAL
    sockets = {"ws_max_size": largest, "ws_per_message_deflate": False}  # to pack a frame costs more than to make it
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", **sockets)
    server = uvicorn.Server(config)
    _announce(server, host)
    server.run()


def token_for(name: str) -> str:
    """A new secret, by which pages may have text of their own run; "" where others than this machine can ask."""
    return secrets.token_urlsafe(16) if name in LOOPBACK else ""


def application(hosts=LOOPBACK):
    """The guarded ASGI application, within the limits of ``start``.

    Raises
    ------
    InputError
        naming the extra to install, if something is missing.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise va.InputError(f"the dashboard needs {', '.join(missing)}: {EXTRA}")
    sessions = start.limits.sessions
    most = None if sessions is None else PAGES_A_SESSION * sessions
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    if most is not None:
        os.environ["SOLARA_KERNEL_MAX_COUNT"] = str(most)
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # a note for pages inside other pages
    os.environ["SOLARA_APP"] = f"{__package__}.page"
    import solara.server.settings
    from solara.server.starlette import app

    routes = Routes(solara.server.settings.assets.proxy_cache_dir)
    return Guard(Crowd(app, most), hosts, routes.serve)


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
