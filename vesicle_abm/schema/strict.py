"""Strict tables, and problems: what is wrong with a table, all of it, each with its key."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from vesicle_abm.core.errors import InputError, closest, nearest

ALLOWED = {
    "int_type": "a whole number is",
    "string_type": 'text in "quotes" is',
    "list_type": "a list is",
    "dict_type": "a table is",
    "greater_than_equal": "a whole number >= {ge} is",
    "less_than_equal": "a whole number <= {le} is",
    "less_than": "a whole number < {lt} is",
}


class Problems(InputError):
    """Several problems, each with its key."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def inside(self, parent: str) -> "Problems":
        """The same problems, their keys placed under ``parent``."""
        return Problems(problem.inside(parent) for problem in self.problems)


def problems_of(error: Exception) -> list[InputError]:
    """One error as a list of problems."""
    if isinstance(error, ValidationError):
        return [problem for item in error.errors() for problem in _found(item)]
    return error.problems if isinstance(error, Problems) else [error]  # type: ignore[list-item]


def construct(make: Callable, table: dict) -> Any:
    """``make(**table)``; every key that it refuses is told, not the first alone.

    Raises
    ------
    Problems
        with the keys as ``make`` names them.
    """
    left, problems = dict(table), []
    while True:
        try:
            made = make(**left)
            break
        except InputError as error:
            refused = error.key.partition(".")[0]
            if refused in table and refused not in left:  # told already; the default is refused too
                break
            problems.append(error)
            if refused not in left:
                break
            del left[refused]
        except TypeError as error:  # a parameter without a default is missing, or a user's rule stumbled
            problems += [] if problems else [InputError(f"cannot be made: {error}")]
            break
    if problems:
        raise Problems(problems)
    return made


MISSING = "is missing"


class Strict(BaseModel):
    """A table in which an unknown key is an error; what it holds is checked as if the key had been spelt right."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, strict=True)

    @model_validator(mode="wrap")
    @classmethod
    def _read_to_the_end(cls, table: Any, read: Callable) -> Any:
        if isinstance(table, cls):
            return table
        if not isinstance(table, dict):
            raise InputError(f"got {shown(table)}; a table is allowed")
        known, problems = {}, []
        for key, value in table.items():
            if key in cls.model_fields:
                known[key] = value
            else:
                problems.append(InputError(f"unknown key; {nearest(key, cls.model_fields)}", str(key)))
        for problem in problems:
            meant = closest(problem.key, cls.model_fields)
            if meant is not None:
                known.setdefault(meant, table[problem.key])
        try:
            made = read(known)
        except ValidationError as error:
            problems += [cls._explained(problem) for problem in problems_of(error)]
        if problems:
            raise Problems(problems)
        return made

    @classmethod
    def _explained(cls, problem: InputError) -> InputError:
        """A missing key, with what it is."""
        field = cls.model_fields.get(problem.key)
        if problem.message != MISSING or field is None or not field.description:
            return problem
        return InputError(f"{MISSING}; it is {field.description}", problem.key)


def shown(value: Any) -> str:
    """A value as TOML would write it, shortly."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    text = repr(value) if isinstance(value, str | int | float) or value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _found(item: Any) -> list[InputError]:
    """One of pydantic's findings as ours: the dotted key, what was given, what is allowed."""
    key = ".".join(str(part) for part in item["loc"] if part != "[key]")
    context = item.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, InputError):
        return problems_of(cause.inside(key) if key else cause)
    if item["type"] == "missing":
        return [InputError(MISSING, key)]
    words = ALLOWED.get(item["type"])
    allowed = f"{words.format(**context)} allowed" if words else item["msg"]
    return [InputError(f"got {shown(item['input'])}; {allowed}", key)]
