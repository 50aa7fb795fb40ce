"""Progress: which steps of the lessons were done; the browser keeps it from visit to visit."""

from pathlib import Path

import anywidget
import traitlets


class ProgressWidget(anywidget.AnyWidget):
    """Nothing to see: the names of the steps that were done, "lesson/number"."""

    _esm = Path(__file__).with_name("progress.js").read_text(encoding="utf-8")
    done = traitlets.List(traitlets.Unicode()).tag(sync=True)


def name_of(lesson: str, step: int) -> str:
    """The name of a step; numbers begin with 1.

    >>> name_of("traces", 0)
    'traces/1'
    """
    return f"{lesson}/{step + 1}"
