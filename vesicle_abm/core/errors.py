"""Errors that say what was given, what is allowed and what to write instead."""

from difflib import get_close_matches


class InputError(ValueError):
    """Bad input: ``key`` names the parameter (a dotted path once a scenario has placed it), the message the rest."""

    def __init__(self, message: str, key: str = ""):
        super().__init__(f"{key}: {message}" if key else message)
        self.message = message
        self.key = key

    def inside(self, parent: str) -> "InputError":
        """The same error, its key placed under ``parent``."""
        return InputError(self.message, ".".join(part for part in (parent, self.key) if part))


def nearest(name: object, allowed) -> str:
    """A phrase that lists the allowed names, the nearest first: appended to errors about an unknown name.

    >>> nearest("dopamin", ["dopamine", "serotonin"])
    "did you mean 'dopamine'? Allowed: dopamine, serotonin"
    """
    names = [str(a) for a in allowed]
    close = get_close_matches(str(name), names, n=1, cutoff=0.5)
    listed = ", ".join(names[:40]) + (", …" if len(names) > 40 else "") if names else "none"
    return (f"did you mean {close[0]!r}? " if close else "") + f"Allowed: {listed}"
