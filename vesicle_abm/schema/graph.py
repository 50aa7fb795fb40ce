"""The table ``[graph]``: a data set, a file, a networkx generator, a small world of any size, or populations written
out.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import networkx as nx
from pydantic import AfterValidator, Field, model_validator

from vesicle_abm.core.cortex import cortex
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import MAX_NODES
from vesicle_abm.core.small_world import small_world
from vesicle_abm.data import celegans
from vesicle_abm.schema.populations import (
    PopulationTable,
    ProjectionTable,
    can_name_a_population,
    check_projections,
    graph_of,
)
from vesicle_abm.schema.strict import Problems, Strict, problems_of

DATASETS = {"celegans": celegans}
SOURCES = ("dataset", "file", "generator", "small_world", "cortex", "populations")
GRAPH_SEED = 0  # of a random generator whose arguments name none, so that a scenario has one graph


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


class SmallWorldTable(Strict):
    """The arguments of ``vesicle_abm.small_world``."""

    nodes: int
    degree: int = 10
    rewired: float = 0.1
    low: float = Field(default=1.0, description="the least weight")
    high: float = Field(default=1.0, description="the greatest weight")
    seed: int = GRAPH_SEED


class CortexTable(Strict):
    """The arguments of ``vesicle_abm.cortex``."""

    excitatory: int = 800
    inhibitory: int = 200
    synapses: int = 100
    weight: float = 1.0
    neighbours: int = Field(default=0, description="nearest nodes that each leads to in the layer volume")
    attributes: dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(
        default_factory=dict, description="name -> its value at excitatory and at inhibitory nodes"
    )
    seed: int = GRAPH_SEED


class GraphTable(Strict):
    """Where the graph comes from: a data set, a file, a networkx generator (random ones with ``seed``, else 0), a small
    world or a piece of cortex drawn straight into arrays, or the scenario itself, which names populations and the
    projections between them.
    """

    dataset: str | None = None
    file: str | None = None
    generator: str | None = None
    small_world: SmallWorldTable | None = None
    cortex: CortexTable | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    layers: list[str] | None = None
    populations: dict[Annotated[str, AfterValidator(can_name_a_population)], PopulationTable] | None = None
    projections: list[ProjectionTable] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_source(self):
        problems = []
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            got = f"got {' and '.join(given) or 'none'}"
            problems.append(InputError(f"{got}; exactly one of {', '.join(SOURCES)} is needed"))
        if self.dataset is not None and self.dataset not in DATASETS:
            problems.append(InputError(f"got {self.dataset!r}; {nearest(self.dataset, DATASETS)}", "dataset"))
        if self.generator is not None and self.generator not in GENERATORS:
            problems.append(InputError(f"got {self.generator!r}; {nearest(self.generator, GENERATORS)}", "generator"))
        if self.layers is not None and self.dataset is None:
            words = "layers are chosen for a dataset; elsewhere name them in each migration"
            problems.append(InputError(words, "layers"))
        if self.arguments and self.generator is None:
            problems.append(InputError("arguments are given to a generator; there is none", "arguments"))
        if self.projections and self.populations is None:
            problems.append(InputError("projections join populations; there are none", "projections"))
        if self.populations is not None:
            try:
                check_projections(self.populations, self.projections)
            except InputError as error:
                problems += problems_of(error)
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
        if self.small_world is not None:
            try:
                return small_world(**self.small_world.model_dump())
            except InputError as error:
                raise error.inside("small_world") from None
        if self.cortex is not None:
            try:
                return cortex(**self.cortex.model_dump())
            except InputError as error:
                raise error.inside("cortex") from None
        if self.populations is not None:
            return graph_of(self.populations, self.projections)
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
