"""What the server was started with: read by every session, set once by ``launch.serve``."""

from pathlib import Path

from .limits import LOCAL, Limits
from .rooms import Rooms

FAVOURITE = "worm_wireless"

scenario: str | None = None
hosted: bool = False  # whether strangers may come
limits: Limits = LOCAL
runs: Path = Path("runs")  # the one folder of run directories that visitors may open
rooms: Rooms = Rooms()
editor: bool = False  # whether pages opened with the token may have text of their own run
token: str = ""  # a secret that the server prints with its address


def first() -> str:
    """What a visitor sees first: the scenario that was named at the start, or the favourite."""
    return scenario or FAVOURITE
