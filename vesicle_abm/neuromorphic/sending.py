"""Sending: the events of a step as packets between the cores where its neurons stand.

What stays within a core is no packet: a birth, a docking and what it releases, a move to a neuron of the same core. A
vesicle that is broadcast is a reward packet from the controller to each core that holds neurons.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.model import VesicleModel
from vesicle_abm.neuromorphic.code import Code
from vesicle_abm.neuromorphic.delivery import Packets
from vesicle_abm.neuromorphic.events import Events, Moves
from vesicle_abm.neuromorphic.mesh import CONTROLLER, Mesh
from vesicle_abm.neuromorphic.packets import COMPONENTS, FLOW, REWARD, SPIKE, TYPES, decode, encode
from vesicle_abm.neuromorphic.placement import Placement
from vesicle_abm.neuromorphic.profile import synaptic_ends
from vesicle_abm.vesicles.decay import UNLIMITED


def check_payload(mesh: Mesh, model: VesicleModel) -> None:
    """Refuse vesicles that a flow packet cannot hold.

    Raises
    ------
    InputError
        for too many kinds, or contents that are too wide.
    """
    most = 1 << mesh.kind_bits
    if len(model.kinds) > most:
        words = f"got {len(model.kinds)} kinds; the {mesh.kind_bits} bits of a packet tell {most} apart"
        raise InputError(words, "kinds")
    for name, kind in model.world.kinds.items():
        if kind.content_width > mesh.content_size:
            words = f"got {kind.content_width} components; a flow packet holds {mesh.content_size}"
            raise InputError(words, f"kinds.{name}.content_width")


@dataclass(frozen=True)
class Sender:
    """Turns events into packets; ``indptr`` and ``cores``: the other cores that each neuron has synapses in."""

    mesh: Mesh
    placement: Placement
    codes: dict[str, Code]
    spiking: bool
    indptr: np.ndarray
    cores: np.ndarray
    slot: np.ndarray  # (N,) the number of each neuron in its core

    @classmethod
    def of(
        cls, mesh: Mesh, model: VesicleModel, placement: Placement, codes: dict[str, Code], spiking: bool
    ) -> "Sender":
        """For a model that is placed."""
        core, size = placement.core, model.graph.size
        pre, post = synaptic_ends(model)
        away = core[pre] != core[post]
        pairs = np.unique(pre[away] * mesh.size + core[post[away]])
        indptr = np.searchsorted(pairs, np.arange(size + 1) * mesh.size)
        order = np.argsort(core, kind="stable")
        slot = np.empty(size, np.int64)
        slot[order] = np.arange(size) - np.searchsorted(core[order], core[order])
        return cls(mesh, placement, codes, spiking, indptr, pairs % mesh.size, slot)

    def telling(self, activation: np.ndarray, told: np.ndarray) -> np.ndarray:
        """The neurons that tell their activation, given what they told last."""
        return np.flatnonzero(activation != 0.0 if self.spiking else activation != told)

    def packets(self, events: Events, neurons: np.ndarray) -> Packets:
        """All packets of a step: of neurons, then of broadcasts, then of vesicles."""
        core, used = self.placement.core, self.placement.used
        count = self.indptr[neurons + 1] - self.indptr[neurons]
        way = np.repeat(self.indptr[neurons + 1] - np.cumsum(count), count) + np.arange(count.sum())
        ends = [(np.repeat(core[neurons], count), self.cores[way], SPIKE, self.mesh.spike_flits)]
        ends += [(np.full(len(used), CONTROLLER), used, REWARD, self.mesh.reward_flits) for _ in events.broadcast]
        for moves in events.moves.values():
            away = self.leaving(moves)
            ends.append((core[moves.start[away]], core[moves.end[away]], FLOW, self.mesh.flow_flits))
        sizes = [len(source) for source, _, _, _ in ends]
        return Packets(
            np.concatenate([source for source, _, _, _ in ends]),
            np.concatenate([target for _, target, _, _ in ends]),
            np.repeat([flits for _, _, _, flits in ends], sizes),
            np.repeat([TYPES.index(type_) for _, _, type_, _ in ends], sizes),
        )

    def leaving(self, moves: Moves) -> np.ndarray:
        """(n,) bool: which moves lead to another core."""
        return self.placement.core[moves.start] != self.placement.core[moves.end]

    def carry(self, model: VesicleModel, moves: dict[str, Moves]) -> None:
        """Write the vesicles that change cores into flow packets, and go on with what is read from these."""
        for k, (name, moved) in enumerate(moves.items()):
            away = self.leaving(moved)
            if not away.any():
                continue
            columns, row = model.state.vesicles[name], moved.row[away]
            ttl, content = columns["ttl"][row], columns["content"][row]
            code = self.codes.get(f"content.{name}")
            sent: dict[str, Any] = {"kind": k, "ttl": np.where(ttl == UNLIMITED, 0, ttl), "event": moved.newborn[away]}
            sent |= {"neuron": self.slot[moved.end[away]], **self.headings(moved, away)}
            if code is not None:
                sent |= {field: code.codes(values) for (field, _), values in zip(COMPONENTS, content.T, strict=False)}
            got = decode(FLOW, encode(FLOW, **sent))
            columns["ttl"][row] = np.where(got["ttl"] == 0, UNLIMITED, got["ttl"])
            if code is not None:
                for j in range(content.shape[1]):
                    columns["content"][row, j] = code.values(got[COMPONENTS[j][0]])

    def headings(self, moves: Moves, away: np.ndarray) -> dict[str, np.ndarray]:
        """How far the target, or the relay before it, is along x and y."""
        (x, y), (goal_x, goal_y) = (
            self.mesh.place(self.placement.core[nodes[away]]) for nodes in (moves.start, moves.end)
        )
        reach = self.mesh.reach
        return {"dx": np.clip(goal_x - x, -reach, reach), "dy": np.clip(goal_y - y, -reach, reach)}
