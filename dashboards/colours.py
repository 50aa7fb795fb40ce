"""Colours that stay apart for colour-blind eyes, on light and on dark.

Kinds: after Okabe and Ito (2008), darkened or lightened until each has a contrast of 3 : 1 on white and on near-black.
Values: viridis for amounts, Moreland's cool-warm for values of both signs.
"""

from functools import cache

import matplotlib
import numpy as np

KINDS = ("#2a86c8", "#d9600d", "#009e73", "#c4659b", "#b58a00", "#7a6ff0", "#8a8a8a", "#a65628")
AMOUNT, SIGNED = 0, 1
SCALES = ("viridis", "coolwarm")


def kind_colours(count: int) -> list[str]:
    """A colour for each kind, in order; they begin again after the eighth."""
    return [KINDS[k % len(KINDS)] for k in range(count)]


@cache
def ramps() -> bytes:
    """Both scales as 2 x 256 RGB bytes, AMOUNT first."""
    steps = np.linspace(0.0, 1.0, 256)
    rows = [matplotlib.colormaps[name](steps)[:, :3] for name in SCALES]
    return (np.stack(rows) * 255.0 + 0.5).astype(np.uint8).tobytes()
