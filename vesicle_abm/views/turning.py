"""Turning: vesicles leave the columns of their kind and begin a life in those of another."""

from dataclasses import dataclass

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.random import uniform
from vesicle_abm.core.state import TURNINGS
from vesicle_abm.views.population import TURNED, begin_lives
from vesicle_abm.views.tables import KindTables
from vesicle_abm.views.world import World


@dataclass
class Arrivals:
    """The vesicles of one kind that turn in this step, with all that they will be as another."""

    kind: str
    into: str
    rows: np.ndarray
    ids: np.ndarray
    nodes: np.ndarray
    content: np.ndarray
    ttl: np.ndarray

    @classmethod
    def of(cls, world: World, tables: KindTables) -> "Arrivals":
        """Those of a kind; nothing is changed yet, so that a refusal leaves all as it is."""
        columns, into = world.state.vesicles[tables.name], tables.kind.turns_into
        rows = np.flatnonzero(columns["status"] == TURNED)
        world.state.vesicles[into].make_room(len(rows))
        ids, width = columns["id"][rows].copy(), world.kinds[into].content_width
        content = tables.content_after(rows, width) if len(rows) else np.zeros((0, width))
        ttl = world.tables[into].ttl_of(uniform(world.state.seed, ids, world.state.step, stages.RENEWED))
        return cls(tables.name, into, rows, ids, columns["node"][rows].copy(), content, ttl)

    def leave(self, world: World) -> None:
        """They are no longer of their old kind."""
        world.state.tallies[TURNINGS + self.kind][world.lifecycle.names.index(self.into)] += len(self.ids)
        world.state.vesicles[self.kind].remove(self.rows)

    def arrive(self, world: World) -> None:
        """They begin a life as the new kind: its lifetime, its internal state."""
        columns = world.state.vesicles[self.into]
        rows = columns.append(self.ids, ttl=self.ttl, content=self.content)
        begin_lives(columns, rows, self.nodes, world.kinds[self.into])
