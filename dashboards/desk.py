"""Desk: all that belongs to one visitor: the session, its screens and their widgets."""

import vesicle_abm as va

from .board import Board
from .charts import ChartsWidget
from .log import LogScreen, LogWidget
from .network import NetworkScreen, NetworkWidget
from .plan import Plan
from .session import Session
from .status import Status
from .transport import Transport


class Desk:
    """Made once for a visitor, kept in the visitor's kernel."""

    def __init__(self):
        self.networks = [NetworkScreen(NetworkWidget()) for _ in range(2)]  # one a lane
        self.board = Board(ChartsWidget())
        first, second = self.networks
        self.log = LogScreen(LogWidget(), first.select)
        self.session = Session([[first, self.board.lanes[0], self.log], [second, self.board.lanes[1]]])
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

    def open(self, scenario: va.Scenario) -> None:
        """A scenario from step 0, with nothing beside it."""
        self.session.open(Plan(scenario))
