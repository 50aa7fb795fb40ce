"""Picker: which scenario, the question it answers, and what one should see."""

from html import escape
from pathlib import Path

import solara

import vesicle_abm as va

from .choice import Choice


def choices(first: str | None) -> dict[str, str]:
    """Name, or the path the server was started with -> question."""
    known = va.questions()
    if first is not None and first not in known:
        known = {first: va.Scenario.load(first).question, **known}
    return known


@solara.component
def Picker(name: str, asked: dict[str, str], scenario: va.Scenario | None, on_pick):
    """A list of scenarios, ``asked``: name -> question, and the chosen one's question."""
    names = [*asked, *([name] if name not in asked else [])]
    labels = {label(each): each for each in names}
    with solara.Div(classes=["va-question"]):
        with solara.Div(classes=["va-pick"]):
            words = [f"{label(each)}: {asked[each]}" if each in asked else label(each) for each in names]
            Choice("Scenario", list(labels), label(name), lambda chosen: on_pick(labels[chosen]), words=words)
        if scenario is not None:
            with solara.Div(classes=["va-words"]):
                solara.HTML(tag="h2", unsafe_innerHTML=escape(scenario.question), classes=["va-ask"])
                expect = f"<summary>What to expect</summary><p>{escape(scenario.expect)}</p>"
                solara.HTML(tag="details", unsafe_innerHTML=expect, classes=["va-expect"])


def label(name: str) -> str:
    """A shipped scenario's name in words; of a file, its name."""
    return Path(name).name if name.endswith(".toml") else name.replace("_", " ")
