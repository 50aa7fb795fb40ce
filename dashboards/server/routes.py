"""Routes: what of the server's paths is answered; all else that Solara would serve is closed.

Of its assets only files that are there: asked for a folder, Solara 1.64 would delete it, and asked for a file that is
not there, it would try for seconds to fetch it from elsewhere.
"""

from pathlib import Path

PAGE, READY = "/", "/readyz"
FILES = ("/static/", "/jupyter/nbextensions/")
ASSETS = "/_solara/cdn/"
CLOSE = "/_solara/api/close/"
KERNELS = "/jupyter/api/kernels/"


class Routes:
    """Knows which requests may pass; ``assets``: the folder of files behind ASSETS."""

    def __init__(self, assets: Path):
        self.assets = assets

    def serve(self, kind: str, method: str, path: str) -> bool:
        """Whether a request for a path is answered."""
        if kind == "websocket":
            return path.startswith(KERNELS)
        if method == "POST":
            return path.startswith(CLOSE)
        if "\\" in path or "\0" in path or ".." in path.split("/"):
            return False
        if path.startswith(ASSETS):
            return self._is_asset(path.removeprefix(ASSETS))
        return method in ("GET", "HEAD") and (path in (PAGE, READY) or path.startswith(FILES))

    def _is_asset(self, name: str) -> bool:
        alone = self.assets / name / "__main.js"  # of a package asked for by its name
        return not name.startswith("/") and ((self.assets / name).is_file() or ("/" not in name and alone.is_file()))
