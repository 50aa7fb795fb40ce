"""The tables ``[graph.populations]`` and ``[[graph.projections]]``: a small graph, written out in the scenario.

A population is so many neurons that are alike; a projection joins one population to another, or to itself.
"""

import itertools
import re
import zlib
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.exchange import DEFAULT_LAYER, LONGEST_DELAY
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import MAX_NODES
from vesicle_abm.core.random import normal
from vesicle_abm.core.stages import WEIGHT
from vesicle_abm.schema.strict import Problems, Strict

ALL_TO_ALL, ONE_TO_ONE, CHAIN = "all_to_all", "one_to_one", "chain"
PATTERNS = (ALL_TO_ALL, ONE_TO_ONE, CHAIN)
POPULATION_NAME = r"[\w-]*[^\W\d]"  # the digits after it count the neurons
MAX_EDGES = 10_000_000  # more are better read from a file
DRAWN = 4096  # weights at a time


def known_pattern(name: str) -> str:
    """The name of a pattern of connections."""
    if name not in PATTERNS:
        raise InputError(f"got {name!r}; {nearest(name, PATTERNS)}")
    return name


def can_name_a_population(name: str) -> str:
    """A name that a number can be put behind."""
    if not re.fullmatch(POPULATION_NAME, name):
        words = "letters, digits, '-' and '_' are allowed, and a letter or '_' at the end"
        raise InputError(f"{name!r} cannot name a population; {words}")
    return name


class PopulationTable(Strict):
    """Neurons that are alike; an attribute is one value for all, or a list of one each."""

    size: Annotated[int, Field(ge=1, le=MAX_NODES)] = 1
    attributes: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_value_each(self):
        for name, value in self.attributes.items():
            if isinstance(value, list) and len(value) != self.size:
                words = f"got {len(value)} values; one value, or a list of {self.size}, is allowed"
                raise InputError(words, f"attributes.{name}")
        return self

    def nodes(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(label, attributes) of each neuron: ``name0``, ``name1`` …, or ``name`` alone where it is the only one."""
        for i, label in enumerate(self.labels(name)):
            yield label, {key: v[i] if isinstance(v, list) else v for key, v in self.attributes.items()}

    def labels(self, name: str) -> list[str]:
        """The labels of its neurons."""
        return [name] if self.size == 1 else [f"{name}{i}" for i in range(self.size)]


class ProjectionTable(Strict):
    """Edges from each neuron of one population to all of another (none to itself), or to its counterpart there; or,
    within one population, from each to the next.
    """

    source: str = Field(description="the name of a population")
    target: str = Field(description="the name of a population")
    pattern: Annotated[str, AfterValidator(known_pattern)] = ALL_TO_ALL
    weight: float = 1.0
    deviation: Annotated[float, Field(ge=0.0)] = Field(
        default=0.0, description="of drawn weights, normal around weight; their signs become the attribute sign"
    )
    seed: Annotated[int, Field(ge=0, lt=2**64)] = Field(default=0, description="of drawn weights")
    delay: Annotated[int, Field(ge=0, le=LONGEST_DELAY)] = 0
    layer: str = DEFAULT_LAYER
    attributes: dict[str, Any] = Field(default_factory=dict)

    def problems(self, populations: dict[str, PopulationTable]) -> Iterator[InputError]:
        """What does not fit the populations."""
        sizes = []
        for key in ("source", "target"):
            name = getattr(self, key)
            if name in populations:
                sizes.append(populations[name].size)
            else:
                yield InputError(f"no population {name!r}; {nearest(name, populations)}", key)
        if len(sizes) == 2:
            if self.pattern == ONE_TO_ONE and sizes[0] != sizes[1]:
                yield InputError(
                    f"got {ONE_TO_ONE!r} from {sizes[0]} neurons to {sizes[1]}; equal numbers are allowed", "pattern"
                )
            if self.pattern == CHAIN and self.source != self.target:
                words = f"got {CHAIN!r} from {self.source!r} to {self.target!r}; it joins a population to itself"
                yield InputError(words, "pattern")
            if self.pattern == ALL_TO_ALL and sizes[0] * sizes[1] > MAX_EDGES:
                words = f"joins {sizes[0]:,} neurons to {sizes[1]:,}; at most {MAX_EDGES:,} edges are allowed"
                yield InputError(words)

    def edges(self, populations: dict[str, PopulationTable]) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(source label, target label, attributes) of each edge."""
        yield from ((a, b, about) for (a, b), about in zip(self._ends(populations), self._about(), strict=False))

    def _about(self) -> Iterator[dict[str, Any]]:
        """The attributes of each edge, without end."""
        about = {**self.attributes, "weight": self.weight, "delay": self.delay, "layer": self.layer}
        if not self.deviation:
            yield from itertools.repeat(about)
        place = zlib.crc32(f"{self.source} {self.target} {self.layer}".encode())
        for first in itertools.count(0, DRAWN):
            drawn = self.weight + self.deviation * normal(self.seed, first + np.arange(DRAWN), place, WEIGHT)
            for weight in drawn.tolist():
                yield {**about, "weight": abs(weight), "sign": -1.0 if weight < 0.0 else 1.0}

    def _ends(self, populations: dict[str, PopulationTable]) -> Iterator[tuple[str, str]]:
        sources, targets = (populations[name].labels(name) for name in (self.source, self.target))
        if self.pattern == ONE_TO_ONE:
            yield from zip(sources, targets, strict=True)
        elif self.pattern == CHAIN:
            yield from itertools.pairwise(sources)
        else:
            yield from ((a, b) for a in sources for b in targets if a != b)


def check_projections(populations: dict[str, PopulationTable], projections: list[ProjectionTable]) -> None:
    """Refuse projections that do not fit the populations, or repeat one another; each problem with its key."""
    found, before = [], set()
    for i, table in enumerate(projections):
        found += [problem.inside(f"projections.{i}") for problem in table.problems(populations)]
        place = (table.source, table.target, table.layer)
        if place in before:
            words = (
                f"{table.source!r} is joined to {table.target!r} in layer {table.layer!r} already; another is allowed"
            )
            found.append(InputError(words, f"projections.{i}.layer"))
        before.add(place)
    if found:
        raise Problems(found)


def graph_of(populations: dict[str, PopulationTable], projections: list[ProjectionTable]) -> NeuralGraph:
    """The graph: nodes in the order of the populations, their ``population`` an attribute of each.

    >>> cells, ways = {"x": PopulationTable(size=2), "z": PopulationTable()}, [ProjectionTable(source="x", target="z")]
    >>> graph_of(cells, ways).edges
    [('x0', 'z', 0), ('x1', 'z', 0)]
    """
    nodes = [
        (label, {"population": name, **about})
        for name, table in populations.items()
        for label, about in table.nodes(name)
    ]
    edges = [edge for table in projections for edge in table.edges(populations)]
    return NeuralGraph.from_edges(edges, nodes)
