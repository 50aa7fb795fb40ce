"""Figure 3: the fast, slow and composite eligibility trace after one pairing, and after a burst (equation 2)."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.experiments.document.style import FAST, NOTE, SLOW, WHOLE, spikes, tidy
from vesicle_abm.neurons.correlation import HebbianCorrelation
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.traces import CompositeTrace
from vesicle_abm.views.replay import replay

STEPS = 900
PAIRING = 40
BURST = tuple(range(460, 510, 10))
TAU_FAST, TAU_SLOW = 20.0, 200.0
FLOOR = 0.01  # of the logarithmic panel


@dataclass(frozen=True)
class Traces:
    """When the two neurons fired together, and the traces of their synapse at every step, (T,)."""

    pairings: np.ndarray
    fast: np.ndarray
    slow: np.ndarray
    whole: np.ndarray


def traces() -> Traces:
    """Replay one synapse whose two neurons fire together, once and then five times in a row."""
    graph = NeuralGraph.from_networkx(nx.DiGraph([("pre", "post")]))
    pairings = np.array([PAIRING, *BURST])
    pre, post = np.zeros((2, STEPS, 2))
    pre[pairings, 0] = post[pairings, 1] = 1.0
    rule = Plasticity(
        correlation=HebbianCorrelation(), trace=CompositeTrace(tau_fast=TAU_FAST, tau_slow=TAU_SLOW),
        modulation=None,
    )  # fmt: skip
    out = replay(rule, graph, pre=pre, post=post)
    return Traces(pairings, out["fast"][:, 0], out["slow"][:, 0], out["trace"][:, 0])


def draw_traces(run: Traces) -> Figure:
    """Spikes above, traces below; beside them the single pairing on a logarithmic scale."""
    figure = Figure(figsize=(10.5, 4.4), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=(1, 7), width_ratios=(3, 2))
    events, main, decay = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[1, 0]), figure.add_subplot(grid[:, 1])
    main.sharex(events)
    spikes(events, {"pre": run.pairings, "post": run.pairings}, (NOTE, NOTE))
    time = np.arange(len(run.whole))
    lines = ((run.whole, WHOLE, "-", "$e_{ij}$ composite"), (run.slow, SLOW, "--", r"$\psi_\mathrm{slow}$"),
             (run.fast, FAST, "-.", r"$\psi_\mathrm{fast}$"))  # fmt: skip
    for values, shade, dash, label in lines:
        main.plot(time, values, color=shade, linestyle=dash, linewidth=1.6, label=label)
        since = time[PAIRING : BURST[0]] - PAIRING
        shown = values[PAIRING : BURST[0]]
        decay.semilogy(since, shown, color=shade, linestyle=dash, linewidth=1.6)
    tidy(main, "One pairing, then five, ten steps apart", xlabel="step", ylabel="eligibility")
    main.set_ylim(bottom=0)
    main.legend(frameon=False, loc="upper left", bbox_to_anchor=(0.14, 1.0))
    tidy(decay, "The single pairing, logarithmic", xlabel="steps since the pairing", ylabel="eligibility")
    decay.set_ylim(FLOOR, 3.0)
    for tau, shade, name in ((TAU_FAST, FAST, "fast"), (TAU_SLOW, SLOW, "slow")):
        mark_tau(decay, tau, shade, name)
    decay.axhline(np.exp(-1), color=NOTE, linewidth=0.8, linestyle=":")
    decay.annotate("1/e", (1.0, np.exp(-1)), xycoords=("axes fraction", "data"), ha="right", va="bottom", color=NOTE)
    return figure


def mark_tau(panel, tau: float, shade: str, name: str) -> None:
    """A dot where a trace has fallen to 1/e, with its time constant."""
    panel.plot([tau], [np.exp(-1)], "o", color=shade, markersize=6, zorder=4)
    panel.vlines(tau, FLOOR, np.exp(-1), color=shade, linewidth=1.0)
    panel.annotate(
        rf"$\tau_\mathrm{{{name}}}$ = {tau:g}", (tau, np.exp(-1)), xytext=(8, 7), textcoords="offset points",
        color=shade,
    )  # fmt: skip
