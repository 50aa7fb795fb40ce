"""Diary: what the visitor changed in a running model, as notes in the log."""

from collections.abc import Callable

import vesicle_abm as va

from .session import Session
from .settings import settings
from .status import Status


class Diary:
    """Told of each status; notes each change of rules at its step."""

    def __init__(self, session: Session, note: Callable[[int, str], None]):
        self.session, self.note = session, note
        self._changes = 0

    def tell(self, status: Status) -> None:
        """Note the change that was just made, or refused."""
        plan = self.session.plan
        if status.changes == self._changes or plan is None:
            return
        self._changes = status.changes
        if status.refused:
            self.note(status.step, f"change refused: {status.refused}")
        elif plan.changes:
            before = plan.at(plan.changes[-1][0] - 1)
            self.note(status.step, f"changed {told(before, plan.changes[-1][1])}")


def told(before: va.Scenario, after: va.Scenario) -> str:
    """What differs, as settings.

    >>> scenario = va.Scenario.load("random_walk")
    >>> told(scenario, scenario.override("kinds.walker.decay.hazard", 0.5))
    'kinds.walker.decay.hazard = 0.5'
    """
    try:
        return ", ".join(f"{key} = {value}" for key, value in settings(after, before))
    except va.InputError:
        return "several rules at once"
