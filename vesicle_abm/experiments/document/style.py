"""What the document's figures have in common: colours by meaning, and how a panel looks."""

from matplotlib.axes import Axes

from vesicle_abm.experiments.figures import colour

FAST, SLOW, WHOLE = colour(0), colour(1), colour(6)
OPEN, BEFORE, AFTER = colour(2), colour(5), colour(1)
NOTE = "0.35"  # the grey of marks and their words


def tidy(panel: Axes, title: str = "", **labels) -> None:
    """Title at the left, labels, a faint grid, no frame above and to the right."""
    panel.set(**labels)
    if title:
        panel.set_title(title, loc="left", fontsize=10)
    panel.grid(alpha=0.2)
    panel.spines[["top", "right"]].set_visible(False)


def spikes(panel: Axes, rows: dict, colours) -> None:
    """Event times as ticks, one named row each, the first on top."""
    for row, (times, shade) in enumerate(zip(rows.values(), colours, strict=True)):
        panel.vlines(times, row - 0.38, row + 0.38, color=shade, linewidth=1.6)
    panel.set_yticks(range(len(rows)), list(rows))
    panel.set_ylim(len(rows) - 0.4, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.tick_params(axis="x", labelbottom=False)
    panel.spines[["top", "right", "left"]].set_visible(False)
