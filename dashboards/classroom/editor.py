"""Editor: a field for a short text of Python, its lines numbered, the wrong one marked."""

from pathlib import Path

import anywidget
import traitlets

HERE = Path(__file__).parent


class EditorWidget(anywidget.AnyWidget):
    """``line``: the one to mark, 0 for none; ``locked``: to be read only."""

    _esm = (HERE / "editor.js").read_text(encoding="utf-8")
    _css = (HERE / "editor.css").read_text(encoding="utf-8")
    text = traitlets.Unicode().tag(sync=True)
    line = traitlets.Int(0).tag(sync=True)
    locked = traitlets.Bool(False).tag(sync=True)
