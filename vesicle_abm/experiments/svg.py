"""Figures as SVG inside a page: no fonts, no colours and no ids of their own, so that a page sets them for light and
dark, and several stand side by side.
"""

import io
import re
from html import escape
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from vesicle_abm.experiments.figures import COLOURS

INK = "#010203"  # drawn so, shown in the colour of the page's text
HUES = [hue for hue in COLOURS if hue not in ("#000000", "#F0E442")]  # seen on white and on black alike
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.15,
    "legend.frameon": False,
}


def hue(number: int) -> str:
    """The colour of one among several."""
    return HUES[number % len(HUES)]


def inline(figure: Figure, name: str, words: str) -> str:
    """The figure as an ``<svg>`` element that scales with its place; ``name`` begins its ids, ``words`` say what it is
    to who cannot see it.
    """
    text = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    drawn = text.getvalue()
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    head, body = drawn.split(">", 1)
    head = re.sub(r' (width|height)="[^"]*"', "", head) + f' role="img" aria-label="{escape(words, quote=True)}">'
    body = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\g<1>{name}-", body)
    for number, colour in enumerate(HUES):
        body = body.replace(colour.lower(), f"var(--hue-{number})")
    return head + body.replace(INK, "currentColor")
