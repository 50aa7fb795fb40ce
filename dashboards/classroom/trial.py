"""Trial: what a visitor wrote is tried in a process of its own: an endless loop can be ended there, in no thread.

``python -m vesicle_abm.dashboards.trial`` reads the text, and tells what was found as JSON.
"""

import contextlib
import json
import subprocess
import sys

import vesicle_abm as va

from ..lessons.own import LESSON
from .written import Fault, as_fault, define, line_of, used

LIMIT = 40.0  # s, for everything: a new process compiles for some seconds on a machine where nothing has run yet
STEPS = 30


def tried(text: str, limit: float = LIMIT) -> list[str]:
    """The names of the classes, after they have been checked and have run for some steps of the lesson's scenario.

    Raises
    ------
    Fault
        with the line, if something is wrong, or it does not come to an end.
    """
    command = [sys.executable, "-X", "utf8", "-m", __name__]
    try:
        process = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise Fault(f"It did not come to an end within {limit:.0f} s. Is there a loop that never ends?") from None
    try:
        told = json.loads(process.stdout)
    except ValueError:
        raise Fault(f"It ended the process that tried it. {process.stderr[-300:]}") from None
    if "words" in told:
        raise Fault(told["words"], told["line"])
    return told["classes"]


def answer(text: str) -> dict:
    """What ``tried`` is told by the process."""
    try:
        classes = define(text)
        for cls in classes:
            if not issubclass(cls, va.Vesicle):
                check(cls, text)
        model = used(classes, LESSON.load()).build(threads=1)
        model.run_for(STEPS)
    except Exception as error:
        wrong = as_fault(error)
        return {"words": wrong.words, "line": wrong.line}
    return {"classes": [cls.__name__ for cls in classes]}


def check(rule: type, text: str) -> None:
    """Whether a rule keeps its contract, its numbers as declared."""
    try:
        va.check_rule(rule())
    except va.InputError as error:
        raise Fault(f"check_rule: {error}.", line_of(text, rule.__name__)) from None


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):  # what the text prints
        found = answer(sys.stdin.read())
    sys.stdout.write(json.dumps(found))
