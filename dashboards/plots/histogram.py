"""Weights over time: how many synapses have which weight, step after step, in bins that widen as weights spread."""

import copy

import numpy as np

import vesicle_abm as va

BINS = 64
MOST = 512  # columns; when they are so many every other goes, and half as many are taken from then on
WEIGHTS_A_STEP = 20_000  # counted at most, on average: of more synapses, not every step is looked at


class WeightHistogram:
    """``counts`` (columns, BINS) of the synapses that learn, at ``steps``, from ``low`` on, ``width`` a bin."""

    def __init__(self, model: va.VesicleModel):
        wiring = model.world.wiring
        self.edge = wiring.edge if wiring.run is None else wiring.run
        weight = self._weights(model)
        low, high = float(weight.min(initial=np.inf)), float(weight.max(initial=-np.inf))
        if not low < high:
            middle = low if np.isfinite(low) else 0.0
            low, high = middle - 0.01 * (abs(middle) or 1.0), middle + 0.01 * (abs(middle) or 1.0)
        self.low, self.width = low, (high - low) / (BINS - 1)
        self.every = max(1, len(weight) // WEIGHTS_A_STEP)
        self.steps: list[int] = []
        self._counts: list[np.ndarray] = []

    @property
    def counts(self) -> np.ndarray:
        """(columns, BINS) uint32."""
        return np.array(self._counts, np.uint32).reshape(-1, BINS)

    def take(self, model: va.VesicleModel) -> bool:
        """Count the weights of a step that is due and not known; whether the earlier columns have changed."""
        step = model.time
        if step % self.every or (self.steps and step <= self.steps[-1]):
            return False
        weight = self._weights(model)
        again = False
        while len(weight) and weight.min() < self.low:
            self._widen(down=True)
            again = True
        while len(weight) and weight.max() >= self.low + BINS * self.width:
            self._widen(down=False)
            again = True
        at = ((weight - self.low) / self.width).astype(np.int64).clip(0, BINS - 1)
        self._counts.append(np.bincount(at, minlength=BINS))
        self.steps.append(step)
        if len(self.steps) > MOST:
            self._thin()
            again = True
        return again

    def copy(self) -> "WeightHistogram":
        """An independent copy of what has been counted."""
        copied = copy.copy(self)
        copied.steps, copied._counts = list(self.steps), list(self._counts)
        return copied

    def cut(self, step: int) -> None:
        """Forget the steps after this one."""
        kept = sum(each <= step for each in self.steps)
        del self.steps[kept:], self._counts[kept:]

    def _weights(self, model: va.VesicleModel) -> np.ndarray:
        return model.state.weight[self.edge].astype(np.float64, copy=False)

    def _widen(self, down: bool) -> None:
        """Twice the range, to one side: two bins become one."""
        for number, counts in enumerate(self._counts):
            pairs, none = counts.reshape(-1, 2).sum(axis=1), np.zeros(BINS // 2, np.int64)
            self._counts[number] = np.concatenate([none, pairs] if down else [pairs, none])
        if down:
            self.low -= BINS * self.width
        self.width *= 2.0

    def _thin(self) -> None:
        self.every *= 2
        kept = [number for number, step in enumerate(self.steps) if step % self.every == 0]
        self.steps = [self.steps[number] for number in kept]
        self._counts = [self._counts[number] for number in kept]
