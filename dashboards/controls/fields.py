"""Fields: numbers of the form as one widget: a box and a slider each, the doc, what is wrong with it."""

from pathlib import Path

import anywidget
import solara
import traitlets

from .draft import Draft
from .parameters import Entry

HERE = Path(__file__).parent


class FieldsWidget(anywidget.AnyWidget):
    """Sets of numbers under headings; it tells what was typed."""

    _esm = "\n".join((HERE / name).read_text(encoding="utf-8") for name in ("../browser/element.js", "fields.js"))
    _css = (HERE / "fields.css").read_text(encoding="utf-8")
    sets = traitlets.List().tag(sync=True)  # {title, marks, fields}


@solara.component
def Fields(sets: list[tuple[str, str, list[Entry]]], draft: Draft, write):
    """``sets``: (title, marks, entries); ``write(path, text that runs, text typed)`` is called for what was typed."""
    widget = solara.use_memo(FieldsWidget, [])
    shown = [
        {"title": title, "marks": marks, "fields": [field(entry, draft) for entry in entries]}
        for title, marks, entries in sets
    ]

    def tell():
        widget.sets = shown

    def listen():
        known = {key(entry): entry for _, _, entries in sets for entry in entries}

        def hear(_widget, content, _buffers):
            entry = known.get(content.get("key"))
            if entry is not None:
                write(entry.path, entry.text, str(content.get("text", "")))

        widget.on_msg(hear)
        return lambda: widget.on_msg(hear, remove=True)

    solara.use_effect(tell, [shown])
    solara.use_effect(listen, [sets, draft])
    solara.display(widget)


def field(entry: Entry, draft: Draft) -> dict:
    """What the widget shows of a number."""
    return {
        "key": key(entry),
        "name": entry.name,
        "allowed": entry.allowed,
        "doc": entry.doc,
        "text": draft.texts.get(entry.path, entry.text),
        "span": entry.span,
        "pending": entry.path in draft.texts,
        "begins": entry.begins,
        "wrong": draft.wrong.get(entry.key, ""),
    }


def key(entry: Entry) -> str:
    """What a number is called between browser and server."""
    return "/".join(map(str, entry.path))
