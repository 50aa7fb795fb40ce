"""Mesh: the limits of a Darwin3-like chip, each with its unit, and whether it is published or ours.

Published: Ma et al. 2024, "Darwin3: a large-scale neuromorphic chip with a novel ISA and on-chip learning", National
Science Review 11(5), nwae102. Ours: what an emulation needs besides, chosen plainly, to be set by whoever knows better.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError

PUBLISHED, OURS = "published", "ours"
CONTROLLER = 0  # the core at (0, 0): it holds no neurons


def limit(default, doc: str, unit: str = "", source: str = PUBLISHED) -> Any:
    """A limit of the mesh: its value, what it limits, its unit, and who says so."""
    return field(default=default, metadata={"doc": doc, "unit": unit, "source": source})


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """A grid of cores, numbered row by row; core (x, y) is number ``y * width + x``.

    Raises
    ------
    InputError
        for a number that is not positive.

    >>> mesh = Mesh()
    >>> len(mesh.cores), len(mesh.cores) * mesh.neurons_per_core
    (575, 2355200)
    """

    width: int = limit(24, "cores along x")
    height: int = limit(24, "cores along y; the one at (0, 0) is a controller, without neurons")
    neurons_per_core: int = limit(4096, "neurons that a core holds")
    reach: int = limit(15, "links that a packet can go along each axis; farther by relay", "links")
    spike_flits: int = limit(2, "a packet that tells a spike", "flits of 32 bits")
    reward_flits: int = limit(2, "a packet that brings a reward", "flits of 32 bits")
    flow_flits: int = limit(4, "a packet that brings 81 bits of payload", "flits of 32 bits")
    weight_bits: tuple = limit((16, 8, 6, 4, 2), "bits that a synaptic weight can have")
    trace_bits: int = limit(7, "bits of a trace")
    reward_bits: int = limit(8, "bits of a reward: here of a modulator level")
    tick_us: float = limit(10.24, "the shortest step", "microseconds")
    kind_bits: int = limit(4, "bits of a vesicle's kind", source=OURS)
    ttl_bits: int = limit(8, "bits of a vesicle's time to live; all 0 for unlimited", source=OURS)
    content_size: int = limit(8, "components of a vesicle's content that fit a flow packet", source=OURS)
    content_bits: int = limit(8, "bits of each of them", source=OURS)
    activation_bits: int = limit(8, "bits of an activation that is no spike", source=OURS)
    flits_per_cycle: int = limit(1, "flits that a link carries", "flits a cycle", source=OURS)
    hop_cycles: int = limit(1, "from router to router, where nothing is in the way", "cycles", source=OURS)
    cycles_per_us: float = limit(333.0, "the clock of the links", "cycles a microsecond", source=OURS)
    spread: int = limit(64, "cores over which a network is spread that would fit fewer", "cores", source=OURS)

    def __post_init__(self):
        for item in dataclasses.fields(self):
            if np.min(getattr(self, item.name)) <= 0:
                raise InputError(f"got {getattr(self, item.name)!r}; a number > 0 is allowed", item.name)

    @property
    def size(self) -> int:
        """Cores, the controller among them."""
        return self.width * self.height

    @property
    def cores(self) -> np.ndarray:
        """The numbers of the cores that can hold neurons."""
        return np.arange(CONTROLLER + 1, self.size)

    @property
    def tick_cycles(self) -> float:
        """Cycles in the shortest step."""
        return self.tick_us * self.cycles_per_us

    def place(self, core) -> tuple[Any, Any]:
        """(x, y) of a core, or of an array of them."""
        return core % self.width, core // self.width

    def distances(self) -> np.ndarray:
        """(C, C) links from core to core, |dx| + |dy|; a relay makes no detour."""
        x, y = self.place(np.arange(self.size))
        return np.abs(x[:, None] - x) + np.abs(y[:, None] - y)

    @classmethod
    def limits(cls) -> list[dict[str, Any]]:
        """A row for each limit: ``limit``, ``value``, ``unit``, ``source``, ``doc``."""
        return [
            {
                "limit": item.name,
                "value": item.default,
                **{key: item.metadata[key] for key in ("unit", "source", "doc")},
            }
            for item in dataclasses.fields(cls)
        ]
