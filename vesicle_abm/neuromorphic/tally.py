"""Tally: what a run on the mesh comes to, tick by tick and link by link."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.model import VesicleModel
from vesicle_abm.neuromorphic.delivery import Delivery, Packets
from vesicle_abm.neuromorphic.events import Events
from vesicle_abm.neuromorphic.mesh import Mesh
from vesicle_abm.neuromorphic.packets import TYPES
from vesicle_abm.neuromorphic.profile import synaptic_ends, weights
from vesicle_abm.neuromorphic.routing import DIRECTIONS
from vesicle_abm.neuromorphic.sending import Sender

if TYPE_CHECKING:
    import pandas as pd

TICK = (*TYPES, "flits", "flit_hops", "busiest_link", "cycles", "mean_latency", "moves", "local_moves", "alive")
WAY = ("east", "west", "south", "north")


@dataclass
class Tally:
    """Sums over the ticks: ``ticks``, a row each; ``loads``, ``peaks`` (L,) flits over each link, in all and in its
    worst tick; ``packets``, ``flits``, ``hops`` and ``relays`` (3,) by type of packet; and the events within cores.
    """

    mesh: Mesh
    ticks: list[tuple] = field(default_factory=list)
    packets: np.ndarray = field(default_factory=lambda: np.zeros(len(TYPES), np.int64))
    hops: np.ndarray = field(default_factory=lambda: np.zeros(len(TYPES), np.int64))
    flits: np.ndarray = field(default_factory=lambda: np.zeros(len(TYPES), np.int64))
    relays: np.ndarray = field(default_factory=lambda: np.zeros(len(TYPES), np.int64))
    latest: int = 0  # the longest that a packet took, in cycles
    active: int = 0  # activations other than 0, summed over the steps
    effective: int = 0  # synaptic operations that are not of zeros
    vesicle_steps: int = 0  # vesicles alive, summed over the steps
    moves: int = 0
    emissions: int = 0  # flow packets of vesicles in the step of their birth

    def __post_init__(self):
        self.loads = np.zeros(DIRECTIONS * self.mesh.size, np.int64)
        self.peaks = np.zeros(DIRECTIONS * self.mesh.size, np.int64)
        self.crowd = np.zeros(self.mesh.size, np.int64)  # (C,) the most vesicles that a core held

    def add(self, model: VesicleModel, sender: Sender, events: Events, packets: Packets, sent: Delivery) -> None:
        """Count one step."""
        latency = float(sent.arrival.mean()) if len(sent.arrival) else 0.0
        numbers = (packets.flits.sum(), packets.flits @ sent.hops, sent.loads.max(), sent.cycles, latency)
        self.ticks.append((*by_type(packets), *numbers, *self._move(sender, events), events.alive))
        self._send(packets, sent)
        self._compute(model, events)
        self.crowd = np.maximum(self.crowd, crowd_of(model, sender))

    def _send(self, packets: Packets, sent: Delivery) -> None:
        self.packets += by_type(packets)
        self.flits += by_type(packets, packets.flits)
        self.hops += by_type(packets, sent.hops)
        self.relays += by_type(packets, sent.relays)
        self.loads += sent.loads
        self.peaks = np.maximum(self.peaks, sent.loads)
        self.latest = max(self.latest, sent.cycles)

    def _move(self, sender: Sender, events: Events) -> tuple[int, int]:
        """Moves, and those within cores."""
        moved = local = 0
        for moves in events.moves.values():
            away = sender.leaving(moves)
            moved += len(away)
            local += int(np.count_nonzero(~away))
            self.emissions += int(np.count_nonzero(away & moves.newborn))
        self.moves += moved
        return moved, local

    def _compute(self, model: VesicleModel, events: Events) -> None:
        pre, _ = synaptic_ends(model)
        firing = events.activation != 0.0
        self.active += int(firing.sum())
        self.effective += int(np.count_nonzero(firing[pre] & (weights(model) != 0.0)))
        self.vesicle_steps += events.alive

    def per_tick(self) -> "pd.DataFrame":
        """A row a step: packets by type, flits, flits times links, flits over the busiest link, cycles until all are
        there, the mean of their latencies in cycles, moves, moves within cores, and vesicles alive.
        """
        import pandas as pd

        return pd.DataFrame(self.ticks, columns=list(TICK)).rename_axis("step")

    def per_link(self) -> "pd.DataFrame":
        """A row a link that leads somewhere: where from, the way, flits in all, and in its worst tick."""
        import pandas as pd

        link = np.arange(len(self.loads))
        x, y = self.mesh.place(link // DIRECTIONS)
        way = link % DIRECTIONS
        last = (x == self.mesh.width - 1, x == 0, y == self.mesh.height - 1, y == 0)
        there = ~np.choose(way, last)
        columns = {"x": x, "y": y, "way": np.array(WAY, object)[way], "flits": self.loads, "most_in_a_tick": self.peaks}
        return pd.DataFrame({name: values[there] for name, values in columns.items()})

    def per_core(self, sender: Sender) -> "pd.DataFrame":
        """A row a core: where, neurons, and the most vesicles that it held."""
        import pandas as pd

        x, y = self.mesh.place(np.arange(self.mesh.size))
        neurons = np.bincount(sender.placement.core, minlength=self.mesh.size)
        return pd.DataFrame({"x": x, "y": y, "neurons": neurons, "most_vesicles": self.crowd})


def by_type(packets: Packets, amount=None) -> np.ndarray:
    """(3,) int64 the sum of an amount (n,) over the packets of each type; without one, how many there are."""
    return np.bincount(packets.type, amount, len(TYPES)).astype(np.int64)


def crowd_of(model: VesicleModel, sender: Sender) -> np.ndarray:
    """(C,) vesicles in each core now; those under way are not counted."""
    return np.bincount(sender.placement.core, model.occupancy().sum(axis=0), sender.mesh.size).astype(np.int64)
