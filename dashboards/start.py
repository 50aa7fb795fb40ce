"""What the server was started with: read by every session, set once by ``launch.serve``."""

FAVOURITE = "worm_wireless"

scenario: str | None = None
editor: bool = False  # whether pages opened with the token may have text of their own run
token: str = ""  # a secret that the server prints with its address


def first() -> str:
    """What a visitor sees first: the scenario that was named at the start, or the favourite."""
    return scenario or FAVOURITE
