"""Notebooks: the same lessons, to be read and run by oneself; made of the same texts, with the code of each step."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .lesson import Lesson, Step

OPENING = """%matplotlib inline
import tomllib

import matplotlib.pyplot as plt
import numpy as np

import vesicle_abm as va
"""


def notebook(lesson: Lesson) -> nbformat.NotebookNode:
    """A lesson as a notebook, not run."""
    cells = [new_markdown_cell(f"# {lesson.title}\n\n{lesson.about}"), new_code_cell(OPENING + scenario_code(lesson))]
    for number, step in enumerate(lesson.steps, 1):
        cells += [new_markdown_cell(words(number, step)), new_code_cell(step.code)]
    for number, cell in enumerate(cells):
        cell.id = f"{lesson.name}-{number}"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=cells, metadata=metadata)


def words(number: int, step: Step) -> str:
    """A step in Markdown."""
    question = [f"**{step.question.words}** {', '.join(step.question.choices)}?"] if step.question is not None else []
    return "\n\n".join([f"## {number}", step.text, *question, f"**See:** {step.see}"])


def scenario_code(lesson: Lesson) -> str:
    """The scenario: a shipped one by its name, another with its text, so that the notebook needs no file beside it."""
    scenario = lesson.load()
    if not lesson.scenario.endswith(".toml"):
        return f'\nscenario = va.Scenario.load("{lesson.scenario}")\nprint(scenario.question)'
    return f"\nscenario = va.Scenario(\n    tomllib.loads('''\n{scenario.text}''')\n)\nprint(scenario.question)"


def text(lesson: Lesson) -> str:
    """The notebook's file."""
    return nbformat.writes(notebook(lesson)) + "\n"
