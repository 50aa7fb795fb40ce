"""Precision: the numbers of a running model held to the bits that the mesh has for them, after the stages named.

========== ======================== ==============================================================================
after      what                     bits
========== ======================== ==============================================================================
activate   activations, as sent     8 with sign; spikes as they are
emit       contents; times to live  8 with sign a component; 8, so 255 steps at most (or unlimited)
migrate    what crosses to a core   written into a flow packet and read from it again, bit by bit
release    modulator levels         8 with sign
learn      weights; traces          as asked for, with sign where there are negative ones; 7
========== ======================== ==============================================================================

Between these points the cores are taken to compute exactly, and all else (biases, learning rates, gains, contexts,
memories, what vesicles have changed for a time) stays as it is.
"""

from dataclasses import dataclass, field

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.random import uniform
from vesicle_abm.core.stages import ROUND
from vesicle_abm.model import VesicleModel
from vesicle_abm.neuromorphic.code import ROUNDINGS, STOCHASTIC, Code
from vesicle_abm.neuromorphic.mesh import Mesh
from vesicle_abm.neuromorphic.profile import Ranges, traces
from vesicle_abm.vesicles.decay import UNLIMITED


def check_precision(mesh: Mesh, weight_bits: int, rounding: str) -> None:
    """Refuse bits that the mesh does not have for weights, and roundings that there are not."""
    if weight_bits not in mesh.weight_bits:
        raise InputError(f"got {weight_bits!r}; {nearest(weight_bits, mesh.weight_bits)}", "bits")
    if rounding not in ROUNDINGS:
        raise InputError(f"got {rounding!r}; {nearest(rounding, ROUNDINGS)}", "rounding")


def codes_for(mesh: Mesh, ranges: Ranges, weight_bits: int) -> dict[str, Code]:
    """name -> Code, for the ranges that were seen; spikes need none."""
    bits = {
        "weight": weight_bits,
        "trace": mesh.trace_bits,
        "level": mesh.reward_bits,
        "content": mesh.content_bits,
        "activation": mesh.activation_bits,
    }
    codes = {}
    for name, (low, high) in ranges.seen.items():
        what = name.partition(".")[0]
        signed = low < 0.0 or what in ("level", "content", "activation")
        codes[name] = Code(bits[what], max(-low, high), signed)
    if ranges.spiking:
        codes.pop("activation", None)
    return codes


@dataclass
class Precision:
    """Holds a model to its codes; ``held`` counts what lay beyond a code's range, or lived too long for its bits."""

    model: VesicleModel
    codes: dict[str, Code]
    mesh: Mesh
    rounding: str = STOCHASTIC
    held: dict[str, int] = field(default_factory=dict)

    def __post_init__(self):
        self._streams = {name: place for place, name in enumerate(self.codes)}
        self._begun = False
        self._learn()
        self._begun = True

    def after(self, stage: str) -> None:
        """Round what a stage has changed."""
        actions = {"activate": self._activate, "emit": self._emit, "release": self._release, "learn": self._learn}
        if stage in actions and (stage != "learn" or self.model.world.plasticity is not None):
            actions[stage]()
            self.model.world.forget_changing_tables()

    def rounded(self, name: str, values: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Values as their code has them; ``ids``, of the same shape, are their addresses. What a model begins with is
        loaded once, so it is rounded to the nearest.
        """
        code = self.codes[name]
        self._note(name, code.beyond(values))
        draws = None
        if self.rounding == STOCHASTIC and self._begun:
            state = self.model.state
            draws = uniform(state.seed, ids, state.step, ROUND, self._streams[name])
        return code.values(code.codes(values, draws))

    def _note(self, name: str, count: int) -> None:
        self.held[name] = self.held.get(name, 0) + count

    def _activate(self) -> None:
        if "activation" in self.codes:
            state = self.model.state
            state.activation[:] = self.rounded("activation", state.activation, np.arange(len(state.activation)))
            state.history[state.step % len(state.history)] = state.activation

    def _emit(self) -> None:
        longest = (1 << self.mesh.ttl_bits) - 1
        for name, columns in self.model.state.vesicles.items():
            ttl = columns["ttl"]
            long = (ttl > longest) & (ttl != UNLIMITED)
            self._note(f"ttl.{name}", int(np.count_nonzero(long)))
            ttl[long] = longest
            key, content = f"content.{name}", columns["content"]
            if key in self.codes:
                ids = columns["id"][:, None] * content.shape[1] + np.arange(content.shape[1])
                content[:] = self.rounded(key, content, ids)

    def _release(self) -> None:
        state = self.model.state
        for k, name in enumerate(self.model.kinds):
            if f"level.{name}" in self.codes:
                level = state.modulator[:, k]
                level[:] = self.rounded(f"level.{name}", level, np.arange(len(level)))

    def _learn(self) -> None:
        world, state = self.model.world, self.model.state
        if world.synapses is not None and "weight" in self.codes:
            edge = world.synapses.edge
            state.weight[edge] = self.rounded("weight", state.weight[edge], edge)
        for name in traces(self.model):
            if name in self.codes:
                trace = state.kept[name]
                trace[:] = self.rounded(name, trace, np.arange(len(trace)))
