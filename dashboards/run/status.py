"""Status: what a session tells the page of itself."""

from dataclasses import dataclass

IDLE, BUILDING, FIRST_STEP, PAUSED, PLAYING, SEEKING, WAITING, FAILED = (
    "idle",
    "building",
    "first step",
    "paused",
    "playing",
    "seeking",
    "waiting",
    "failed",
)
BUSY = (BUILDING, FIRST_STEP)
GOING = (PLAYING, SEEKING, WAITING, FIRST_STEP)


@dataclass(frozen=True)
class Status:
    """What the page says about a session."""

    phase: str = IDLE
    step: int = 0
    message: str = ""
    refused: str = ""  # why the last change of a running model was not taken
    run: int = 0  # how many models there have been
    changes: int = 0  # how many changes of the running model have been taken or refused, over all models
    reached: int = 0  # the furthest step of this run
    measured: float = 0.0  # steps per second, of late

    @property
    def busy(self) -> bool:
        """Whether to wait before giving a command."""
        return self.phase in BUSY

    @property
    def going(self) -> bool:
        """Whether there is something to pause."""
        return self.phase in GOING
