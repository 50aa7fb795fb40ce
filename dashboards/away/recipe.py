"""Recipe: the Python, and the command, that give a run as it stands at a step."""

import shlex

import vesicle_abm as va

from ..run.plan import DENSITY, Plan, original
from ..run.settings import settings, written

OWN_OPTIONS = ("seed", "view")  # of the command


def python(plan: Plan, step: int) -> str:
    """A script that ends with ``model`` in the state of this step; of the density view, with ``rho``.

    Raises
    ------
    InputError
        if a change cannot be said in single settings.
    """
    start = original(plan.scenario)
    lines = ["import vesicle_abm as va", "", f"scenario = va.Scenario.load({reference(plan.scenario)!r})"]
    lines += overrides(plan.scenario, start)
    if plan.scenario.view == DENSITY:
        lines += [f"*_, rho = va.densities(scenario.build(), {step})  # (kinds, nodes)", "print(rho.sum(axis=1))"]
        return "\n".join(lines) + "\n"
    lines.append("model = scenario.build()")
    before, at = plan.scenario, 0
    for since, scenario in made_by(plan, step):
        lines += [f"model.run_for({since - at})", "", f"# changed at step {since}", *overrides(scenario, before)]
        lines.append("model = model.with_rules_of(scenario.build())")
        before, at = scenario, since
    lines += [f"model.run_for({step - at})", "print(model.time, model.counts, model.state.digest())"]
    return "\n".join(lines) + "\n"


def command(plan: Plan, step: int) -> str:
    """The command that runs it to this step.

    Raises
    ------
    InputError
        if there is none, because it was changed on the way, stands before its first step, or cannot be said.
    """
    if made_by(plan, step):
        raise va.InputError("the command line cannot change a run on its way; the Python below does")
    if step == 0:
        raise va.InputError("a run has one step at least; go a step further")
    scenario = plan.scenario
    words = ["vesicle-abm", "run", reference(scenario), "--steps", str(step)]
    for setting in settings(scenario, original(scenario)):
        key, value = setting
        if key == "steps":
            continue  # given above
        words += [f"--{key}", str(value)] if key in OWN_OPTIONS else ["--set", written(setting)]
    return shlex.join(words)


def made_by(plan: Plan, step: int) -> list[tuple[int, va.Scenario]]:
    """The changes that were made by this step."""
    return [change for change in plan.changes if change[0] <= step]


def overrides(scenario: va.Scenario, base: va.Scenario) -> list[str]:
    """A line of Python for each setting."""
    return [f"scenario = scenario.override({key!r}, {value!r})" for key, value in settings(scenario, base)]


def shipped(scenario: va.Scenario) -> bool:
    """Whether it began as a shipped scenario."""
    path = va.shipped_scenarios().get(scenario.name)
    return path is not None and path.read_text(encoding="utf-8") == scenario.text


def reference(scenario: va.Scenario) -> str:
    """What ``Scenario.load`` takes: a shipped scenario's name, or its file."""
    return scenario.name if shipped(scenario) else scenario.source
