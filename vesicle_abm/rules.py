"""All rules that a scenario can name, as their declarations tell them: what the command ``rules`` shows."""

import dataclasses
import inspect
import re
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from rich.console import Console
from rich.table import Table

import vesicle_abm.tasks  # noqa: F401 - so that tasks are known
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.parameters import (
    EDGE,
    FEATURES,
    NODE,
    SCALAR,
    VECTOR,
    Rule,
    allowed_range,
    declaration,
    is_numeric,
    public_name,
)
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.neurons.learning_rates import MetaLearning
from vesicle_abm.neurons.neuron import NeuronModel
from vesicle_abm.neurons.plasticity import PARTS, Plasticity
from vesicle_abm.schema.scenario import load_installed
from vesicle_abm.tasks.task import Task
from vesicle_abm.vesicles.kind import FAMILIES, Kind
from vesicle_abm.vesicles.memory import Memory

TABLES: dict[str, type[Rule]] = {
    **FAMILIES,
    "estimators": Estimator,
    **{f"plasticity.{part}": family for part, family in PARTS.items()},
    "task": Task,
    "task.meta": MetaLearning,
    "neurons": NeuronModel,
    "memory": Memory,
}  # key of the table in a scenario -> family
ALONE = ("memory",)  # tables that need no rule = "…"
HOLDERS: dict[str, type] = {"kinds": Kind, "plasticity": Plasticity}  # of rules, with keys of their own
LENGTHS = {
    SCALAR: "",
    NODE: ", or one per node",
    EDGE: ", or one per edge",
    VECTOR: ", per component, or per node",
    FEATURES: ", or one per feature",
}
WORDS = {str: "text", list: "a list", bool: "true or false", dict: "a table", float: "a number", int: "a number"}
SECTIONS = r"\n+(?=>>>|Parameters\n-|Raises\n-)"
SENTENCE = r"(?<=\.)\s+(?=[A-Z\[])"


@dataclass(frozen=True)
class Entry:
    """A rule, and the table of a scenario that it stands in."""

    table: str
    rule: type[Rule]

    @property
    def names(self) -> set[str]:
        """What it may be asked for by, in small letters: its own name, its class's, its table's, its family's."""
        family = TABLES[self.table].__name__
        return {name.lower() for name in (self.rule.name, self.rule.__name__, self.table, last(self.table), family)}

    @property
    def shown(self) -> str:
        """The rule's name, where a scenario writes one."""
        return "-" if self.table in ALONE else self.rule.name


def last(table: str) -> str:
    """The last part of a dotted key."""
    return table.rpartition(".")[2]


def entries() -> list[Entry]:
    """Every rule that is known, those of installed packages among them, table by table."""
    load_installed()
    return [Entry(table, rule) for table, family in TABLES.items() for rule in family.known.values()]


def show_all(console: Console) -> None:
    """A line for each rule."""
    table = Table("table", "rule", "what it does", box=None, pad_edge=False, header_style="bold")
    for entry in entries():
        table.add_row(entry.table, entry.shown, first_sentence(entry.rule))
    console.print(table)
    console.print(
        "\nvesicle-abm rules NAME, with a rule, a table or a class: its parameters; also of kinds, plasticity"
    )


def show(name: str, console: Console) -> None:
    """All rules of a name, of a table, or of a class's name, each with its parameters.

    Raises
    ------
    InputError
        naming the nearest, if there is none such.
    """
    asked, known = name.lower(), entries()
    found = [entry for entry in known if asked in entry.names]
    holders = [key for key, holder in HOLDERS.items() if asked in (key, holder.__name__.lower())]
    if not found and not holders:
        names = [*TABLES, *HOLDERS, *(entry.rule.name for entry in known)]
        raise InputError(f"no rule {name!r}; {nearest(name, dict.fromkeys(names))}")
    for key in holders:
        console.print(f"[{key}]  {HOLDERS[key].__name__}\n{inspect.getdoc(HOLDERS[key])}\n")
    for entry in found:
        console.print(f"{entry.table}  {entry.shown}  ({entry.rule.__name__})", style="bold")
        console.print(description(entry.rule))
        console.print(parameter_table(entry.rule))
        console.print()


def description(rule: type[Rule]) -> str:
    """Its docstring, without parameters and examples; a paragraph to a line, but for tables and set-off formulas."""
    text = re.split(SECTIONS, inspect.getdoc(rule) or "")[0].strip()
    return "\n\n".join(
        part if part.startswith("==") or re.search(r"^ ", part, re.MULTILINE) else " ".join(part.split())
        for part in text.split("\n\n")
    )


def first_sentence(rule: type[Rule]) -> str:
    """The first sentence of its docstring, in one line."""
    return re.split(SENTENCE, description(rule).partition("\n\n")[0])[0]


def parameter_table(rule: type[Rule]) -> Table:
    """A line for each parameter: name, default, what is allowed, unit, and what it is."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("parameter", no_wrap=True)
    for heading in ("default", "allowed", "unit", "what it is"):
        table.add_column(heading)
    for row in parameter_rows(rule):
        table.add_row(*row)
    return table


def parameter_rows(rule: type[Rule]) -> Iterator[tuple[str, str, str, str, str]]:
    """(name, default, allowed, unit, doc) of each parameter, as declared."""
    for item in dataclasses.fields(rule):
        if is_numeric(item):
            about = declaration(item)
            allowed = allowed_range(about) + LENGTHS.get(about["per"], ", or one per node or edge")
            yield public_name(item), plain(item.default), allowed, about["unit"], about["doc"]
        else:
            about = item.metadata.get("option", {"doc": "", "choices": None})
            yield public_name(item), plain(item.default), allowed_option(item, about), "", about["doc"]


def allowed_option(item: dataclasses.Field, about: dict) -> str:
    """What a field that is not a number may be, in words."""
    if about["choices"] is not None:
        return " or ".join(plain(choice) for choice in about["choices"])
    sorts = get_args(item.type) if isinstance(item.type, types.UnionType) else (item.type,)
    words = [WORDS[sort] for sort in sorts if sort in WORDS]
    if about.get("labels"):
        words = ["a list of node labels"]
    if about.get("kinds"):
        words = ["a list of names of kinds" if list in sorts else "the name of a kind"]
    if about.get("signal"):
        words = ["a list of names of signals" if list in sorts else "the name of a signal"]
    return " or ".join([*words, *(["none"] if types.NoneType in sorts else [])])


def plain(value: Any) -> str:
    """A value as a scenario writes it."""
    if value is dataclasses.MISSING:
        return "must be given"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value!r}"
