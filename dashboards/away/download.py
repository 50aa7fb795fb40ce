"""Download: a button that makes a file when it is pressed, in a thread of its own; nothing of it is kept."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import anywidget
import solara
import traitlets

import vesicle_abm as va

HERE = Path(__file__).parent
log = logging.getLogger(__name__)


class DownloadWidget(anywidget.AnyWidget):
    """``content()`` gives the bytes of the file ``name``."""

    _esm = "\n".join((HERE / name).read_text(encoding="utf-8") for name in ("../browser/element.js", "download.js"))
    label = traitlets.Unicode().tag(sync=True)
    name = traitlets.Unicode()
    content = traitlets.Callable()

    def __init__(self, **traits):
        super().__init__(**traits)
        self._making = threading.Lock()
        self.on_msg(self._hear)

    def _hear(self, _widget, content, _buffers) -> None:
        if isinstance(content, dict) and content.get("what") == "ask" and self._making.acquire(blocking=False):
            threading.Thread(target=self._make, daemon=True, name="download").start()

    def _make(self) -> None:
        try:
            made = self.content()
            self.send({"name": self.name}, [made])
        except va.InputError as error:
            self.send({"problem": str(error)})
        except Exception:
            log.exception("a download failed")
            self.send({"problem": "this failed; the server's log says why"})
        finally:
            self._making.release()


@solara.component
def Download(label: str, name: str, content: Callable[[], bytes]):
    """The button."""
    DownloadWidget.element(label=label, name=name, content=content)
