"""The tables of a whole scenario: kinds, neurons, and what stands above them."""

import re
from functools import reduce
from importlib.metadata import entry_points
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from vesicle_abm.agents import Vesicle
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.identity import MAX_STEPS
from vesicle_abm.core.parameters import Rule
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.neurons.neuron import NeuronModel
from vesicle_abm.neurons.plasticity import PARTS, Plasticity
from vesicle_abm.schema.graph import GraphTable
from vesicle_abm.schema.strict import Problems, Strict, construct, problems_of, shown
from vesicle_abm.tasks.task import Task
from vesicle_abm.vesicles.kind import FAMILIES, Kind, lifetime_of
from vesicle_abm.vesicles.memory import Memory

RULES_ENTRY_POINT = "vesicle_abm.rules"
VIEWS = ("compiled", "particles", "density")
HMN = "hmn"  # the neurons of a table [neurons] that names no rule
KIND_NAME = r"[\w-]+( [\w-]+)*"


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
            load_installed()
        if name not in family.known:
            raise InputError(f"got {name!r}; {nearest(name, family.known)}", "rule")
        return construct(family.known[name], table)

    return read


def load_installed() -> None:
    """Import what installed packages name under the entry point, so that their classes are known."""
    for point in entry_points(group=RULES_ENTRY_POINT):
        point.load()


def read_agent(value: Any) -> type[Vesicle]:
    """The subclass of Vesicle that has this name."""
    if isinstance(value, type):
        return value
    if not isinstance(value, str):
        raise InputError(f"got {shown(value)}; the name of a subclass of Vesicle is allowed")
    if value not in Vesicle.known:
        load_installed()
    if value not in Vesicle.known:
        raise InputError(f"no subclass of Vesicle called {value!r}; import it first; {nearest(value, Vesicle.known)}")
    return Vesicle.known[value]


def _part(name: str) -> PlainValidator:
    return PlainValidator(rule_reader(PARTS[name]))


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


def read_neurons(value: Any) -> NeuronModel:
    """The neurons' table: those of HMN where it names no rule."""
    return rule_reader(NeuronModel)({"rule": HMN, **value} if isinstance(value, dict) else value)


def read_alone(rule: type[Rule], value: Any) -> Any:
    """A table of which there is one sort, so that it needs no ``rule = "…"``."""
    if isinstance(value, rule):
        return value
    if not isinstance(value, dict):
        raise InputError(f"got {shown(value)}; a table is allowed")
    return construct(rule, value)


def read_memory(value: Any) -> Memory:
    """The memory's table."""
    return read_alone(Memory, value)


class PlasticityTable(Strict):
    """The learning rule: a table ``{ rule = "name", … }`` for each part."""

    correlation: Annotated[Any, _part("correlation")] = None
    trace: Annotated[Any, _part("trace")] = None
    embedding: Annotated[Any, _part("embedding")] = None
    attention: Annotated[Any, _part("attention")] = None
    modulation: Annotated[Any, _part("modulation")] = None
    astrocyte: Annotated[Any, _part("astrocyte")] = None
    phase: Annotated[Any, _part("phase")] = None
    chance: Annotated[Any, _part("chance")] = None
    bounds: Annotated[Any, _part("bounds")] = None
    homeostasis: Annotated[Any, _part("homeostasis")] = None
    ablated: dict[str, str] = Field(default_factory=dict)
    layers: list[str] | None = None
    precision: str = "float64"

    @model_validator(mode="after")
    def _makes_a_rule(self):
        self.plasticity()
        return self

    def plasticity(self) -> Plasticity:
        """The learning rule."""
        return Plasticity(**{name: getattr(self, name) for name in self.model_fields_set})


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


def known_signal(name: str) -> str:
    """A name that an estimator's signal can bear."""
    if not re.fullmatch(KIND_NAME, name):
        raise InputError(f"{name!r} cannot name a signal; letters, digits, '-', '_' and single spaces are allowed")
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
    delivery: Annotated[Any, _number("delivery")] = None
    releases: Annotated[Any, _number("releases")] = None
    spend: Annotated[Any, _number("spend")] = None
    remembers: Annotated[Any, _number("remembers")] = None
    turn: Annotated[Any, _rule("turn")] = None
    trail: Annotated[Any, _rule("trail")] = None
    passage: Annotated[Any, _rule("passage")] = None
    cap: Annotated[Any, _number("cap")] = None
    agent: Annotated[Any, PlainValidator(read_agent)] = None
    ablated: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _makes_a_kind(self):
        self.kind()
        return self

    def kind(self) -> Kind:
        """The kind, without the operators that are ablated."""
        whole = Kind(**{name: getattr(self, name) for name in self.model_fields_set - {"ablated"}})
        return reduce(Kind.without, self.ablated, whole)


class ScenarioTable(Strict):
    """A whole scenario file."""

    question: Annotated[str, AfterValidator(said)] = Field(description="the question that the scenario answers")
    expect: Annotated[str, AfterValidator(said)] = Field(description="what one should see")
    graph: GraphTable = Field(
        description='a table [graph] with one of dataset = "…", file = "…", generator = "…", small_world = { … }, '
        "cortex = { … }, or [graph.populations]"
    )
    kinds: dict[Annotated[str, AfterValidator(known_kind)], KindTable] = Field(
        description="a table [kinds.NAME] for each kind of vesicle"
    )
    steps: Annotated[int, Field(ge=1, le=MAX_STEPS)] = 1000
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 0
    view: Annotated[str, AfterValidator(known_view)] = "compiled"
    record_every: Annotated[int, Field(ge=1)] = 1
    record_spikes: bool = False
    neurons: Annotated[Any, PlainValidator(read_neurons)] = None
    plasticity: PlasticityTable | None = None
    task: Annotated[Any, PlainValidator(rule_reader(Task))] = None
    memory: Annotated[Any, PlainValidator(read_memory)] = None
    estimators: dict[
        Annotated[str, AfterValidator(known_signal)], Annotated[Any, PlainValidator(rule_reader(Estimator))]
    ] = Field(default_factory=dict)
