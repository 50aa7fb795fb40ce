"""Settings: how a scenario differs from another, as dotted keys and values: what ``override`` and ``--set`` take."""

from typing import Any

import tomlkit
from tomlkit.items import Item

import vesicle_abm as va

Setting = tuple[str, Any]
UNSAYABLE = "this takes several changes at once that no single ones give; take the scenario's file instead"


def settings(scenario: va.Scenario, base: va.Scenario) -> list[Setting]:
    """What makes ``base`` into ``scenario``, in an order in which each is allowed after those before it.

    Raises
    ------
    InputError
        if there is none.

    >>> base = va.Scenario.load("random_walk")
    >>> settings(base.override("seed", 7).override("kinds.walker.decay.hazard", 0.5), base)
    [('kinds.walker.decay.hazard', 0.5), ('seed', 7)]
    """
    gone = base.data.keys() - scenario.data.keys()
    if gone:
        raise va.InputError(UNSAYABLE, ", ".join(sorted(gone)))
    found = [(".".join(path), value) for path, value in differences(base.data, scenario.data)]
    steps, reached, waiting = in_order(base, found)
    if waiting:
        wholes = {key.split(".")[0]: scenario.data[key.split(".")[0]] for key, _ in waiting}
        more, _, waiting = in_order(reached, list(wholes.items()))
        steps += more
    if waiting:
        raise va.InputError(UNSAYABLE, waiting[0][0])
    return steps


def in_order(base: va.Scenario, found: list[Setting]) -> tuple[list[Setting], va.Scenario, list[Setting]]:
    """The settings in an order that is allowed, the scenario that they give, and those that no order allows."""
    steps, scenario, waiting = [], base, list(found)
    tried = 0
    while tried < len(waiting):
        setting = waiting.pop(0)
        try:
            scenario = scenario.override(*setting)
        except va.InputError:
            waiting.append(setting)
            tried += 1
        else:
            steps.append(setting)
            tried = 0
    return steps, scenario, waiting


def differences(was, now, path: tuple[str, ...] = ()):
    """(path, value) of each value that differs; a table that lost a key, or a list that grew, is given whole."""
    if (
        isinstance(was, dict)
        and isinstance(now, dict)
        and was.keys() <= now.keys()
        and not any("." in key for key in now)
    ):
        for key, value in now.items():
            if key in was:
                yield from differences(was[key], value, (*path, key))
            else:
                yield (*path, key), value
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for place, (before, after) in enumerate(zip(was, now, strict=True)):
            yield from differences(before, after, (*path, str(place)))
    elif type(was) is not type(now) or was != now:
        yield path, now


def toml(value) -> Item:
    """A value as TOML writes it on one line.

    >>> toml({"rule": "constant", "rate": [0.5, 1]}).as_string()
    '{rule = "constant", rate = [0.5, 1]}'
    """
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for key, inner in value.items():
            table.append(key, toml(inner))
        return table
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        for inner in value:
            array.append(toml(inner))
        return array
    return tomlkit.item(value)


def written(setting: Setting) -> str:
    """KEY=VALUE, as ``--set`` takes it.

    >>> written(("kinds.walker.absorb", 0.5))
    'kinds.walker.absorb=0.5'
    """
    key, value = setting
    return f"{key}={toml(value).as_string()}"
