"""Heat: a soft map of where vesicles are: h(p) = sum over neurons of their number times exp(-|p - p_j|^2 / 2 WIDTH^2).

At a neuron that stands alone it is the number of vesicles there. [our formula]
"""

import numpy as np

WIDTH = 0.05  # of the blur, in units in which the network's wider side measures 2
CELLS = 72  # along the wider side
MARGIN = 3.0 * WIDTH


class HeatMap:
    """The map over one layout; the numbers may change."""

    def __init__(self, places: np.ndarray):
        """``places``: (N, 2) within [-1, 1]."""
        self.half = np.abs(places).max(axis=0).astype(np.float64) + MARGIN  # the map reaches from -half to half
        cells = np.maximum(2, np.ceil(CELLS * self.half / self.half.max())).astype(int)
        self.width, self.height = int(cells[0]), int(cells[1])
        self._across, self._up = (self._blur(side, places) for side in (0, 1))  # (width, N), (height, N)

    def _blur(self, side: int, places: np.ndarray) -> np.ndarray:
        count = (self.width, self.height)[side]
        middles = ((np.arange(count) + 0.5) / count * 2.0 - 1.0) * self.half[side]
        return np.exp(-0.5 * np.square((middles[:, None] - places[:, side]) / WIDTH)).astype(np.float32)

    def of(self, amounts: np.ndarray) -> np.ndarray:
        """(height, width) the map of amounts (N,), from below upwards."""
        return (self._up * amounts.astype(np.float32)) @ self._across.T
