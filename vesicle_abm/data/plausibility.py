"""How well experiments support each part of the HMN neuron: the document's plausibility map, brought up to date.

The facts are in ``plausibility.toml`` beside this file: section 6.5 of the HMN document, and the rows that its section
7.4.3 asks for. Every row says which of the two it is, and to which stages of the learning rule it belongs.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vesicle_abm.core.errors import InputError, nearest

FILE = Path(__file__).with_name("plausibility.toml")
DOCUMENT, UPDATE = "document", "update"
NEEDED = ("name", "support", "classification", "parts", "origin")
FREE = ("citations", "concepts", "note")
PARTS = ("correlation", "trace", "attention", "modulation", "astrocyte", "phase", "chance", "learning_rates")
"""The parts that have a row; other stages (weight bounds, homeostasis) are not in the document's map."""


@dataclass(frozen=True)
class Source:
    """A publication, as the HMN document lists it; ``note`` says what is amiss there."""

    short: str
    full: str
    note: str = ""


@dataclass(frozen=True)
class Component:
    """A row of the map.

    ``support`` and ``classification`` are words of ``meanings()``; what backs them is ``sources``, ``concepts`` or
    both. ``origin`` is "document" (section 6.5) or "update" (ours, as section 7.4.3 asks).
    """

    name: str
    support: str
    classification: str
    parts: tuple[str, ...]
    origin: str
    sources: tuple[Source, ...] = ()
    concepts: str = ""
    note: str = ""

    @property
    def backing(self) -> str:
        """What backs the row, in short: "Doya 2002; Fries 2005"."""
        return "; ".join([source.short for source in self.sources] + [self.concepts] * bool(self.concepts))


@cache
def plausibility() -> tuple[Component, ...]:
    """Give every row, the document's first.

    >>> [row.name for row in plausibility() if row.support == "None"]
    ['Logistic form of the probabilistic gate']
    """
    return read(tomllib.loads(FILE.read_text(encoding="utf-8")))


@cache
def meanings() -> dict[str, str]:
    """Give each level of support and each class, with what it means."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tables["support"] | tables["classification"]


def plausibility_of(part: str) -> tuple[Component, ...]:
    """Give the rows that belong to one part of the neuron; none for a part that the map does not judge.

    >>> [(row.support, row.classification) for row in plausibility_of("chance")]
    [('Indirect', 'Inspired / Plausible'), ('None', 'Inspired')]
    >>> plausibility_of("bounds")
    ()
    """
    return tuple(row for row in plausibility() if part in row.parts)


def read(tables: dict) -> tuple[Component, ...]:
    """Make the rows out of the file's tables.

    Raises
    ------
    InputError
        for a word that is not declared, a source that is not listed, a row that nothing backs.
    """
    sources = {key: Source(**table) for key, table in tables["sources"].items()}
    return tuple(_component(row, tables, sources) for row in tables["component"])


def _component(row: dict, tables: dict, sources: dict[str, Source]) -> Component:
    key = row.get("name", "component")
    for name in row:
        _check(name, (*NEEDED, *FREE), key)
    for name in NEEDED:
        if not row.get(name):
            raise InputError("a row needs it", f"{key}.{name}")
    cited = row.get("citations", [])
    _check(row["support"], tables["support"], f"{key}.support")
    _check(row["classification"], tables["classification"], f"{key}.classification")
    _check(row["origin"], (DOCUMENT, UPDATE), f"{key}.origin")
    for part in row["parts"]:
        _check(part, PARTS, f"{key}.parts")
    for name in cited:
        _check(name, sources, f"{key}.citations")
    if not cited and not row.get("concepts"):
        raise InputError("nothing backs this row; citations, concepts or both are needed", key)
    rest = {name: value for name, value in row.items() if name not in ("citations", "parts")}
    return Component(parts=tuple(row["parts"]), sources=tuple(sources[name] for name in cited), **rest)


def _check(given: str, allowed, key: str) -> None:
    if given not in allowed:
        raise InputError(f"got {given!r}; {nearest(given, allowed)}", key)


def as_markdown() -> str:
    """Give the map as Markdown: the table, the notes, the words, and the sources in full."""
    rows = plausibility()
    notes = [row for row in rows if row.note]
    number = {row.name: n for n, row in enumerate(notes, 1)}
    head = ["| component | support | class | key citations or concepts | parts of the rule | from |", "|---" * 6 + "|"]
    lines = head + [_line(row, number.get(row.name)) for row in rows]
    lines += ["", *(f"{number[row.name]}. {row.name}: {row.note}" for row in notes)]
    lines += ["", "| word | meaning |", "|---|---|", *(f"| {word} | {text} |" for word, text in meanings().items())]
    cited = sorted({source for row in rows for source in row.sources}, key=lambda source: source.full)
    lines += ["", *(f"* {source.full}{f' *({source.note})*' if source.note else ''}" for source in cited)]
    return "\n".join(lines) + "\n"


def _line(row: Component, note: int | None) -> str:
    origin = "6.5" if row.origin == DOCUMENT else "ours (7.4.3)"
    mark = f" ({note})" if note else ""
    parts = ", ".join(f"`{part}`" for part in row.parts)
    return f"| {row.name}{mark} | {row.support} | {row.classification} | {row.backing} | {parts} | {origin} |"
