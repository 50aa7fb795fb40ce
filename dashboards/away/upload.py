"""Upload: a field for a file of a bounded size."""

from collections.abc import Callable
from pathlib import Path

import anywidget
import solara
import traitlets

LONGEST_NAME = 120


class UploadWidget(anywidget.AnyWidget):
    """``take(name, content)`` is given what was chosen; whatever is larger than ``most`` bytes is dropped."""

    _esm = Path(__file__).with_name("upload.js").read_text(encoding="utf-8")
    label = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)
    most = traitlets.Int().tag(sync=True)
    take = traitlets.Callable()

    def __init__(self, **traits):
        super().__init__(**traits)
        self._allowed = self.most  # a page may change the trait, but not this
        self.on_msg(self._hear)

    def _hear(self, _widget, content, buffers) -> None:
        name = content.get("name") if isinstance(content, dict) else None
        if isinstance(name, str) and len(buffers) == 1 and len(buffers[0]) <= self._allowed:
            self.take(name[:LONGEST_NAME], bytes(buffers[0]))


@solara.component
def Upload(label: str, accept: str, most: int, take: Callable[[str, bytes], None]):
    """The field."""
    UploadWidget.element(label=label, accept=accept, most=most, take=take)
