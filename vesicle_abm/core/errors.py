"""Errors that say what was given, what is allowed and what to write instead."""

from difflib import get_close_matches

LIKENESS = 0.5  # of spelling, from 0 to 1, above which another name is suggested
LISTED = 40  # names at most


class InputError(ValueError):
    """Bad input: ``key`` names the parameter (a dotted path once a scenario has placed it), the message the rest."""

    def __init__(self, message: str, key: str = ""):
        super().__init__(f"{key}: {message}" if key else message)
        self.message = message
        self.key = key

    def inside(self, parent: str) -> "InputError":
        """The same error, its key placed under ``parent``."""
        return InputError(self.message, ".".join(part for part in (parent, self.key) if part))


class RunStoppedError(Exception):
    """A run was stopped, or could not be written; the message says how to go on."""


def closest(name: object, allowed) -> str | None:
    """The allowed name that is spelt most like a given one, if any is much like it."""
    found = get_close_matches(str(name), [str(a) for a in allowed], n=1, cutoff=LIKENESS)
    return found[0] if found else None


def nearest(name: object, allowed) -> str:
    """A phrase that lists the allowed names, the nearest first: appended to errors about an unknown name.

    >>> nearest("dopamin", ["dopamine", "serotonin"])
    "did you mean 'dopamine'? Allowed: dopamine, serotonin"
    >>> nearest("1", [0, 1])
    'did you mean 1 (not text)? Allowed: 0, 1'
    """
    names = list(allowed)
    close = closest(name, names)
    meant = next((a for a in names if str(a) == close), None)
    hint = "" if close is None else f"did you mean {meant!r}? "
    if close is not None and isinstance(name, str) and not isinstance(meant, str):
        hint = f"did you mean {meant!r} (not text)? "
    listed = ", ".join(str(a) for a in names[:LISTED]) + (", …" if len(names) > LISTED else "") if names else "none"
    return f"{hint}Allowed: {listed}"
