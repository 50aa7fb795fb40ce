"""Scenario file: a scenario as TOML: its own text, with comments and order kept, and only what was changed in it."""

import tomllib

import tomlkit

import vesicle_abm as va

from ..run.plan import Plan
from ..run.settings import differences, settings, toml, written
from .recipe import made_by


def as_toml(plan: Plan, step: int) -> str:
    """A file that loads as the plan's scenario; comments on top tell what was changed on the way to a step."""
    return "".join(f"# {line}\n" for line in remarks(plan, step)) + body(plan.scenario)


def body(scenario: va.Scenario) -> str:
    """The file's text with the present values in it; written anew where that cannot be."""
    if scenario.text is not None:
        document = tomlkit.parse(scenario.text)
        write_into(document, tomllib.loads(scenario.text), scenario.data)
        text = tomlkit.dumps(document)
        if tomllib.loads(text) == scenario.data:
            return text
    return tomlkit.dumps(scenario.data)


def write_into(table, was: dict, now: dict) -> None:
    """Make a table of a document, that holds ``was``, hold ``now``; what is the same stays as it is written."""
    for key in was.keys() - now.keys():
        del table[key]
    for key, value in now.items():
        if isinstance(value, dict) and isinstance(was.get(key), dict):
            write_into(table[key], was[key], value)
        elif key not in was or any(True for _ in differences(was[key], value)):
            table[key] = toml(value)


def remarks(plan: Plan, step: int) -> list[str]:
    """What the file cannot say."""
    told = ["Taken from the dashboard."]
    before = plan.scenario
    for since, scenario in made_by(plan, step):
        told += [f"Changed while it ran, at step {since}: {written(each)}" for each in settings(scenario, before)]
        before = scenario
    if "file" in plan.scenario.data["graph"]:
        told.append("Its graph is in a file beside the one it was opened from.")
    return told
