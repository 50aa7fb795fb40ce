"""FieldInput: one number of the form: a slider and a box, its unit and bounds, its doc, what is wrong with it."""

import solara

from .draft import Draft
from .parameters import Entry


@solara.component
def FieldInput(entry: Entry, draft: Draft, write):
    """``write(path, text as it runs, text typed)`` is called when a number has been typed, or a slider let go."""
    pending = entry.path in draft.texts
    text = draft.texts.get(entry.path, entry.text)
    notes = ["changed"] * pending + ["needs a restart"] * (pending and entry.begins)
    with solara.Div(classes=["va-field", *(["va-changed"] if pending else [])], key="/".join(map(str, entry.path))):
        solara.InputText(
            f"{entry.name}{f' ({entry.allowed})' if entry.allowed else ''}",
            value=text,
            on_value=lambda typed: write(entry.path, entry.text, typed),
            error=draft.wrong.get(entry.key, False),
            message=". ".join([", ".join(notes), entry.doc]) if notes else entry.doc,
        )
        if entry.span is not None:
            low, high, step = entry.span
            slider = solara.v.Slider(
                v_model=within(text, entry.value, low, high),
                min=low,
                max=high,
                step=step,
                dense=True,
                hide_details=True,
                aria_label=f"slider of {entry.name}",
            )
            solara.v.use_event(
                slider, "change", lambda _widget, _event, value: write(entry.path, entry.text, shown(value, entry))
            )


def within(text: str, value: float, low: float, high: float) -> float:
    """Where the slider stands for what was typed; where it runs if that is no number.

    >>> within("0.5", 0.1, 0.0, 1.0), within("7", 0.1, 0.0, 1.0), within("much", 0.1, 0.0, 1.0)
    (0.5, 1.0, 0.1)
    """
    try:
        number = float(text)
    except ValueError:
        number = value
    return min(high, max(low, number))


def shown(value: float, entry: Entry) -> str:
    """A slider's number as one types it."""
    return str(round(value)) if entry.whole else f"{value:.6g}"
