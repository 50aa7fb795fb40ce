"""Figure 5: how often an update of a given size is applied: the curve of equation (5), and what a run did."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.core import functions
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.random import bernoulli
from vesicle_abm.experiments.document.style import NOTE, tidy
from vesicle_abm.experiments.figures import colour
from vesicle_abm.neurons.gates import ProbabilisticGate
from vesicle_abm.neurons.modulation import Modulation
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.traces import CompositeTrace
from vesicle_abm.views.replay import replay

INPUTS, STEPS = 200, 400
FIRING = 0.05  # spikes a step of each input
THRESHOLD = 0.02
STEEPNESS = (50.0, 150.0, 600.0)
RATE = 0.01
BINS = 24
FEWEST = 100  # a bin with fewer proposals is not shown
SEED = 5


@dataclass(frozen=True)
class Applied:
    """Proposals of a run in bins of |dw dagger|: their mean size, how many, the part applied, the mean probability."""

    beta: float
    size: np.ndarray
    count: np.ndarray
    frequency: np.ndarray
    probability: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """The standard error of each frequency, sqrt(p (1 - p) / n)."""
        return np.sqrt(self.probability * (1.0 - self.probability) / self.count)


def applied(beta: float) -> Applied:
    """Replay one neuron with many inputs firing at random, and count which proposed updates were applied."""
    graph = NeuralGraph.from_networkx(nx.DiGraph([(f"input {i}", "neuron") for i in range(INPUTS)]))
    sources = np.arange(graph.size) != graph.index["neuron"]
    step = np.arange(STEPS)[:, None]
    pre = bernoulli(FIRING, SEED, np.arange(graph.size), step, "user") * sources
    post = np.ones((STEPS, graph.size))
    rule = Plasticity(
        trace=CompositeTrace(tau_fast=10.0, tau_slow=40.0),
        modulation=Modulation(eta_local=RATE, eta_global=0.0),
        chance=ProbabilisticGate(beta=beta, theta=THRESHOLD),
    )  # fmt: skip
    out = replay(rule, graph, pre=pre.astype(float), post=post, seed=SEED)
    size, done, probability = np.abs(out["gated"]).ravel(), out["applied"].ravel(), out["probability"].ravel()
    place = np.floor(size / (3 * THRESHOLD) * BINS).astype(int)
    count = np.bincount(place, minlength=BINS)
    kept = np.flatnonzero(count >= FEWEST)

    def mean(values):
        return np.bincount(place, values, minlength=BINS)[kept] / count[kept]

    return Applied(beta, mean(size), count[kept], mean(done), mean(probability))


def draw_applied(runs: list[Applied]) -> Figure:
    """A curve and measured points for each steepness, the threshold marked; below, how many proposals there were."""
    figure = Figure(figsize=(7.6, 5.4), layout="constrained")
    main, counts = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    top = max(run.size.max() for run in runs)
    size = np.linspace(0.0, top, 400)
    for k, run in enumerate(runs):
        rule = ProbabilisticGate(beta=run.beta, theta=THRESHOLD)
        main.plot(
            size,
            rule.probability(size, None, functions),
            color=colour(k),
            linewidth=1.4,
            label=rf"$\beta_p$ = {run.beta:g}",
        )
        main.errorbar(
            run.size, run.frequency, 2 * run.error, color=colour(k), fmt="o", markersize=4, elinewidth=1, zorder=3
        )
    for panel in (main, counts):
        panel.axvline(THRESHOLD, color=NOTE, linewidth=1.0, linestyle="--")
    main.annotate(
        rf"$\theta_p$ = {THRESHOLD:g}", (THRESHOLD, 0.02), xytext=(6, 0), textcoords="offset points", color=NOTE
    )
    tidy(main, r"Curves: equation (5). Points: measured in a run, $\pm$ 2 standard errors",
         ylabel=r"$p_\mathrm{update}$, and the part applied", ylim=(-0.03, 1.03))  # fmt: skip
    main.legend(frameon=False, loc="lower right")
    counts.step(runs[0].size, runs[0].count, where="mid", color=NOTE, linewidth=1.2)
    tidy(counts, xlabel=r"size of the gated update, $|\Delta w^{\dagger}_{ij}|$", ylabel="proposals")
    counts.set_yscale("log")
    counts.set_xlim(-0.01 * top, 1.02 * top)
    return figure
