"""Writes the notebooks beside this file, one for each lesson of the dashboard."""

import argparse
import sys
from pathlib import Path

from vesicle_abm.dashboards.lessons import LESSONS
from vesicle_abm.dashboards.lessons.notebook import text

HERE = Path(__file__).parent


def stale() -> list[str]:
    """The names of notebooks that are missing, differ from their lesson, or have none."""
    wanted = {f"{lesson.name}.ipynb": text(lesson) for lesson in LESSONS}
    there = {path.name: path.read_text(encoding="utf-8") for path in HERE.glob("*.ipynb")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write() -> None:
    """Write them all, and remove those that have no lesson."""
    for path in HERE.glob("*.ipynb"):
        path.unlink()
    for lesson in LESSONS:
        (HERE / f"{lesson.name}.ipynb").write_text(text(lesson), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if one is not in step")
    if parser.parse_args().check:
        names = stale()
        sys.exit(f"not in step with the lessons: {', '.join(names)}; run docs/lessons/make.py" if names else 0)
    write()
