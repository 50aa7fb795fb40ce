"""Notebooks of the lessons: in step with the lessons, and every one runs, with all that it asserts."""

import importlib.util
from pathlib import Path

import pytest

from vesicle_abm.dashboards.lessons import LESSONS

FOLDER = Path(__file__).parents[2] / "docs" / "lessons"
LIMIT = 120  # s, for a cell; the first compiles where nothing has run yet


def maker():
    found = importlib.util.spec_from_file_location("make", FOLDER / "make.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_notebooks_are_in_step_with_the_lessons():
    pytest.importorskip("nbformat")
    assert maker().stale() == []


def test_each_has_its_line_in_the_readme():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [lesson.name for lesson in LESSONS if f"({lesson.name}.ipynb)" not in readme] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_notebook_runs(lesson):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(FOLDER / f"{lesson.name}.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=LIMIT, kernel_name="python3").execute()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
