"""docs/field.md: its first table is what the script makes of the scenarios as they are, and its examples run."""

import importlib.util
import re
from pathlib import Path

import pytest

import vesicle_abm as va

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "field.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def maker():
    """The script that makes the tables."""
    spec = importlib.util.spec_from_file_location("make_field", DOCS / "make_field.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(name: str) -> list[list[str]]:
    """The rows of a table, cell by cell."""
    table = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)[1].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_table_of_fields_is_what_the_script_makes(maker):
    assert maker.with_table(PAGE, "fields", maker.fields()) == PAGE


def test_the_table_of_errors_is_of_closures():
    closures = {row[0] for row in rows("fields") if row[1] == "closure"}
    measured = {row[0] for row in rows("errors")}
    assert measured <= closures
    assert len(measured) > 10


def test_a_row_of_the_table_of_errors_is_what_the_script_measures(maker):
    """Of the scenario ``cascade``: the same seeds, so the same digits."""
    scenario = va.Scenario.load("cascade")
    found = va.field_error(scenario, min(maker.STEPS, scenario.steps), maker.REPLICATES, maker.SEED)
    wanted = {row[1]: " | ".join(row[2:]) for row in rows("errors") if row[0] == "cascade"}
    assert wanted == {name: maker.told(found.loc[name]) for name in wanted}


def test_the_examples_run_one_after_the_other():
    pytest.importorskip("torch")
    names: dict = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(code, "docs/field.md", "exec"), names)
    assert names["logit"].grad is not None
