"""Events: what happens in each step of a model that becomes packets, seen between its stages.

A vesicle moves when it leaves a node for another, also where it is under way for further steps from then on: what it
needs is at the node where it will be. A neuron *tells* its activation where others have to know it: a spike when it is
not 0; a rate when its code is another than the last that it told (address events, sent on change).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.core.identity import unpack
from vesicle_abm.core.stages import STAGES
from vesicle_abm.model import VesicleModel
from vesicle_abm.vesicles.kind import BROADCAST


@dataclass(frozen=True)
class Moves:
    """The vesicles of one kind that leave a node in a step: ``row`` among the kind's, ``start`` and ``end`` nodes,
    ``newborn`` those born in this step; (n,) each, by id.
    """

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    newborn: np.ndarray


@dataclass(frozen=True)
class Events:
    """One step's: ``moves`` by kind, ``activation`` (N,), vesicles ``alive`` as they moved, and ``broadcast``, the
    kinds that gave to all nodes at once.
    """

    moves: dict[str, Moves]
    activation: np.ndarray
    alive: int
    broadcast: list[str]


def quiet(stage: str) -> None:
    """Do nothing after a stage."""


def watch(
    model: VesicleModel,
    after: Callable[[str], None] = quiet,
    moved: Callable[[dict[str, Moves]], None] | None = None,
) -> Events:
    """Take one step, and tell what happened in it.

    ``after`` is called with the name of each stage when it has ended; ``moved`` with the moves, while the rows of the
    vesicles are as they were when they moved.
    """
    moves, alive, broadcast = {}, 0, []
    for stage in STAGES:
        before = {name: Before.of(columns) for name, columns in model.state.vesicles.items() if stage == "migrate"}
        if stage == "release":
            broadcast = [name for name in model.kinds if gives_to_all(model, name)]
        model.run_stage(stage)
        after(stage)
        if stage == "migrate":
            moves = {name: moves_of(model, name, places) for name, places in before.items()}
            alive = sum(columns.size for columns in model.state.vesicles.values())
            if moved is not None:
                moved(moves)
    return Events(moves, model.state.activation.copy(), alive, broadcast)


def gives_to_all(model: VesicleModel, name: str) -> bool:
    """Whether a kind is broadcast, and would have births in this step."""
    tables = model.world.tables[name]
    return tables.kind.delivery == BROADCAST and bool(tables.rate().any())


@dataclass(frozen=True)
class Before:
    """Where the vesicles of a kind are as they begin to migrate: ``away``, on an edge."""

    id: np.ndarray
    node: np.ndarray
    away: np.ndarray

    @classmethod
    def of(cls, columns: Columns) -> "Before":
        """A copy."""
        return cls(columns["id"].copy(), columns["node"].copy(), on_edge(columns))


def on_edge(columns: Columns) -> np.ndarray:
    """(n,) bool: which vesicles are under way between nodes."""
    return columns["edge"] >= 0 if "edge" in columns else np.zeros(columns.size, bool)


def moves_of(model: VesicleModel, name: str, before: Before) -> Moves:
    """The moves of a kind since ``before``; of vesicles that a user's verb has removed meanwhile nothing is said."""
    columns = model.state.vesicles[name]
    row = columns.find(before.id)
    known = row >= 0
    row, start = row[known], before.node[known]
    end = columns["node"][row].copy()
    away = on_edge(columns)[row]
    if away.any():
        _, arrival = model.graph.ends(model.world.kinds[name].migration.direction)
        end[away] = arrival[columns["edge"][row[away]]]
    left = np.flatnonzero((end != start) & ~before.away[known])
    left = left[np.argsort(before.id[known][left], kind="stable")]
    born, _, _, _ = unpack(before.id[known][left])
    return Moves(row[left], start[left], end[left], born == model.time)
