"""Snapshot: a step's numbers, copied, so that they may be read while the model goes on."""

from dataclasses import dataclass

import numpy as np

import vesicle_abm as va


@dataclass(frozen=True)
class Snapshot:
    """What neurons show of a step. Of a density only the occupancy is known, as expected numbers."""

    step: int
    occupancy: np.ndarray  # (K, N)
    level: np.ndarray | None = None  # (N, K)
    activation: np.ndarray | None = None  # (N,)
    bias: np.ndarray | None = None  # (N,)
    gain: np.ndarray | None = None  # (N,)
    eta: np.ndarray | None = None  # (N, 2) of a model that learns
    memory: np.ndarray | None = None  # (N, slots, width)

    @classmethod
    def of(cls, model) -> "Snapshot":
        """The numbers of a VesicleModel, or of a density, now."""
        if not isinstance(model, va.VesicleModel):
            return cls(model.time, model.occupancy().copy())
        state = model.state
        eta = state.eta.copy() if model.world.plasticity is not None else None
        memory = None if state.memory is None else state.memory.copy()
        numbers = (state.modulator.copy(), state.activation.copy(), state.bias.copy(), state.gain.copy())
        return cls(model.time, model.occupancy(), *numbers, eta, memory)

    @property
    def expected(self) -> bool:
        """Whether the occupancy is expected numbers, and nothing else is known."""
        return self.activation is None

    def stored(self) -> np.ndarray:
        """(N,) how much each node's memory holds, the root of the sum of squares; 0 without memory."""
        if self.memory is None:
            return np.zeros(self.occupancy.shape[1])
        return np.sqrt(np.square(self.memory).sum(axis=(1, 2)))
