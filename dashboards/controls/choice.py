"""Choice: one of several, by the browser's own list."""

from collections.abc import Callable, Sequence
from pathlib import Path

import anywidget
import solara
import traitlets

HERE = Path(__file__).parent


class ChoiceWidget(anywidget.AnyWidget):
    """A label and a list; it tells what was chosen, and shows what it is given."""

    _esm = (HERE / "choice.js").read_text(encoding="utf-8")
    _css = (HERE / "choice.css").read_text(encoding="utf-8")
    label = traitlets.Unicode().tag(sync=True)
    values = traitlets.List(traitlets.Unicode()).tag(sync=True)
    words = traitlets.List(traitlets.Unicode()).tag(sync=True)  # what the list says of each
    value = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    chosen = traitlets.List().tag(sync=True)  # how many choices there have been, and the last


@solara.component
def Choice(
    label: str,
    values: Sequence[str],
    value: str,
    on_value: Callable[[str], None],
    disabled: bool = False,
    words: Sequence[str] = (),
):
    """``on_value`` is called with one of ``values``; until the next drawing says otherwise, ``value`` holds. ``words``:
    what the list says of each, if not the value itself.
    """

    def choose(chosen):
        if len(chosen) == 2 and chosen[1] in values:
            on_value(chosen[1])

    shown = list(words or values)
    ChoiceWidget.element(
        label=label, values=list(values), words=shown, value=value, disabled=disabled, on_chosen=choose
    )
