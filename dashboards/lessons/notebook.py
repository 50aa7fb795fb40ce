"""Notebooks: the same lessons, to be read and run by oneself; made of the same texts, with the code of each step."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .lesson import Lesson, Step

IMPORTS = (
    {"tomllib.": "import tomllib"},
    {"plt.": "import matplotlib.pyplot as plt", "np.": "import numpy as np"},
    {"va.": "import vesicle_abm as va"},
)  # groups of what code begins with -> the import that it needs


def notebook(lesson: Lesson) -> nbformat.NotebookNode:
    """A lesson as a notebook, not run."""
    cells = [new_markdown_cell(f"# {lesson.title}\n\n{lesson.about}"), new_code_cell(opening(lesson))]
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


def opening(lesson: Lesson) -> str:
    """The imports that its code needs, and the scenario: a shipped one by its name, another with its text, so that the
    notebook needs no file beside it.
    """
    loaded = f'scenario = va.Scenario.load("{lesson.scenario}")'
    if lesson.scenario.endswith(".toml"):
        loaded = f"scenario = va.Scenario(\n    tomllib.loads('''\n{lesson.load().text}''')\n)"
    code = "\n".join([loaded, *(step.code for step in lesson.steps)])
    groups = ["\n".join(line for name, line in group.items() if name in code) for group in IMPORTS]
    return "\n\n".join([*filter(None, groups), f"{loaded}\nprint(scenario.question)"])


def text(lesson: Lesson) -> str:
    """The notebook's file."""
    return nbformat.writes(notebook(lesson)) + "\n"
