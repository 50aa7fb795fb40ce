"""The workload in vesicle_abm's compiled view: its learn stage alone, with activity and modulators given."""

from collections.abc import Callable

import numpy as np
from plasticity_workload import (
    ATTENTION_BETA,
    CHANCE_BETA,
    CHANCE_THETA,
    CONTEXT_RATE,
    DOPAMINE,
    EMBEDDING_RATE,
    ETA_DOPAMINE,
    ETA_GLOBAL,
    ETA_LOCAL,
    FREQUENCY,
    GLOBAL_CONTEXT,
    HIGH,
    LOW,
    MODULATION_BETA,
    MODULATORS,
    TAU_FAST,
    TAU_SLOW,
    Workload,
)

import vesicle_abm as va
from vesicle_abm.views.step import run_stage


def hmn(workload: Workload, precision: str) -> va.Plasticity:
    """The whole rule."""
    return va.Plasticity(
        trace=va.CompositeTrace(tau_fast=TAU_FAST, tau_slow=TAU_SLOW),
        embedding=va.AverageEmbedding(rate=EMBEDDING_RATE),
        attention=va.LocalAttention(beta=ATTENTION_BETA, context_rate=CONTEXT_RATE),
        modulation=va.Modulation(eta_local=ETA_LOCAL, eta_global=ETA_GLOBAL, weights=MODULATORS, beta=MODULATION_BETA),
        phase=va.PhaseGate(frequency=FREQUENCY, preferred=workload.per_synapse("phase")),
        chance=va.ProbabilisticGate(beta=CHANCE_BETA, theta=CHANCE_THETA),
        bounds=va.WeightBounds(low=LOW, high=HIGH),
        precision=precision,
    )


def three_factors(workload: Workload, precision: str) -> va.Plasticity:
    """Traces and the dopamine gate alone."""
    return va.Plasticity(
        trace=va.CompositeTrace(tau_fast=TAU_FAST, tau_slow=TAU_SLOW),
        modulation=va.Modulation(eta_local=0.0, eta_global=ETA_DOPAMINE, weights={DOPAMINE: 1.0}),
        bounds=va.WeightBounds(low=LOW, high=HIGH),
        precision=precision,
    )


class CompiledRule:
    """The model; its vesicles never come, what they would bring is given."""

    def __init__(self, workload: Workload, precision: str, threads: int, seed: int = 7, rule: Callable = hmn):
        self.workload, self.now = workload, 0
        graph = va.NeuralGraph(
            range(workload.neurons), workload.source, workload.target, weight=workload.per_synapse("weight")
        )
        silent = va.Kind(emission=va.ConstantEmission(rate=0.0))
        self.model = va.VesicleModel(
            graph,
            dict.fromkeys(MODULATORS, silent),
            neurons=va.HMNNeurons(),
            plasticity=rule(workload, precision),
            seed=seed,
            threads=threads,
            record_every=0,
        )
        self.model.signals["context"] = GLOBAL_CONTEXT
        self.state = self.model.state
        self.fast[:] = workload.per_synapse("fast")
        self.slow[:] = workload.per_synapse("slow")

    @property
    def weight(self) -> np.ndarray:
        """(E,)."""
        return self.state.weight

    @property
    def fast(self) -> np.ndarray:
        """(E,) the fast trace."""
        return self.state.kept["trace.fast"]

    @property
    def slow(self) -> np.ndarray:
        """(E,) the slow trace."""
        return self.state.kept["trace.slow"]

    @property
    def bytes_held(self) -> int:
        """Bytes of the synapses' state, parameters and indices, those of activation too; what is shared counts once."""
        world, synapses = self.model.world, self.workload.synapses
        kept = [array for array in self.state.kept.values() if len(array) == synapses]
        held = [
            *vars(world.wiring).values(),
            *vars(world.synapses).values(),
            *vars(world.plasticity.phase or self).values(),
        ]
        arrays = [array for array in (self.weight, *kept, *held) if isinstance(array, np.ndarray)]
        return sum({array.ctypes.data: array.nbytes for array in arrays}.values())

    @property
    def scratch(self) -> int:
        """Bytes of temporary arrays; those of one block are not counted."""
        return 0

    def step(self) -> None:
        """One step of all synapses."""
        state, world = self.state, self.model.world
        x, z, modulators = self.workload.at(self.now)
        state.history[(self.now - 1) % len(state.history)] = x
        state.activation[:] = z
        state.modulator[:] = modulators
        run_stage(world, "learn")
        run_stage(world, "record")  # the step is over
        self.now += 1
