"""The documentation's scenario is a good one, and its tables name what there is."""

import re
import tomllib
from pathlib import Path

import pytest

import vesicle_abm as va
from vesicle_abm.neurons.plasticity import PARTS
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


@pytest.mark.parametrize(("page", "number"), [("learning.md", 0), ("learning.md", 1), ("vesicles.md", 0)])
def test_the_examples_of_a_page_run(page, number):
    text = (DOCS / page).read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[number]
    exec(compile(code, f"docs/{page}", "exec"), {})


def test_every_picture_that_a_page_shows_is_there():
    for page in DOCS.glob("*.md"):
        for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert (DOCS / name).is_file(), f"{page.name}: {name}"
