"""Facts that checks ask for, and the words for what is missing."""

from typing import Any

import numpy as np

import vesicle_abm as va

from ..run.plan import Plan
from .lesson import Hands, Moment


def before(moment: Moment, step: int) -> str:
    """Empty once the run has come to a step."""
    now = moment.status.step
    return "" if now >= step else f"The run stands at step {now}; let it go on to step {step}."


def value(scenario: va.Scenario, key: str) -> Any:
    """What stands at a dotted key of a scenario; None where nothing does.

    >>> value(va.Scenario.load("random_walk"), "kinds.walker.decay.hazard")
    0.02
    """
    found: Any = scenario.data
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def unlike(moment: Moment, key: str, wanted: float, words: str) -> str:
    """Empty once a number of the scenario in force is as wanted, to a hundredth."""
    now = value(moment.running, key)
    return "" if now is not None and np.isclose(now, wanted, rtol=0.01) else f"{words} is {now}; make it {wanted}."


def unlike_ablated(moment: Moment, **stages: str) -> str:
    """Empty once these stages of the learning rule are ablated, and no others."""
    if (value(moment.running, "plasticity.ablated") or {}) == stages:
        return ""
    wanted = ", ".join(f"{name} to {match}" for name, match in stages.items())
    return f"Under Ablate, set {wanted}, and all else to on." if wanted else "Under Ablate, set all to on."


def changed_on_the_way(moment: Moment) -> str:
    """Empty for a run that has had the same rules since its first step."""
    return (
        "The rules changed on the way. Reset, so that the run has them from its first step."
        if moment.plan.changes
        else ""
    )


def rows(moment: Moment, name: str) -> np.ndarray:
    """(rows,) a column of the model's record."""
    recorder = moment.model.recorder
    return recorder.table[:, recorder.names.index(name)]


def run(hands: Hands, to: int, **changes: Any) -> None:
    """Begin the scenario in force anew, with changes at dotted keys (``__`` for a dot), and go to a step."""
    hands.session.open(Plan(with_changes(hands, changes)), to)


def go_on(hands: Hands, to: int, **changes: Any) -> None:
    """Change the rules in force, and go to a step."""
    if changes:
        hands.session.take(with_changes(hands, changes))
    hands.session.run_to(to)


def with_changes(hands: Hands, changes: dict[str, Any]) -> va.Scenario:
    """The scenario in force, with changes at dotted keys (``__`` for a dot)."""
    plan = hands.session.plan
    scenario = plan.at(hands.session.status.step)
    for key, wanted in changes.items():
        scenario = scenario.override(key.replace("__", "."), wanted)
    return scenario
