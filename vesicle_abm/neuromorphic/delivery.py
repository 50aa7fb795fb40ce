"""Delivery: the packets of one tick on their ways, each link carrying one flit a cycle, who comes first served first.

All packets of a tick are ready at its beginning. A core sends them one after another through its port; at each router
the head goes on ``hop_cycles`` later if the next link is free, and the flits follow behind (cut-through). A link is
taken for as many cycles as the packet has flits. Who waits longest goes first, of those that came together the one
earlier in the list. A relay takes the whole packet in, and sends it on through its own port. Alone on its way, a packet
of F flits over h links thus takes ``(h + 1) hop_cycles + F - 1`` cycles until its tail is there, once for each relayed
part. Queues are as long as they need to be. [ours]
"""

import heapq
from dataclasses import dataclass

import numpy as np

from vesicle_abm.core.scalar import kernel
from vesicle_abm.neuromorphic.mesh import Mesh
from vesicle_abm.neuromorphic.routing import DIRECTIONS, heading, neighbour, relay

WHOLE = -1  # the goal of a packet that lies whole in a core, to be sent through its port


@dataclass(frozen=True)
class Packets:
    """Packets of one tick: ``source``, ``target`` cores, ``flits``, and ``type``, its place in ``packets.TYPES``;
    (n,) int64 each.
    """

    source: np.ndarray
    target: np.ndarray
    flits: np.ndarray
    type: np.ndarray


@dataclass(frozen=True)
class Delivery:
    """``loads`` (L,) flits over each link, ``arrival`` (n,) the cycle in which each packet's tail is there, ``hops``
    (n,) the links that each took, ``relays`` (n,).
    """

    loads: np.ndarray
    arrival: np.ndarray
    hops: np.ndarray
    relays: np.ndarray

    @property
    def cycles(self) -> int:
        """Until all are there."""
        return int(self.arrival.max(initial=0))


def deliver(mesh: Mesh, packets: Packets) -> Delivery:
    """Send the packets of one tick.

    >>> one = np.array([1])
    >>> sent = deliver(Mesh(), Packets(one, np.array([26]), np.array([4]), one))
    >>> sent.hops.tolist(), sent.arrival.tolist(), int(sent.loads.sum())
    ([2], [6], 8)
    """
    count = len(packets.source)
    loads, free = np.zeros(DIRECTIONS * mesh.size, np.int64), np.zeros((DIRECTIONS + 1) * mesh.size, np.int64)
    arrival, hops, relays = (np.zeros(count, np.int64) for _ in range(3))
    ways = (packets.source.copy(), packets.target, -(-packets.flits // mesh.flits_per_cycle), packets.flits)
    send(*ways, mesh.width, mesh.reach, mesh.hop_cycles, loads, free, arrival, hops, relays)
    return Delivery(loads, arrival, hops, relays)


@kernel
def send(at, target, taken, flits, width, reach, hop_cycles, loads, free, arrival, hops, relays):
    """Move each packet from link to link, in the order of time; ``taken`` (n,) cycles that it keeps a link.

    ``free``: from which cycle each link, and behind the links each core's port, is free.
    """
    ports, goal = len(loads), np.full(len(at), WHOLE)
    heap = [(np.int64(0), np.int64(packet)) for packet in range(len(at))]  # (cycle, packet), in order
    while len(heap) > 0:
        time, packet = heapq.heappop(heap)
        core = at[packet]
        if goal[packet] == WHOLE:
            goal[packet] = relay(core, target[packet], width, reach)
            begins = max(time, free[ports + core])
            free[ports + core] = begins + taken[packet]
            after = begins + hop_cycles
        elif core != goal[packet]:
            direction = heading(core, goal[packet], width)
            link = DIRECTIONS * core + direction
            begins = max(time, free[link])
            free[link] = begins + taken[packet]
            loads[link] += flits[packet]
            hops[packet] += 1
            at[packet] = neighbour(core, direction, width)
            after = begins + hop_cycles
        else:
            after = time + taken[packet] - 1
            if core == target[packet]:
                arrival[packet] = after
                continue
            relays[packet] += 1
            goal[packet] = WHOLE
        heapq.heappush(heap, (after, packet))
