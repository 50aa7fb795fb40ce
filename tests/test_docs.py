"""The documentation's scenario is a good one, and its tables name what there is."""

import ast
import dataclasses
import re
import shlex
import tomllib
from pathlib import Path

import numpy as np
import pytest
from oracles import Z

import vesicle_abm as va
from vesicle_abm.cli import parser
from vesicle_abm.core import functions
from vesicle_abm.experiments.tables import node_table
from vesicle_abm.neurons.plasticity import PARTS
from vesicle_abm.rules import TABLES
from vesicle_abm.vesicles.kind import FAMILIES

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page, language):
    """The code blocks of a page."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def example(number):
    """One of the whole scenarios of their page, checked."""
    whole = [text for text in blocks(DOCS / "scenarios.md", "toml") if text.startswith("question")]
    scenario = va.Scenario(tomllib.loads(whole[number]), "docs/scenarios.md")
    scenario.check()
    return scenario


def ran(scenario, seed=1):
    """The model after its steps."""
    model = scenario.build(seed=seed)
    model.run_for(scenario.steps)
    return model


def test_the_example_scenario_is_good_and_does_what_it_says():
    model = ran(example(0))
    docked = model.state.docked[0]
    assert docked[:5].sum() > docked.sum() / 2
    assert docked[-1] > 0


def test_the_example_with_a_trail_brings_scouts_to_the_food_and_without_does_not():
    """Of some 600 scouts of three seeds in the last 200 steps 25 / (105**2 + 25) miss it, 1.4; 8 with p < 1e-4."""
    scenario, arrived = example(1), np.zeros(2, int)
    for seed in (1, 2, 3):
        model = scenario.build(seed=seed)
        model.run_for(scenario.steps - 200)
        before = model.state.docked[0, 3:].copy()
        model.run_for(200)
        arrived += model.state.docked[0, 3:] - before
    food, desert = arrived
    assert food + desert > 500
    assert desert < 8
    trail = model.state.trails["finder"][0]  # shot noise, one a step, each fading by exp(-1 / 100): variance 100 / 2
    assert abs(trail - 100.0) < Z * np.sqrt(50.0)
    food, desert = ran(scenario.override("kinds.finder.trail.amount", 0.0)).state.docked[0, 3:]
    assert abs(food - desert) < Z * np.sqrt(food + desert)


def test_the_example_with_memory_remembers_what_was_new():
    """Births are Poisson(10 novelty) in each step."""
    model = ran(example(2))
    born, novelty = model.record["tracer.born"], model.record["signal.novelty"]
    for last in (25, 300):
        expected = 10.0 * novelty[:last].sum()
        assert abs(born[last] - expected) < Z * np.sqrt(expected)
    assert novelty[:25].sum() == pytest.approx(novelty.sum() / 2, rel=0.05)
    assert 10.0 * novelty.sum() == pytest.approx(310.0, rel=0.02)
    assert born[300] - born[200] < 10
    assert np.allclose(model.state.memory[:, 0], [1.0, 0.5], atol=1e-3)


def test_every_metric_and_every_task_stands_in_the_page_of_scenarios():
    """Of all shipped scenarios, run for as long as tells."""
    page = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    for name, task in va.Task.known.items():
        if task.__module__.startswith("vesicle_abm."):
            assert f"`{name}`" in page, name
            for metric in re.findall(r"``(\w+)``", task.metrics.__doc__):
                if metric not in {item.name for item in dataclasses.fields(task)}:
                    assert f"`{metric}`" in page, f"{name}: {metric}"


def test_every_column_of_a_runs_tables_stands_in_the_page_of_scenarios():
    page = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    for number, name in ((1, "finder"), (2, "tracer")):
        scenario = example(number).override(f"kinds.{name}.cap", 100)
        model = scenario.build()
        model.step()
        for column in [*model.record.columns, *node_table(model).columns[1:]]:
            own = column.replace("signal.novelty", "signal.NAME")
            for kind in model.kinds:
                own = own.replace(f"{kind}.", "KIND.")
            assert f"`{own}`" in page or f"`{own.removeprefix('KIND')}`" in page, column


def test_every_shipped_rule_stands_in_its_page():
    pages = [(DOCS / name).read_text(encoding="utf-8") for name in ("model.md", "learning.md")]
    for page, families in zip(pages, (FAMILIES, PARTS), strict=True):
        check_names(page, [cls for family in families.values() for cls in family.known.values()])


def check_names(page, shipped):
    for rule in shipped:
        if rule.__module__.startswith("vesicle_abm."):
            assert f"`{rule.name}`" in page, rule.name


EXAMPLES = [
    (page, n)
    for page in (
        "../README",
        "credit",
        "designs",
        "exchange",
        "learning",
        "nested",
        "policies",
        "reproducibility",
        "spikes",
        "vesicles",
    )
    for n in range(len(blocks(DOCS / f"{page}.md", "python")))
]


@pytest.mark.parametrize(("page", "number"), EXAMPLES)
def test_the_examples_of_a_page_run(page, number, monkeypatch):
    for family in TABLES.values():  # so that the rules of the page are gone when the test ends
        monkeypatch.setattr(family, "known", dict(family.known))
    exec(compile(blocks(DOCS / f"{page}.md", "python")[number], f"docs/{page}.md", "exec"), {})


def test_the_page_of_vesicles_lists_every_function_of_xp():
    page = (DOCS / "vesicles.md").read_text(encoding="utf-8")
    own = ast.parse(Path(functions.__file__).read_text(encoding="utf-8")).body
    names = [item.name for item in own if isinstance(item, ast.FunctionDef) and item.name[0] != "_"]
    assert len(names) > 15
    assert [name for name in names if f"`{name}`" not in page] == []


@pytest.mark.parametrize("line", "".join(blocks(DOCS / "designs.md", "bash")).splitlines())
def test_the_commands_of_the_page_of_designs_are_ones(line):
    command, *words = shlex.split(line)
    assert command == "vesicle-abm"
    assert callable(parser().parse_args(words).command)


def test_every_picture_that_a_page_shows_is_there():
    for page in DOCS.glob("*.md"):
        for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert (DOCS / name).is_file(), f"{page.name}: {name}"
