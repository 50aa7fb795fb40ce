"""Watch: a screen that shows nothing, but stops a session that takes more than this server allows."""

import time

import vesicle_abm as va

from ..run.course import Model, size_of
from .limits import MIB, Limits

EVERY = 50  # steps between looks at the memory


class Watch:
    """Refuses in the session's thread; the page tells why, and lives on."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.sleep = time.sleep
        self._due = 0.0

    def begin(self, model: Model, scenario: va.Scenario) -> None:
        """Refuse a graph, or a model, that is too large."""
        limits = self.limits
        refuse(model.graph.size, limits.nodes, "neurons")
        refuse(model.graph.edge_count, limits.edges, "edges")
        if isinstance(model, va.VesicleModel) and limits.memory is not None:
            refuse(model.footprint.total // MIB, limits.memory, "MiB of memory, as its rules let expect,")

    def show(self, model: Model, rate: float) -> None:
        """Refuse what it has grown to, and hold a run back that goes faster than allowed."""
        limits = self.limits
        if limits.vesicles is not None and isinstance(model, va.VesicleModel):
            refuse(sum(columns.size for columns in model.state.vesicles.values()), limits.vesicles, "vesicles alive")
        if limits.memory is not None and model.time % EVERY == 0:
            refuse(size_of(model) // MIB, limits.memory, "MiB of memory")
        if limits.steps is not None and model.time >= limits.steps:
            raise va.InputError(f"A run has {limits.steps:,} steps at most on this server.")
        if limits.rate is not None:
            now = time.monotonic()
            self.sleep(max(0.0, self._due - now))
            self._due = max(now, self._due) + 1.0 / limits.rate

    def rest(self, model: Model) -> None:
        """Nothing to do."""

    def jump(self, model: Model) -> None:
        """Nothing to do."""

    def cut(self, step: int) -> None:
        """Nothing to do."""

    def silent_for(self) -> float:
        """Never waited for."""
        return 0.0


def refuse(number: float, most: int | None, what: str) -> None:
    """Refuse more than so many."""
    if most is not None and number > most:
        raise va.InputError(f"It has {number:,} {what}; this server allows {most:,}.")
