"""Desk: all that belongs to one visitor: the session, its screens and their widgets."""

from .asked import refuse_too_much
from .charts import ChartScreen, ChartWidget
from .course import BUDGET, Model
from .figure import Look
from .limits import MIB, Limits
from .look import look_of
from .network import NetworkScreen, NetworkWidget
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
        self.charts = ChartScreen(ChartWidget(title="vesicles over time"), ChartWidget(title="levels over time"))
        first, second = self.networks
        lanes = [[first, self.charts, Watch(limits)], [second, Watch(limits)]]
        budget = BUDGET if limits.memory is None else limits.memory * MIB // 2
        self.session = Session(lanes, admit=self.admit, budget=budget)
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
