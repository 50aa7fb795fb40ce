"""Heat: a soft map of where vesicles are: h(p) = sum over neurons of their number times exp(-|p - p_j|^2 / 2 WIDTH^2).

At a neuron that stands alone it is the number of vesicles there. Neurons are taken to stand in the middle of a cell of
the map. [our formula]
"""

import numpy as np

WIDTH = 0.05  # of the blur, in units in which the network's wider side measures 2
CELLS = 64  # along the wider side
MARGIN = 3.0 * WIDTH


class HeatMap:
    """The map over one layout; the numbers may change."""

    def __init__(self, places: np.ndarray):
        """``places``: (N, 2) within [-1, 1]."""
        self.half = np.abs(places).max(axis=0).astype(np.float64) + MARGIN  # the map reaches from -half to half
        self.width, self.height = (int(cells) for cells in np.ceil(CELLS * self.half / self.half.max()))
        column, row = ((places / self.half + 1.0) / 2.0 * (self.width, self.height)).astype(np.int64).T
        self._cell = row * self.width + column  # (N,)
        self._across, self._up = (
            blur(count, half) for count, half in zip((self.width, self.height), self.half, strict=True)
        )

    def of(self, amounts: np.ndarray) -> np.ndarray:
        """(height, width) the map of amounts (N,), from below upwards."""
        cells = np.bincount(self._cell, weights=amounts, minlength=self.width * self.height)
        return self._up @ cells.reshape(self.height, self.width) @ self._across


def blur(count: int, half: float) -> np.ndarray:
    """(count, count) what each cell gives to each other, along a side from -half to half."""
    middles = (np.arange(count) + 0.5) / count * 2.0 * half
    return np.exp(-0.5 * np.square((middles[:, None] - middles) / WIDTH))
