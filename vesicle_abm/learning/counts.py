"""Counts that a caller gives: steps, updates, and how many of them."""

from vesicle_abm.core.errors import InputError


def check_numbers(**given: tuple[int | None, int]) -> None:
    """Refuse what is no whole number, or below the least."""
    for name, (value, least) in given.items():
        if value is None and name == "patience":
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(f"got {value!r}; a whole number >= {least} is allowed", name)
