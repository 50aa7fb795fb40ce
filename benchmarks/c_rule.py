"""The workload in C (``bound/rule.c``), built by the system's compiler: how fast the rule could be made by hand."""

import ctypes
from functools import cache

import numpy as np
from c_library import build
from plasticity_workload import (
    ATTENTION_BETA,
    CHANCE_BETA,
    CHANCE_THETA,
    CONTEXT_RATE,
    EMBEDDING_RATE,
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

from vesicle_abm.core import functions
from vesicle_abm.neurons.gates import TURN

C_NAMES = {"float64": "double", "float32": "float"}


class Rule(ctypes.Structure):
    """The numbers of the rule, as ``bound/rule.c`` has them."""

    _fields_ = (
        *(
            (name, ctypes.c_double)
            for name in (
                *("keep_fast", "keep_slow", "rate", "delta", "beta_a", "beta_g", "context", "angle"),
                *("beta_p", "theta_p", "low", "high"),
            )
        ),
        ("seed", ctypes.c_uint64),
        ("step", ctypes.c_uint64),
        ("neurons", ctypes.c_int64),
        ("modulators", ctypes.c_int64),
    )


@cache
def library(store: str, arithmetic: str) -> ctypes.CDLL:
    """The rule, built for these two precisions."""
    types = (f"-DSTORE={C_NAMES[store]}", f"-DNUM={C_NAMES[arithmetic]}")
    return build("rule.c", "-fno-trapping-math", *types)


class CRule:
    """One thread; ``arithmetic`` float64 gives our bits, float32 is as much faster as it is less exact."""

    def __init__(self, workload: Workload, precision: str, arithmetic: str = "float64", seed: int = 7):
        self.workload, self.now = workload, 0
        self.indptr = np.append(workload.first, workload.synapses).astype(np.int64)
        self.source, self.phase = workload.source, workload.per_synapse("phase")
        self.weight, self.fast, self.slow = (
            workload.per_synapse(name).astype(precision) for name in ("weight", "fast", "slow")
        )
        self.average = np.zeros(workload.synapses, precision)
        self.arithmetic = np.dtype(arithmetic)
        self.context, self.factor = np.zeros((2, workload.neurons), arithmetic)
        self.weights = np.array(list(MODULATORS.values()), dtype=np.float64)
        self.eta = np.array([ETA_LOCAL, ETA_GLOBAL])
        self.run = library(precision, arithmetic).step
        self.rule = Rule(
            keep_fast=functions.exp(-1.0 / TAU_FAST), keep_slow=functions.exp(-1.0 / TAU_SLOW), rate=EMBEDDING_RATE,
            delta=CONTEXT_RATE, beta_a=ATTENTION_BETA, beta_g=MODULATION_BETA, context=GLOBAL_CONTEXT,
            beta_p=CHANCE_BETA, theta_p=CHANCE_THETA, low=LOW, high=HIGH, seed=seed, neurons=workload.neurons,
            modulators=len(MODULATORS),
        )  # fmt: skip

    @property
    def bytes_held(self) -> int:
        """Bytes of the synapses' state, parameters and indices."""
        held = (self.weight, self.fast, self.slow, self.average, self.phase, self.source, self.indptr)
        return sum(array.nbytes for array in held)

    @property
    def scratch(self) -> int:
        """Bytes of temporary arrays; those of one tile are not counted."""
        return 0

    def step(self) -> None:
        """One step of all synapses."""
        x, z, modulators = self.workload.at(self.now)
        x, z = x.astype(self.arithmetic, copy=False), z.astype(self.arithmetic, copy=False)
        cycles = FREQUENCY * self.now
        self.rule.angle, self.rule.step = TURN * (cycles - np.floor(cycles)), self.now
        arrays = (
            *(self.indptr, self.source, self.phase, modulators, self.weights, self.eta, x, z, self.context),
            *(self.factor, self.weight, self.fast, self.slow, self.average),
        )
        self.run(ctypes.byref(self.rule), *(ctypes.c_void_p(array.ctypes.data) for array in arrays))
        self.now += 1
