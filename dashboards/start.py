"""What the server was started with: read by every session, set once by ``launch.serve``."""

scenario: str | None = None
editor: bool = False  # whether pages opened with the token may have text of their own run
token: str = ""  # a secret that the server prints with its address
