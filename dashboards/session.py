"""Session: one thread a browser session owns the model. Commands are flags; the page never touches the model itself.

The thread builds, steps and tells. Screens (the canvas, the charts) are told of every step, in this thread; each
decides whether it has room for a frame. A frame may be dropped, a step never is.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import vesicle_abm as va

STATUS_INTERVAL = 0.25  # s, the page's numbers change at most so often
CATCH_UP = 0.1  # s, a late step may be made up for by so much
SILENCE = 5.0  # s without an acknowledgement until the thread waits for the browser
IDLE, BUILDING, FIRST_STEP, PAUSED, PLAYING, WAITING, FAILED = (
    "idle",
    "building",
    "first step",
    "paused",
    "playing",
    "waiting",
    "failed",
)
BUSY = (BUILDING, FIRST_STEP)
log = logging.getLogger(__name__)


class Screen(Protocol):
    """What shows a model. Called in the session's thread only."""

    def begin(self, model: va.VesicleModel, scenario: va.Scenario) -> None:
        """A new model, before its first step."""

    def show(self, model: va.VesicleModel, rate: float) -> None:
        """The model after a step, ``rate`` steps a second."""

    def rest(self, model: va.VesicleModel) -> None:
        """The model stands still: show what was left out."""

    def silent_for(self) -> float:
        """Seconds for which an acknowledgement is overdue; 0 if none is."""


@dataclass(frozen=True)
class Status:
    """What the page says about a session."""

    phase: str = IDLE
    step: int = 0
    message: str = ""
    run: int = 0  # how many models there have been
    measured: float = 0.0  # steps per second, of late

    @property
    def busy(self) -> bool:
        """Whether to wait before giving a command."""
        return self.phase in BUSY


class Session:
    """A model under control: ``open``, ``play``, ``pause``, ``step``, ``reset``, ``close``; all return at once."""

    def __init__(self, screens: Iterable[Screen] = (), tell: Callable[[Status], None] = lambda status: None):
        """``tell`` is given the status, in the session's thread: at once for a new phase, else at most at 4 Hz."""
        self.screens, self.tell = list(screens), tell
        self.status = Status()
        self.rate = 10.0
        self.scenario: va.Scenario | None = None
        self.model: va.VesicleModel | None = None
        self.still = threading.Lock()  # held while the model changes
        self._command = threading.Condition()
        self._wanted: va.Scenario | None = None
        self._playing = False
        self._steps = 0
        self._closing = False
        self._told = 0.0
        self._pace: list[float] = []
        self._thread: threading.Thread | None = None

    # Commands

    def begin(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._live, daemon=True, name="vesicle session")
        self._thread.start()

    def close(self) -> None:
        """End the thread and wait for it."""
        self._order(_closing=True)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=30)

    def open(self, scenario: va.Scenario) -> None:
        """Build this scenario and stand at step 0."""
        self._order(_wanted=scenario, _playing=False, _steps=0)

    def reset(self) -> None:
        """The same scenario again, from step 0."""
        if self.scenario is not None:
            self.open(self.scenario)

    def play(self) -> None:
        """Step on and on."""
        self._order(_playing=True)

    def pause(self) -> None:
        """Stop after the step in progress."""
        self._order(_playing=False, _steps=0)

    def step(self, steps: int = 1) -> None:
        """So many steps more, if paused."""
        with self._command:
            self._steps += steps
            self._command.notify_all()

    def pace(self, rate: float) -> None:
        """Steps per second to aim for."""
        self._order(rate=float(rate))

    def _order(self, **flags) -> None:
        with self._command:
            self.__dict__.update(flags)
            self._command.notify_all()

    @contextlib.contextmanager
    def at_rest(self):
        """The model, between two steps, for as long as the block lasts; None if there is none."""
        with self.still:
            yield self.model

    # The thread

    def _live(self) -> None:
        due = time.monotonic()
        while True:
            with self._command:
                self._command.wait_for(self._anything_to_do)
                if self._closing:
                    return
                scenario, self._wanted = self._wanted, None
            try:
                if scenario is not None:
                    self._build(scenario)
                elif self._silent():
                    self._rest(0.1)
                else:
                    due = self._take_turn(due)
            except Exception as error:
                self._fail(error)

    def _anything_to_do(self) -> bool:
        can_step = self.model is not None and self.status.phase != FAILED
        return self._closing or self._wanted is not None or (can_step and self._going())

    def _build(self, scenario: va.Scenario) -> None:
        self.scenario, self.model = scenario, None
        self._say(phase=BUILDING, step=0, message="", measured=0.0)
        model = scenario.build(threads=1)
        for screen in self.screens:
            screen.begin(model, scenario)
        self.model = model
        self._pace = []
        self._say(phase=PAUSED, step=0, run=self.status.run + 1)

    def _take_turn(self, due: float) -> float:
        """One step, and the wait until the next is due; gives when that is."""
        model = self.model
        if model.time == 0:
            self._say(phase=FIRST_STEP, step=0)
        elif self.status.phase == WAITING:
            self._say(phase=PLAYING)
        with self.still:
            model.step()
        for screen in self.screens:
            screen.show(model, self.rate)
        with self._command:
            self._steps = max(0, self._steps - (not self._playing))
            if self._playing and self.scenario is not None and model.time == self.scenario.steps:
                self._playing = False
            going = self._going()
        if not going:
            self._settle()
        now = time.monotonic()
        self._pace = [moment for moment in self._pace if moment > now - 2.0] + [now]
        span = now - self._pace[0]
        measured = (len(self._pace) - 1) / span if going and span > 0.5 else 0.0
        self._say(phase=PLAYING if going else PAUSED, step=model.time, measured=measured)
        due = max(due + 1.0 / self.rate, now - CATCH_UP)
        if going:
            self._rest(max(0.0, due - now))
        return due

    def _silent(self) -> bool:
        silent = any(screen.silent_for() > SILENCE for screen in self.screens)
        if silent:
            self._say(phase=WAITING)
        return silent

    def _rest(self, seconds: float) -> None:
        with self._command:
            self._command.wait_for(lambda: self._closing or self._wanted is not None or not self._going(), seconds)
            stopped = not (self._going() or self._closing or self._wanted)
        if stopped:
            self._settle()
            self._say(phase=PAUSED, measured=0.0)

    def _going(self) -> bool:
        return self._playing or self._steps > 0

    def _settle(self) -> None:
        if self.model is not None:
            for screen in self.screens:
                screen.rest(self.model)

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, va.InputError):
            log.exception("the session's model stopped")
        self._order(_playing=False, _steps=0)
        message = str(error) if isinstance(error, va.InputError) else f"{type(error).__name__}: {error}"
        self._say(phase=FAILED, message=message, measured=0.0)

    def _say(self, **changes) -> None:
        before, self.status = self.status, replace(self.status, **changes)
        now = time.monotonic()
        if self.status.phase != before.phase or self.status.phase != PLAYING or now - self._told > STATUS_INTERVAL:
            self._told = now
            self.tell(self.status)
