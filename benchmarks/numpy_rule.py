"""The workload in numpy: the equations on whole arrays, or on blocks of neurons whose arrays fit the cache."""

import numpy as np
from plasticity_workload import (
    ATTENTION_BETA,
    CHANCE_BETA,
    CHANCE_THETA,
    CONTEXT_RATE,
    DOPAMINE,
    EMBEDDING_RATE,
    ETA_DOPAMINE,
    HIGH,
    KEEP_FAST,
    KEEP_SLOW,
    LOW,
    MODULATORS,
    Workload,
    factor_of,
    phase_of,
)


class NumpyRule:
    """In place, into buffers that are kept, with numpy's own generator; ``block`` synapses at once, None for all."""

    def __init__(self, workload: Workload, precision: str, block: int | None = None, seed: int = 11):
        self.workload, self.dtype, self.now = workload, np.dtype(precision), 0
        self.rng = np.random.default_rng(seed)
        self.source, self.fan_in, self.first = workload.source, workload.fan_in, workload.first
        self.weight, self.fast, self.slow, self.phase = (
            workload.per_synapse(name).astype(self.dtype) for name in ("weight", "fast", "slow", "phase")
        )
        self.embedding = np.zeros(workload.neurons, self.dtype)
        self.context = np.zeros(workload.neurons, self.dtype)
        self.activity = workload.activity.astype(self.dtype)
        ends = np.cumsum(self.fan_in)
        cuts = [0] if block is None else np.searchsorted(ends, np.arange(0, workload.synapses, block)).tolist()
        self.rows = [slice(a, b) for a, b in zip(cuts, [*cuts[1:], workload.neurons], strict=True) if b > a]
        longest = max(int(self.fan_in[rows].sum()) for rows in self.rows)
        self.buffers = np.empty((3, longest), self.dtype)

    @property
    def bytes_held(self) -> int:
        """Bytes of the synapses' state and indices."""
        held = (self.weight, self.fast, self.slow, self.phase, self.source, self.fan_in, self.first)
        return sum(array.nbytes for array in held)

    @property
    def scratch(self) -> int:
        """Bytes of the buffers; the largest temporary array besides them is as large as one of them."""
        return self.buffers.nbytes * 4 // 3

    def step(self) -> None:
        """One step of all synapses."""
        x, z = self.activity[self.now % len(self.activity) - 1], self.activity[self.now % len(self.activity)]
        _, _, modulators = self.workload.at(self.now)
        real = self.dtype.type
        self.embedding += real(EMBEDDING_RATE) * (x - self.embedding)
        self.context += real(CONTEXT_RATE) * (z - self.context)
        sharpness = real(ATTENTION_BETA) * self.context
        factor = factor_of(modulators).astype(self.dtype)
        for rows in self.rows:
            self._update(rows, x, z[rows], sharpness[rows], factor[rows], real(phase_of(self.now)))
        self.now += 1

    def _update(self, rows, x, z, sharpness, factor, phase) -> None:
        fan_in, real = self.fan_in[rows], self.dtype.type
        begin = int(self.first[rows.start])
        first = self.first[rows] - begin
        part = slice(begin, begin + int(first[-1]) + int(fan_in[-1]))
        source, fast, slow, weight = self.source[part], self.fast[part], self.slow[part], self.weight[part]
        update, attention, chance = self.buffers[:, : len(source)]

        np.take(x, source, out=update, mode="clip")  # the correlation x_i z_j
        update *= np.repeat(z, fan_in)
        fast *= real(KEEP_FAST)
        fast += update
        slow *= real(KEEP_SLOW)
        slow += update

        np.take(self.embedding, source, out=attention, mode="clip")
        attention *= np.repeat(sharpness, fan_in)
        attention -= np.repeat(np.maximum.reduceat(attention, first), fan_in)
        np.exp(attention, out=attention)

        np.add(fast, slow, out=update)
        update *= attention
        update *= np.repeat(factor / np.add.reduceat(attention, first), fan_in)
        gate = np.subtract(phase, self.phase[part], out=attention)
        np.cos(gate, out=gate)
        np.maximum(gate, 0, out=gate)
        update *= gate

        odds = np.abs(update, out=chance)  # (1 - p) / p
        odds -= real(CHANCE_THETA)
        odds *= real(-CHANCE_BETA)
        np.exp(odds, out=odds)
        odds += 1
        draw = self.rng.random(out=attention, dtype=self.dtype)
        draw *= odds
        update *= draw < 1.0  # u < p
        weight += update
        np.clip(weight, LOW, HIGH, out=weight)


class NumpyThreeFactors(NumpyRule):
    """Traces and the dopamine gate alone, on the same blocks."""

    @property
    def bytes_held(self) -> int:
        """As of the whole rule, without phases."""
        return super().bytes_held - self.phase.nbytes

    def step(self) -> None:
        """One step of all synapses."""
        x, z = self.activity[self.now % len(self.activity) - 1], self.activity[self.now % len(self.activity)]
        _, _, modulators = self.workload.at(self.now)
        factor = (ETA_DOPAMINE * modulators[:, list(MODULATORS).index(DOPAMINE)]).astype(self.dtype)
        for rows in self.rows:
            self._learn(rows, x, z[rows], factor[rows])
        self.now += 1

    def _learn(self, rows, x, z, factor) -> None:
        fan_in, real = self.fan_in[rows], self.dtype.type
        begin = int(self.first[rows.start])
        part = slice(begin, begin + int(fan_in.sum()))
        fast, slow, weight = self.fast[part], self.slow[part], self.weight[part]
        update = self.buffers[0, : len(weight)]
        np.take(x, self.source[part], out=update, mode="clip")
        update *= np.repeat(z, fan_in)
        fast *= real(KEEP_FAST)
        fast += update
        slow *= real(KEEP_SLOW)
        slow += update
        np.add(fast, slow, out=update)
        update *= np.repeat(factor, fan_in)
        weight += update
        np.clip(weight, LOW, HIGH, out=weight)
