"""Checks of arguments: a number or a refusal that names the argument, what was given, and what is allowed."""

import math
from collections.abc import Callable
from numbers import Integral, Real

from vesicle_abm.core.errors import InputError


def count(value, key: str) -> int:
    """A whole number >= 1.

    >>> count(3, "steps")
    3
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise InputError(f"got {value!r}; a whole number >= 1 is allowed", key)
    return int(value)


def number(value, key: str, allowed: Callable[[float], bool], words: str) -> float:
    """A finite number that is allowed; ``words`` say what is.

    >>> number(1, "rate", lambda x: x > 0.0, "a finite number > 0")
    1.0
    """
    good = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value) and allowed(float(value))
    if not good:
        raise InputError(f"got {value!r}; {words} is allowed", key)
    return float(value)


def check_counts(**given: tuple[int | None, int]) -> None:
    """Refuse what is no whole number, or below the least."""
    for name, (value, least) in given.items():
        if value is None and name == "patience":
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(f"got {value!r}; a whole number >= {least} is allowed", name)
