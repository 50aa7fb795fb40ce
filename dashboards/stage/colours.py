"""Colours that stay apart for colour-blind eyes, on light and on dark.

Kinds: after Okabe and Ito (2008), darkened or lightened until each has a contrast of 3 : 1 on white and on near-black.
Layers of edges: muted, of the same contrast. Values: viridis for amounts, Moreland's cool-warm for values of both
signs; heat rises away from the ground that it lies on.
"""

from functools import cache

import matplotlib
import numpy as np

KINDS = ("#2a86c8", "#d9600d", "#009e73", "#c4659b", "#b58a00", "#7a6ff0", "#8a8a8a", "#a65628")
LAYERS = ("#6f7d92", "#a07845", "#4d8f86", "#96699a", "#7c8a4a", "#b06a5e", "#5c80b4", "#868686")
AMOUNT, SIGNED, HEAT_ON_LIGHT, HEAT_ON_DARK = range(4)
SCALES = ("viridis", "coolwarm", "YlOrRd", "inferno")


def kind_colours(count: int) -> list[str]:
    """A colour for each kind, in order; they begin again after the eighth."""
    return [KINDS[k % len(KINDS)] for k in range(count)]


def layer_colours(count: int) -> list[str]:
    """A colour for each layer of edges, in order; they begin again after the eighth."""
    return [LAYERS[k % len(LAYERS)] for k in range(count)]


@cache
def ramps() -> bytes:
    """All scales as 4 x 256 RGB bytes, in the order of their names above."""
    steps = np.linspace(0.0, 1.0, 256)
    rows = [matplotlib.colormaps[name](steps)[:, :3] for name in SCALES]
    return (np.stack(rows) * 255.0 + 0.5).astype(np.uint8).tobytes()
