"""Desk: all that belongs to one visitor: the session, its screens and their widgets."""

from .asked import refuse_too_much
from .board import Board
from .canvas import NetworkWidget
from .charts import ChartsWidget
from .course import BUDGET, Model
from .figure import Look
from .limits import MIB, Limits
from .log import LogScreen, LogWidget
from .look import look_of
from .network import NetworkScreen
from .plan import Plan
from .session import Session
from .status import Status
from .transport import Transport
from .watch import Watch


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

    def begin(self, tell) -> None:
        """Start the session's thread; ``tell(status)`` is called in it."""

        def told(status: Status) -> None:
            self.transport.tell(status)
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
