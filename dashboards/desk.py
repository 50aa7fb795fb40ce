"""Desk: all that belongs to one visitor: the session, its screens and their widgets."""

import time
from dataclasses import replace

from .away.figure import Look
from .away.look import look_of
from .controls.transport import Transport
from .plots.board import Board
from .plots.charts import ChartsWidget
from .plots.log import LogScreen, LogWidget
from .run.course import BUDGET, Model
from .run.diary import Diary
from .run.plan import Plan
from .run.session import Session
from .run.status import PLAYING, Status
from .server.asked import refuse_too_much
from .server.limits import MIB, Limits
from .server.watch import Watch
from .stage.canvas import NetworkWidget
from .stage.network import NetworkScreen

PAGE_INTERVAL = 1.0  # s


class Desk:
    """Made once for a visitor, kept in the visitor's kernel."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.networks = [NetworkScreen(NetworkWidget()) for _ in range(2)]  # one a lane
        self.board = Board(ChartsWidget())
        first, second = self.networks
        self.log = LogScreen(LogWidget(), first.select)
        lanes = [[first, self.board.lanes[0], self.log, Watch(limits)], [second, self.board.lanes[1], Watch(limits)]]
        budget = BUDGET if limits.memory is None else limits.memory * MIB // 2
        self.session = Session(lanes, admit=self.admit, budget=budget)
        self.board.at_rest = self.session.at_rest
        first.widget.observe(lambda change: self.board.select_neuron(change["new"]), "selected")
        self.transport = Transport(self.session)
        self.diary = Diary(self.session, self.log.note)

    def begin(self, tell) -> None:
        """Start the session's thread; ``tell(status)`` is called in it. While a model plays once a second at most: to
        draw the page anew costs as much as some frames.
        """
        last, at = Status(), 0.0

        def told(status: Status) -> None:
            nonlocal last, at
            self.transport.tell(status)
            self.diary.tell(status)
            same = replace(status, step=last.step, reached=last.reached, measured=last.measured) == last
            if status.phase == PLAYING and same and time.monotonic() - at < PAGE_INTERVAL:
                return
            last, at = status, time.monotonic()
            tell(status)

        self.session.tell = told
        self.session.begin()

    def admit(self, plan: Plan) -> None:
        """Refuse what asks for more than this server allows, before anything of it is built."""
        for scenario in (plan.scenario, *(scenario for _, scenario in plan.changes)):
            for lane in plan.lanes(scenario):
                refuse_too_much(lane.data, self.limits)

    def look(self, model: Model, reach: float = 0.0) -> Look:
        """How the stage shows a model: what a figure has to know."""
        return look_of(self.networks[0], model, reach)
