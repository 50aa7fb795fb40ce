"""The table of docs/model.md, phrase by phrase: what it names is there."""

import ast
import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import vesicle_abm as va
from vesicle_abm.places import shipped_scenarios

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
MISSING = "not there yet"


def rows() -> list[list[str]]:
    """(phrase, class, equation, test, scenario) of each row of both tables."""
    section = PAGE[PAGE.index("## Where each phrase runs") :]
    lines = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| phrase")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


HERE = [row for row in rows() if row[1] != MISSING]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_has_five_cells():
    assert len(rows()) > 50
    assert all(len(row) == 5 for row in rows())


@pytest.mark.parametrize("row", HERE, ids=[row[0] for row in HERE])
def test_the_class_the_test_and_the_scenario_of_a_phrase_are_there(row):
    _, classes, equation, test, scenario = row
    assert named(classes) and equation
    for name in named(re.sub(r"\([^)]*\)", "", classes)):
        if not name.startswith("vesicle_abm."):
            assert hasattr(va, name), name
        elif not name.startswith("vesicle_abm.networks") or find_spec("torch"):
            home, _, last = name.rpartition(".")
            assert hasattr(import_module(home), last) or find_spec(name), name
    for name in named(test):
        path, _, function = name.partition("::")
        assert function in functions_of(path), name
    assert named(test) or test == "-"
    for name in named(scenario):
        assert (ROOT / name).is_file() if name.endswith(".py") else name in shipped_scenarios(), name


def test_what_a_kind_is_asked_for_is_there():
    for _, classes, *_ in HERE:
        for inside in re.findall(r"`Kind` \(([^)]*)\)", classes):
            for field in named(inside):
                assert field in va.Kind.__dataclass_fields__, field


def test_every_release_turn_trail_and_estimator_of_the_package_has_a_phrase():
    said = {name for row in HERE for name in named(row[1])}
    for family in (va.Release, va.Turn, va.Trail, va.Estimator):
        for cls in family.known.values():
            if cls.__module__.startswith("vesicle_abm."):
                assert cls.__name__ in said, cls.__name__


def test_every_shipped_scenario_shows_a_phrase():
    shown = {name for row in HERE for name in named(row[4])}
    assert set(shipped_scenarios()) <= shown
