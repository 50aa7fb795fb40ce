"""What the server was started with: read by every session, set once by ``launch.serve``."""

scenario: str | None = None
