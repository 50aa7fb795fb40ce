"""Populations and projections: a small graph written out in a scenario."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from oracles import Z

import vesicle_abm as va

KIND = 'question = "q?"\nexpect = "e."\n[kinds.a]\nlifetime = 5\n'
GRAPH = """
[graph.populations]
input = { size = 3, attributes = { noise = 0.5, x = [0.0, 1.0, 2.0] } }
unit = {}

[[graph.projections]]
source = "input"
target = "unit"
weight = 0.25
delay = 2
layer = "feed"
attributes = { sign = -1 }

[[graph.projections]]
source = "input"
target = "input"
layer = "side"
"""


def scenario(text: str) -> va.Scenario:
    return va.Scenario(tomllib.loads(KIND + text))


def test_neurons_are_named_after_their_population_and_bear_its_attributes():
    graph = scenario(GRAPH).build().graph
    assert graph.nodes == ["input0", "input1", "input2", "unit"]
    assert graph.node_data["population"] == ["input"] * 3 + ["unit"]
    assert graph.node_data["noise"] == [0.5] * 3 + [None]
    assert graph.node_data["x"] == [0.0, 1.0, 2.0, None]


def drawn(**changes) -> va.NeuralGraph:
    """A graph whose weights are drawn: 200 neurons, 100 edges from each of two populations to a third."""
    about = {"weight": 0.5, "deviation": 2.0, "seed": 3} | changes
    joins = [{"source": name, "target": "z", **about} for name in ("a", "b")]
    table = {"populations": {"a": {"size": 100}, "b": {"size": 100}, "z": {"size": 30}}, "projections": joins}
    text = tomllib.loads(KIND) | {"graph": table}
    return va.Scenario(text).build().graph


def test_drawn_weights_are_normal_around_the_weight_and_their_signs_stand_beside():
    """6000 of them; standard errors 2 / sqrt(n) of the mean, 2 / sqrt(2 n) of the deviation, 1 / sqrt(n) of a
    correlation; seed 3.
    """
    graph = drawn()
    weight = graph.weight * graph.edge_data["sign"]
    n = len(weight)
    assert n == 6000
    assert abs(weight.mean() - 0.5) < Z * 2.0 / n**0.5
    assert abs(weight.std() - 2.0) < Z * 2.0 / (2 * n) ** 0.5
    first, second = np.split(weight, 2)
    assert abs(np.corrcoef(first, second)[0, 1]) < Z / (n / 2) ** 0.5
    assert (drawn().weight == graph.weight).all()
    assert (drawn(seed=4).weight != graph.weight).all()
    assert "sign" not in drawn(deviation=0.0).edge_data


@pytest.mark.parametrize(("key", "value"), [("deviation", -1.0), ("seed", -1)])
def test_a_projection_that_cannot_be_drawn_is_refused(key, value):
    with pytest.raises(va.InputError, match=rf"graph\.projections\.0\.{key}: got -1"):
        drawn(**{key: value})


def test_a_projection_joins_all_to_all_but_no_neuron_to_itself():
    graph = scenario(GRAPH).build().graph
    feed, side = ([i for i in range(graph.edge_count) if graph.in_layers([name])[i]] for name in ("feed", "side"))
    ends = [edge[:2] for edge in graph.edges]
    assert [ends[i] for i in feed] == [(f"input{k}", "unit") for k in range(3)]
    assert [ends[i] for i in side] == [(f"input{a}", f"input{b}") for a in range(3) for b in range(3) if a != b]
    assert set(graph.weight[feed]) == {0.25}
    assert set(graph.weight[side]) == {1.0}
    assert set(graph.delay[feed]) == {2}
    assert [graph.edge_data["sign"][i] for i in feed + side] == [-1] * 3 + [None] * 6


def test_the_example_of_the_documentation_is_a_good_one():
    page = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    example = next(text for text in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "populations]" in text)
    graph = scenario(example).build().graph
    assert graph.size == 10
    assert graph.layer_names == ["synapse", "modulatory"]


def test_a_projection_joins_one_to_one():
    text = '[graph.populations]\na={size=2}\nb={size=2}\n[[graph.projections]]\nsource="a"\ntarget="b"\n'
    graph = scenario(text + 'pattern = "one_to_one"\n').build().graph
    assert [edge[:2] for edge in graph.edges] == [("a0", "b0"), ("a1", "b1")]


def test_a_chain_joins_each_neuron_to_the_next():
    text = '[graph.populations]\na={size=4}\n[[graph.projections]]\nsource="a"\ntarget="a"\npattern="chain"\n'
    assert [edge[:2] for edge in scenario(text).build().graph.edges] == [("a0", "a1"), ("a1", "a2"), ("a2", "a3")]


def test_an_override_reaches_a_population_and_a_projection():
    graph = scenario(GRAPH).override("graph.populations.unit.size", 2).override("graph.projections.0.weight", 2.0)
    assert graph.build().graph.nodes[-2:] == ["unit0", "unit1"]
    assert graph.build().graph.weight.max() == 2.0


REFUSED = {
    "graph.populations.unit.size: got 0; a whole number >= 1 is allowed": ("unit = {}", "unit = { size = 0 }"),
    "graph.populations.unit.sise: unknown key; did you mean 'size'?": ("unit = {}", "unit = { sise = 2 }"),
    "graph.populations.input.attributes.x: got 2 values; one value, or a list of 3, is allowed": (", 2.0]", "]"),
    "graph.populations.unit2: 'unit2' cannot name a population; letters": ("unit = {}", "unit2 = {}"),
    "graph.projections.0.target: no population 'unti'; did you mean 'unit'?": ('"unit"', '"unti"'),
    "graph.projections.0.target: is missing; it is the name of a population": ('target = "unit"', ""),
    "graph.projections.0.pattern: got 'all_to_al'; did you mean 'all_to_all'?": ("delay = 2", 'pattern = "all_to_al"'),
    "graph.projections.0.pattern: got 'one_to_one' from 3 neurons to 1; equal": ("delay = 2", 'pattern = "one_to_one"'),
    "graph.projections.0.pattern: got 'chain' from 'input' to 'unit'; it joins": ("delay = 2", 'pattern = "chain"'),
    "graph.projections.0.delay: got -1; a whole number >= 0 is allowed": ("delay = 2", "delay = -1"),
    "graph.projections.2.layer: 'input' is joined to 'input' in layer 'side' already": (
        '"unit"\nweight',
        '"input"\nlayer = "side"\n[[graph.projections]]\nsource = "input"\ntarget = "unit"\nweight',
    ),
    "graph: got generator and populations; exactly one of dataset, file, generator, small_world, cortex, populations": (
        "[graph.populations]",
        '[graph]\ngenerator = "karate_club_graph"\n[graph.populations]',
    ),
    "graph.projections.0: joins 1,000,000 neurons to 1,000,000; at most": (
        "unit = {}", "unit = { size = 1000000 }\nmany = { size = 1000000 }",
    ),
}  # fmt: skip


@pytest.mark.parametrize("words", REFUSED)
def test_what_makes_no_sense_is_refused(words):
    old, new = REFUSED[words]
    text = GRAPH.replace(old, new)
    if "many" in new:
        text = text.replace('source = "input"\ntarget = "unit"', 'source = "many"\ntarget = "unit"')
    with pytest.raises(va.InputError) as caught:
        scenario(text)
    assert words in str(caught.value)


def test_projections_without_populations_are_refused():
    text = '[graph]\ngenerator = "karate_club_graph"\n[[graph.projections]]\nsource = "a"\ntarget = "b"\n'
    with pytest.raises(va.InputError, match=r"graph\.projections: projections join populations; there are none"):
        scenario(text)
