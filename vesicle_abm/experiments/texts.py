"""Designs as text: values as TOML would read them, ``key=1,2,3`` and ``key=low:high``."""

import json
import re
import tomllib
from typing import Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.ranges import FLAGS, Range

FORM = "KEY=V1,V2,…"  # of a sweep


def value_of(text: str) -> Any:
    """A value as TOML would read it; a bare word is text.

    >>> value_of("0.02"), value_of("relu"), value_of("[1, 2]")
    (0.02, 'relu', [1, 2])
    """
    found = _toml(text.strip())
    return found[0] if found is not None and len(found) == 1 else text.strip()


def toml_of(value: Any) -> str:
    """What ``value_of`` reads as this value.

    >>> toml_of({"rule": "constant", "rate": [0.5, 1e-5]}), toml_of(True)
    ('{"rule" = "constant", "rate" = [0.5, 1e-05]}', 'true')
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml_of(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_of, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def document_of(data: dict, place: str = "") -> str:
    """A scenario's data as a TOML document: its values, then its tables under their headings.

    >>> document_of({"steps": 3, "kinds": {"a": {"lifetime": 2}}})
    'steps = 3\\n\\n[kinds.a]\\nlifetime = 2\\n'
    """
    values = {key: value for key, value in data.items() if not isinstance(value, dict)}
    text = "".join(f"{_toml_key(key)} = {toml_of(value)}\n" for key, value in values.items())
    if text and place:
        text = f"\n[{place}]\n{text}"
    for key, value in data.items():
        if isinstance(value, dict):
            inside = f"{place}.{_toml_key(key)}" if place else _toml_key(key)
            text += document_of(value, inside) if value else f"\n[{inside}]\n"
    return text


def parse_setting(text: str) -> tuple[str, Any]:
    """``KEY=VALUE`` with the value as TOML would read it; a bare word is text.

    >>> parse_setting("kinds.reward.decay.hazard=0.02")
    ('kinds.reward.decay.hazard', 0.02)
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise InputError(f"got {text!r}; KEY=VALUE is allowed, say kinds.dopamine.absorb=0.5", "--set")
    return key.strip(), value_of(value)


def sweep_of(text: str) -> tuple[str, list[Any]]:
    """``key=1,2,3``: a dotted key, and the values that it takes one after another.

    >>> sweep_of("kinds.walker.decay.hazard=0.01,0.02")
    ('kinds.walker.decay.hazard', [0.01, 0.02])

    Raises
    ------
    InputError
        if there is no key, or a value is missing.
    """
    key, values = _halves(text, "--sweep", FORM)
    listed = _toml(values)
    found = listed if listed is not None else [value_of(part) for part in values.split(",")]
    if not found or "" in found:
        raise InputError(f"got {text!r}; a value is missing, {FORM} is allowed", "--sweep")
    return key, found


def range_of(text: str) -> Range:
    """``key=low:high``, with ``:log`` for steps of equal ratio and ``:int`` for whole numbers.

    >>> range_of("kinds.walker.decay.hazard=1e-3:0.1:log")
    Range(key='kinds.walker.decay.hazard', low=0.001, high=0.1, log=True, whole=False)

    Raises
    ------
    InputError
        for another form, or an empty range.
    """
    form = "KEY=LOW:HIGH, with :log or :int behind it,"
    key, rest = _halves(text, "range", form)
    low, _, more = rest.partition(":")
    high, *flags = more.split(":")
    for flag in flags:
        if flag not in FLAGS or flags.count(flag) > 1:
            raise InputError(f"got {flag!r}; {' and '.join(FLAGS)} are allowed, once each", key)
    try:
        ends = float(low), float(high)
    except ValueError:
        raise InputError(f"got {text!r}; {form} is allowed", "range") from None
    return Range(key, *ends, log="log" in flags, whole="int" in flags)


def text_of(given: Range) -> str:
    """What ``range_of`` reads as this range.

    >>> text_of(Range("kinds.walker.emission.count", 1.0, 9.0, whole=True))
    'kinds.walker.emission.count=1.0:9.0:int'
    """
    flags = ":log" * given.log + ":int" * given.whole
    return f"{given.key}={given.low!r}:{given.high!r}{flags}"


def _halves(text: str, option: str, form: str) -> tuple[str, str]:
    key, equals, rest = text.partition("=")
    if not equals or not key.strip() or not rest.strip():
        raise InputError(f"got {text!r}; {form} is allowed", option)
    return key.strip(), rest.strip()


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _toml(values: str) -> list[Any] | None:
    """The values of a TOML list without its brackets; None if it is none."""
    try:
        read = tomllib.loads(f"value = [{values}]")
    except (ValueError, RecursionError):
        return None
    return read["value"] if set(read) == {"value"} else None
