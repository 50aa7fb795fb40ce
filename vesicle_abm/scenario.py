"""Scenario: a model, written as TOML. Text in, typed and validated at this one boundary, a VesicleModel out."""

import contextlib
import copy
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.footprint import Footprint
from vesicle_abm.model import VesicleModel
from vesicle_abm.needs import MEMORY, NEURONS, PLASTICITY, estimator_problems, need_problems, signal_problems
from vesicle_abm.neurons.estimators import Estimator
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.places import read_toml, scenario_path, shipped_scenarios
from vesicle_abm.problems import answer_problems, binding_problems
from vesicle_abm.schema.graph import GraphTable
from vesicle_abm.schema.scenario import (
    KindTable,
    PlasticityTable,
    ScenarioTable,
    known_signal,
    known_view,
    read_memory,
    read_neurons,
    rule_reader,
)
from vesicle_abm.schema.strict import problems_of
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.lifecycle import kind_problems
from vesicle_abm.vesicles.memory import Memory
from vesicle_abm.views.density import refuse_what_density_cannot_hold

CREATED = (
    "graph",
    "graph.arguments",
    "kinds",
    "neurons",
    "plasticity",
    "plasticity.ablated",
    "memory",
    "estimators",
)  # tables that an override makes where there is none


class ScenarioError(InputError):
    """Everything that is wrong with a scenario: ``problems``, each with its dotted key."""

    def __init__(self, source: str, problems: list[InputError]):
        self.source, self.problems = source, problems
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


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
        except (ValidationError, InputError) as error:
            raise ScenarioError(source, problems_of(error) + self._deeper_problems()) from None

    @classmethod
    def load(cls, name_or_path) -> "Scenario":
        """A shipped scenario by name, or a TOML file by path.

        Raises
        ------
        InputError
            if there is none, or something in it is wrong (ScenarioError).
        """
        path = scenario_path(name_or_path)
        source = path.name if path in shipped_scenarios().values() else str(path)
        return cls(read_toml(path), source, path.parent, path.read_text(encoding="utf-8"))

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

        A part of the key that is a number counts, from 0, in a list: ``kinds.dopamine.release.0.amount``. A rule that
        the scenario does not have is given whole: ``override("kinds.dopamine.docking", {"rule": "constant", …})``.

        Raises
        ------
        ScenarioError
            if there can be no such key, or the value is not allowed there.
        """
        data = copy.deepcopy(self.data)
        *parents, last = key.split(".")
        table: Any = data
        for depth, part in enumerate(parents):
            if ".".join(parents[: depth + 1]) in CREATED:
                table.setdefault(part, {})
            table = self._inside(table, part, key, ".".join(parents[:depth]))
            if not isinstance(table, dict | list):
                raise ScenarioError(self.source, [InputError(f"{part} is a value, not a table", key)])
        if isinstance(table, list):
            self._inside(table, last, key, ".".join(parents))
            table[int(last)] = value
        else:
            table[last] = value.item() if isinstance(value, np.generic) else value
        return Scenario(data, self.source, self.folder, self.text)

    def _inside(self, table: Any, part: str, key: str, where: str) -> Any:
        """What a table or a list holds under one part of a dotted key."""
        if isinstance(table, list) and part.isdecimal() and int(part) < len(table):
            return table[int(part)]
        if isinstance(table, dict) and part in table:
            return table[part]
        allowed = range(len(table)) if isinstance(table, list) else table
        words = f"no {part!r} in {where or 'the scenario'}; {nearest(part, allowed)}"
        parents = where.split(".")
        if where == "plasticity" and part in PlasticityTable.model_fields:
            words = f"{where} has no {part}; give it whole, say {where}.{part}={{rule='…', …}}"
        if len(parents) == 2 and parents[0] == "kinds" and part in KindTable.model_fields:
            words = f"{where} has no {part}; give it whole, say {where}.{part}={{rule='…', …}}"
        raise ScenarioError(self.source, [InputError(words, key)])

    def build(
        self,
        seed: int | None = None,
        view: str | None = None,
        threads: int | None = None,
        graph: NeuralGraph | None = None,
        given: Collection[str] = (),
    ) -> VesicleModel:
        """The model before its first step. The density view looks ahead from a model in the compiled one.

        ``graph``: the scenario's graph, where it has been built before; else it is built, or read, now. ``given``:
        signals that the caller is to give, beside those of the task and of estimators.

        Raises
        ------
        ScenarioError
            if the graph cannot be had, or a rule names what it lacks.
        """
        view = self.view if view is None else _view(view)
        graph = self._graph() if graph is None else graph
        kinds = {name: table.kind() for name, table in self.table.kinds.items()}
        plasticity = self.table.plasticity.plasticity() if self.table.plasticity else None
        table = self.table
        has = [name for name in (NEURONS, PLASTICITY, MEMORY) if getattr(table, name) is not None]
        parts: dict[str, Any] = {"plasticity": plasticity, "memory": table.memory, "estimators": table.estimators}
        problems = list(self._binding_problems(graph, kinds, table.neurons, has, list(kinds), **parts))
        problems += signal_problems(kinds, table.estimators, table.task, plasticity, given)
        if problems:
            raise ScenarioError(self.source, problems)
        try:
            model = VesicleModel(
                graph,
                kinds,
                neurons=self.table.neurons,
                plasticity=plasticity,
                task=self.table.task,
                memory=self.table.memory,
                estimators=self.table.estimators,
                seed=self.seed if seed is None else seed,
                view="compiled" if view == "density" else view,
                threads=threads,
                record_every=self.table.record_every,
                record_spikes=self.table.record_spikes,
            )
        except InputError as error:
            raise ScenarioError(self.source, [error]) from None
        problems = list(answer_problems(model))
        if problems:
            raise ScenarioError(self.source, problems)
        return model

    def check(self) -> Footprint:
        """Build it once, and let every rule answer, so that nothing is left to go wrong at the first step; gives the
        memory that a run will take.

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
        return model.footprint

    def _graph(self) -> NeuralGraph:
        try:
            return self.table.graph.build(self.folder)
        except InputError as error:
            placed = error if error.key.startswith("graph") else error.inside("graph")
            raise ScenarioError(self.source, [placed]) from None

    def _deeper_problems(self) -> list[InputError]:
        """Of a scenario that is refused: what else is wrong with the parts that are right so far."""
        parts = {key: self.data.get(key) for key in ("graph", "kinds", "neurons", "plasticity", "memory", "estimators")}
        kinds, neurons, plasticity, memory, estimators = {}, None, None, None, {}
        for name, table in parts["kinds"].items() if isinstance(parts["kinds"], dict) else ():
            with contextlib.suppress(ValidationError, InputError):
                kinds[name] = KindTable.model_validate(table).kind()
        for name, table in parts["estimators"].items() if isinstance(parts["estimators"], dict) else ():
            with contextlib.suppress(InputError):
                estimators[known_signal(name)] = rule_reader(Estimator)(table)
        with contextlib.suppress(InputError):
            memory = None if parts["memory"] is None else read_memory(parts["memory"])
        with contextlib.suppress(InputError):
            neurons = None if parts["neurons"] is None else read_neurons(parts["neurons"])
        with contextlib.suppress(ValidationError, InputError):
            plasticity = PlasticityTable.model_validate(parts["plasticity"]).plasticity()
        try:
            graph = GraphTable.model_validate(parts["graph"])
        except (ValidationError, InputError):
            return []
        try:
            has = [name for name in (NEURONS, PLASTICITY, MEMORY) if parts[name] is not None]
            others: dict[str, Any] = {"plasticity": plasticity, "memory": memory, "estimators": estimators}
            names = list(parts["kinds"]) if isinstance(parts["kinds"], dict) else []
            return list(self._binding_problems(graph.build(self.folder), kinds, neurons, has, names, **others))
        except InputError as error:
            return [error if error.key.startswith("graph") else error.inside("graph")]

    @staticmethod
    def _binding_problems(
        graph: NeuralGraph,
        kinds: dict[str, Kind],
        neurons,
        has: list[str],
        names: list[str],
        plasticity: Plasticity | None,
        memory: Memory | None,
        estimators: dict[str, Estimator],
    ) -> Iterator[InputError]:
        for name, kind in kinds.items():
            for key, rule in kind.keyed_rules():
                for problem in binding_problems(rule, graph):
                    yield problem.inside(f"kinds.{name}.{key}")
        yield from kind_problems(kinds, names)
        yield from need_problems(kinds, has, plasticity, memory)
        yield from estimator_problems(estimators, graph, has)
        if neurons is not None:
            for problem in binding_problems(neurons, graph):
                yield problem.inside("neurons")
        for name, part in plasticity.parts() if plasticity is not None else ():
            for problem in binding_problems(part, graph):
                yield problem.inside(f"plasticity.{name}")


def _view(name: str) -> str:
    try:
        return known_view(name)
    except InputError as error:
        raise error.inside("view") from None
