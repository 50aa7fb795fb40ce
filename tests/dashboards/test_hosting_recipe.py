"""The recipe for nginx in docs/hosting.md, run: TLS, a password, the websocket, and what does not pass."""

import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from .conftest import Server
from .test_browser import button, ready, step, wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]
GUIDE = Path(__file__).parents[2] / "docs" / "hosting.md"
NAME, PASSWORD = "vesicles.localhost", "axon"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """The port of nginx, in front of a hosted server."""
    pytest.importorskip("solara", reason="the extra 'dashboard' is not installed")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    certificate = ["-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-subj", f"/CN={NAME}"]
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *certificate]
    subprocess.run(making, check=True, capture_output=True)
    hashed = subprocess.run(["openssl", "passwd", "-apr1", PASSWORD], check=True, capture_output=True, text=True).stdout
    (folder / "passwords").write_text(f"teacher:{hashed}")
    server = Server(hosted=True, names=[NAME])
    recipe = re.search(r"```nginx\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[1]
    for written, here in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "vesicles.example.org": NAME,
        "/etc/ssl/vesicles.pem": str(folder / "cert.pem"),
        "/etc/ssl/vesicles.key": str(folder / "key.pem"),
        "/etc/nginx/vesicles.htpasswd": str(folder / "passwords"),
        "127.0.0.1:8765": f"127.0.0.1:{server.port}",
    }.items():
        assert written in recipe
        recipe = recipe.replace(written, here)
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    types = "types { text/html html; text/css css; application/javascript js; }\n"
    whole = (
        f"pid {folder}/pid;\nerror_log {folder}/log;\nevents {{}}\nhttp {{\naccess_log off;\n{types}{paths}{recipe}}}\n"
    )
    (folder / "nginx.conf").write_text(whole)
    nginx = subprocess.Popen(
        ["nginx", "-c", folder / "nginx.conf", "-e", folder / "log", "-g", "daemon off; user root;"]
    )
    yield port
    nginx.terminate()
    nginx.wait(10)
    server.close()


def curl(*words) -> str:
    command = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "--retry", "5", "--retry-connrefused", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_page_behind_the_proxy_plays_and_those_without_the_password_stay_outside(browser, proxied):
    address = f"https://{NAME}:{proxied}/"
    here = ["--resolve", f"{NAME}:{proxied}:127.0.0.1"]
    assert curl(*here, address) == "401"
    assert curl(*here, "-u", f"teacher:{PASSWORD}", address) == "200"
    assert curl(*here, "-u", f"teacher:{PASSWORD}", "-H", "Host: evil.example", address) == "403"
    assert curl(*here, "-u", f"teacher:{PASSWORD}", "-H", "Origin: https://evil.example", address) == "403"
    assert curl(*here, "-u", f"teacher:{PASSWORD}", f"{address}resourcez") == "404"
    login = {"username": "teacher", "password": PASSWORD}
    context = browser.new_context(ignore_https_errors=True, http_credentials=login)
    try:
        page = context.new_page()
        page.goto(f"{address}?scenario=random_walk")
        button(ready(page), "Step").click()
        wait_until(page, lambda: step(page) == 1, "a step")
    finally:
        context.close()
