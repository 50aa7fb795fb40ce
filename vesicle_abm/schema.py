"""What a scenario file may hold: its tables, typed. Each is read to its end, so that every problem is told at once."""

import inspect
import re
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import networkx as nx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationError, model_validator

from vesicle_abm.core.errors import InputError, closest, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import MAX_NODES, MAX_STEPS
from vesicle_abm.core.parameters import Rule
from vesicle_abm.data import celegans
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.vesicles.lifecycle import FAMILIES, Kind, lifetime_of

RULES_ENTRY_POINT = "vesicle_abm.rules"
DATASETS = {"celegans": celegans}
VIEWS = ("compiled", "particles", "density")
GRAPH_SEED = 0  # of a random generator whose arguments name none, so that a scenario has one graph
KIND_NAME = r"[\w-]+( [\w-]+)*"


def generator(name: str) -> Callable:
    """The function of networkx."""
    return inspect.unwrap(getattr(nx, name))


def makes_a_graph(name: str) -> bool:
    """Whether this name of networkx is a function that makes a graph from numbers."""
    made = name.endswith("_graph") and inspect.isfunction(generator(name))
    home = generator(name).__module__ if made else ""
    at_home = home.startswith(("networkx.generators", "networkx.algorithms.bipartite.generators"))
    return at_home and "G" not in inspect.signature(generator(name)).parameters


GENERATORS = sorted(filter(makes_a_graph, dir(nx)))


class Problems(InputError):
    """Several problems, each with its key."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def inside(self, parent: str) -> "Problems":
        """The same problems, their keys placed under ``parent``."""
        return Problems(problem.inside(parent) for problem in self.problems)


def problems_of(error: Exception) -> list[InputError]:
    """One error as a list of problems."""
    if isinstance(error, ValidationError):
        return [problem for item in error.errors() for problem in _found(item)]
    return error.problems if isinstance(error, Problems) else [error]  # type: ignore[list-item]


def construct(make: Callable, table: dict) -> Any:
    """``make(**table)``; every key that it refuses is told, not the first alone.

    Raises
    ------
    Problems
        with the keys as ``make`` names them.
    """
    left, problems = dict(table), []
    while True:
        try:
            made = make(**left)
            break
        except InputError as error:
            problems.append(error)
            refused = error.key.partition(".")[0]
            if refused not in left:
                break
            del left[refused]
        except TypeError as error:  # a parameter without a default is missing, or a user's rule stumbled
            problems += [] if problems else [InputError(f"cannot be made: {error}")]
            break
    if problems:
        raise Problems(problems)
    return made


class Strict(BaseModel):
    """A table in which an unknown key is an error; what it holds is checked as if the key had been spelt right."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, strict=True)

    @model_validator(mode="wrap")
    @classmethod
    def _read_to_the_end(cls, table: Any, read: Callable) -> Any:
        if isinstance(table, cls):
            return table
        if not isinstance(table, dict):
            raise InputError(f"got {shown(table)}; a table is allowed")
        known, problems = {}, []
        for key, value in table.items():
            if key in cls.model_fields:
                known[key] = value
            else:
                problems.append(InputError(f"unknown key; {nearest(key, cls.model_fields)}", str(key)))
        for problem in problems:
            meant = closest(problem.key, cls.model_fields)
            if meant is not None:
                known.setdefault(meant, table[problem.key])
        try:
            made = read(known)
        except ValidationError as error:
            problems += problems_of(error)
        if problems:
            raise Problems(problems)
        return made


class GraphTable(Strict):
    """Where the graph comes from: a data set, a file, or a networkx generator (random ones with ``seed``, else 0)."""

    dataset: str | None = None
    file: str | None = None
    generator: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    layers: list[str] | None = None

    @model_validator(mode="after")
    def _one_source(self):
        problems = []
        given = [name for name in ("dataset", "file", "generator") if getattr(self, name) is not None]
        if len(given) != 1:
            got = f"got {' and '.join(given) or 'none'}"
            problems.append(InputError(f"{got}; exactly one of dataset, file, generator is needed"))
        if self.dataset is not None and self.dataset not in DATASETS:
            problems.append(InputError(f"got {self.dataset!r}; {nearest(self.dataset, DATASETS)}", "dataset"))
        if self.generator is not None and self.generator not in GENERATORS:
            problems.append(InputError(f"got {self.generator!r}; {nearest(self.generator, GENERATORS)}", "generator"))
        if self.layers is not None and self.dataset is None:
            words = "layers are chosen for a dataset; elsewhere name them in each migration"
            problems.append(InputError(words, "layers"))
        if self.arguments and self.generator is None:
            problems.append(InputError("arguments are given to a generator; there is none", "arguments"))
        for name, value in self.arguments.items():
            if name != "seed" and isinstance(value, int) and value > MAX_NODES:
                words = f"got {value:,}; a graph has at most {MAX_NODES:,} nodes"
                problems.append(InputError(words, f"arguments.{name}"))
        if problems:
            raise Problems(problems)
        return self

    def build(self, folder: Path) -> NeuralGraph:
        """The graph; a file's path counts from the scenario's folder."""
        if self.file is not None:
            try:
                return NeuralGraph.read(folder / self.file)
            except InputError as error:
                own = error.key == "file"
                raise InputError(error.message if own else f"{self.file!r}: {error.message}", "file") from None
        if self.dataset is not None:
            try:
                return NeuralGraph.from_networkx(DATASETS[self.dataset](self.layers))
            except ValueError as error:
                raise InputError(str(error), "layers") from None
        return NeuralGraph.from_networkx(self._generated())

    def _generated(self) -> nx.Graph:
        """What the generator makes.

        Raises
        ------
        InputError
            if it refuses its arguments, whichever way it does so.
        """
        name = str(self.generator)
        takes = inspect.signature(generator(name)).parameters
        for key in self.arguments:
            if key not in takes and not any(p.kind is p.VAR_KEYWORD for p in takes.values()):
                raise InputError(f"networkx.{name} has no such argument; {nearest(key, takes)}", f"arguments.{key}")
        seed = {"seed": GRAPH_SEED} if "seed" in takes else {}
        try:
            return getattr(nx, name)(**seed | self.arguments)
        except MemoryError:
            raise InputError(f"networkx.{name} needs more memory than there is", "arguments") from None
        except Exception as error:  # a generator may raise anything
            raise InputError(f"networkx.{name} refuses them: {error}", "arguments") from None


def rule_reader(family: type[Rule]):
    """Reads ``{rule = "name", …}`` as a rule of a family."""

    def read(value: Any) -> Rule:
        if isinstance(value, family):
            return value
        if not isinstance(value, dict):
            example = next(iter(family.known))
            raise InputError(f'got {shown(value)}; a table is allowed, say {{ rule = "{example}", … }}')
        table = dict(value)
        name = table.pop("rule", None)
        if name is None:
            raise InputError(f"a rule is missing; {nearest('', family.known)}", "rule")
        if not isinstance(name, str):
            raise InputError(f"got {shown(name)}; {nearest('', family.known)}", "rule")
        if name not in family.known:
            for point in entry_points(group=RULES_ENTRY_POINT):
                point.load()
        if name not in family.known:
            raise InputError(f"got {name!r}; {nearest(name, family.known)}", "rule")
        return construct(family.known[name], table)

    return read


def read_release(value: Any) -> tuple[Rule, ...]:
    """One release rule, or a list of them."""
    read = rule_reader(FAMILIES["release"])
    if not isinstance(value, list | tuple):
        return (read(value),)
    rules, problems = [], []
    for i, part in enumerate(value):
        try:
            rules.append(read(part))
        except InputError as error:
            problems += problems_of(error.inside(str(i)))
    if problems:
        raise Problems(problems)
    return tuple(rules)


def read_lifetime(value: Any) -> Rule | None:
    """A number of steps, a lifetime rule, or (not in TOML, which lacks it) None."""
    if value is None or isinstance(value, Rule):
        return value
    if isinstance(value, dict):
        return rule_reader(FAMILIES["lifetime"])(value)
    try:
        return lifetime_of(value)
    except InputError as error:
        raise InputError(error.message) from None


def read_content(value: Any) -> Any:
    """A content rule, or the mean of each component."""
    return rule_reader(FAMILIES["content"])(value) if isinstance(value, dict) else read_number("content")(value)


def read_number(name: str):
    """Reads one of a kind's own numbers."""

    def read(value: Any) -> Any:
        try:
            Kind(**{name: value})
        except InputError as error:
            raise InputError(error.message) from None
        return value

    return read


def read_neurons(value: Any) -> HMNNeurons:
    """The neurons' table."""
    if isinstance(value, HMNNeurons):
        return value
    if not isinstance(value, dict):
        raise InputError(f"got {shown(value)}; a table is allowed")
    return construct(HMNNeurons, value)


def known_view(name: str) -> str:
    """The name of a view.

    Raises
    ------
    InputError
        naming the nearest, if there is none such.
    """
    if name not in VIEWS:
        raise InputError(f"got {name!r}; {nearest(name, VIEWS)}")
    return name


def known_kind(name: str) -> str:
    """A name that columns, ``--set`` and pictures can bear."""
    if not re.fullmatch(KIND_NAME, name):
        raise InputError(f"{name!r} cannot name a kind; letters, digits, '-', '_' and single spaces are allowed")
    return name


def said(text: str) -> str:
    """A text that says something."""
    if not text.strip():
        raise InputError("is empty; write a sentence")
    return text


def _rule(family: str) -> PlainValidator:
    return PlainValidator(rule_reader(FAMILIES[family]))


def _number(name: str) -> PlainValidator:
    return PlainValidator(read_number(name))


class KindTable(Strict):
    """One kind of vesicles."""

    emission: Annotated[Any, _rule("emission")] = None
    migration: Annotated[Any, _rule("migration")] = None
    docking: Annotated[Any, _rule("docking")] = None
    release: Annotated[Any, PlainValidator(read_release)] = None
    decay: Annotated[Any, _rule("decay")] = None
    content: Annotated[Any, PlainValidator(read_content)] = None
    lifetime: Annotated[Any, PlainValidator(read_lifetime)] = None
    absorb: Annotated[Any, _number("absorb")] = None
    content_width: Annotated[Any, _number("content_width")] = None
    clearance: Annotated[Any, _number("clearance")] = None

    @model_validator(mode="after")
    def _makes_a_kind(self):
        self.kind()
        return self

    def kind(self) -> Kind:
        """The kind."""
        return Kind(**{name: getattr(self, name) for name in self.model_fields_set})


class ScenarioTable(Strict):
    """A whole scenario file."""

    question: Annotated[str, AfterValidator(said)] = Field(description="the question that the scenario answers")
    expect: Annotated[str, AfterValidator(said)] = Field(description="what one should see")
    graph: GraphTable = Field(description='a table [graph] with one of dataset = "…", file = "…", generator = "…"')
    kinds: dict[Annotated[str, AfterValidator(known_kind)], KindTable] = Field(
        description="a table [kinds.NAME] for each kind of vesicle"
    )
    steps: Annotated[int, Field(ge=1, le=MAX_STEPS)] = 1000
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 0
    view: Annotated[str, AfterValidator(known_view)] = "compiled"
    record_every: Annotated[int, Field(ge=1)] = 1
    neurons: Annotated[Any, PlainValidator(read_neurons)] = None


ALLOWED = {
    "int_type": "a whole number is",
    "string_type": 'text in "quotes" is',
    "list_type": "a list is",
    "dict_type": "a table is",
    "greater_than_equal": "a whole number >= {ge} is",
    "less_than_equal": "a whole number <= {le} is",
    "less_than": "a whole number < {lt} is",
}


def shown(value: Any) -> str:
    """A value as TOML would write it, shortly."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    text = repr(value) if isinstance(value, str | int | float) or value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _found(item: Any) -> list[InputError]:
    """One of pydantic's findings as ours: the dotted key, what was given, what is allowed."""
    key = ".".join(str(part) for part in item["loc"] if part != "[key]")
    context = item.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, InputError):
        return problems_of(cause.inside(key) if key else cause)
    if item["type"] == "missing":
        return [InputError(f"is missing; it is {ScenarioTable.model_fields[key].description}", key)]
    words = ALLOWED.get(item["type"])
    allowed = f"{words.format(**context)} allowed" if words else item["msg"]
    return [InputError(f"got {shown(item['input'])}; {allowed}", key)]
