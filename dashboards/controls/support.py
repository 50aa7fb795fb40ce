"""Support: how well experiments support a part of the neuron, as marks beside the part's name."""

from html import escape

import vesicle_abm as va

NEW_LINE = "&#10;"


def marks(part: str) -> str:
    """HTML: support and class of each row of the plausibility map about a part; empty where there is none.

    >>> marks("bounds")
    ''
    >>> "Strong · Plausible" in marks("trace")
    True
    """
    return "".join(_mark(row) for row in va.plausibility_of(part))


def _mark(row) -> str:
    tip = NEW_LINE.join(escape(line) for line in lines(row))
    words = escape(f"{row.support} · {row.classification}")
    mark = f'<span class="va-support" tabindex="0" title="{tip}">{words}</span>'
    return f'<span class="va-rated">{mark} {escape(row.name)}</span>'


def lines(row) -> list[str]:
    """What the tooltip says: the row's name, where its rating is from, its sources in full, remarks."""
    origin = "rated by us" if row.origin == "update" else "as the HMN document rates it, section 6.5"
    told = [
        row.name,
        f"Support: {row.support}. Class: {row.classification} ({origin}).",
        *([row.concepts] * bool(row.concepts)),
    ]
    for source in row.sources:
        told += [source.full, *([f"({source.note})"] * bool(source.note))]
    return told + [row.note] * bool(row.note)
