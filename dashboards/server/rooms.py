"""Rooms: how many dashboards are open at once on this server."""

import threading


class Rooms:
    """Room for so many; None: for any number. Shared by all sessions, and holds nothing of theirs but their number."""

    def __init__(self, most: int | None = None):
        self.most = most
        self.taken = 0
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Take a room, if there is one.

        >>> rooms = Rooms(1)
        >>> rooms.enter(), rooms.enter()
        (True, False)
        """
        with self._lock:
            free = self.most is None or self.taken < self.most
            self.taken += free
            return free

    def leave(self) -> None:
        """Give it back."""
        with self._lock:
            self.taken -= 1
