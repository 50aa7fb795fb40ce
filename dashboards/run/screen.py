"""Screen: what shows a model: the canvas, the charts, the log."""

from typing import Protocol

import vesicle_abm as va

from .course import Model


class Screen(Protocol):
    """Called in the session's thread only."""

    def begin(self, model: Model, scenario: va.Scenario) -> None:
        """A new model, before its first step."""

    def show(self, model: Model, rate: float) -> None:
        """The model after a step, ``rate`` steps a second; 0 for as fast as it goes."""

    def rest(self, model: Model) -> None:
        """The model stands still: show what was left out."""

    def jump(self, model: Model) -> None:
        """The model stands at another step, that may have been shown before."""

    def cut(self, step: int) -> None:
        """What was shown of later steps will not happen."""

    def silent_for(self) -> float:
        """Seconds for which an acknowledgement is overdue; 0 if none is."""
