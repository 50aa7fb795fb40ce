"""The documentation's scenario is a good one, and its tables name what there is."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

import vesicle_abm as va
from vesicle_abm.core import functions
from vesicle_abm.neurons.plasticity import PARTS
from vesicle_abm.rules import TABLES
from vesicle_abm.vesicles.kind import FAMILIES

DOCS = Path(__file__).parents[1] / "docs"


def test_the_example_scenario_is_good_and_does_what_it_says():
    text = re.search(r"```toml\n(.*?)```", (DOCS / "scenarios.md").read_text(encoding="utf-8"), re.DOTALL).group(1)
    scenario = va.Scenario(tomllib.loads(text), "docs/scenarios.md")
    scenario.check()
    model = scenario.build()
    model.run_for(scenario.steps)
    docked = model.state.docked[0]
    assert docked[:5].sum() > docked.sum() / 2
    assert docked[-1] > 0


def test_every_shipped_rule_stands_in_its_page():
    pages = [(DOCS / name).read_text(encoding="utf-8") for name in ("model.md", "learning.md")]
    for page, families in zip(pages, (FAMILIES, PARTS), strict=True):
        check_names(page, [cls for family in families.values() for cls in family.known.values()])


def check_names(page, shipped):
    for rule in shipped:
        if rule.__module__.startswith("vesicle_abm."):
            assert f"`{rule.name}`" in page, rule.name


def blocks(page, language):
    """The code blocks of a page."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


EXAMPLES = [(page, n) for page in ("learning.md", "vesicles.md") for n in range(len(blocks(DOCS / page, "python")))]


@pytest.mark.parametrize(("page", "number"), EXAMPLES)
def test_the_examples_of_a_page_run(page, number, monkeypatch):
    for family in TABLES.values():  # so that the rules of the page are gone when the test ends
        monkeypatch.setattr(family, "known", dict(family.known))
    exec(compile(blocks(DOCS / page, "python")[number], f"docs/{page}", "exec"), {})


def test_the_page_of_vesicles_lists_every_function_of_xp():
    page = (DOCS / "vesicles.md").read_text(encoding="utf-8")
    own = ast.parse(Path(functions.__file__).read_text(encoding="utf-8")).body
    names = [item.name for item in own if isinstance(item, ast.FunctionDef) and item.name[0] != "_"]
    assert len(names) > 15
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_picture_that_a_page_shows_is_there():
    for page in DOCS.glob("*.md"):
        for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert (DOCS / name).is_file(), f"{page.name}: {name}"
