"""Scenario: a model, written as TOML. Text in, typed and validated at this one boundary, a VesicleModel out."""

import copy
import inspect
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, Literal

import networkx as nx
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, model_validator

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import Rule
from vesicle_abm.data import celegans
from vesicle_abm.model import VesicleModel
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.places import read_toml, scenario_path
from vesicle_abm.vesicles.lifecycle import FAMILIES, Kind, lifetime_of
from vesicle_abm.views.density import refuse_what_density_cannot_hold

RULES_ENTRY_POINT = "vesicle_abm.rules"
DATASETS = {"celegans": celegans}
GENERATORS = sorted(
    name for name in dir(nx) if name.endswith("_graph") and inspect.isfunction(inspect.unwrap(getattr(nx, name)))
)
VIEWS = ("compiled", "particles", "density")


class ScenarioError(InputError):
    """Everything that is wrong with a scenario: ``problems``, each with its dotted key."""

    def __init__(self, source: str, problems: list[InputError]):
        self.source, self.problems = source, problems
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


class Strict(BaseModel):
    """A table in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, table: Any) -> Any:
        if isinstance(table, dict):
            for key in table:
                if key not in cls.model_fields:
                    raise InputError(f"unknown key; {nearest(key, cls.model_fields)}", key)
        return table


class GraphTable(Strict):
    """Where the graph comes from: a data set, a file, or a networkx generator."""

    dataset: str | None = None
    file: str | None = None
    generator: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    layers: list[str] | None = None

    @model_validator(mode="after")
    def _one_source(self):
        given = [name for name in ("dataset", "file", "generator") if getattr(self, name) is not None]
        if len(given) != 1:
            raise InputError(f"got {' and '.join(given) or 'none'}; exactly one of dataset, file, generator is needed")
        if self.dataset is not None and self.dataset not in DATASETS:
            raise InputError(f"got {self.dataset!r}; {nearest(self.dataset, DATASETS)}", "dataset")
        if self.generator is not None and self.generator not in GENERATORS:
            raise InputError(f"got {self.generator!r}; {nearest(self.generator, GENERATORS)}", "generator")
        if self.layers is not None and self.dataset is None:
            raise InputError("layers are chosen for a dataset; elsewhere name them in each migration", "layers")
        if self.arguments and self.generator is None:
            raise InputError("arguments are given to a generator; there is none", "arguments")
        return self

    def build(self, folder: Path) -> NeuralGraph:
        """The graph; a file's path counts from the scenario's folder."""
        if self.file is not None:
            return NeuralGraph.read(folder / self.file)
        if self.dataset is not None:
            try:
                return NeuralGraph.from_networkx(DATASETS[self.dataset](self.layers))
            except ValueError as error:
                raise InputError(str(error), "layers") from None
        try:
            return NeuralGraph.from_networkx(getattr(nx, str(self.generator))(**self.arguments))
        except (TypeError, nx.NetworkXException, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"networkx.{self.generator} refuses them: {error}", "arguments") from None


def rule_reader(family: type[Rule]):
    """Reads ``{rule = "name", …}`` as a rule of a family."""

    def read(value: Any) -> Rule:
        if isinstance(value, family):
            return value
        if not isinstance(value, dict):
            raise InputError(f'got {value!r}; a table {{rule = "…", …}} is allowed')
        table = dict(value)
        name = table.pop("rule", None)
        if name not in family.known:
            for point in entry_points(group=RULES_ENTRY_POINT):
                point.load()
        if name is None:
            raise InputError(f"a rule is missing; {nearest('', family.known)}", "rule")
        if name not in family.known:
            raise InputError(f"got {name!r}; {nearest(name, family.known)}", "rule")
        return family.known[name](**table)

    return read


def read_release(value: Any) -> tuple[Rule, ...]:
    """One release rule, or a list of them."""
    return tuple(rule_reader(FAMILIES["release"])(part) for part in (value if isinstance(value, list) else [value]))


def read_lifetime(value: Any) -> Rule:
    """A number of steps, or a lifetime rule."""
    if isinstance(value, dict):
        return rule_reader(FAMILIES["lifetime"])(value)
    try:
        return lifetime_of(value)
    except InputError as error:
        raise InputError(error.message) from None


def read_neurons(value: Any) -> HMNNeurons:
    """The neurons' table."""
    if not isinstance(value, dict):
        raise InputError(f"got {value!r}; a table is allowed")
    return HMNNeurons(**value)


def _rule(family: str) -> PlainValidator:
    return PlainValidator(rule_reader(FAMILIES[family]))


class KindTable(Strict):
    """One kind of vesicles."""

    emission: Annotated[Any, _rule("emission")] = None
    migration: Annotated[Any, _rule("migration")] = None
    docking: Annotated[Any, _rule("docking")] = None
    release: Annotated[Any, PlainValidator(read_release)] = None
    decay: Annotated[Any, _rule("decay")] = None
    content: Annotated[Any, _rule("content")] = None
    lifetime: Annotated[Any, PlainValidator(read_lifetime)] = None
    absorb: Any = None
    content_width: Any = None
    clearance: Any = None

    @model_validator(mode="after")
    def _makes_a_kind(self):
        self.kind()
        return self

    def kind(self) -> Kind:
        """The kind."""
        return Kind(**{name: getattr(self, name) for name in self.model_fields_set})


class ScenarioTable(Strict):
    """A whole scenario file."""

    question: str
    expect: str
    graph: GraphTable
    kinds: dict[str, KindTable]
    steps: Annotated[int, Field(ge=1, lt=2**24)] = 1000
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 0
    view: Literal["compiled", "particles", "density"] = "compiled"
    record_every: Annotated[int, Field(ge=1)] = 1
    neurons: Annotated[Any, PlainValidator(read_neurons)] = None


class Scenario:
    """A validated scenario.

    >>> scenario = Scenario.load("random_walk").override("kinds.walker.decay.hazard", 0.5)
    >>> scenario.build(seed=7).time
    0
    """

    def __init__(self, data: dict, source: str = "scenario", folder: Path | None = None, text: str | None = None):
        """``data`` as TOML gives it; ``source`` is named in errors; files are looked for in ``folder``.

        Raises
        ------
        ScenarioError
            listing every problem, with its key, what was given, and what is allowed.
        """
        self.data, self.source, self.folder, self.text = copy.deepcopy(data), source, folder or Path.cwd(), text
        try:
            self.table = ScenarioTable.model_validate(self.data)
        except ValidationError as error:
            raise ScenarioError(source, [_problem(item) for item in error.errors()]) from None

    @classmethod
    def load(cls, name_or_path) -> "Scenario":
        """A shipped scenario by name, or a TOML file by path.

        Raises
        ------
        InputError
            if there is none, or something in it is wrong (ScenarioError).
        """
        path = scenario_path(name_or_path)
        return cls(read_toml(path), path.name, path.parent, path.read_text(encoding="utf-8"))

    @property
    def name(self) -> str:
        """Its file's name, without the ending."""
        return Path(self.source).stem

    @property
    def question(self) -> str:
        """The question that it answers."""
        return " ".join(self.table.question.split())

    @property
    def expect(self) -> str:
        """What one should see."""
        return " ".join(self.table.expect.split())

    @property
    def steps(self) -> int:
        """How many steps it runs."""
        return self.table.steps

    @property
    def seed(self) -> int:
        """Its seed."""
        return self.table.seed

    @property
    def view(self) -> str:
        """The view it runs in: "compiled", "particles" or "density"."""
        return self.table.view

    def override(self, key: str, value: Any) -> "Scenario":
        """The same scenario with the value at a dotted key replaced, and validated again.

        Raises
        ------
        ScenarioError
            if there can be no such key, or the value is not allowed there.
        """
        data = copy.deepcopy(self.data)
        *parents, last = key.split(".")
        table = data
        for depth, part in enumerate(parents):
            if part not in table and depth == 0 and part in ScenarioTable.model_fields:
                table[part] = {}
            if not isinstance(table.get(part), dict):
                where = ".".join(parents[:depth]) or "the scenario"
                problem = InputError(f"no table {part!r} in {where}; {nearest(part, table)}", key)
                raise ScenarioError(self.source, [problem])
            table = table[part]
        table[last] = value
        return Scenario(data, self.source, self.folder, self.text)

    def build(self, seed: int | None = None, view: str | None = None, threads: int | None = None) -> VesicleModel:
        """The model before its first step. The density view looks ahead from a model in the compiled one.

        Raises
        ------
        ScenarioError
            if the graph cannot be had, or a rule names what it lacks.
        """
        view = self.view if view is None else view
        if view not in VIEWS:
            raise InputError(f"got {view!r}; {nearest(view, VIEWS)}", "view")
        graph = self._graph()
        problems = list(self._binding_problems(graph))
        if problems:
            raise ScenarioError(self.source, problems)
        try:
            return VesicleModel(
                graph,
                {name: table.kind() for name, table in self.table.kinds.items()},
                neurons=self.table.neurons,
                seed=self.seed if seed is None else seed,
                view="compiled" if view == "density" else view,
                threads=threads,
                record_every=self.table.record_every,
            )
        except InputError as error:
            raise ScenarioError(self.source, [error]) from None

    def check(self) -> None:
        """Build it once, and let every rule answer, so that nothing is left to go wrong at the first step.

        Raises
        ------
        ScenarioError
            listing every problem.
        """
        model = self.build()
        try:
            model.step()
            if self.view == "density":
                refuse_what_density_cannot_hold(model)
        except InputError as error:
            raise ScenarioError(self.source, [error]) from None

    def _graph(self) -> NeuralGraph:
        try:
            return self.table.graph.build(self.folder)
        except InputError as error:
            placed = error if error.key.startswith("graph") else error.inside("graph")
            raise ScenarioError(self.source, [placed]) from None

    def _binding_problems(self, graph: NeuralGraph):
        for name, table in self.table.kinds.items():
            for key, rule in table.kind().rules():
                try:
                    bound = rule.bind(graph)
                    if key == "migration":
                        graph.in_layers(bound.layers)
                except InputError as error:
                    yield error.inside(f"kinds.{name}.{key}")


def _problem(item: Any) -> InputError:
    """One of pydantic's findings as ours: the dotted key, what was given, what is allowed."""
    key = ".".join(str(part) for part in item["loc"])
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause.inside(key) if key else cause
    if item["type"] == "missing":
        return InputError("is missing", key)
    return InputError(f"got {item['input']!r}; {item['msg'][0].lower()}{item['msg'][1:]}", key)
