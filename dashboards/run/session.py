"""Session: one thread a browser session owns the models. Commands are flags; the page never touches a model itself.

The thread builds, steps, goes back and tells. Screens (the canvas, the charts) are told of every step, in this thread;
each decides whether it has room for a frame. A frame may be dropped, a step never is.
"""

import contextlib
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import vesicle_abm as va

from .course import BUDGET, Course
from .pace import Pace
from .plan import Plan
from .screen import Screen
from .status import BUILDING, FAILED, FIRST_STEP, GOING, PAUSED, PLAYING, SEEKING, WAITING, Status

STATUS_INTERVAL = 0.25  # s, the page's numbers change at most so often
SILENCE = 5.0  # s without an acknowledgement until the thread waits for the browser
log = logging.getLogger(__name__)


class Session:
    """Models under control: ``open``, ``play``, ``pause``, ``step``, ``run_to``, ``seek``, ``take``, ``reset``,
    ``close``; all return at once.
    """

    def __init__(
        self,
        lanes: Sequence[Sequence[Screen]] = (),
        tell: Callable[[Status], None] = lambda status: None,
        admit: Callable[[Plan], None] = lambda plan: None,
        budget: int = BUDGET,
    ):
        """``lanes``: the screens of the first model, and of one beside it; ``tell`` is given the status, in the
        session's thread: at once for a new phase, else at most at 4 Hz. ``admit`` raises InputError for a plan that may
        not be built; ``budget``: bytes of copies to go back to.
        """
        self.lanes, self.tell = [list(screens) for screens in lanes], tell
        self.admit, self.budget = admit, budget
        self.status = Status()
        self.pace = Pace()
        self.course: Course | None = None
        self.still = threading.RLock()  # held while a model changes
        self._command = threading.Condition()
        self._plan: Plan | None = None  # the last that was opened, with the changes since
        self._wanted: tuple[Plan, int] | None = None
        self._change: va.Scenario | None = None
        self._seek: int | None = None
        self._aim: int | None = None  # the step that is being gone to
        self._until = 0.0  # step to go to
        self._paced = True
        self._halted = False
        self._closing = False
        self._told = 0.0
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

    def open(self, plan: Plan, step: int = 0) -> None:
        """Build a plan's models and stand at this step."""
        self._order(_wanted=(plan, step), _change=None, _seek=None, _aim=None, _until=0.0)

    def reset(self) -> None:
        """What is in force now, from step 0."""
        plan = self.plan
        if plan is not None:
            self.open(Plan(plan.at(self.status.step), beside=plan.beside))

    def play(self) -> None:
        """Step on to the scenario's end; from there, on and on."""
        plan = self.plan
        end = plan.steps if plan is not None and self.status.step < plan.steps else math.inf
        self._order(_until=end, _paced=True)

    def pause(self) -> None:
        """Stop after the step in progress."""
        self._order(_until=0.0, _seek=None, _aim=None, _halted=True)

    def step(self, steps: int = 1) -> None:
        """So many steps more."""
        with self._command:
            here = self.status.step if self._aim is None else self._aim
            self._order(_until=max(self._until, here) + steps, _paced=True)

    def run_to(self, step: int) -> None:
        """Run to this step as fast as it goes; back, if it lies behind."""
        if step < self.status.step:
            self.seek(step)
        else:
            self._order(_until=float(step), _paced=False)

    def seek(self, step: int) -> None:
        """Stand at a step, earlier or later, without showing those between."""
        aim = max(0, int(step))
        self._order(_seek=aim, _aim=aim, _until=0.0)

    def take(self, scenario: va.Scenario) -> None:
        """Other rules from the step where the model stands; before the first step, another beginning."""
        plan = self.plan
        if plan is not None and self.status.reached == 0:
            self.open(Plan(scenario, beside=plan.beside))
        else:
            self._order(_change=scenario)

    def aim_for(self, rate: float) -> None:
        """So many steps per second."""
        self.pace.rate = float(rate)

    @property
    def plan(self) -> Plan | None:
        """What is being run, with the changes made so far."""
        return self._plan

    @contextlib.contextmanager
    def at_rest(self, lane: int = 0):
        """A model, between two steps, for as long as the block lasts; None if there is none."""
        with self.still:
            course = self.course
            yield course.models[lane] if course is not None and lane < len(course.models) else None

    def _order(self, **flags) -> None:
        with self._command:
            self.__dict__.update(flags)
            self._command.notify_all()

    # The thread

    def _live(self) -> None:
        while True:
            if self.status.phase in GOING and not self._anything_to_do():
                self._stand_still()
            with self._command:
                self._command.wait_for(self._anything_to_do)
                if self._closing:
                    return
                self._halted = False
            try:
                if wanted := self._taken("_wanted"):
                    self._build(*wanted)
                elif change := self._taken("_change"):
                    self._change_rules(change)
                elif (step := self._taken("_seek")) is not None:
                    self._go_to(step)
                elif self._silent():
                    self._rest(0.1)
                else:
                    self._take_turn()
            except Exception as error:
                self._fail(error)

    def _taken(self, order: str):
        """An order that was waiting, if one was; it waits no longer."""
        with self._command:
            found = getattr(self, order)
            setattr(self, order, None)
        return found

    def _anything_to_do(self) -> bool:
        return self._closing or self._wanted is not None or (self.course is not None and self._has_orders())

    def _has_orders(self) -> bool:
        return self._change is not None or self._seek is not None or self._going()

    def _going(self) -> bool:
        return self.course is not None and self.status.phase != FAILED and self.course.time < self._until

    def _interrupted(self) -> bool:
        return self._closing or self._halted or self._wanted is not None or self._seek is not None

    def _build(self, plan: Plan, step: int) -> None:
        self._plan, self.course = plan, None
        self._say(phase=BUILDING, step=0, message="", refused="", measured=0.0, reached=0)
        self.admit(plan)
        course = Course(plan, self.budget)
        for model, scenario, screens in self._each(course):
            for screen in screens:
                screen.begin(model, scenario)
        self.course = course
        self.pace.begin_anew()
        self._say(phase=PAUSED, step=0, run=self.status.run + 1)
        if step:
            self._go_to(step)

    def _each(self, course: Course):
        """(model, its scenario, its screens) of each lane."""
        return zip(course.models, course.plan.lanes(course.plan.at(course.time)), self.lanes, strict=False)

    def _change_rules(self, scenario: va.Scenario) -> None:
        """Change the rules; a refusal leaves everything as it was."""
        course = self.course
        try:
            with self.still:
                course.change(scenario)
        except va.InputError as error:
            self._say(refused=str(error), changes=self.status.changes + 1)
            return
        self._plan = course.plan
        for model, _, screens in self._each(course):
            for screen in screens:
                screen.cut(course.time)
                screen.jump(model)
        phase = PAUSED if self.status.phase == FAILED else self.status.phase
        self._say(phase=phase, message="", refused="", reached=course.time, changes=self.status.changes + 1)

    def _go_to(self, step: int) -> None:
        """Stand at a step. Steps never reached before are shown; those known are gone through unseen."""
        course = self.course
        self._say(phase=SEEKING if course.time else FIRST_STEP, message="", measured=0.0)
        with self.still:
            course.seek(min(step, self.status.reached), lambda: not self._interrupted())
        for model, _, screens in self._each(course):
            for screen in screens:
                screen.jump(model)
        self._say(phase=PAUSED, step=course.time)
        with self._command:
            if not self._interrupted():
                self._aim = None
                if course.time < step:
                    self._until, self._paced = max(self._until, float(step)), False

    def _take_turn(self) -> None:
        """One step, and the wait until the next is due."""
        course, paced = self.course, self._paced
        if course.time == 0:
            self._say(phase=FIRST_STEP, step=0)
        elif self.status.phase == WAITING:
            self._say(phase=PLAYING)
        with self.still:
            course.step()
        for model, _, screens in self._each(course):
            for screen in screens:
                screen.show(model, self.pace.rate if paced else 0.0)
        wait = self.pace.stepped()
        reached = max(course.time, self.status.reached)
        self._say(phase=PLAYING, step=course.time, reached=reached, measured=self.pace.measured)
        if paced:
            self._rest(wait)

    def _silent(self) -> bool:
        silent = any(screen.silent_for() > SILENCE for screens in self.lanes for screen in screens)
        if silent:
            self._say(phase=WAITING)
        return silent

    def _rest(self, seconds: float) -> None:
        def disturbed() -> bool:
            return self._interrupted() or self._change is not None or not self._going()

        with self._command:
            self._command.wait_for(disturbed, seconds)

    def _stand_still(self) -> None:
        for model, _, screens in self._each(self.course):
            for screen in screens:
                screen.rest(model)
        self._say(phase=PAUSED, step=self.course.time, measured=0.0)

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, va.InputError):
            log.exception("the session's model stopped")
        self._order(_until=0.0)
        message = str(error) if isinstance(error, va.InputError) else f"{type(error).__name__}: {error}"
        step = self.course.time if self.course is not None else 0
        reached = max(step, self.status.reached)
        self._say(phase=FAILED, step=step, reached=reached, message=message, measured=0.0)

    def _say(self, **changes) -> None:
        before, self.status = self.status, replace(self.status, **changes)
        now = time.monotonic()
        if self.status.phase != before.phase or self.status.phase != PLAYING or now - self._told > STATUS_INTERVAL:
            self._told = now
            self.tell(self.status)
