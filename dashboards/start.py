"""What the server was started with: read by every session, set once by ``launch.serve``."""

from pathlib import Path

from .limits import LOCAL, Limits
from .rooms import Rooms

scenario: str | None = None
hosted: bool = False  # whether strangers may come
limits: Limits = LOCAL
runs: Path = Path("runs")  # the one folder of run directories that visitors may open
rooms: Rooms = Rooms()
